"""A titled table, and what its cells share; every text that a device or an operator chose is escaped."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from daemon.web import numbers as show

Document = Mapping[str, Any]
TONES = {"profitable": "good", "unprofitable": "bad", "undecided": "unsure", "unknown": "soft"}


def table(title: str, heads: Sequence[str], rows: str, *, note: str = "", key: str = "") -> str:
    """Write a table; a head with a leading `*` stands over numbers, `key` is its anchor. '' without rows."""
    if not rows:
        return ""
    row = "".join(f'<th class="n">{head[1:]}</th>' if head.startswith("*") else f"<th>{head}</th>" for head in heads)
    small = f" <small>{escape(note)}</small>" if note else ""
    anchor = f' id="{key}"' if key else ""
    return (
        f'<h2>{title}{small}</h2><div class="scroll"><table{anchor}><thead><tr>{row}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def number(text: str, *, tone: str = "", title: str = "") -> str:
    """Write a cell that holds a number, ready as text; `title` is shown when one points at it."""
    hint = f' title="{escape(title)}"' if title else ""
    return f'<td class="n{" " + tone if tone else ""}"{hint}>{escape(text)}</td>'


def place(thing: Document) -> str:
    """Write where a thing stands: rack and slot, else its feeder."""
    words = [str(thing[key]) for key in ("rack", "slot") if thing.get(key)]
    return escape(" / ".join(words) or str(thing.get("feeder") or show.ABSENT))
