"""A reload at 10,000 devices: how long it takes, how long it holds the event loop, and whether a poll is late for it.

usage: reload.py [--devices 10000] [--interval 30] [--warm 90] [--settle 65]

Each reload changes something else: nothing at all, the tariff, one device, and a setting of every device. The daemon
runs as an operator runs it, on one core; the site and this watcher share the other.
"""

import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from pretend_site import REPOSITORY, pretend, raise_descriptors, words
from report import machine, show
from scale import HEADFRAME, PORT, Scrape, configuration, wait_ready

Change = Callable[[dict[str, Any]], None]
TAKEN = b"reload: taken"


def nothing(_: dict[str, Any]) -> None:
    """Change nothing: the file is read, checked and found to be the same."""


def tariff(site: dict[str, Any]) -> None:
    """Change the price of power: the whole fleet is valued anew."""
    site["tariff"] = {"price": "0.071 USD/kWh"}


def one_device(site: dict[str, Any]) -> None:
    """Move one device to another slot."""
    site["devices"][0]["slot"] = 77


def every_device(site: dict[str, Any]) -> None:
    """Give every device another time to answer."""
    site["polling"]["timeout"] = "9 s"


CHANGES: dict[str, Change] = {
    "nothing": nothing,
    "the tariff": tariff,
    "one device": one_device,
    "every device": every_device,
}


def main(arguments: list[str]) -> int:
    """Run the daemon against the pretend site, reload again and again, and report; 1 when a goal was missed."""
    chosen = words(arguments, devices=10_000, interval=30, warm=90, settle=65)
    raise_descriptors()
    with tempfile.TemporaryDirectory() as folder, pretend(int(chosen["devices"])) as site:
        path = Path(folder) / "site.yaml"
        made = configuration(site["configuration"], chosen, Path(folder))
        made["web"]["reload"] = True
        write(path, made)
        log = Path(folder) / "log"
        with log.open("wb") as output:
            daemon = subprocess.Popen(
                [str(HEADFRAME), "run", "--config", str(path)], stdout=output, stderr=output, cwd=REPOSITORY
            )
        os.sched_setaffinity(0, {site["core"]})
        try:
            wait_ready(daemon, log)
            time.sleep(chosen["warm"])
            return measure(daemon, path, made, chosen, log=log)
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(15)


def write(path: Path, site: dict[str, Any]) -> None:
    """Exchange the file as an editor does, whole."""
    fresh = path.with_suffix(".new")
    fresh.write_text(yaml.dump(site, Dumper=yaml.CSafeDumper))
    fresh.replace(path)


def measure(
    daemon: "subprocess.Popen[bytes]", path: Path, site: dict[str, Any], chosen: dict[str, float], *, log: Path
) -> int:
    """Reload once for each change, by the signal for the last, and say what was seen."""
    rows: list[tuple[str, ...]] = []
    lag_s = took_s = 0.0
    first = Scrape()
    for name, change in CHANGES.items():
        change(site)
        write(path, site)
        by_signal = name == list(CHANGES)[-1]
        took = hang_up(daemon, log) if by_signal else post()
        time.sleep(2.0)
        after = Scrape()
        lag = after.sum("headframe_event_loop_lag_seconds")
        rows.append((name, "SIGHUP" if by_signal else "POST", f"{took:.2f} s", f"{1e3 * lag:.0f} ms"))
        lag_s, took_s = max(lag_s, lag), max(took_s, took)
        # The lag is the worst of a minute; the next change is to be seen alone.
        time.sleep(chosen["settle"])
    last = Scrape()
    lost = last.sum("headframe_collect_errors_total") - first.sum("headframe_collect_errors_total")
    skipped = last.sum("headframe_polls_skipped_total") - first.sum("headframe_polls_skipped_total")
    late = _late(last) - _late(first)
    devices, interval = int(chosen["devices"]), chosen["interval"]
    rows.append(("polls lost, turns skipped, begun over 1 s late", "", f"{lost:.0f}, {skipped:.0f}, {late:.0f}", ""))
    rows.append((f"{devices:,} devices at {interval:g} s", "", machine(), ""))
    return show(
        "reload",
        head=("what changed", "by", "taken after", "event loop lag, worst of the minute"),
        rows=rows,
        goals={
            "the loop never held for more than 100 ms": lag_s <= 0.1,
            "no poll lost, no turn skipped, none begun more than 1 s late": lost == skipped == late == 0,
        },
        lag_s=lag_s,
        took_s=took_s,
    )


def post() -> float:
    """Ask for a reload over HTTP, which answers when it is taken; gives how long that took."""
    began = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=120)
    connection.request("POST", "/-/reload")
    answer = json.loads(connection.getresponse().read())
    connection.close()
    if answer != {"reloaded": True}:
        raise SystemExit(f"the reload was refused: {answer}")
    return time.perf_counter() - began


def hang_up(daemon: "subprocess.Popen[bytes]", log: Path) -> float:
    """Send SIGHUP; gives how long it took until the daemon's log said that the new configuration is in force."""
    known, began = log.read_bytes().count(TAKEN), time.perf_counter()
    daemon.send_signal(signal.SIGHUP)
    while log.read_bytes().count(TAKEN) == known:
        if time.perf_counter() - began > 120:
            raise SystemExit("the reload was not taken within two minutes")
        time.sleep(0.05)
    return time.perf_counter() - began


def _late(page: Scrape) -> float:
    bucket = page.page.split(b'\nheadframe_poll_lag_seconds_bucket{le="1.0"} ')[1].split(b"\n")[0]
    return page.sum("headframe_poll_lag_seconds_count") - float(bucket)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
