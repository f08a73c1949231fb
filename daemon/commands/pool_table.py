"""The table of pools on a terminal: fitted to its width, what is wrong in colour and told in full below. Pure."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

import msgspec

from collectors.pools.state import PoolState

_SATS_PER_BTC = 100_000_000
_HEADS = ("pool", "state", "latency", "height", "job age", "lag", "fees BTC", "share diff", "tag")
_NUMBERS = frozenset({"latency", "height", "job age", "lag", "fees BTC", "share diff"})
_WIDEST = 48
# What gives way on a narrow terminal: these columns shrink to so much, then those go, the first first. What room is
# left then goes back to the former, the first first.
_LEAST = {"pool": 10, "tag": 6, "state": 5}
_GO_FIRST = ("share diff", "fees BTC", "latency", "tag", "lag")
_NEW_BLOCK_S = 20.0
_OLD_JOB_S = 120.0
_NEWS_S = 3600.0
_GAP = "  "
_LEAST_WIDTH = 20

BOLD, RED, GREEN, YELLOW, DIM = "1", "31", "32", "33", "2"


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """A cell's text, what is left of it where it does not fit, and its colour as an SGR code, '' for none."""

    text: str
    short: str | None = None
    colour: str = ""


def table(states: Sequence[PoolState], *, now: float, width: int | None = None, colours: bool = False) -> list[str]:
    """Give the table's lines; what is not known is a dash, and a pool that is down says why.

    Without `width` every column is as wide as it needs. With it no line is wider.
    """
    rows = [_row(state, now=now) for state in states]
    widths = _fit([dict.fromkeys(_HEADS, Cell(text="")), *rows], width)
    lines = [_line({head: Cell(text=head, colour=BOLD) for head in _HEADS}, widths, colours=colours)]
    return [*lines, *(_line(row, widths, colours=colours) for row in rows)]


def remarks(states: Sequence[PoolState], *, now: float, width: int) -> list[str]:
    """Tell below the table why pools are down, what changed about them within the hour, and what they say."""
    return [
        line
        for state in states
        for remark in _remarks(state, now=now)
        for line in wrap(remark, max(width, _LEAST_WIDTH), subsequent_indent="  ")
    ]


def title(states: Sequence[PoolState], *, clock: str, width: int) -> str:
    """Give the line above the table."""
    up = sum(state.up for state in states)
    heights = [state.job.height for state in states if state.up and state.job and state.job.height is not None]
    best = f", height {max(heights)}" if heights else ""
    return _cut(f"{up} of {len(states)} pools give work{best} - {clock} - Ctrl-C ends", width)


def paint(text: str, colour: str) -> str:
    """Give text its colour."""
    return f"\x1b[{colour}m{text}\x1b[0m" if colour and text else text


def _remarks(state: PoolState, *, now: float) -> Iterator[str]:
    if not state.up and state.last_error is not None:
        again = f"; next try in {state.next_try_s:.0f} s or less" if state.next_try_s else ""
        yield f"{state.id}: {state.last_error_reason}, {state.last_error}{again}"
    for change in state.changes:
        if now - change.at <= _NEWS_S:
            yield f"{state.id}: {change.kind} was {change.before}, is {change.after}"
    if state.message:
        yield f'{state.id} says "{state.message}"'
    if state.authenticated is False:
        yield f"{state.id}: encrypted, but it has not proved who it is"


def _row(state: PoolState, *, now: float) -> dict[str, Cell]:
    job = state.job
    age = None if state.last_job_at is None else max(now - state.last_job_at, 0.0)
    tag = "-" if job is None else job.pool_tag or "-"
    if job is not None and job.chain != "main":
        tag += f" ({job.chain})"
    if job is not None and job.empty:
        tag = "empty block"
    new = state.new_block_at is not None and now - state.new_block_at < _NEW_BLOCK_S
    return {
        "pool": Cell(text=state.id),
        "state": _condition(state),
        "latency": Cell(text=_duration(_latency(state))),
        "height": Cell(text="-" if job is None or job.height is None else str(job.height), colour=BOLD if new else ""),
        "job age": Cell(text=_duration(age, whole=True), colour=YELLOW if age is not None and age > _OLD_JOB_S else ""),
        "lag": Cell(text=_lag(state), colour=GREEN if state.new_block_lag_s == 0.0 else ""),
        "fees BTC": Cell(
            text="-" if job is None or job.fees_sats is None else f"{job.fees_sats / _SATS_PER_BTC:.4f}",
        ),
        "share diff": Cell(text="-" if state.difficulty is None else f"{state.difficulty:,.6g}"),
        "tag": Cell(text=tag, colour=YELLOW if job is not None and job.empty else ""),
    }


def _condition(state: PoolState) -> Cell:
    if state.up:
        return Cell(text="up", colour=GREEN)
    if state.last_error is not None:
        return Cell(text=f"down: {state.last_error_reason}", short="down", colour=RED)
    return Cell(text="no job yet" if state.connected else "connecting", short="wait", colour=YELLOW)


def _latency(state: PoolState) -> float | None:
    return state.rtt_s if state.rtt_s is not None else state.tcp_rtt_s or state.connect_s


def _lag(state: PoolState) -> str:
    return "first" if state.new_block_lag_s == 0.0 else _duration(state.new_block_lag_s)


def _fit(rows: Sequence[dict[str, Cell]], width: int | None) -> dict[str, int]:
    """Give the columns that are shown with their widths."""
    widths = {head: max(len(head), *(min(len(row[head].text), _WIDEST) for row in rows)) for head in _HEADS}
    if width is None:
        return widths
    wanted = dict(widths)
    widths |= {head: min(least, widths[head]) for head, least in _LEAST.items()}
    for head in _GO_FIRST:
        if _wide(widths) <= width:
            break
        del widths[head]
    for head in _LEAST:
        if head in widths:
            widths[head] = min(wanted[head], widths[head] + max(width - _wide(widths), 0))
    return widths


def _wide(widths: dict[str, int]) -> int:
    return sum(widths.values()) + len(_GAP) * (len(widths) - 1)


def _line(row: dict[str, Cell], widths: dict[str, int], *, colours: bool) -> str:
    cells = []
    for head, width in widths.items():
        cell = row[head]
        text = cell.short if cell.short is not None and len(cell.text) > width else cell.text
        text = _cut(text, width)
        text = text.rjust(width) if head in _NUMBERS else text.ljust(width)
        cells.append(paint(text, cell.colour) if colours else text)
    return _GAP.join(cells).rstrip()


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: max(width - 1, 0)] + "…"


def _duration(seconds: float | None, *, whole: bool = False) -> str:
    """Write a time in its unit: milliseconds below one second, then seconds, then minutes."""
    if seconds is None:
        return "-"
    if seconds >= 600.0:
        return f"{seconds / 60.0:.0f} min"
    if whole or seconds >= 10.0:
        return f"{seconds:.0f} s"
    return f"{seconds:.2f} s" if seconds >= 1.0 else f"{seconds * 1e3:.1f} ms"
