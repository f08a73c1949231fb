"""Open findings, worst first."""

from collections.abc import Mapping, Sequence
from html import escape

from daemon.web.sections.table import Document, place, table

_HEADS = ("severity", "rule", "what", "where", "message")


def findings(documents: Sequence[Document], *, counts: Mapping[str, int]) -> str:
    """Write those of these findings that are open; `counts` has how many there are in all, by state."""
    opened = [finding for finding in documents if finding["state"] == "open"]
    notes = [f"{len(opened):,} of {counts['open']:,} shown"] if counts["open"] > len(opened) else []
    notes += [f"{counts['pending']:,} pending"] if counts["pending"] else []
    rows = "".join(map(_row, opened))
    if not rows:
        rows = '<tr><td colspan="5" class="soft">nothing is wrong that a rule could see</td></tr>'
    return table("Findings", _HEADS, rows, note=", ".join(notes), key="findings")


def _row(finding: Document) -> str:
    severity = escape(finding["severity"])
    return (
        f'<tr data-finding="{escape(finding["id"])}"{_state(finding)}>'
        f'<td><span class="sev {severity}">{severity}</span></td>'
        f'<td class="w">{escape(finding["rule"])}</td><td>{_subject(finding)}</td><td>{place(finding)}</td>'
        f"<td>{escape(finding['message'])}{_marks(finding)}</td></tr>"
    )


def _subject(finding: Document) -> str:
    subject = escape(str(finding["subject"]))
    return f'<a href="/devices/{subject}">{subject}</a>' if finding.get("scope") == "device" else subject


def _state(finding: Document) -> str:
    seen = " data-seen" if finding.get("acknowledged_by") else ""
    return seen + (" data-silent" if finding.get("silenced_until") else "")


def _marks(finding: Document) -> str:
    marks = ""
    if finding.get("acknowledged_by"):
        marks += f' <span class="soft">seen by {escape(finding["acknowledged_by"])}</span>'
    if finding.get("silenced_until"):
        marks += ' <span class="soft">silenced</span>'
    return marks
