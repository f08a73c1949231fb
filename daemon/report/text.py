"""The report as text to read, and as CSV rows for a spreadsheet."""

import csv
import io
from collections.abc import Iterable

from daemon.report.document import Report
from daemon.report.figures import CONDITIONS, TERMS, VERDICTS, Figures, Supply, costs_text
from daemon.report.payouts import Payouts

ABSENT = "-"
WORST = 10
PAYOUT_COLUMNS = ("days_paid", "paid", "paid_currency", "due_low_btc", "due_high_btc", "value_low", "value_high")
NO_PAYOUT = ("",) * len(PAYOUT_COLUMNS)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def number(value: float | None, *, digits: int = 2, unit: str = "") -> str:
    """Write a figure, or that there is none."""
    return ABSENT if value is None else f"{value:,.{digits}f}{unit}"


def share(value: float | None) -> str:
    """Write a ratio in per cent, or that there is none."""
    return ABSENT if value is None else f"{100 * value:.1f}%"


def facts(report: Report) -> list[tuple[str, str]]:
    """Give the site's figures by name, as text."""
    total, supply, currency = report.total, report.supply, report.currency
    return [
        ("devices", f"{total.devices:,}"),
        ("days with entries", f"{report.days_booked} of {report.days}, {report.days_closed} closed in the chain"),
        (
            "watched",
            f"{number(supply.watched_h, digits=1)} h by the daemon, {number(total.watched_h, digits=1)} device-h",
        ),
        ("energy of the devices", f"{number(total.energy_kwh)} kWh, {share(total.metered_ratio)} of it metered"),
        ("energy of the site", f"{number(supply.energy_kwh)} kWh" + (f" ({supply.basis})" if supply.basis else "")),
        ("hashes", f"{total.hashes:.4g}, {_hashrate(total.hashrate_hs)} on average, {number(total.j_per_th)} J/TH"),
        ("shares", f"{total.accepted:,.0f} accepted, {total.rejected:,.0f} refused"),
        (
            "mined",
            f"{number(supply.mined_btc, digits=8)} BTC at the network's hashprice" + _of(supply.mined_ratio, "hashes"),
        ),
        ("revenue", f"{number(total.revenue)} {currency}"),
        ("costs", f"{costs_text(total.costs)} ({currency})"),
        ("margin, cash basis", f"{number(total.margin)} {currency}{_judged(total.valued_ratio)}"),
        ("device-hours by condition", _hours(total.condition_h)),
        ("device-hours by verdict", _hours(total.verdict_h)),
        (
            "not hashing, by cause",
            (
                f"curtailed {total.curtailed_h:,.1f} h, maintenance {total.excused_h:,.1f} h, "
                f"unplanned {total.unplanned_h:,.1f} h"
            ),
        ),
        ("the site itself", f"curtailed {supply.curtailed_h:,.1f} h, in maintenance {supply.excused_h:,.1f} h"),
        ("energy mix", ", ".join(f"{word} {share(part)}" for word, part in report.energy_mix.items()) or ABSENT),
        ("energy for a bitcoin", f"{number(supply.kwh_per_btc, digits=0)} kWh"),
        (
            "carbon",
            f"{number(supply.carbon_kg)} kg, {number(supply.carbon_g_per_kwh, digits=1)} g/kWh"
            + _of(supply.carbon_ratio, "energy"),
        ),
        ("carbon for a bitcoin", f"{number(supply.carbon_t_per_btc, digits=1)} t"),
    ]


def feeder_rows(report: Report) -> list[list[str]]:
    """Give the table of the feeders, its head first."""
    head = [
        "feeder",
        "source",
        "energy kWh",
        "share",
        "basis",
        "BTC",
        "margin",
        "carbon kg",
        "curtailed h",
        "excused h",
    ]
    return [head, *(_feeder(feeder) for feeder in report.feeders)]


def payout_rows(report: Report) -> list[list[str]]:
    """Give the table of the pools' payouts, its head first."""
    head = ["pool", "days paid", "due BTC", "at most BTC", "paid", "in", f"worth {report.currency}", "at most"]
    return [head, *(_payout(one) for one in report.payouts)]


def device_rows(rows: Iterable[Figures], *, first: str) -> list[list[str]]:
    """Give a table of models or devices, its head first."""
    head = [first, "devices", "energy kWh", "metered", "J/TH", "revenue", "costs", "margin", "hashing h"]
    head += ["curtailed h", "excused h", "unplanned h", "unprofitable h", "unknown h"]
    return [head, *(_device(row) for row in rows)]


def text(report: Report) -> str:
    """Write the report for a terminal: everything but the single devices, of which the worst are named."""
    named = f"{report.name} ({report.site})" if report.name else report.site
    width = max(len(name) for name, _ in facts(report))
    lines = [f"{named}, {report.first} to {report.last}, {report.timezone}", ""]
    lines += [f"{name:<{width}}  {value}" for name, value in facts(report)]
    worst = sorted((row for row in report.devices if row.margin is not None), key=lambda row: row.margin or 0.0)[:WORST]
    for title, rows in (
        ("Feeders", feeder_rows(report)),
        ("Payouts", payout_rows(report)),
        ("Models", device_rows(report.models, first="model")),
        (f"Devices with the least margin ({len(report.devices):,} in the CSV)", device_rows(worst, first="device")),
    ):
        if len(rows) > 1:
            lines += ["", title, *table(rows)]
    return "\n".join(lines)


def table(rows: list[list[str]]) -> list[str]:
    """Set rows in columns, the first one to the left."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def csv_text(report: Report) -> str:
    """Write one row for the site, each feeder, pool, model and device; an empty cell means that it is not known."""
    into = io.StringIO()
    writer = csv.writer(into, lineterminator="\n")
    writer.writerow(
        [
            "kind", "name", "model", "feeder", "devices", "from", "to", "currency", "energy_kwh", "metered_ratio",
            "site_energy_kwh", "hashes", "j_per_th", "accepted", "rejected", "mined_btc", "revenue",
            *(f"{term}_cost" for term in TERMS), "margin", *(f"{word}_h" for word in CONDITIONS),
            *(f"{word}_h" for word in VERDICTS), "curtailed_h", "excused_h", "unplanned_h", "energy_source",
            "kwh_per_btc", "carbon_kg", *PAYOUT_COLUMNS,
        ]
    )  # fmt: skip
    period = [report.first.isoformat(), report.last.isoformat(), report.currency]
    writer.writerow(_csv("site", report.total, period, report.supply))
    for feeder in report.feeders:
        writer.writerow(
            [
                "feeder", _plain(feeder.name), "", "", "", *period, "", "", feeder.energy_kwh, "", "", "", "",
                feeder.mined_btc, feeder.revenue, *(feeder.costs.get(term) for term in TERMS), feeder.margin,
                *[""] * (len(CONDITIONS) + len(VERDICTS)), feeder.curtailed_h, feeder.excused_h, "", feeder.source,
                feeder.kwh_per_btc, feeder.carbon_kg, *NO_PAYOUT,
            ]
        )  # fmt: skip
    between = [""] * (16 + len(TERMS) + len(CONDITIONS) + len(VERDICTS))
    for one in report.payouts:
        told = (one.days_paid, one.paid, one.currency, one.due_low_btc, one.due_high_btc, one.value_low, one.value_high)
        writer.writerow(["pool", _plain(one.pool), "", "", "", *period, *between, *told])
    writer.writerows(_csv("model", row, period) for row in report.models)
    writer.writerows(_csv("device", row, period) for row in report.devices)
    return into.getvalue()


def _csv(kind: str, row: Figures, period: list[str], supply: Supply | None = None) -> list[object]:
    return [
        kind, _plain(row.name), _plain(row.model), _plain(row.feeder), row.devices, *period, row.energy_kwh,
        row.metered_ratio, supply.energy_kwh if supply else None, row.hashes, row.j_per_th, row.accepted, row.rejected,
        supply.mined_btc if supply else None, row.revenue, *(row.costs.get(term) for term in TERMS), row.margin,
        *(row.condition_h[word] for word in CONDITIONS), *(row.verdict_h[word] for word in VERDICTS), row.curtailed_h,
        row.excused_h, row.unplanned_h, "", supply.kwh_per_btc if supply else None,
        supply.carbon_kg if supply else None, *NO_PAYOUT,
    ]  # fmt: skip


def _plain(cell: str | None) -> str:
    """Keep a spreadsheet from taking a name for a formula: devices name themselves."""
    return "" if cell is None else f"'{cell}" if cell.startswith(_FORMULA) else cell


def _feeder(one: Supply) -> list[str]:
    return [
        one.name, one.source or ABSENT, number(one.energy_kwh), share(one.share), one.basis or ABSENT,
        number(one.mined_btc, digits=6), number(one.margin), number(one.carbon_kg), number(one.curtailed_h, digits=1),
        number(one.excused_h, digits=1),
    ]  # fmt: skip


def _payout(one: Payouts) -> list[str]:
    return [
        one.pool, f"{one.days_paid} of {one.days}", number(one.due_low_btc, digits=8),
        number(one.due_high_btc, digits=8), number(one.paid, digits=8 if one.currency == "BTC" else 2), one.currency,
        number(one.value_low), number(one.value_high),
    ]  # fmt: skip


def _device(row: Figures) -> list[str]:
    costs = sum(row.costs.values()) if row.costs else None
    return [
        row.name, str(row.devices), number(row.energy_kwh), share(row.metered_ratio), number(row.j_per_th),
        number(row.revenue), number(costs), number(row.margin), number(row.condition_h["hashing"], digits=1),
        number(row.curtailed_h, digits=1), number(row.excused_h, digits=1), number(row.unplanned_h, digits=1),
        number(row.verdict_h["unprofitable"], digits=1), number(row.verdict_h["unknown"], digits=1),
    ]  # fmt: skip


def _of(ratio: float | None, what: str) -> str:
    """Say what share a figure is of, where it is not of all."""
    return "" if ratio is None or ratio > 0.9995 else f", of {share(ratio)} of the {what}"


def _judged(ratio: float | None) -> str:
    """Say how much of the time had a verdict, where not all of it had: energy may be in without its revenue."""
    return "" if ratio is None or ratio > 0.9995 else f", with a verdict for {share(ratio)} of the time"


def _hours(hours: dict[str, float]) -> str:
    return ", ".join(f"{word} {value:,.1f}" for word, value in hours.items() if value) or "none"


def _hashrate(value: float | None) -> str:
    return ABSENT if value is None else f"{value / 1e12:,.2f} TH/s"
