"""The capacity offer: one JSON document per feeder that a scheduler can act on, and the word that takes it back. Pure.

An offer is withdrawn by a document of its own with the same id, never by silence; whoever holds one treats it as gone
once it has expired.
"""

from datetime import UTC, datetime
from typing import Any

from daemon.capacity.feeder import CAUTION_SD, WHAT, FeederCapacity
from daemon.capacity.racks import RackRun

SCHEMA = "capacity-offer/1"
BASIS_P95 = "contracted-p95drawn-reserve"
BASIS_NOW = "contracted-drawn-reserve"


def offer(
    capacity: FeederCapacity,
    *,
    offer_id: str,
    site: str,
    now: float,
    offered_w: float,
    expires_at: float,
    pue: float,
    notice_s: float,
) -> dict[str, Any]:
    """Write one offer of `offered_w` from `now` on; times in the document are UTC, power is in kW."""
    return {
        "schema": SCHEMA,
        "id": offer_id,
        "site": site,
        "feeder": capacity.feeder,
        "what": WHAT,
        "withdrawn": False,
        "kw_offered": _kw(offered_w),
        "kw_sd": _kw(capacity.offered_sd_w),
        "kw_basis": BASIS_NOW if capacity.spare_p95_w is None else BASIS_P95,
        "kw_freed": 0.0 if capacity.refusal else _kw(capacity.freed_w),
        "firmness": capacity.firmness,
        "notice_s": int(notice_s),
        "window": {"from": moment(now), "to": None},
        "contiguous_racks": [_racks(run) for run in capacity.runs],
        "pue": pue,
        "cooling": capacity.cooling,
        "redundancy": capacity.redundancy,
        "uplink_gbps": None if capacity.uplink_bps is None else capacity.uplink_bps / 1e9,
        "diverse_paths": capacity.diverse_paths,
        "energy_source": capacity.energy_source,
        **_cost(capacity),
        "displaces": [] if capacity.refusal else list(capacity.unprofitable),
        "blockers": list(capacity.blockers),
        "confidence": confidence(capacity),
        "expires": moment(expires_at),
    }


def withdrawal(*, offer_id: str, site: str, feeder: str, now: float, reason: str) -> dict[str, Any]:
    """Write the document that takes an offer back."""
    return {
        "schema": SCHEMA,
        "id": offer_id,
        "site": site,
        "feeder": feeder,
        "withdrawn": True,
        "kw_offered": 0.0,
        "at": moment(now),
        "reason": reason,
        "expires": moment(now),
    }


def confidence(capacity: FeederCapacity) -> float:
    """Say how sure the offered power is, from 0 to 1: less with its error, and with what may still be drawn."""
    if not capacity.offered_w:
        return 0.0
    doubt = CAUTION_SD * capacity.offered_sd_w + (0.0 if capacity.drawn_basis == "meter" else capacity.silent_w)
    return round(capacity.offered_w / (capacity.offered_w + doubt), 2)


def moment(at: float) -> str:
    """Write epoch seconds as UTC, to the second."""
    return datetime.fromtimestamp(int(at), tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _kw(watts: float) -> float:
    return round(watts / 1000.0, 1)


def _racks(run: RackRun) -> dict[str, Any]:
    return {
        "row": run.row,
        "from": run.first,
        "to": run.last,
        "kw_per_rack": None if run.power_w is None else _kw(run.power_w / run.racks),
        "cooling": run.cooling,
    }


def _cost(capacity: FeederCapacity) -> dict[str, Any]:
    cost = capacity.cost_per_mwh
    told = None if cost is None else {"p10": round(cost.p10, 2), "p50": round(cost.p50, 2), "p90": round(cost.p90, 2)}
    name = f"opportunity_cost_{(capacity.currency or 'usd').lower()}_mwh"
    return {name: told, "currency": capacity.currency}
