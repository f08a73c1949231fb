"""The boards of VNish's web interface; their serial numbers stand on a page of their own that some versions have."""

from collections.abc import Mapping
from typing import Any

from collectors.miners import vnish_pages
from collectors.miners.vnish_api import BOARD_STATES
from collectors.reading import Board, BoardCondition
from collectors.target import Ask
from collectors.told import total
from collectors.value import Fields, listing, mapping

FACTORY = "/chains/factory-info"
_MILLIVOLT = 100.0


def boards(
    fields: Fields, chains: list[dict[str, Any]], *, serials: Mapping[int, str], unit: float, is_running: bool
) -> tuple[Board, ...]:
    """Give the boards; `unit` is that of their rates in H/s, `serials` is by place."""
    found = []
    for at, chain in enumerate(chains):
        number = fields.count(chain, "id")
        rate = fields.positive(chain, "hashrate_rt", "hashrate", times=unit)
        colours = mapping(chain.get("chip_statuses"))
        counts = [fields.count(colours, colour) for colour in ("red", "orange", "grey")]
        chips = total(counts)
        voltage = fields.positive(chain, "voltage") or None
        found.append(
            Board(
                index=at if not number else number - 1,
                hashrate_hs=rate,
                hashrate_expected_hs=fields.positive(chain, "hashrate_ideal", times=unit) or None,
                board_temperature_c=_peak(fields, chain, name="pcb_temp"),
                chip_temperature_c=_peak(fields, chain, name="chip_temp"),
                chips=chips,
                frequency_hz=fields.positive(chain, "frequency", times=1e6) or None,
                voltage_v=voltage / 1e3 if voltage and voltage > _MILLIVOLT else voltage,
                state=_board_state(state_word(fields, chain), rate=rate, chips=chips, is_running=is_running),
                serial=serials.get(at),
            )
        )
    return tuple(found)


async def serials(ask: Ask, chains: list[dict[str, Any]]) -> dict[int, str]:
    """Give board serials by place, from a page that only some versions have."""
    page = await vnish_pages.seldom(ask, FACTORY) if chains else None
    entries = listing(page) or listing(mapping(page).get("chains"))
    found = (ask.fields.text(mapping(one), "board_serial", "serial", "sn") for one in entries)
    return {at: serial for at, told in enumerate(found) if (serial := vnish_pages.said(told)) is not None}


def state_word(fields: Fields, chain: Mapping[str, Any]) -> str:
    """Give what a board says of itself, in lower case; nothing where it says nothing."""
    status = chain.get("status")
    found = fields.text(status, "state") if isinstance(status, dict) else fields.text(chain, "status", "state")
    return (found or "").lower()


def _board_state(word: str, *, rate: float | None, chips: int | None, is_running: bool) -> BoardCondition:
    known = BOARD_STATES.get(word)
    if known is not None:
        return known
    if rate:
        return "ok"
    if chips == 0:
        return "missing"
    return "fault" if rate is not None and is_running and word in ("", "mining") else "unknown"


def _peak(fields: Fields, chain: Mapping[str, Any], *, name: str) -> float | None:
    """Give the upper end of a span `{"min": 40, "max": 50}`, or the hottest of what stands there instead."""
    span = chain.get(name)
    return fields.temperature(span, "max") if isinstance(span, dict) else fields.hottest(chain, name)
