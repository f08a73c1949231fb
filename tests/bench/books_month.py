"""What the books cost: on each poll, in a month's report over a large site, and in a year on disk.

Writes 30 days of 20,000 devices with figures of the usual size through the ledger's own statements into a file of its
own, runs `headframe report` over it as an operator would, and reckons the size of a year from that of the month.
"""

import argparse
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from report import show
from rules import healthy

from daemon.books import Books
from daemon.economics.money import Appraiser, Terms
from daemon.fleet import DeviceEntry, DeviceState
from daemon.ledger import schema
from daemon.ledger.tables import DEVICE_DAYS, SITE_HOURS

DEVICES = 20_000
DAYS = 30
FIRST_DAY = 20_513  # 2026-03-01
FEEDERS = 10
POLLED = 5_000
PASSES = 12
GOAL_US = 3.0
GOAL_S = 5.0
GOAL_BYTES = 2 * 2**30

CONFIG = """version: 1
site: {id: large, currency: USD, timezone: America/Chicago, pue: 1.05}
feeders: [%s]
devices: [{host: 127.0.0.1}]
tariff: {price: "0.05 USD/kWh"}
ledger: {path: %s}
"""


def fill(path: Path, *, devices: int = DEVICES, days: int = DAYS) -> None:
    """Write a ledger of that many devices and days."""
    chance = random.Random(7)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    schema.prepare(connection)
    connection.execute("BEGIN")
    connection.executemany(
        "INSERT INTO devices (id) VALUES (?)", ((f"rack-{n // 24}-slot-{n % 24}",) for n in range(devices))
    )
    marks = ", ".join("?" * (2 + len(DEVICE_DAYS.columns)))
    put = f"INSERT INTO device_days (day, device, {', '.join(DEVICE_DAYS.columns)}) VALUES ({marks})"
    for day in range(FIRST_DAY, FIRST_DAY + days):
        connection.executemany(put, (_device_day(chance, day, number) for number in range(1, devices + 1)))
    marks = ", ".join("?" * (2 + len(SITE_HOURS.columns)))
    put = f"INSERT INTO site_hours (hour, scope, {', '.join(SITE_HOURS.columns)}) VALUES ({marks})"
    for hour in range(24 * FIRST_DAY, 24 * (FIRST_DAY + days + 1)):
        for scope in ("", *(f"f{n}" for n in range(FEEDERS))):
            share = 1 if not scope else 1 / FEEDERS
            energy = int(devices * 3500 * 3600 * share)
            connection.execute(
                put,
                (
                    hour, scope, energy, int(energy * 1.04), int(devices * 2e5 * 3600 * share),
                    int(devices * 4e8 * share),
                    int(devices * 1.8e8 * share), 0, 0, int(devices * 1e7 * share), int(devices * 5e3 * share),
                    int(energy / 3.6e6 * 380), 3_600_000, 0, 0,
                ),
            )  # fmt: skip
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _device_day(chance: random.Random, day: int, number: int) -> tuple[int, ...]:
    energy = int(chance.gauss(3500, 50) * 86_400)
    hashing = 86_400_000 - chance.choice((0, 0, 0, 61_337, 1_234_567))
    return (
        day, number, energy, energy, int(chance.gauss(2e5, 3e3) * 86_400), chance.randrange(20_000, 30_000),
        chance.randrange(50), int(chance.gauss(9.6e9, 1e8)), int(energy / 3.6e6 * 0.05e9), 0, 0, 240_000_000,
        hashing, 0, 0, (86_400_000 - hashing) // 2, 0, (86_400_000 - hashing + 1) // 2, 0, 0, hashing, 0, 0,
        86_400_000 - hashing,
    )  # fmt: skip


def poll_us() -> float:
    """Book polls of healthy devices, best of several passes; gives the microseconds of one."""
    books = Books(site="large", timezone="America/Chicago")
    appraiser = Appraiser(Terms(currency="USD", hashprice_per_ph_day=60.0, price_per_kwh=0.05))
    devices = [DeviceState(DeviceEntry(id=f"m{n}", host=f"h{n}", feeder="f1"), index=n) for n in range(POLLED)]
    now, passes = 1_700_002_800.0, []
    for turn in range(PASSES):
        now += 30.0
        reading = healthy(turn)
        for device in devices:
            device.accept(reading, now=now)
            device.money = appraiser.money(hashrate_hs=1.04e14, power_w=3068.0, power_grade="metered")
        began = time.perf_counter()
        for device in devices:
            books.poll(device, now)
        passes.append((time.perf_counter() - began) / POLLED)
    return 1e6 * min(passes[2:])


def main() -> int:
    """Measure and report; 1 when a goal was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=DEVICES)
    devices = parser.parse_args().devices
    with tempfile.TemporaryDirectory() as folder:
        ledger, config = Path(folder) / "ledger.db", Path(folder) / "site.yaml"
        fill(ledger, devices=devices)
        feeders = ", ".join(f'{{id: f{n}, contracted: "8 MW", energy_source: hydro}}' for n in range(FEEDERS))
        config.write_text(CONFIG % (feeders, ledger))
        size = ledger.stat().st_size
        booked = poll_us()
        rows, worst = [["one poll booked", f"{booked:.2f} µs", ""]], 0.0
        for form in ("table", "csv", "json", "html"):
            command = [sys.executable, "-m", "headframe", "report", "--config", str(config), "--format", form]
            command += ["--from", "2026-03-01", "--to", "2026-03-30"]
            began = time.perf_counter()
            written = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
            took = time.perf_counter() - began
            worst = max(worst, took)
            rows.append([f"a month as {form}", f"{took:.2f} s", f"{len(written) / 1e6:.2f} MB"])
    year = size / DAYS * 365
    rows.append(["a year on disk, reckoned from a month", "", f"{year / 2**30:.2f} GiB"])
    return show(
        "books-month",
        head=["what", "time", "size"],
        rows=rows,
        goals={
            f"a poll is booked in {GOAL_US:g} µs": booked <= GOAL_US,
            f"a month of {devices} devices in {GOAL_S:g} s": worst <= GOAL_S,
            f"a year of {devices} devices in 2 GiB": year <= GOAL_BYTES,
        },
        devices=devices,
    )


if __name__ == "__main__":
    sys.exit(main())
