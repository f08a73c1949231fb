"""What one feeder could give away: power, with the cooling, space and network that go with it. Pure.

Never the machines: an ASIC computes one function and can do nothing else.
"""

from collections.abc import Iterable, Mapping
from math import hypot
from typing import Any, Literal

import msgspec

from collectors.reading import GRADES
from daemon.capacity.award import Refusal, refusal
from daemon.capacity.blockers import blockers
from daemon.capacity.load import FeederLoad
from daemon.capacity.plan import FeederPlan, RackCount, RackPlan
from daemon.capacity.racks import RackRun, free_runs
from daemon.capacity.value import Band, best_use, blended
from daemon.economics.alternatives import Use
from daemon.economics.bias import METER_ERROR_RATIO

WHAT = "power, cooling, space and network; not the mining machines, which can do no other work"
# One-sided 95 %: what is offered must be there.
CAUTION_SD = 1.645
# A breaker may carry this share of its rating for hours.
CONTINUOUS = 0.8
# A grade that carries less of the load than this does not name the whole.
TELLING_SHARE = 0.01


class FeederCapacity(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One feeder's capacity at one instant, in watts.

    `spare_w` is contracted minus drawn minus reserve, None when the draw is not known (`reason` says why), and may
    be negative. `spare_p95_w` is the same with the draw that 95 of 100 quarter-hours of the last 30 days stayed
    below; None until a day is known. `freed_w` comes on top if every unprofitable device stops, `undecided_w` might.
    `offered_w` is what can be promised: the smallest of spare, cooling and breaker, less errors and what silent
    devices may still draw, plus what is freed unless `refusal` forbids it; never negative. `uses_per_mwh` values
    every use of a MWh at the meter, before energy: mine (by the machines on the feeder), host, gpu, sell;
    `cost_per_mwh` is what the offered power would forgo, averaged over its spare and its freed part.
    `power_grade` is the worst grade that matters in the draw.
    """

    feeder: str
    name: str = ""
    what: str = WHAT
    contracted_w: float
    reserve_w: float
    award_w: float
    drawn_w: float | None
    drawn_sd_w: float
    drawn_basis: Literal["meter", "devices", "unknown"]
    drawn_p95_w: float | None
    power_grade: str
    spare_w: float | None
    spare_sd_w: float
    spare_p95_w: float | None
    freed_w: float
    freed_sd_w: float
    undecided_w: float
    silent_w: float
    unknown_devices: int
    offered_w: float
    offered_sd_w: float
    cooling: str | None
    cooling_spare_w: float | None
    firmness: Literal["firm", "curtailable"]
    redundancy: str
    uplink_bps: float | None
    diverse_paths: int | None
    energy_source: str | None
    runs: tuple[RackRun, ...] = ()
    unprofitable: tuple[str, ...] = ()
    currency: str = ""
    best_other_use: Use = "idle"
    cost_per_mwh: Band | None = None
    uses_per_mwh: dict[Use, Band] = {}
    blockers: tuple[str, ...] = ()
    refusal: Refusal | None = None
    reason: str = ""

    def document(self) -> dict[str, Any]:
        """Give the JSON object of one feeder in the API's `capacity`."""
        fields: dict[str, Any] = msgspec.to_builtins(self)
        for run, told in zip(self.runs, fields["runs"], strict=True):
            told["racks"] = run.racks
        return fields


def feeder_capacity(
    plan: FeederPlan,
    *,
    load: FeederLoad,
    meter_w: float | None = None,
    p95_w: float | None = None,
    racks: Iterable[RackPlan] = (),
    counts: Mapping[str, RackCount] | None = None,
    uses_per_mwh: Mapping[Use, Band] | None = None,
    displaced_per_mwh: Band | None = None,
    currency: str = "",
    is_peak_season: bool = False,
) -> FeederCapacity:
    """Work out one feeder's capacity from what it carries now.

    `meter_w` is the feeder's fresh meter, None without one. `uses_per_mwh` values the uses of a MWh,
    `displaced_per_mwh` the mining that the unprofitable devices do with it.
    """
    drawn, sd, basis, reason = _drawn(load, meter_w=meter_w)
    spare = None if drawn is None else plan.contracted_w - drawn - plan.reserve_w
    refused = refusal(plan.id, load_w=drawn, stopped_w=load.freed_w, award_w=plan.award_w)
    cooling_spare = None if plan.cooling_capacity_w is None or drawn is None else plan.cooling_capacity_w - drawn
    freed = 0.0 if refused else load.freed_w
    spare_p95 = None if p95_w is None else plan.contracted_w - p95_w - plan.reserve_w
    limits = [limit for limit in (spare, spare_p95) if limit is not None] if spare is not None else []
    offered, offered_sd = _offered(plan, load=load, drawn=drawn, sd=sd, limits=limits, freed=freed, basis=basis)
    own = [rack for rack in racks if rack.feeder == plan.id]
    runs = free_runs(own, counts=counts or {})
    uses = dict(uses_per_mwh or {})
    # Nobody mines with spare power, and hosting is what it is offered for: selling it is all that it forgoes.
    selling = uses.get("sell")
    other, cost = best_use({"sell": selling})
    if freed and displaced_per_mwh is not None:
        other, displaced = best_use({"mine": displaced_per_mwh, "sell": selling})
        cost = blended([(max(offered - freed, 0.0), cost), (min(freed, offered), displaced)]) if offered else displaced
    return FeederCapacity(
        feeder=plan.id,
        name=plan.name,
        contracted_w=plan.contracted_w,
        reserve_w=plan.reserve_w,
        award_w=plan.award_w,
        drawn_w=drawn,
        drawn_sd_w=sd,
        drawn_basis=basis,
        drawn_p95_w=p95_w,
        power_grade=_grade(load, basis=basis),
        spare_w=spare,
        spare_sd_w=sd,
        spare_p95_w=spare_p95,
        freed_w=load.freed_w,
        freed_sd_w=load.freed_sd_w,
        undecided_w=load.undecided_w,
        silent_w=load.silent_w,
        unknown_devices=load.unknown_devices,
        offered_w=offered,
        offered_sd_w=offered_sd,
        cooling=plan.cooling,
        cooling_spare_w=cooling_spare,
        firmness="firm" if plan.is_firm and not plan.award_w else "curtailable",
        redundancy=plan.redundancy,
        uplink_bps=plan.uplink_bps,
        diverse_paths=plan.diverse_paths,
        energy_source=plan.energy_source,
        runs=runs,
        unprofitable=load.unprofitable,
        currency=currency,
        best_other_use=other,
        cost_per_mwh=cost if uses or displaced_per_mwh is not None else None,
        uses_per_mwh=uses,
        blockers=blockers(
            plan,
            offered_w=offered,
            runs=runs,
            has_racks=bool(own),
            is_metered=basis == "meter",
            is_certain=not load.unknown_devices and not load.silent_w,
            is_refused=refused is not None,
            is_peak_season=is_peak_season,
        ),
        refusal=refused,
        reason=reason,
    )


def _drawn(
    load: FeederLoad, *, meter_w: float | None
) -> tuple[float | None, float, Literal["meter", "devices", "unknown"], str]:
    """Take the meter, else the devices' sum; a sum with a hidden part is no sum."""
    if meter_w is not None:
        return meter_w, METER_ERROR_RATIO * abs(meter_w), "meter", ""
    if load.unknown_devices:
        hidden = load.unknown_devices
        who = "1 device hides its watts" if hidden == 1 else f"{hidden} devices hide their watts"
        who += " or was not asked yet" if hidden == 1 else " or were not asked yet"
        return None, 0.0, "unknown", f"{who}, and {load.feeder} has no meter."
    return load.devices_w, load.sd_w, "devices", ""


def _offered(
    plan: FeederPlan,
    *,
    load: FeederLoad,
    drawn: float | None,
    sd: float,
    limits: list[float],
    freed: float,
    basis: str,
) -> tuple[float, float]:
    if not limits or drawn is None:
        return 0.0, 0.0
    if plan.cooling_capacity_w is not None:
        limits.append(plan.cooling_capacity_w - drawn)
    if plan.breaker_w is not None:
        limits.append(CONTINUOUS * plan.breaker_w - drawn)
    # A meter sees what silent devices draw; without one they may come back.
    doubt = 0.0 if basis == "meter" else load.silent_w
    error = hypot(sd, load.freed_sd_w if freed else 0.0)
    return max(0.0, min(limits) + freed - doubt - CAUTION_SD * error), error


def _grade(load: FeederLoad, *, basis: str) -> str:
    if basis == "meter":
        return "metered"
    if basis == "unknown":
        return "unknown"
    telling = TELLING_SHARE * load.devices_w
    grades = [grade for grade in GRADES if load.power_w_by_grade.get(grade, 0.0) > telling]
    return grades[-1] if grades else "unknown"
