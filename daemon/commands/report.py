r"""Report what a site did and earned over some days, from the daemon's ledger, or verify that the ledger is untouched.

  headframe report --config site.yaml --from 2026-03-01 --to 2026-03-31
  headframe report --config site.yaml --from 2026-03-01 --to 2026-03-31 --format html > march.html
  headframe report verify --config site.yaml

Days are those of the site's time zone, both included; without them it is the last whole month. The daemon may run
meanwhile. What was never booked (no watts, no price, no meter) is absent and never zero. `verify` checks the chain of
hashes over the closed days and names the first day that is broken or missing; its exit code is then 1.
"""

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import date

    from config.load import Loaded
    from daemon.ledger.chain import Verified
    from daemon.ledger.changes import ConfigChange

FORMATS = ("table", "csv", "json", "html")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the period and the format."""
    parser.add_argument("verb", nargs="?", choices=("verify",), metavar="verify", help="check the closed days")
    parser.add_argument("--config", required=True, metavar="FILE", help="configuration of the site")
    parser.add_argument("--from", dest="first", metavar="DATE", help="first day, such as 2026-03-01")
    parser.add_argument("--to", dest="last", metavar="DATE", help="last day, included")
    parser.add_argument("--format", choices=FORMATS, default="table", help="table (default), csv, json or html")
    parser.add_argument("--json", action="store_const", const="json", dest="format", help="the same as --format json")


def run(arguments: argparse.Namespace) -> int:
    """Print the report or the check; 1 when a day is broken or the ledger cannot be read, 2 for a wrong date."""
    from config.problems import ConfigError
    from daemon.commands.output import fail
    from daemon.report.gather import Unreadable
    from daemon.start import load_checked

    as_json = arguments.format == "json"
    try:
        loaded = load_checked(arguments.config, secrets=False)
        if arguments.verb == "verify":
            return _verify(loaded, as_json=as_json)
        first, last = _period(arguments.first, arguments.last, timezone=loaded.config.site.timezone)
        print(_written(loaded, first, last, form=arguments.format), end="")
    except ConfigError as error:
        return fail("invalid_config", str(error), target=arguments.config, code=1, as_json=as_json)
    except Unreadable as error:
        return fail("unreadable", str(error), target=arguments.config, code=1, as_json=as_json)
    except ValueError as error:
        return fail("usage", str(error), target="report", code=2, as_json=as_json)
    return 0


def _written(loaded: "Loaded", first: "date", last: "date", *, form: str) -> str:
    import orjson

    from daemon.ledger_place import ledger_path
    from daemon.report.document import report, span
    from daemon.report.gather import gather, opened
    from daemon.report.html import page
    from daemon.report.text import csv_text, text

    days, hours = span(first, last, timezone=loaded.config.site.timezone)
    with opened(ledger_path(loaded)) as connection:
        period = gather(connection, days=days, hours=hours)
    made = report(loaded, period, first=first, last=last)
    if form == "json":
        return orjson.dumps(made.document(), option=orjson.OPT_INDENT_2).decode() + "\n"
    if form == "csv":
        return csv_text(made)
    return page(made) if form == "html" else text(made) + "\n"


def _verify(loaded: "Loaded", *, as_json: bool) -> int:
    import time

    from daemon.commands.output import print_json
    from daemon.ledger.chain import kept_from, verify
    from daemon.ledger.changes import read
    from daemon.ledger_place import ledger_path
    from daemon.report.gather import opened

    with opened(ledger_path(loaded)) as connection:
        changes = read(connection)
        tables = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'closed_days'").fetchone()[0]
        found = verify(connection, kept_from=kept_from(connection, now=time.time())) if tables else None
    document = _document(found, changes)
    if as_json:
        print_json(document)
    else:
        print(_sentence(document))
    return 0 if document["sound"] else 1


def _document(found: "Verified | None", changes: "list[ConfigChange]") -> dict[str, Any]:
    from daemon.books.calendar import date_of
    from daemon.ledger.chain import Fault, Verified
    from daemon.ledger.changes import broken

    def name(day: int | None) -> str | None:
        return None if day is None else date_of(day).isoformat()

    if found is None:
        found = Verified()
    fault = found.fault
    entry = broken(changes)
    if fault is None and entry is not None:
        detail = f"entry {entry.number} of the record of configurations is not as it was entered"
        fault = Fault(day=entry.at_ms // 86_400_000, kind="broken", detail=detail)
    return {
        "sound": fault is None,
        "from": name(found.first),
        "to": name(found.last),
        "days": found.days,
        "rows": found.rows,
        "expired": found.expired,
        "changes": len(changes),
        "head": found.head if found.days else None,
        "fault": None if fault is None else {"day": name(fault.day), "kind": fault.kind, "detail": fault.detail},
    }


def _sentence(document: dict[str, Any]) -> str:
    fault = document["fault"]
    if fault is not None:
        return f"{fault['day']} is {fault['kind']}: {fault['detail']}"
    if not document["days"]:
        return "no day has been closed yet"
    checked = f"{document['days']} closed days from {document['from']} to {document['to']}, {document['rows']} rows"
    expired = f"; the rows of {document['expired']} of them are no longer kept" if document["expired"] else ""
    return f"sound: {checked}{expired}\nhead of the chain: {document['head']}"


def _period(first: str | None, last: str | None, *, timezone: str) -> "tuple[date, date]":
    """Read the days; without any it is the last whole month. Raises ValueError."""
    from datetime import datetime, timedelta

    from daemon.economics.tariff_hours import zone_of

    today = datetime.now(zone_of(timezone)).date()
    end = _date(last, option="--to") if last else None
    if first is None:
        anchor = end or today.replace(day=1) - timedelta(days=1)
        return anchor.replace(day=1), anchor
    begin = _date(first, option="--from")
    end = end or max(begin, today)
    if end < begin:
        raise ValueError(f"--to {end} is before --from {begin}")
    return begin, end


def _date(written: str, *, option: str) -> "date":
    from datetime import date

    try:
        return date.fromisoformat(written)
    except ValueError:
        raise ValueError(f"{option} {written!r}: it must be a date such as 2026-03-01") from None
