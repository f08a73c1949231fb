"""Which pool made a coinbase: by whom it pays, else by the text it carries, else that text itself."""

import csv
import re
from pathlib import Path

from collectors.pools.address import describe

_MERGED_MINING = bytes.fromhex("fabe6d6d")
_MERGED_MINING_BYTES = 4 + 32 + 8  # mark, root, tree size and nonce
_PRINTABLE_RUN = re.compile("[^\x00-\x1f\x7f-\x9f\ufffd]{4,}")
_BETWEEN_SLASHES = re.compile("/.+/")
_SAYS_NOTHING = frozenset({"/p2sh/"})
_SHORTEST_NAME = 3


def _read() -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Read the list: pools by payout address, and by tag in lower case, longest first."""
    lines = (Path(__file__).parent / "tags.csv").read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(line for line in lines if line and not line.startswith("#")))
    addresses = {row["text"]: row["pool"] for row in rows if row["kind"] == "address"}
    tags = [(row["text"].lower(), row["pool"]) for row in rows if row["kind"] == "tag"]
    return addresses, sorted(tags, key=lambda tag: -len(tag[0]))


ADDRESSES, TAGS = _read()


def pool_of(text: bytes, *, scripts: list[bytes]) -> str | None:
    """Name the pool of a coinbase; None when nothing in it is legible.

    `text` is the input script without height and extranonce, `scripts` those that the block pays. The name is the
    canonical one where the list knows it, else the longest legible text of the script, as the pool wrote it.
    """
    for script in scripts:
        address = describe(script, "main")[1]
        if address in ADDRESSES:
            return ADDRESSES[address]
    legible = text.decode("utf-8", "replace")
    lowered = legible.lower()
    for tag, pool in TAGS:
        if tag in lowered:
            return pool
    return raw_tag(text)


def raw_tag(text: bytes) -> str | None:
    """Give the longest legible text; what stands between slashes loses the noise beside it; None without any."""
    mark = text.find(_MERGED_MINING)
    if mark >= 0:
        text = text[:mark] + b"\0" + text[mark + _MERGED_MINING_BYTES :]
    best = ""
    for run in _PRINTABLE_RUN.findall(text.decode("utf-8", "replace")):
        slashed = _BETWEEN_SLASHES.search(run)
        name = (slashed.group() if slashed else run).strip()
        letters = sum(map(str.isalpha, name))
        if letters >= _SHORTEST_NAME and name.lower() not in _SAYS_NOTHING and len(name) > len(best):
            best = name
    return best or None
