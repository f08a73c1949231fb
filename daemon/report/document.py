"""The whole report as one document, from which every format is written."""

from datetime import date
from typing import Any

import msgspec

from config.load import Loaded
from daemon.books.calendar import day_number, hours_of
from daemon.economics.tariff_hours import zone_of
from daemon.ledger.records import DeviceDay, SiteHour
from daemon.report.figures import WHOLLY, Figures, Supply, added, figures, mix, supply
from daemon.report.gather import Period
from daemon.report.payouts import Payouts, payouts

UNKNOWN_MODEL = "model not known"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A period of one site; `last` is included.

    `days_booked` of the period's `days` have any entry, `days_closed` are in the chain and take no more.
    """

    site: str
    name: str | None
    currency: str
    timezone: str
    first: date
    last: date
    days: int
    days_booked: int
    days_closed: int
    total: Figures
    supply: Supply
    energy_mix: dict[str, float]
    feeders: list[Supply]
    models: list[Figures]
    devices: list[Figures]
    payouts: list[Payouts] = []

    def document(self) -> dict[str, Any]:
        """Give what the JSON format prints."""
        written: dict[str, Any] = msgspec.to_builtins(self)
        written["from"], written["to"] = written.pop("first"), written.pop("last")
        written["basis"] = "cash"
        for row, made in zip([written["total"], *written["models"], *written["devices"]], self.rows(), strict=True):
            row["down_h"], row["unplanned_h"] = made.down_h, made.unplanned_h
        return written

    def rows(self) -> list[Figures]:
        """Give the site's row, then the models', then the devices'."""
        return [self.total, *self.models, *self.devices]


def span(first: date, last: date, *, timezone: str) -> tuple[tuple[int, int], tuple[int, int]]:
    """Give the days of a period, and the UTC hours that belong to them."""
    zone, days = zone_of(timezone), (day_number(first), day_number(last))
    return days, (hours_of(days[0], zone=zone)[0], hours_of(days[1], zone=zone)[1])


def report(loaded: Loaded, period: Period, *, first: date, last: date) -> Report:
    """Put a period's report together; names and sources are the configuration's as it is now."""
    config = loaded.config
    known = {spec.id: spec for spec in loaded.entries}
    devices, by_model = [], dict[str, list[DeviceDay]]()
    for row in period.devices:
        spec = known.get(row.device)
        model = period.models.get(row.device) or (spec.model if spec else None)
        by_model.setdefault(model or UNKNOWN_MODEL, []).append(row)
        devices.append(figures(row, name=row.device, devices=1, model=model, feeder=spec.feeder if spec else None))
    whole = period.scopes.get("", SiteHour(scope="", hour=0))
    site = supply(
        whole,
        name=config.site.id,
        pue=config.site.pue,
        is_clean=config.site.carbon_g_per_kwh == 0.0,
        covered=period.covered.get("", WHOLLY),
    )
    whole_j = site.energy_kwh * 3.6e6 if site.energy_kwh else 0.0
    configured = {feeder.id: feeder for feeder in config.feeders}
    feeders = []
    for name in (*configured, *sorted(period.scopes.keys() - configured.keys() - {""})):
        feeder = configured.get(name)
        feeders.append(
            supply(
                period.scopes.get(name, SiteHour(scope=name, hour=0)),
                name=name,
                pue=config.site.pue,
                source=feeder.energy_source if feeder else None,
                is_clean=feeder is not None and feeder.carbon_g_per_kwh == 0.0,
                whole_j=whole_j,
                covered=period.covered.get(name, WHOLLY),
            )
        )
    return Report(
        site=config.site.id,
        name=config.site.name,
        currency=config.site.currency,
        timezone=config.site.timezone,
        first=first,
        last=last,
        days=(last - first).days + 1,
        days_booked=period.days,
        days_closed=period.closed,
        total=figures(added(period.devices), name=config.site.id, devices=len(period.devices)),
        supply=site,
        energy_mix=mix([*feeders, *_without_feeder(site, feeders)]),
        feeders=feeders,
        models=[
            figures(added(rows), name=model, devices=len(rows), model=model) for model, rows in sorted(by_model.items())
        ],
        devices=devices,
        payouts=payouts(period.pools),
    )


def _without_feeder(site: Supply, feeders: list[Supply]) -> list[Supply]:
    """Give the energy that no feeder accounts for; what is less than a hundredth is the meters' own error."""
    rest = (site.energy_kwh or 0.0) - sum(feeder.energy_kwh or 0.0 for feeder in feeders)
    return [Supply(name="", energy_kwh=rest)] if rest > 0.01 * (site.energy_kwh or 0.0) else []
