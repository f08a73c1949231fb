"""Run every benchmark, or those named, one after the other; `--record` writes what they say into docs/benchmarks.md.

usage: run.py [--record] [NAME ...]
"""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from report import MARK, machine

HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "docs/benchmarks.md"
BENCHMARKS = {
    "startup": "startup.py",
    "poll-path": "poll_path.py",
    "families": "families.py",
    "rules": "rules.py",
    "price-change": "price_change.py",
    "ledger-writes": "ledger_writes.py",
    "pools": "pools.py",
    "scale": "scale.py",
    "reload": "reload.py",
    "discover": "discover.py",
    "stalled": "stalled.py",
    "books-month": "books_month.py",
}


def main(arguments: list[str]) -> int:
    """Run, print, and give 1 when any goal was missed."""
    names = [word for word in arguments if not word.startswith("--")] or list(BENCHMARKS)
    unknown = set(names) - set(BENCHMARKS)
    if unknown:
        print(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    found, worst = [], 0
    for name in names:
        print(f"\n== {name}", flush=True)
        command = [sys.executable, str(HERE / BENCHMARKS[name])]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(MARK):
                found.append(json.loads(line.removeprefix(MARK)) | {"command": f"make bench NAMES={name}"})
            else:
                print(line, end="", flush=True)
        worst = max(worst, process.wait())
    if "--record" in arguments:
        record(found)
    return worst


def record(found: list[dict[str, Any]]) -> None:
    """Put each benchmark's table into its block of the page; blocks of those that did not run stay."""
    page = PAGE.read_text()
    for figures in found:
        name = figures["benchmark"]
        begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
        head, rest = page.split(begin)
        page = head + begin + "\n" + block(figures) + "\n" + rest[rest.index(end) :]
    PAGE.write_text(page)


def block(figures: dict[str, Any]) -> str:
    """Write one benchmark's table and goals."""
    today = datetime.now(UTC).date()
    table = [figures["head"], ["---"] * len(figures["head"]), *figures["rows"]]
    lines = [f"`{figures['command']}`, {today}, {machine()}.", ""]
    lines += ["| " + " | ".join(row) + " |" for row in table]
    lines += ["", *(f"* {'met' if is_met else '**missed**'}: {goal}" for goal, is_met in figures["goals"].items()), ""]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
