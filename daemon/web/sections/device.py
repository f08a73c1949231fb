"""One device: its money explained, its boards and pools, and why its last polls failed."""

from collections.abc import Sequence
from html import escape

from daemon.web import numbers as show
from daemon.web.sections.table import Document, table


def device(document: Document, *, explanation: str, failures: Sequence[Document]) -> str:
    """Write what is known of one device."""
    reading = document.get("reading") or {}
    boards = "".join(
        f"<tr><td>{board['index']}</td><td>{escape(board['state'])}</td>"
        f'<td class="n">{show.hashrate(board["hashrate_hs"])}</td>'
        f'<td class="n">{show.plain(board["board_temperature_c"], unit=" °C")}</td>'
        f'<td class="n">{show.plain(board["chip_temperature_c"], unit=" °C")}</td>'
        f'<td class="n">{show.plain(board["chips"])} / {show.plain(board["chips_expected"])}</td></tr>'
        for board in reading.get("boards", ())
    )
    slots = "".join(
        f"<tr><td>{slot['index']}</td><td>{escape(slot['url'] or show.ABSENT)}</td>"
        f"<td>{escape(slot['user'] or show.ABSENT)}</td>"
        f'<td>{"active" if slot["active"] else ""}</td><td class="n">{show.plain(slot["accepted"])}</td>'
        f'<td class="n">{show.plain(slot["rejected"])}</td></tr>'
        for slot in reading.get("pools", ())
    )
    lost = "".join(
        f"<tr><td>{escape(str(failure['at_text']))}</td><td>{escape(str(failure['reason']))}</td>"
        f"<td>{escape(str(failure['detail']))}</td></tr>"
        for failure in failures
    )
    return (
        f"<h2>Money</h2><pre>{escape(explanation)}</pre>"
        + table("Boards", ("board", "state", "*hashrate", "*board", "*chip", "*chips"), boards)
        + table("Pools", ("slot", "address", "user", "", "*accepted", "*rejected"), slots)
        + table("Lost polls", ("when", "reason", "detail"), lost)
    )
