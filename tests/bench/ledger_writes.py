"""How fast findings and the deliveries owed for them reach the disk, and whether the event loop notices.

usage: ledger_writes.py [--findings 5000] [--hooks 2]
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

import uvloop
from pretend_site import words
from price_change import longest_hold
from report import show

from daemon.findings import Finding
from daemon.ledger import Ledger


def main(arguments: list[str]) -> int:
    """Measure and report; 1 when a goal was missed."""
    chosen = words(arguments, findings=5000, hooks=2)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.sqlite"
        return uvloop.run(measure(path, count=int(chosen["findings"]), hooks=int(chosen["hooks"])))


async def measure(path: Path, *, count: int, hooks: int) -> int:
    """Open and close findings, all at once as when a feeder trips, and wait until the disk has them."""
    names = [f"hook{number}" for number in range(hooks)]
    ledger = await Ledger.open(path)
    watch = asyncio.get_running_loop().create_task(longest_hold())
    await asyncio.sleep(0)
    began, spent = time.perf_counter(), time.process_time()
    for event, state in (("opened", "open"), ("closed", "closed")):
        await asyncio.gather(
            *(ledger.record_transition(finding(number, state), event=event, hooks=names) for number in range(count))
        )
    took, spent = time.perf_counter() - began, time.process_time() - spent
    watch.cancel()
    longest_ms = 1e3 * await watch
    rows = 2 * count * (1 + hooks)
    await ledger.close()
    size = path.stat().st_size
    return show(
        "ledger-writes",
        head=("figure", "measured"),
        rows=[
            ("findings opened and closed, hooks", f"{count:,}, {hooks}"),
            ("until the disk had all of it", f"{took:.2f} s, {rows / took:,.0f} rows a second"),
            ("CPU", f"{spent:.2f} s, {1e6 * spent / rows:.0f} us a row"),
            ("event loop held, longest", f"{longest_ms:.1f} ms"),
            ("file", f"{size / (1 << 20):.1f} MiB"),
        ],
        goals={"at least 1,000 transitions a second reach the disk": 2 * count / took >= 1000},
        seconds=took,
        held_ms=longest_ms,
    )


def finding(number: int, state: str) -> Finding:
    """Make one finding as a rule would."""
    return Finding(
        id=f"P-01-{number:06x}",
        rule="P-01",
        subject=f"m{number}",
        severity="warn",
        state="open" if state == "open" else "closed",
        message="m loses 0.13 USD a day: revenue 4.28, cost 4.41, and the doubt about both is 0.05",
        value=-0.13,
        threshold=0.0,
        since=1000.0,
        opened_at=1300.0,
        closed_at=None if state == "open" else 1400.0,
        updated_at=1400.0,
        rack="r1",
        feeder="f1",
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
