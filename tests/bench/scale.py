"""The whole daemon at 10,000 devices every 30 s: whether all are polled in time, and what a scrape does to it.

usage: scale.py [--devices 10000] [--interval 30] [--warm 720] [--seconds 600] [--scrape 15]

The daemon runs as an operator runs it, on one core; the site and the scraper share the other. It is warm once all that
is done every ten minutes was done: the day's work of every device settled, and the large parts of its state kept.
"""

import http.client
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml
from pretend_site import REPOSITORY, pretend, raise_descriptors, words
from report import machine, median, show

PORT = 19840
MIB = 1 << 20
HEADFRAME = Path(sys.executable).with_name("headframe")


class Scrape:
    """One `/metrics` page: how long it took, and the few numbers that are wanted of it."""

    def __init__(self) -> None:
        began = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
        connection.request("GET", "/metrics")
        self.page = b"\n" + connection.getresponse().read()
        connection.close()
        self.took_s = time.perf_counter() - began
        self.at = time.time()

    def sum(self, name: str) -> float:
        """Add up all samples of a name."""
        found = re.findall(rb"\n%s(?:{[^\n]*})? (\S+)" % name.encode(), self.page)
        return float(sum(map(float, found)))

    def oldest_s(self) -> float:
        """Give the age of the oldest reading."""
        first = self.page.index(b"\nheadframe_device_last_reading_timestamp_seconds{")
        last = self.page.index(b"\n", self.page.rindex(b"\nheadframe_device_last_reading_timestamp_seconds{") + 1)
        return self.at - min(float(line.rpartition(b" ")[2]) for line in self.page[first + 1 : last].split(b"\n"))


def main(arguments: list[str]) -> int:
    """Run the daemon against the pretend site and report; 1 when a goal was missed."""
    chosen = words(arguments, devices=10_000, interval=30, warm=720, seconds=600, scrape=15)
    raise_descriptors()
    with tempfile.TemporaryDirectory() as folder, pretend(int(chosen["devices"])) as site:
        path = Path(folder) / "site.yaml"
        path.write_text(yaml.safe_dump(configuration(site["configuration"], chosen, Path(folder))))
        log = Path(folder) / "log"
        with log.open("wb") as output:
            daemon = subprocess.Popen(
                [str(HEADFRAME), "run", "--config", str(path)], stdout=output, stderr=output, cwd=REPOSITORY
            )
        os.sched_setaffinity(0, {site["core"]})
        try:
            wait_ready(daemon, log)
            time.sleep(chosen["warm"])
            return measure(daemon, chosen)
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(15)


def configuration(made: dict[str, Any], chosen: dict[str, float], folder: Path) -> dict[str, Any]:
    """Take the site's own configuration, with the interval that is asked for and a ledger of its own."""
    polling = {**made.get("polling", {}), "interval": f"{chosen['interval']:g} s"}
    return {
        **made,
        "polling": polling,
        "ledger": {"path": str(folder / "ledger.sqlite")},
        "web": {"listen": f"127.0.0.1:{PORT}"},
        "hooks": [],
    }


def wait_ready(daemon: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait until the first round of polls is through."""
    for _ in range(600):
        if daemon.poll() is not None:
            raise SystemExit(f"the daemon ended:\n{log.read_text()[-3000:]}")
        try:
            connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=5)
            connection.request("GET", "/-/ready")
            if connection.getresponse().status == http.client.OK:
                return
        except OSError:
            pass
        time.sleep(0.5)
    raise SystemExit("the daemon was not ready within five minutes")


def measure(daemon: "subprocess.Popen[bytes]", chosen: dict[str, float]) -> int:
    """Scrape until the time is over, then say what was seen."""
    first = Scrape()
    cpu = cpu_s(daemon.pid)
    scrapes, memory = [], [(0.0, memory_mib(daemon.pid))]
    lag_s = oldest_s = 0.0
    began = time.perf_counter()
    while (passed := time.perf_counter() - began) < chosen["seconds"]:
        time.sleep(max(0.0, chosen["scrape"] - passed % chosen["scrape"]))
        newest = Scrape()
        scrapes.append(newest.took_s)
        lag_s = max(lag_s, newest.sum("headframe_event_loop_lag_seconds"))
        oldest_s = max(oldest_s, newest.oldest_s())
        memory.append((time.perf_counter() - began, memory_mib(daemon.pid)))
    last = Scrape()
    seconds = last.at - first.at

    def gained(name: str) -> float:
        return last.sum(name) - first.sum(name)

    polls = gained("headframe_collect_duration_seconds_count")
    wanted = chosen["devices"] * seconds / chosen["interval"]
    in_time = polls and (
        gained_bucket(first, last, "headframe_poll_lag_seconds", "1.0") / gained("headframe_poll_lag_seconds_count")
    )
    errors, skipped = gained("headframe_collect_errors_total"), gained("headframe_polls_skipped_total")
    peak, growth = max(mib for _, mib in memory), slope(memory)
    devices, interval = int(chosen["devices"]), chosen["interval"]
    return show(
        "scale",
        head=("figure", "measured"),
        rows=[
            ("machine", machine()),
            ("devices, interval, duration", f"{devices:,}, {interval:g} s, {seconds:.0f} s"),
            ("polls made of polls due", f"{polls:,.0f} of {wanted:,.0f}"),
            ("polls begun within 1 s", f"{100 * in_time:.3f} %"),
            ("polls lost, turns skipped", f"{errors:.0f}, {skipped:.0f}"),
            ("oldest reading seen", f"{oldest_s:.1f} s"),
            ("event loop lag, worst", f"{1e3 * lag_s:.0f} ms"),
            ("scrape, median and worst", f"{1e3 * median(scrapes):.0f} ms, {1e3 * max(scrapes):.0f} ms"),
            ("page", f"{len(last.page) / MIB:.1f} MiB, {last.page.count(b'{'):,} samples"),
            ("daemon's CPU", f"{100 * (cpu_s(daemon.pid) - cpu) / seconds:.1f} % of a core"),
            ("RSS, peak and growth", f"{peak:.0f} MiB, {growth:+.1f} MiB an hour"),
        ],
        goals={
            "every device polled in time": errors == skipped == 0
            and oldest_s <= interval + 1.5
            and polls >= 0.995 * wanted,
            "event loop lag at most 100 ms": lag_s <= 0.1,
            "scrape under 0.3 s": max(scrapes) < 0.3,
            "RSS under 300 MiB": peak < 300,
            "no growth after warm-up (under 1 % of the peak in the run)": growth * seconds / 3600 < 0.01 * peak,
        },
        lag_s=lag_s,
        scrape_s=max(scrapes),
        rss_mib=peak,
        growth_mib_per_hour=growth,
    )


def gained_bucket(first: Scrape, last: Scrape, name: str, le: str) -> float:
    """Give by how much one bucket of a histogram grew."""
    text = f'{name}_bucket{{le="{le}"}}'
    return sum(
        sign * float(page.page.split(b"\n" + text.encode() + b" ")[1].split(b"\n")[0])
        for sign, page in ((1, last), (-1, first))
    )


def slope(points: list[tuple[float, float]]) -> float:
    """Give the rise of (seconds, MiB) an hour: the median over all pairs, which a passing peak does not sway."""
    rises = [
        (later[1] - earlier[1]) / (later[0] - earlier[0])
        for number, earlier in enumerate(points)
        for later in points[number + 1 :]
    ]
    return 3600 * median(rises) if rises else 0.0


def memory_mib(pid: int) -> float:
    """Give the resident memory of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / MIB


def cpu_s(pid: int) -> float:
    """Give the CPU time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
