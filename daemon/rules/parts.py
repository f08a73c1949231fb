"""What changed from one reading to the next, by the parts that rules rest on. Pure.

Most of what a device says of itself is what it said half a minute before. A rule that did not hold then, and rests on
nothing that has changed since, need not be asked again.
"""

from operator import attrgetter
from typing import Final, Literal, get_args

from collectors.reading import Reading
from daemon.rules.history.devices import SETTLING_S

Part = Literal["condition", "boards", "fans", "pools", "power"]
"""`condition`: the state, whether the device has settled, and its restarts. `boards`: all of them but how fast they
hash, save that one hashes nothing. `fans`. `pools`: who is mined for and where, in every slot. `power`: the watts, how
they are known, and the limit."""

PARTS: Final[tuple[Part, ...]] = get_args(Part)
CONDITION, BOARDS, FANS, POOLS, POWER = (1 << place for place in range(len(PARTS)))

# what is compared at every poll, in one call for all boards or slots
_board = attrgetter("chip_temperature_c", "board_temperature_c", "chips", "chips_expected", "state")
_rate = attrgetter("hashrate_hs")
_slot = attrgetter("url", "user")


def bits(parts: tuple[Part, ...]) -> int:
    """Give parts as the sum of their bits."""
    return sum(1 << PARTS.index(part) for part in parts)


def changed(before: Reading, now: Reading) -> int:
    """Give the bits of the parts that differ, or that must be looked at again for another reason."""
    found = 0
    uptime, was = now.uptime_s or 0.0, before.uptime_s or 0.0
    if now.state != before.state or uptime < was or was < SETTLING_S:
        found = CONDITION
    if [*map(_board, now.boards)] != [*map(_board, before.boards)] or 0.0 in map(_rate, now.boards):
        found |= BOARDS
    if now.fans != before.fans:
        found |= FANS
    if [*map(_slot, now.pools)] != [*map(_slot, before.pools)]:
        found |= POOLS
    if (
        now.power_w != before.power_w
        or now.power_limit_w != before.power_limit_w
        or now.power_grade != before.power_grade
    ):
        found |= POWER
    return found
