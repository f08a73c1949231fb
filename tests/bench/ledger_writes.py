"""How fast findings and the deliveries owed for them reach the disk, and whether the event loop notices.

The daemon's own way: log, events with a reader, MQTT, and hooks that the ledger owes.

usage: ledger_writes.py [--findings 5000] [--hooks 2]
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

import uvloop
from aiohttp import web
from pretend_site import words
from price_change import longest_hold
from report import show

from collectors.broker import Broker
from config.model import Mqtt
from daemon.clock import SystemClock
from daemon.findings import Finding
from daemon.herald import Herald
from daemon.hooks.notifier import Notifier, Subscription
from daemon.hooks.webhook import Webhook
from daemon.ledger import Ledger
from daemon.mqtt_feed import MqttFeed
from daemon.rules.engine import Transition
from daemon.web.events import Events


def main(arguments: list[str]) -> int:
    """Measure and report; 1 when a goal was missed."""
    chosen = words(arguments, findings=5000, hooks=2)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.sqlite"
        return uvloop.run(measure(path, count=int(chosen["findings"]), hooks=int(chosen["hooks"])))


async def measure(path: Path, *, count: int, hooks: int) -> int:
    """Open and close findings, all at once as when a feeder trips, and wait until the disk has them."""
    ledger = await Ledger.open(path)
    wanted = [Subscription(hook=Webhook(f"hook{number}", url="http://127.0.0.1:9")) for number in range(hooks)]
    notifier = Notifier(ledger, wanted, clock=SystemClock())
    events = Events(dropped=lambda: None)
    mqtt = MqttFeed(
        Mqtt(host="127.0.0.1"), reached=Broker(host="127.0.0.1", port=9), site="bench", currency="USD", release=""
    )
    herald = Herald(events=events, published=mqtt.finding)
    told = [
        Transition(kind="opened" if state == "open" else "closed", finding=finding(number, state))
        for state in ("open", "closed")
        for number in range(count)
    ]
    runner, reader = await listen(events)
    work = asyncio.get_running_loop().create_task(herald.run(notifier))
    watch = asyncio.get_running_loop().create_task(longest_hold())
    await asyncio.sleep(0)
    began, spent = time.perf_counter(), time.process_time()
    for first in (0, count):
        herald.tell(told[first : first + count])
        while herald:
            await asyncio.sleep(0.001)
        await ledger.written()
    took, spent = time.perf_counter() - began, time.process_time() - spent
    watch.cancel()
    longest_ms = 1e3 * await watch
    work.cancel()
    rows = 2 * count * (1 + hooks)
    owed = sum(ledger.outbox.lengths().values())
    assert 2 * count * hooks == owed, owed
    reader.close()
    await runner.cleanup()
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
        goals={
            "at least 1,000 transitions a second reach the disk": 2 * count / took >= 1000,
            "the loop never held for more than 20 ms": longest_ms <= 20,
        },
        seconds=took,
        held_ms=longest_ms,
    )


async def listen(events: Events) -> tuple[web.AppRunner, asyncio.StreamWriter]:
    """Serve the events, to one reader who is slow."""
    app = web.Application()
    app.router.add_get("/", events.stream)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    _, writer = await asyncio.open_connection(*runner.addresses[0])
    writer.write(b"GET / HTTP/1.1\r\nHost: bench\r\n\r\n")
    while not events.has_readers:
        await asyncio.sleep(0.01)
    return runner, writer


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
