"""The JSON of the API and of `once`: one function per kind of thing, plain data out."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec

from daemon.economics.money import Money
from daemon.findings import Finding
from daemon.fleet import DeviceState


def device(state: DeviceState, *, now: float) -> dict[str, Any]:
    """Write one device: what the inventory says, how it answers, its reading and its money.

    `reading` is the object of `headframe probe`; None while the device is stale or has never answered.
    """
    entry = state.entry
    fresh = None if state.stale else state.reading
    reading = None if fresh is None else {"target": entry.host, **fresh.document()}
    return {
        "id": entry.id,
        "host": entry.host,
        "rack": entry.rack,
        "slot": entry.slot,
        "feeder": entry.feeder,
        "up": state.missed == 0 and not state.stale,
        "stale": state.stale,
        "missed": state.missed,
        "reason": state.reason,
        "detail": state.detail,
        "reading_at": state.reading_at,
        "age_s": None if state.reading_at is None else max(0.0, now - state.reading_at),
        "power_w": None if state.stale else state.power_w,
        "power_grade": "unknown" if state.stale else state.power_grade,
        "hashrate_expected_hs": state.expected_hs,
        "reject_ratio": None if fresh is None else state.reject_ratio,
        "energy_j": state.energy_j,
        "reading": reading,
        "money": None if state.money is None or state.stale else money(state.money),
    }


def money(of: Money) -> dict[str, Any]:
    """Write one device's money."""
    document: dict[str, Any] = msgspec.to_builtins(of)
    return document


def finding(of: Finding) -> dict[str, Any]:
    """Write one finding."""
    document: dict[str, Any] = msgspec.to_builtins(of)
    return document


def moment(epoch_s: float) -> str:
    """Write a time for people, in UTC."""
    return datetime.fromtimestamp(epoch_s, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def worst_first(states: Iterable[DeviceState]) -> list[DeviceState]:
    """Order devices by what they cost: silent ones first, then by margin from the lowest, unknown money last."""

    def rank(state: DeviceState) -> tuple[int, float, int]:
        if state.stale:
            return (0, 0.0, state.index)
        margin = state.money.margin_per_day if state.money else None
        return (2, 0.0, state.index) if margin is None else (1, margin, state.index)

    return sorted(states, key=rank)
