"""What an opened file holds, read into memory; and back: a finding or a delivery as a row."""

import sqlite3
from collections.abc import Callable

import msgspec

from daemon.findings import Finding
from daemon.ledger.records import Content, Delivery, Kept
from daemon.ledger.tables import Row

WINDOW = 5_000  # deliveries a hook that are held in memory; what is owed beyond them waits on the disk

# Before a hook's id in a finding's `told`: it is to be told anew. No id begins like this.
_WITHHELD = "~"

_OUTBOX = "id, hook, finding_id, event, event_id, body, created_at, next_try, attempts, reason"
_decode = msgspec.json.Decoder(Finding).decode
_decode_told = msgspec.json.Decoder(frozenset[str]).decode
_encode = msgspec.json.Encoder().encode


def load(connection: sqlite3.Connection, *, tolerant: bool = False) -> Content:
    """Read the open findings, the oldest deliveries a hook, and the marks; raise sqlite3.Error.

    `tolerant` takes all that can be read from a damaged file and passes over the rest.
    """
    content = Content()
    steps: tuple[Callable[[sqlite3.Connection, Content], None], ...] = (
        _load_findings,
        _load_all_outbox if tolerant else _load_outbox,
        _load_marks,
    )
    for step in steps:
        try:
            step(connection, content)
        except sqlite3.Error:
            if not tolerant:
                raise
    return content


def finding_row(kept: Kept) -> Row:
    """Give a finding as a row of `findings`."""
    finding = kept.finding
    return (
        finding.id,
        finding.rule,
        finding.subject,
        finding.severity,
        finding.state,
        finding.opened_at,
        finding.closed_at,
        finding.updated_at,
        _encode([*sorted(kept.told), *sorted(f"{_WITHHELD}{hook}" for hook in kept.withheld)]).decode(),
        _encode(finding),
    )


def delivery_row(delivery: Delivery) -> Row:
    """Give a delivery as a row of `outbox`."""
    return msgspec.structs.astuple(delivery)


def more_deliveries(connection: sqlite3.Connection, *, hook: str, after: int, limit: int) -> list[Delivery]:
    """Read a hook's deliveries that are younger than `after`, oldest first; raise sqlite3.Error."""
    rows = connection.execute(
        f"SELECT {_OUTBOX} FROM outbox WHERE hook = ? AND id > ? ORDER BY id LIMIT ?",  # noqa: S608 - our own columns
        (hook, after, limit),
    )
    return [_delivery(row) for row in rows]


def findings_since(
    connection: sqlite3.Connection, *, since: float, until: float, rule: str | None, subject: str | None, limit: int
) -> list[Finding]:
    """Read findings that opened in a period, newest first; raise sqlite3.Error."""
    rows = connection.execute(
        "SELECT document FROM findings WHERE opened_at >= ? AND opened_at < ? AND (? IS NULL OR rule = ?) "
        "AND (? IS NULL OR subject = ?) ORDER BY opened_at DESC LIMIT ?",
        (since, until, rule, rule, subject, subject, limit),
    )
    return [finding for row in rows if (finding := _finding(row[0])) is not None]


def _load_findings(connection: sqlite3.Connection, content: Content) -> None:
    for document, told in connection.execute(
        "SELECT document, told FROM findings WHERE state = 'open' ORDER BY opened_at"
    ):
        finding = _finding(document)
        if finding is not None:
            hooks = _told(told)
            marked = frozenset(hook for hook in hooks if hook.startswith(_WITHHELD))
            withheld = frozenset(hook.removeprefix(_WITHHELD) for hook in marked)
            content.findings.append(Kept(finding=finding, told=hooks - marked, withheld=withheld))


def _load_outbox(connection: sqlite3.Connection, content: Content) -> None:
    newest = connection.execute("SELECT max(id) FROM outbox").fetchone()[0]
    content.newest_id = newest or 0
    for hook, count in connection.execute("SELECT hook, count(*) FROM outbox GROUP BY hook").fetchall():
        content.outbox += more_deliveries(connection, hook=hook, after=-1, limit=WINDOW)
        if count > WINDOW:
            content.spilled[hook] = count - WINDOW


def _load_all_outbox(connection: sqlite3.Connection, content: Content) -> None:
    for row in connection.execute(f"SELECT {_OUTBOX} FROM outbox NOT INDEXED ORDER BY id"):  # noqa: S608 - our own columns
        content.outbox.append(_delivery(row))
        content.newest_id = row[0]


def _load_marks(connection: sqlite3.Connection, content: Content) -> None:
    for finding_id, by, at in connection.execute(
        "SELECT finding_id, acknowledged_by, acknowledged_at FROM acknowledgements"
    ):
        content.acknowledgements[finding_id] = (by, at)
    for rule, subject, until, by in connection.execute(
        "SELECT rule, subject, silenced_until, silenced_by FROM silences"
    ):
        content.silences[rule, subject] = (until, by)


def _finding(document: bytes) -> Finding | None:
    # A newer version may know severities or states that this one does not; such a finding stays on disk, unseen.
    try:
        return _decode(document)
    except msgspec.MsgspecError:
        return None


def _told(text: str) -> frozenset[str]:
    try:
        return _decode_told(text)
    except msgspec.MsgspecError:
        return frozenset()


def _delivery(row: Row) -> Delivery:
    return Delivery(**dict(zip(Delivery.__struct_fields__, row, strict=True)))
