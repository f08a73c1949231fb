"""What changed from one reading to the next, by the parts that rules rest on. Pure.

Most of what a device says of itself is what it said half a minute before. A rule that did not hold then, and rests on
nothing that has changed since, need not be asked again.
"""

from typing import Final, Literal, get_args

from collectors.reading import Reading
from daemon.rules.history.devices import SETTLING_S

Part = Literal["condition", "boards", "fans", "pools", "power"]
"""`condition`: the state, whether the device has settled, and its restarts. `boards`: all of them but how fast they
hash, save that one hashes nothing. `fans`. `pools`: who is mined for and where, in every slot. `power`: the watts, how
they are known, and the limit."""

PARTS: Final[tuple[Part, ...]] = get_args(Part)
CONDITION, BOARDS, FANS, POOLS, POWER = (1 << place for place in range(len(PARTS)))


def bits(parts: tuple[Part, ...]) -> int:
    """Give parts as the sum of their bits."""
    return sum(1 << PARTS.index(part) for part in parts)


def changed(before: Reading, now: Reading) -> int:
    """Give the bits of the parts that differ, or that must be looked at again for another reason."""
    found = 0
    uptime, was = now.uptime_s or 0.0, before.uptime_s or 0.0
    if now.state != before.state or uptime < was or was < SETTLING_S:
        found = CONDITION
    if len(now.boards) != len(before.boards):
        found |= BOARDS
    else:
        for board, past in zip(now.boards, before.boards, strict=True):
            if (
                board.chip_temperature_c != past.chip_temperature_c
                or board.board_temperature_c != past.board_temperature_c
                or board.chips != past.chips
                or board.chips_expected != past.chips_expected
                or board.state != past.state
                or board.hashrate_hs == 0.0
            ):
                found |= BOARDS
                break
    if now.fans != before.fans:
        found |= FANS
    if len(now.pools) != len(before.pools):
        found |= POOLS
    else:
        for pool, set_before in zip(now.pools, before.pools, strict=True):
            if pool.url != set_before.url or pool.user != set_before.user:
                found |= POOLS
                break
    if (
        now.power_w != before.power_w
        or now.power_limit_w != before.power_limit_w
        or now.power_grade != before.power_grade
    ):
        found |= POWER
    return found
