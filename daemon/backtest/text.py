"""A backtest as text to read."""

from typing import Any

NAMES = {
    "always_on": "always on",
    "rules": "as the rules said",
    "naive": "switched at break-even",
    "perfect_foresight": "perfect foresight",
}
MOST_FLAGS = 40


def lines(document: dict[str, Any]) -> list[str]:
    """Set the flags, how they flapped, and the money."""
    fleet = document["fleet"]
    told = [
        (
            f"{document['from']} to {document['to']}: {document['rows']} rows of {document['interval_s'] / 60:g} min, "
            f"{document['unknown_rows']} without a verdict"
        ),
        *holes(document),
        f"{fleet['devices']} devices, {fleet['power_w'] / 1e6:.2f} MW",
        document["assumed"],
        "",
        *table(rule_rows(document)),
        "",
    ]
    flags = document["flags"]
    told += [
        f"{flag['opened']}  {flag['rule']} {flag['subject']}, {_lasting(flag)}: {flag['message']}"
        for flag in flags[:MOST_FLAGS]
    ]
    if len(flags) > MOST_FLAGS:
        told.append(f"... and {len(flags) - MOST_FLAGS} more; --format json has them all")
    told += ["", *table(money_rows(document["money"], currency=document["currency"]))]
    if document["tune"]:
        told += ["", *_tuned(document)]
    elif document["tune_refused"]:
        told += ["", document["tune_refused"]]
    return told


def holes(document: dict[str, Any]) -> list[str]:
    """Say what the series lacks and what it says twice; nothing about a whole one."""
    told = []
    if document["gaps"]:
        hours, gaps = document["gap_hours"], document["gaps"]
        told.append(f"{hours:,.1f} h in {gaps} gaps of the series belong to no row, and count for nobody")
    if document["repeated_rows"]:
        told.append(f"{document['repeated_rows']} rows say again what the row before says, and were left out")
    return told


def rule_rows(document: dict[str, Any]) -> list[list[str]]:
    """Give the table of what was flagged, its head first."""
    rows = [["rule", "subject", "flagged", "flapped", "hours"]]
    rows += [
        [one["rule"], one["subject"], str(one["opened"]), str(one["flaps"]), f"{one['open_hours']:,.1f}"]
        for one in document["rules"]
    ]
    return rows if len(rows) > 1 else [["nothing would have been flagged"]]


def money_rows(outcomes: list[dict[str, Any]], *, currency: str) -> list[list[str]]:
    """Give the table of the money, its head first."""
    rows = [["", f"margin {currency}", "of perfect", "of the gain", "off h", "restarts", "MWh"]]
    rows += [
        [
            NAMES.get(one["name"], one["name"]),
            f"{one['margin']:,.2f}",
            _share(one["kept"]),
            _share(one["capture"]),
            f"{one['off_hours']:,.1f}",
            f"{one['restarts']:g}" if one["restarts"] == int(one["restarts"]) else f"{one['restarts']:.1f}",
            f"{one['energy_mwh']:,.1f}",
        ]
        for one in outcomes
    ]
    return rows


def table(rows: list[list[str]]) -> list[str]:
    """Set rows in columns, the first two to the left."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def yaml_of(settings: dict[str, str]) -> str:
    """Write the proposed settings as they stand in a configuration."""
    return "rules: {P-08: {" + ", ".join(f'{name}: "{value}"' for name, value in settings.items()) + "}}"


def _tuned(document: dict[str, Any]) -> list[str]:
    tune, currency = document["tune"], document["currency"]
    return [
        f"Proposed, found on the first half for {tune['kind']}:",
        f"  {yaml_of(tune['settings'])}",
        "",
        "On the half that it was found on",
        *table(money_rows(tune["found_on"], currency=currency)),
        "",
        "On the other half",
        *table(money_rows(tune["measured_on"], currency=currency)),
    ]


def _lasting(flag: dict[str, Any]) -> str:
    return "still open" if flag["closed"] is None else f"{flag['hours']:.1f} h"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.2f}%"
