"""The page of devices: every family of the registry, what is asked of it, and the recordings that hold it to that."""  # noqa: INP001

import asyncio
import inspect
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from field_sources import sources

from collectors import identify, registry
from collectors.family import Family
from collectors.recording import read_again

FIXTURES = Path(__file__).resolve().parents[1] / "tests/fixtures"
HEAD = """# Devices

<!-- Made by docs/generate.py from collectors/registry.py and tests/fixtures: change those, not this page. -->

Every family that is read, in the order in which a device is weighed: whoever imitates another comes before it. What
stands here is taken from the code and from the recordings that its tests replay. A device that is missing takes one
command to [contribute](#a-device-that-is-missing) and [one file to add](adding-a-device.md).

Only the requests that are listed can be sent; any other is refused inside the program before it reaches the network.

What a field comes from is found by taking values out of the recorded answers and looking which field goes missing or
changes (`N` is the number of a board, fan or sensor); where several keys stand in for each other, the request alone is
named. Make and model also bring what the
[model table](../collectors/miners/models.csv) knows: chips expected, missing boards, nominal hashrate, label power
(grade `spec`).
"""
_SHOWN = 6
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
        yield f"| {anchor} | {_sentence(_about(family))} | {ports} | {_grades(family, proofs)} | {len(proofs)} |"
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
    yield f"* **Power**: {_grades(family, proofs)}."
    yield f"* **Requests**: {', '.join(f'`{request}`' for request in sorted(family.requests))}."
    yield ""
    if proofs:
        yield "| recording | device | proven by it |"
        yield "|---|---|---|"
        for path, recording in proofs.items():
            fields = ", ".join(f"`{name}`" for name in recording["expected"])
            yield f"| [{path.partition('/')[2]}](../tests/fixtures/{path}) | {recording.get('model', '')} | {fields} |"
        yield ""
        yield "| field | comes from |"
        yield "|---|---|"
        for field, found in sorted(sources(family, proofs).items()):
            yield f"| `{field}` | {'; '.join(_origin(request, list(keys)) for request, keys in found.items())} |"
        yield ""


def _origin(request: str, keys: list[str]) -> str:
    shown = ", ".join(f"`{key}`" for key in keys[:_SHOWN]) + (" …" if len(keys) > _SHOWN else "")
    return f"`{request}`{f': {shown}' if keys else ''}".replace("|", "\\|")


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


def _grades(family: Family, proofs: dict[str, Any]) -> str:
    """Name the grades of the wattages that the recordings give; label power comes from the model table."""
    grades = {asyncio.run(read_again(proof, family=family)).power_grade for proof in proofs.values()} - {"unknown"}
    return ", ".join(f"`{grade}`" for grade in sorted(grades)) or "not told"
