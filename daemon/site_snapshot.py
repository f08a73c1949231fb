"""What rules larger than a device see: the survey, meters, prices and pools of one instant put together."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import TYPE_CHECKING

import msgspec

from daemon.capacity.feeder import FeederCapacity
from daemon.capacity.value import certain
from daemon.economics.alternatives import gpu_rental, hosting_per_mwh, selling_per_mwh
from daemon.economics.carbon import EnergyPart, energy_mix
from daemon.economics.energy import MONTHS_PER_YEAR, per_mwh_of_kw_month
from daemon.economics.tariff_hours import zone_of
from daemon.economics.tiers import cut_off
from daemon.meters import MeterAccount, meter_accounts, site_unexplained_w
from daemon.prospects import with_holding
from daemon.rules.snapshot import (
    Due,
    FeederFacts,
    GrantFacts,
    HostingFacts,
    MarketFacts,
    PoolFacts,
    Retired,
    SignalFacts,
    Snapshot,
)
from daemon.rules.survey.feeders import Values, feeder_facts
from daemon.rules.survey.surveyor import Survey

if TYPE_CHECKING:
    from daemon.site import Site

CARBON_INTENSITY = "carbon_intensity"
# Months whose peaks set a coincident-peak charge (ERCOT's four: June to September).
PEAK_MONTHS = frozenset({6, 7, 8, 9})


class Inputs(msgspec.Struct, frozen=True, kw_only=True):
    """What comes from outside the fleet: signals by name, and the watched pools."""

    signals: Mapping[str, SignalFacts] = {}
    pools: Sequence[PoolFacts] = ()


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """The snapshot, and what was worked out on the way."""

    snapshot: Snapshot
    capacity: tuple[FeederCapacity, ...]
    meters: tuple[MeterAccount, ...]
    meter_w: float | None
    unexplained_w: float | None


def snapshot_of(site: "Site", inputs: Inputs, *, now: float) -> Result:
    """Put the snapshot together and feed the site's past on the way."""
    survey = site.survey
    if survey is None:
        raise RuntimeError("the fleet has not been surveyed yet")
    net_hashprice = site.market.net_hashprice(reject_ratio=survey.fleet.reject_ratio)
    meters_w = {feeder: _fresh(inputs.signals.get(meter)) for feeder, meter in site.plan.meters.items()}
    plans = [msgspec.structs.replace(plan, award_w=site.plan.award_w(plan.id, now=now)) for plan in site.plan.feeders]
    feeders = feeder_facts(
        survey,
        now=now,
        plans=plans,
        racks=site.plan.racks,
        meters_w=meters_w,
        history=site.history,
        values=_values(site, net_hashprice, now=now),
        windows=site.plan,
    )
    meters = meter_accounts(feeders, dark=site.power_bias.dark)
    meter_w = _whole_w(meters, feeders=len(site.plan.feeders))
    carbon = _carbon_g_per_kwh(site, survey, feeders, live=_fresh(inputs.signals.get(CARBON_INTENSITY)))
    _feed(site, survey, now=now, meter_w=meter_w, net_hashprice=net_hashprice, carbon_g_per_kwh=carbon)
    snapshot = Snapshot(
        now=now,
        site=site.config.site.id,
        currency=site.config.site.currency,
        feeders=feeders,
        rows=survey.rows,
        grants=_grants(site, inputs),
        models=with_holding(site, survey.models),
        pools=tuple(inputs.pools),
        signals=inputs.signals,
        fleet=survey.fleet,
        market=_market(site, survey, net_hashprice, now=now),
        history=site.history.facts(now, pue=site.config.site.pue, interruptible_w=_interruptible_w(site)),
        hosting=_hosting(site),
        dues=_dues(site),
        retired=tuple(
            Retired(id=one.id, at=_end_of(one.day, site), count=one.count, has_record=one.record is not None)
            for one in site.config.retired
        ),
        overrides=site.engine.overrides(),
        ledger=site.ledger_facts,
        config=site.changes,
        unlisted=site.strangers,
        unlisted_trouble=site.strangers_trouble,
        duplicates=site.duplicates(now),
        maintenance=site.context.maintenance,
        curtailed=site.context.curtailed,
    )
    capacity = tuple(facts.capacity for facts in feeders if facts.capacity is not None)
    return Result(
        snapshot=snapshot,
        capacity=capacity,
        meters=meters,
        meter_w=meter_w,
        unexplained_w=site_unexplained_w(meters),
    )


def _whole_w(meters: Sequence[MeterAccount], *, feeders: int) -> float | None:
    """Sum the meters; None unless every feeder has a fresh one."""
    fresh = [one.meter_w for one in meters if one.meter_w is not None]
    return sum(fresh) if feeders and len(fresh) == feeders else None


def _grants(site: "Site", inputs: Inputs) -> tuple[GrantFacts, ...]:
    return tuple(
        GrantFacts(
            id=grant.id,
            feeder=grant.feeder,
            granted_w=grant.power_w,
            drawn_w=_fresh(inputs.signals.get(grant.meter)) if grant.meter else None,
            withdrawn_at=grant.withdrawn_at,
            notice_s=site.config.capacity.notice_s,
        )
        for grant in site.config.capacity.grants
    )


def _hosting(site: "Site") -> HostingFacts | None:
    costs = site.config.costs
    if costs.hosting_until is None or not (costs.hosting_per_kw_month or costs.hosting_per_kwh):
        return None
    rate = per_mwh_of_kw_month(costs.hosting_per_kw_month) / 1000.0 + costs.hosting_per_kwh
    return HostingFacts(until=_end_of(costs.hosting_until, site), rate_per_kwh=rate)


def _dues(site: "Site") -> tuple[Due, ...]:
    """Give the configured dates, and the end of the hosting contract."""
    until = site.config.costs.hosting_until
    contract = () if until is None else (Due(title="end of the hosting contract", at=_end_of(until, site)),)
    return (*(Due(title=one.title, at=_end_of(one.day, site)) for one in site.config.dates), *contract)


def _end_of(day: date, site: "Site") -> float:
    return datetime.combine(day, time(23, 59, 59), tzinfo=zone_of(site.config.site.timezone)).timestamp()


def _interruptible_w(site: "Site") -> float | None:
    """Give what may be curtailed by contract; None where nothing is known of feeders."""
    feeders = site.plan.feeders
    return sum(feeder.contracted_w for feeder in feeders if not feeder.is_firm) if feeders else None


def _values(site: "Site", net_hashprice: float | None, *, now: float) -> Values:
    """Value what the power could do beside mining: serve a tenant, let processors, or be sold back."""
    capacity, pue, tariff = site.config.capacity, site.config.site.pue, site.config.tariff
    converted = capacity.pue or pue
    hosting = processors = selling = None
    if capacity.hosting_per_kw_month is not None:
        hosting = certain(
            hosting_per_mwh(
                rate_per_kw_month=capacity.hosting_per_kw_month,
                pue=converted,
                utilisation=capacity.hosting_use_ratio,
                capex_per_mwh=per_mwh_of_kw_month(capacity.hosting_capex_per_kw_month),
            )
        )
    if capacity.gpu is not None:
        gpu = capacity.gpu
        rented = gpu_rental(
            gpus=gpu.count,
            server_kw=gpu.server_w / 1000.0,
            rate_per_gpu_hour=gpu.rate_per_day / 24.0,
            utilisation=gpu.use_ratio,
            pue=converted,
        )
        processors = certain(rented.per_mwh_site - per_mwh_of_kw_month(gpu.capex_per_kw_month) / converted)
    sold = _fresh(site.signals.get(tariff.sell_signal)) if tariff and tariff.sell_signal else None
    if sold is not None and tariff is not None:
        cost = tariff.sell_cost_per_kwh * 1000.0
        selling = certain(selling_per_mwh(market_per_mwh=sold * 1000.0, cost_per_mwh=cost))
    return Values(
        currency=site.config.site.currency,
        pue=pue,
        hashprice_net_per_ph_day=net_hashprice,
        hosting=hosting,
        processors=processors,
        selling=selling,
        is_peak_season=bool(tariff and tariff.coincident_peak_per_kw_month) and _month(site, now) in PEAK_MONTHS,
    )


def _month(site: "Site", now: float) -> int:
    return datetime.fromtimestamp(now, zone_of(site.config.site.timezone)).month


def _market(site: "Site", survey: Survey, net_hashprice: float | None, *, now: float) -> MarketFacts:
    prices, network, tariff = site.market.prices, site.network, site.config.tariff
    reject_ratio = survey.fleet.reject_ratio
    return MarketFacts(
        price_per_kwh=site.market.marginal_per_kwh(),
        is_live=prices.price.is_live,
        hashprice_per_ph_day=prices.hashprice_per_ph_day if net_hashprice is not None else None,
        hashprice_net_per_ph_day=net_hashprice,
        cutoff_j_per_th=None
        if net_hashprice is None
        else cut_off(site.market.usual_terms(), reject_ratio=reject_ratio),
        cutoff_7d_j_per_th=site.history.cutoff_7d(now),
        fee_share=prices.fee_share,
        height=network.height if network else None,
        demand_per_kw_month=tariff.demand_per_kw_month if tariff and not tariff.demand_sunk else None,
        runway_days=site.prospects.ahead.runway_days,
        has_treasury=site.config.treasury is not None and bool(site.config.treasury.holdings),
        coincident_peak_per_kw_year=tariff.coincident_peak_per_kw_month * MONTHS_PER_YEAR if tariff else None,
    )


def _feed(
    site: "Site",
    survey: Survey,
    *,
    now: float,
    meter_w: float | None,
    net_hashprice: float | None,
    carbon_g_per_kwh: float | None,
) -> None:
    devices_w = survey.fleet.power_w if not survey.fleet.unknown_devices else None
    at_meter_w = None if devices_w is None else devices_w * site.config.site.pue
    local = datetime.fromtimestamp(now, zone_of(site.config.site.timezone))
    site.history.feed(
        now,
        month_start=local.replace(day=1, hour=0, minute=0, second=0, microsecond=0).timestamp(),
        site_w=meter_w if meter_w is not None else at_meter_w,
        devices_w=devices_w if meter_w is not None else None,
        carbon_g_per_kwh=carbon_g_per_kwh,
        btc_per_day=_btc_per_day(site, survey),
        cost_ratio=site.market.cost_ratio(reject_ratio=survey.fleet.reject_ratio),
        hashprice_per_ph_day=net_hashprice,
    )


def _carbon_g_per_kwh(
    site: "Site", survey: Survey, feeders: Sequence[FeederFacts], *, live: float | None
) -> float | None:
    """Weigh intensities by the watts of now: a feeder's own goes before the grid's; None where one is missing."""
    rest = live if live is not None else site.config.site.carbon_g_per_kwh
    own = {one.id: one.carbon_g_per_kwh for one in site.config.feeders if one.carbon_g_per_kwh is not None}
    parts = [
        EnergyPart(
            source=one.id,
            energy_kwh=one.load.devices_w if one.meter_w is None else one.meter_w,
            carbon_g_per_kwh=own.get(one.id, rest),
        )
        for one in feeders
    ]
    elsewhere_w = survey.fleet.power_w - sum(one.load.devices_w for one in feeders)
    if elsewhere_w > 1.0:  # less is what rounding leaves
        parts.append(EnergyPart(source="", energy_kwh=elsewhere_w, carbon_g_per_kwh=rest))
    return energy_mix(parts).carbon_g_per_kwh


def _btc_per_day(site: "Site", survey: Survey) -> float | None:
    """What the hashes are worth in bitcoin at the jobs' own hashprice; None without usable jobs."""
    rate = site.network.hashprice_btc_per_ph_day if site.network else None
    return None if rate is None else rate * survey.fleet.hashrate_hs / 1e15


def _fresh(facts: SignalFacts | None) -> float | None:
    return facts.value if facts is not None and facts.ok else None
