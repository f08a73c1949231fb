"""What stands between free power and a use for it, each by one name. Pure."""

from daemon.capacity.plan import FeederPlan
from daemon.capacity.racks import RackRun

# What tenants of compute commonly ask for; below it the name appears.
CONTIGUOUS_RACKS = 4
RACK_POWER_W = 20_000.0
UPLINK_BPS_PER_W = 10e9 / 1e6

BLOCKERS: dict[str, str] = {
    "curtailable": "the supply may be interrupted, or is sold as a reserve",
    "no_redundancy": "one fault in the supply stops it (N)",
    "air_cooling": "air carries away far less heat from a rack than water does",
    "low_density": "its racks take less than 20 kW each",
    "scattered": "fewer than four free racks stand side by side",
    "racks_unknown": "nobody wrote down which racks stand on it",
    "single_fibre": "one cut stops the network",
    "thin_uplink": "less than 10 Gbit/s for each MW",
    "uplink_unknown": "nobody wrote down its uplink",
    "unmetered": "its draw is reckoned from devices, without a meter",
    "uncertain": "devices on it hide their watts or do not answer",
    "reserve_award": "stopping the unprofitable would break a reserve that is sold",
    "peak_season": "grid peaks of this season set next year's bill",
}


def blockers(
    plan: FeederPlan,
    *,
    offered_w: float,
    runs: tuple[RackRun, ...],
    has_racks: bool,
    is_metered: bool,
    is_certain: bool,
    is_refused: bool,
    is_peak_season: bool = False,
) -> tuple[str, ...]:
    """Name everything that stands in the way on this feeder, in the order of BLOCKERS."""
    widest = max(runs, key=lambda run: run.racks, default=None)
    per_rack = widest.power_w / widest.racks if widest is not None and widest.power_w is not None else None
    found = {
        "curtailable": not plan.is_firm or plan.award_w > 0.0,
        "no_redundancy": plan.redundancy.strip().upper() == "N",
        "air_cooling": plan.cooling == "air",
        "low_density": per_rack is not None and per_rack < RACK_POWER_W,
        "scattered": has_racks and (widest is None or widest.racks < CONTIGUOUS_RACKS),
        "racks_unknown": not has_racks,
        "single_fibre": plan.diverse_paths is not None and plan.diverse_paths < 2,
        "thin_uplink": plan.uplink_bps is not None and plan.uplink_bps < offered_w * UPLINK_BPS_PER_W,
        "uplink_unknown": plan.uplink_bps is None,
        "unmetered": not is_metered,
        "uncertain": not is_certain,
        "reserve_award": is_refused,
        "peak_season": is_peak_season,
    }
    return tuple(name for name in BLOCKERS if found[name])
