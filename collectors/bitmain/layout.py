"""Which keys an entry of `STATS` has, worked out once for all devices that write the same ones."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from collectors.bitmain.told import MODE, POWER, RATE_KEYS
from collectors.layout import by_keys, lookup

_FANS = tuple(f"fan{number}" for number in range(1, 9))
_CHAINS = range(1, 17)
# an entry with one of these is the body of the flat shape, not its heading
_BODY = frozenset(("Elapsed", "fan_num", "chain_acn1"))


class Chain(msgspec.Struct, frozen=True, gc=False):
    """The keys of one chain that a flat body has, older spellings last.

    `take` looks up chips and rate, and the newest spelling of the frequency and both kinds of sensors, at once.
    """

    chain: int
    chips: str
    rate: str
    ideal: tuple[str, ...]
    voltage: tuple[str, ...]
    frequency: tuple[str, ...]
    board_sensors: tuple[str, ...]
    chip_sensors: tuple[str, ...]
    take: Callable[[Mapping[str, Any]], tuple[Any, ...]]


class Layout(msgspec.Struct, frozen=True, gc=False):
    """Which keys of one entry of `STATS` tell what; firmware has its own, and the same ones at every poll."""

    has_kind: bool
    is_body: bool
    may_be_listed: bool
    windows: tuple[tuple[str, str, float | None], ...]
    ideal: tuple[str, ...]
    fans: tuple[str, ...]
    take_fans: Callable[[Mapping[str, Any]], tuple[Any, ...]]
    chains: tuple[Chain, ...]
    power: tuple[str, ...]
    mode: tuple[str, ...]
    ambient: tuple[str, ...]


@by_keys
def layout_of(keys: tuple[str, ...]) -> Layout:
    """Find out what an entry with these keys tells."""
    known = frozenset(keys)

    def those(*names: str) -> tuple[str, ...]:
        return tuple(name for name in names if name in known)

    fans = those(*_FANS)
    chains = [chain for chain in _CHAINS if f"chain_acn{chain}" in known or f"chain_rate{chain}" in known]
    return Layout(
        has_kind="Type" in known,
        is_body=not known.isdisjoint(_BODY),
        may_be_listed="chain" in known,
        windows=tuple(rate for rate in RATE_KEYS if rate[0] in known),
        ideal=those("total_rateideal", "total_rate_ideal"),
        fans=fans,
        take_fans=lookup(keys, fans),
        chains=tuple(_chain(chain, keys=keys, those=those) for chain in chains),
        power=those(*POWER),
        mode=those(*MODE),
        ambient=those("temp_ambient", "ambient_temp"),
    )


def _chain(chain: int, *, keys: tuple[str, ...], those: Callable[..., tuple[str, ...]]) -> Chain:
    chips, rate = f"chain_acn{chain}", f"chain_rate{chain}"
    frequency = those(f"freq_avg{chain}", f"freq{chain}")
    board_sensors = those(f"temp_pcb{chain}", f"temp{chain}")
    chip_sensors = those(f"temp_chip{chain}", f"temp2_{chain}", f"temp3_{chain}")
    newest = (names[0] if names else None for names in (frequency, board_sensors, chip_sensors))
    return Chain(
        chain=chain,
        chips=chips,
        rate=rate,
        ideal=those(f"chain_rateideal{chain}"),
        voltage=those(f"chain_vol{chain}", f"chain_voltage{chain}", f"voltage{chain}"),
        frequency=frequency,
        board_sensors=board_sensors,
        chip_sensors=chip_sensors,
        take=lookup(keys, (chips, rate, *newest)),
    )


NOTHING = layout_of({})
