"""What is known already: the devices of a site's configuration, an inventory file or an earlier discovery."""

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from collectors.discover import Found


class UnknownForm(ValueError):
    """A file that is none of the three."""


class Known(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One device as it is known; None where nothing was written down."""

    host: str
    mac: str | None = None
    serial: str | None = None

    @property
    def marks(self) -> frozenset[str]:
        """What it is recognised by at another address."""
        return marks(self.mac, self.serial)


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """What changed: devices that are new, known ones that were not found, and known ones at another address."""

    new: tuple[Found, ...]
    gone: tuple[Known, ...]
    moved: tuple[tuple[Known, Found], ...]


def marks(mac: str | None, serial: str | None) -> frozenset[str]:
    """Give the identities that survive a change of address."""
    return frozenset(text.upper() for text in (mac, serial) if text)


def read(path: Path) -> list[Known]:
    """Read a YAML configuration, a CSV inventory or the JSON of `headframe discover`.

    Raises UnknownForm, OSError, and the configuration's ConfigError.
    """
    if path.suffix.lower() in (".yaml", ".yml"):
        from config.load import load

        return [Known(host=entry.host, mac=entry.mac, serial=entry.serial) for entry in load(path).entries]
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix.lower() == ".csv":
        return _rows(csv.DictReader(text.splitlines()), host="host")
    try:
        document = json.loads(text)
    except ValueError as error:
        raise UnknownForm(f"{path}: neither a .yaml, a .csv, nor the JSON of a discovery") from error
    if not isinstance(document, dict):
        raise UnknownForm(f"{path}: JSON, but not of a discovery")
    rows = [row for name in ("identified", "responsive") for row in document.get(name, []) if isinstance(row, dict)]
    return _rows(rows, host="address")


def compared(known: Iterable[Known], found: Iterable[Found]) -> Comparison:
    """Hold what was found against what is known: by MAC or serial number first, by address where there are none."""
    left = list(known)
    new, moved = [], []
    for one in found:
        own = marks(one.reading.mac, one.reading.serial) if one.reading else frozenset()
        same = next((other for other in left if own & other.marks), None)
        if same is None:
            same = next((other for other in left if other.host == one.address and not (own and other.marks)), None)
        if same is None:
            new.append(one)
            continue
        left.remove(same)
        if same.host != one.address:
            moved.append((same, one))
    return Comparison(new=tuple(new), gone=tuple(left), moved=tuple(moved))


def _rows(rows: Iterable[dict[str, Any]], *, host: str) -> list[Known]:
    return [
        Known(host=str(row[host]), mac=row.get("mac") or None, serial=row.get("serial") or None)
        for row in rows
        if row.get(host)
    ]
