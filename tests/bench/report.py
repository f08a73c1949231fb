"""How a benchmark says what it measured: a small table for people, one JSON line for `run.py`."""

import json
import os
import platform
import statistics
import sys
from collections.abc import Sequence
from typing import Any

MARK = "figures: "


def show(
    name: str, *, head: Sequence[str], rows: Sequence[Sequence[object]], goals: dict[str, bool], **figures: Any
) -> int:
    """Print the table, each goal with its outcome, and the JSON line; give 1 when a goal was missed."""
    texts = [[_text(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[column]) for row in texts) for column in range(len(head))]
    for row in texts:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    for goal, is_met in goals.items():
        print(f"{'met   ' if is_met else 'MISSED'} {goal}")
    document = {"benchmark": name, "head": list(head), "rows": texts[1:], "goals": goals, **figures}
    print(MARK + json.dumps(document), flush=True)
    return 0 if all(goals.values()) else 1


def machine() -> str:
    """Say where it ran, in the words that matter for a figure."""
    cores = os.cpu_count()
    return f"{cores} cores, {platform.machine()}, Linux {platform.release()}, Python {platform.python_version()}"


def median(values: Sequence[float]) -> float:
    """Give the middle of the values."""
    return statistics.median(values)


def spread(values: Sequence[float]) -> float:
    """Give half the distance between the quartiles, relative to the median."""
    low, middle, high = statistics.quantiles(values, n=4)
    return (high - low) / 2 / middle


def _text(cell: object) -> str:
    return f"{cell:.4g}" if isinstance(cell, float) else str(cell)


def refuse(message: str) -> int:
    """Say why nothing was measured."""
    print(f"skipped: {message}", file=sys.stderr)
    return 0
