"""Findings on their way out: all of them, in order, and never so many at once that the event loop waits."""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from daemon.clock import SystemClock
from daemon.findings import Finding, FindingState
from daemon.herald import PORTION, Herald
from daemon.hooks.hook import Notice
from daemon.hooks.notifier import Notifier, Subscription
from daemon.ledger import Ledger
from daemon.rules.engine import Transition
from daemon.web.events import Events


class Deaf:
    """A hook that is owed everything and asked nothing."""

    id, kind, batch = "deaf", "webhook", 1

    async def send(self, notices: Sequence[Notice]) -> None:
        raise AssertionError(notices)


def opened(number: int, state: FindingState = "open") -> Transition:
    finding = Finding(
        id=f"F-{number}",
        rule="P-01",
        subject=f"m{number}",
        severity="warn",
        state=state,
        message="",
        since=1.0,
        opened_at=2.0,
        updated_at=2.0,
    )
    return Transition(kind="opened" if state == "open" else "closed", finding=finding)


def on_disk(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "ledger.sqlite")) as connection:
        count: int = connection.execute("SELECT count(*) FROM findings").fetchone()[0]
    return count


async def test_thousands_at_once(tmp_path: Path) -> None:
    """What is told at once goes out in portions, in order, each on disk before the next is begun."""
    count = 3 * PORTION + 1
    ledger = await Ledger.open(tmp_path / "ledger.sqlite")
    notifier = Notifier(ledger, [Subscription(hook=Deaf())], clock=SystemClock())
    published: list[str] = []
    herald = Herald(events=Events(dropped=lambda: None), published=lambda finding: published.append(finding.id))
    herald.tell([opened(number) for number in range(count)])
    herald.tell([opened(0, "closed")])
    steps: list[int] = []
    async with asyncio.TaskGroup() as group:
        work = group.create_task(herald.run(notifier))
        while len(published) < count + 1:
            await asyncio.sleep(0)
            if len(published) != sum(steps):
                assert on_disk(tmp_path) >= sum(steps), "what went before is on disk"
                steps.append(len(published) - sum(steps))
        await ledger.written()
        work.cancel()
    assert [f"F-{number}" for number in range(count)] + ["F-0"] == published
    assert [PORTION, PORTION, PORTION, 2] == steps
    assert (0, {"deaf": count + 1}) == (len(herald), ledger.outbox.lengths())
    await ledger.close()
    again = await Ledger.open(tmp_path / "ledger.sqlite")
    assert (count - 1, {"deaf": count + 1}) == (len(again.open_findings()), again.outbox.lengths())
    await again.close()
