"""The page of devices: every family of the registry, what is asked of it, and the recordings that hold it to that."""  # noqa: INP001

import inspect
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from collectors import identify, registry
from collectors.family import Family

FIXTURES = Path(__file__).resolve().parents[1] / "tests/fixtures"
HEAD = """# Devices

<!-- Made by docs/generate.py from collectors/registry.py and tests/fixtures: change those, not this page. -->

Every family that is read, in the order in which a device is weighed: whoever imitates another comes before it. What
stands here is taken from the code and from the recordings that its tests replay. A device that is missing takes one
command to [contribute](#a-device-that-is-missing) and [one file to add](adding-a-device.md).

Only the requests that are listed can be sent; any other is refused inside the program before it reaches the network.
"""
TAIL = """## A device that is missing

`headframe record HOST` asks a device everything that its family may read and writes one recording, without wallets,
users, serial numbers, hardware addresses, host names and passwords. Of a device that nobody recognises it writes what
identification heard. Look it over, and send it in: such files are what this page and its tests are made of.
"""


def page() -> str:
    """Give docs/devices.md."""
    found = recordings()
    text = [HEAD, *_overview(found)]
    for family in registry.families():
        text += _section(family, found.get(family.name, {}))
    text += [_identification(), TAIL]
    return "\n".join(text)


def recordings() -> dict[str, dict[str, Any]]:
    """Give every recording under tests/fixtures, by family and by path."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(FIXTURES.glob("*/*.json")):
        recording = json.loads(path.read_text(encoding="utf-8"))
        found.setdefault(recording["family"], {})[f"{path.parent.name}/{path.name}"] = recording
    return found


def _overview(found: dict[str, dict[str, Any]]) -> Iterator[str]:
    yield "| family | devices | ports | power | recordings |"
    yield "|---|---|---|---|---|"
    for family in registry.families():
        proofs = found.get(family.name, {})
        ports = ", ".join(str(port) for port in dict.fromkeys(family.ports.values()))
        anchor = f"[{family.name}](#{family.name})"
        yield f"| {anchor} | {_sentence(_about(family))} | {ports} | {_grades(proofs)} | {len(proofs)} |"
    yield ""


def _section(family: Family, proofs: dict[str, Any]) -> Iterator[str]:
    yield f"## {family.name}\n"
    yield f"{_about(family)}\n"
    ports = ", ".join(f"`{name}` {port}" for name, port in family.ports.items())
    yield f"* **Ports**: {ports}."
    told = _flat(inspect.getdoc(family.recognises) or "")
    clues = ", ".join(f"`GET {path}`" for path in family.clues)
    yield f"* **Told by**: {told}{f' Pages that tell it: {clues}.' if clues else ''}"
    yield f"* **Vendor's own credentials**: {'known, tried only on leave' if family.credentials else 'none known'}."
    yield f"* **Power**: {_grades(proofs)}."
    yield f"* **Requests**: {', '.join(f'`{request}`' for request in sorted(family.requests))}."
    yield ""
    if proofs:
        yield "| recording | device | proven by it |"
        yield "|---|---|---|"
        for path, recording in proofs.items():
            fields = ", ".join(f"`{name}`" for name in recording["expected"])
            yield f"| [{path.partition('/')[2]}](../tests/fixtures/{path}) | {recording.get('model', '')} | {fields} |"
        yield ""


def _identification() -> str:
    asked = ", ".join(f"`{request}`" for request in sorted(identify.requests()))
    return (
        "## Finding out which\n\n"
        "A device whose family is not configured is asked as little as will tell, and these at most:\n\n"
        f"{asked}.\n"
    )


def _about(family: Family) -> str:
    return _flat(inspect.getdoc(sys.modules[family.collect.__module__]) or "")


def _flat(text: str) -> str:
    paragraphs = (" ".join(part.split()) for part in text.split("\n\n"))
    return " ".join(part.replace("|", "\\|") for part in paragraphs)


def _sentence(text: str) -> str:
    """Give the first sentence without its full stop; a dot inside a version number ends none."""
    return text.split(". ", maxsplit=1)[0].removesuffix(".")


def _grades(proofs: dict[str, Any]) -> str:
    grades = dict.fromkeys(
        recording["expected"]["power_grade"]
        for recording in proofs.values()
        if recording["expected"].get("power_grade", "unknown") != "unknown"
    )
    return ", ".join(f"`{grade}`" for grade in sorted(grades)) or "no recording has it"
