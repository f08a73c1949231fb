"""From a survey to what the rules and the capacity offer know of each feeder. Pure, but for the past that it feeds."""

from collections.abc import Iterable, Mapping
from typing import Protocol

import msgspec

from daemon.capacity.feeder import feeder_capacity
from daemon.capacity.load import FeederLoad
from daemon.capacity.plan import FeederPlan, RackPlan
from daemon.capacity.value import Band, mining_band
from daemon.economics.alternatives import Use
from daemon.economics.bias import METER_ERROR_RATIO
from daemon.economics.reconciliation import reconcile
from daemon.rules.history.site import SiteHistory
from daemon.rules.snapshot import FeederFacts
from daemon.rules.survey.surveyor import Survey, Wakers


class Values(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a MWh at the meter is worth beside mining with it, and what mining is worth today.

    `hashprice_net_per_ph_day` is the present one; the spread comes from the past days. `hosting`,
    `processors` and `selling` are None where nothing is configured.
    """

    currency: str
    pue: float = 1.0
    hashprice_net_per_ph_day: float | None = None
    hosting: Band | None = None
    processors: Band | None = None
    selling: Band | None = None
    is_peak_season: bool = False


class Windows(Protocol):
    """What is planned for feeders: when a stop ends, and which one breaks an award."""

    def wakes_at(self, feeder: str, now: float) -> float | None:
        """Give when the planned stop that holds a feeder ends; None when none holds it."""
        ...

    def award_clash(self, feeder: str, now: float) -> str:
        """Name a planned stop, present or ahead, that falls into an award of reserve; '' when none does."""
        ...


class NoWindows:
    """Nothing is planned."""

    def wakes_at(self, feeder: str, now: float) -> float | None:
        """No stop holds anything."""
        del feeder, now
        return None

    def award_clash(self, feeder: str, now: float) -> str:
        """No stop breaks anything."""
        del feeder, now
        return ""


NO_WINDOWS = NoWindows()


def feeder_facts(
    survey: Survey,
    *,
    now: float,
    plans: Iterable[FeederPlan],
    racks: Iterable[RackPlan],
    meters_w: Mapping[str, float | None],
    history: SiteHistory,
    values: Values,
    windows: Windows = NO_WINDOWS,
) -> tuple[FeederFacts, ...]:
    """Work out every feeder, and feed its past.

    `meters_w` has an entry for each feeder with a meter; None in it means that the meter is silent or stale.
    """
    placed = tuple(racks)
    return tuple(
        _feeder(
            plan,
            load=survey.feeders.get(plan.id, FeederLoad(feeder=plan.id)),
            survey=survey,
            now=now,
            racks=placed,
            has_meter=plan.id in meters_w,
            meter_w=meters_w.get(plan.id),
            history=history,
            values=values,
            windows=windows,
        )
        for plan in plans
    )


def _feeder(
    plan: FeederPlan,
    *,
    load: FeederLoad,
    survey: Survey,
    now: float,
    racks: tuple[RackPlan, ...],
    has_meter: bool,
    meter_w: float | None,
    history: SiteHistory,
    values: Values,
    windows: Windows,
) -> FeederFacts:
    compared = None
    if meter_w is not None:
        compared = reconcile(
            [load.group],
            meter_w=meter_w,
            meter_ratio=METER_ERROR_RATIO,
            loss_ratio=plan.loss_ratio,
            auxiliary_w=plan.auxiliary_w,
            unknown_devices=load.unknown_devices,
        )
    past = history.feeder(plan.id)
    drawn_w = meter_w if meter_w is not None else None if load.unknown_devices or has_meter else load.devices_w
    past.feed(
        now,
        drawn_w=drawn_w,
        gap_w=None if compared is None or load.unknown_devices else compared.gap_w,
        devices=load.devices,
        sleeping=load.sleeping,
        answering=load.answering,
    )
    step = past.step_w(now)
    wakers = survey.wakers.get(plan.id, Wakers())
    capacity = feeder_capacity(
        plan,
        load=load,
        meter_w=meter_w,
        p95_w=past.p95_w(now),
        racks=racks,
        counts=survey.racks,
        uses_per_mwh=_uses(load, history=history, values=values),
        displaced_per_mwh=_mining(load.freed_w, load.freed_hashrate_hs, history=history, values=values),
        currency=values.currency,
        is_peak_season=values.is_peak_season,
    )
    return FeederFacts(
        id=plan.id,
        load=load,
        name=plan.name,
        contracted_w=plan.contracted_w,
        reserve_w=plan.reserve_w,
        breaker_w=plan.breaker_w,
        cooling=plan.cooling,
        has_meter=has_meter,
        meter_w=meter_w,
        auxiliary_w=plan.auxiliary_w,
        expected_w=None if compared is None else compared.expected_w,
        gap_w=None if compared is None else past.gap.latest if past.gap.latest is not None else compared.gap_w,
        gap_sd_w=None if compared is None else compared.sd_w,
        step_w=None if step is None else step[0],
        step_sd_w=None if step is None else step[1],
        dark_for_s=None if past.dark_since is None else now - past.dark_since,
        inventory_changed_at=past.inventory_changed_at,
        ramp_w_per_min=plan.ramp_w_per_min,
        waking_w=wakers.waking_w,
        asleep_w=wakers.asleep_w,
        unseen_wakers=wakers.unseen,
        wakes_at=windows.wakes_at(plan.id, now),
        award_clash=windows.award_clash(plan.id, now),
        compared=compared,
        capacity=capacity,
    )


def _uses(load: FeederLoad, *, history: SiteHistory, values: Values) -> dict[Use, Band]:
    uses: dict[Use, Band | None] = {
        "mine": _mining(load.devices_w, load.hashrate_hs, history=history, values=values),
        "host": values.hosting,
        "gpu": values.processors,
        "sell": values.selling,
    }
    return {use: band for use, band in uses.items() if band is not None}


def _mining(watts: float, hashrate_hs: float, *, history: SiteHistory, values: Values) -> Band | None:
    """Value mining with these watts and hashes at the hashprices of the last days, or at today's alone."""
    prices = history.hashprice.values()
    if not prices and values.hashprice_net_per_ph_day is not None:
        prices = [values.hashprice_net_per_ph_day]
    j_per_th = watts / hashrate_hs * 1e12 if hashrate_hs else None
    return mining_band(prices, j_per_th=j_per_th, pue=values.pue)
