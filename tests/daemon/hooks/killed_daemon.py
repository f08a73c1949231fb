"""A small daemon for test_sigkill: opens and closes findings, says what was acknowledged, and delivers it.

python killed_daemon.py LEDGER URL ROUND     publishes until it is killed; ROUND 0 only delivers what is owed
"""

import asyncio
import random
import sys
import time

from daemon.clock import SystemClock
from daemon.findings import Finding
from daemon.hooks.notifier import Notifier, Subscription
from daemon.hooks.webhook import Webhook
from daemon.ledger import Ledger


async def main(path: str, url: str, turn: int) -> None:
    ledger = await Ledger.open(path)
    hooks = [Subscription(hook=Webhook("ops", url=url))]
    notifier = Notifier(ledger, hooks, clock=SystemClock(), first_wait_s=0.01)
    async with asyncio.TaskGroup() as group:
        delivering = group.create_task(notifier.run())
        if turn:
            async with asyncio.TaskGroup() as rules:
                for part in range(4):
                    rules.create_task(publish(notifier, f"{turn}-{part}"))
        while any(ledger.outbox.lengths().values()):
            await asyncio.sleep(0.01)
        delivering.cancel()
    await ledger.close()


async def publish(notifier: Notifier, name: str) -> None:
    noise = random.Random(name)
    number = 0
    while True:
        number += 1
        for state in ("open", "closed"):
            finding = Finding(
                id=f"f-{name}-{number}",
                rule="P-01",
                subject=f"m{number}",
                severity="warn",
                state=state,
                message="x" * noise.randint(0, 2000),
                since=1.0,
                opened_at=2.0,
                closed_at=time.time() if state == "closed" else None,
                updated_at=3.0,
            )
            event = "opened" if state == "open" else "closed"
            print("issued", f"{finding.id}-{event}", flush=True)
            receipt = await notifier.publish(finding)
            assert receipt.durable
            print("acknowledged", f"{finding.id}-{event}", flush=True)
            await asyncio.sleep(noise.random() * 0.01)


asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
