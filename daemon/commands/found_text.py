"""What a discovery found, as lines, as JSON, as a `devices:` block and as an inventory."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from collectors.discover import Found
from daemon.commands.reading_text import rate
from daemon.known_devices import Comparison, marks

_COLUMNS: tuple[str, ...] = ("id", "host", "family", "model", "serial", "mac")
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:+ -]*")
_NOT_IN_ID = re.compile(r"[^a-z0-9]+")


def line(one: Found) -> str:
    """Give one line: address, what it is, and what it does or why that is not known."""
    reading = one.reading
    if reading is None:
        what = one.family or "unknown"
        return f"{one.address:<15}  {what:<11}  {one.reason}: {one.message}"
    name = " ".join(part for part in (reading.make, reading.model) if part) or reading.family
    facts = (rate(reading.hashrate_hs), reading.mac or "", reading.firmware_version or "")
    return f"{one.address:<15}  {reading.family:<11}  {name:<24}  {reading.state:<9}  {'  '.join(facts)}".rstrip()


def document(found: Iterable[Found], *, comparison: Comparison | None) -> dict[str, Any]:
    """Give the lists of the JSON document; with a comparison `identified` and `responsive` hold what is new."""
    found = list(found)
    shown = list(comparison.new) if comparison is not None else found
    result: dict[str, Any] = {
        "identified": [_identified(one) for one in shown if one.family is not None],
        "responsive": [
            {"address": one.address, "open_ports": list(one.open_ports), "reason": one.reason, "message": one.message}
            for one in shown
            if one.family is None
        ],
        "duplicates": duplicates(found),
    }
    if comparison is not None:
        result["gone"] = [{"address": one.host, "mac": one.mac, "serial": one.serial} for one in comparison.gone]
        result["moved"] = [{**_identified(one), "was": known.host} for known, one in comparison.moved]
    return result


def duplicates(found: Iterable[Found]) -> list[dict[str, Any]]:
    """Give identities that more than one address claims: a cloned control board, or one board with two addresses."""
    owners: dict[str, list[str]] = {}
    for one in found:
        for mark in marks(one.reading.mac, one.reading.serial) if one.reading else ():
            owners.setdefault(mark, []).append(one.address)
    return [{"identity": mark, "addresses": who} for mark, who in owners.items() if len(who) > 1]


def devices_block(found: Iterable[Found]) -> str:
    """Give the identified devices as YAML to paste; empty when there are none."""
    rows = _rows(found)
    if not rows:
        return ""
    lines = ["  - {" + ", ".join(f"{key}: {_yaml(value)}" for key, value in row.items()) + "}" for row in rows]
    return "\n".join(["devices:", *lines])


def csv_rows(found: Iterable[Found]) -> str:
    """Give the identified devices as an inventory."""
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(_rows(found))
    return text.getvalue()


def _identified(one: Found) -> dict[str, Any]:
    reading = one.reading
    fields = ("make", "model", "firmware", "firmware_version", "mac", "serial", "hostname", "state", "hashrate_hs")
    return {
        "address": one.address,
        "family": one.family,
        **{name: getattr(reading, name, None) for name in fields},
        "power_w": reading.power_w if reading else None,
        "open_ports": list(one.open_ports),
        "reason": one.reason,
        "message": one.message,
    }


def _rows(found: Iterable[Found]) -> list[dict[str, str]]:
    """Give a row per identified device; ids are made of the hardware address where it is known, and unique."""
    rows = []
    taken: Counter[str] = Counter()
    for one in found:
        if one.family is None:
            continue
        reading = one.reading
        mark = (reading.mac or reading.serial) if reading else None
        name = f"{one.family}-{_NOT_IN_ID.sub('', mark.lower())[-6:]}" if mark else _NOT_IN_ID.sub("-", one.address)
        taken[name] += 1
        row = {"id": name if taken[name] == 1 else f"{name}-{taken[name]}", "host": one.address, "family": one.family}
        if reading is not None:
            row |= {key: value for key in ("model", "serial", "mac") if (value := getattr(reading, key))}
        rows.append(row)
    return rows


def _yaml(value: str) -> str:
    """Write a value so that YAML reads this very text back; a MAC alone would be a number in base 60."""
    if _PLAIN.fullmatch(value) and not value[0].isdigit() and ": " not in value and value.lower() not in _YAML_WORDS:
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


_YAML_WORDS = frozenset(("yes", "no", "on", "off", "true", "false", "null", "y", "n", "nan", "inf"))
