"""Sums are added up exactly once, whatever the disk does in between, and stay small."""

import asyncio
import random
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.ledger import DeviceDay, Ledger, SiteHour
from daemon.ledger import sums as sums_module
from daemon.ledger.disk import SLICE, Disk
from daemon.ledger.periods import device_days, device_totals, site_hours
from daemon.ledger.sums import Sums
from daemon.ledger.tables import DEVICE_DAYS, SITE_HOURS
from daemon.ledger.trouble import DiskTrouble


async def test_parts_become_a_day(open_ledger) -> None:
    """Parts of a day add up over flushes and restarts, and come back in the units they were given in."""
    ledger = await open_ledger()
    for _ in range(3):
        ledger.add_energy([DeviceDay(device="m1", day=40000, energy_j=0.4, hashes=5e13, revenue=1e-9, hashing_s=30.25)])
        await ledger.flush()
    await ledger.close()
    again = await open_ledger()
    again.add_energy([DeviceDay(device="m1", day=40000, energy_j=1000.0, lost_s=60.0)])
    again.add_energy([DeviceDay(device="m2", day=40001, energy_j=5.0)])
    first = (await again.ask(partial(device_days, first=40000, last=40000)))[0]
    assert (
        DeviceDay(device="m1", day=40000, energy_j=1001.0, hashes=1.5e14, revenue=3e-9, hashing_s=90.75, lost_s=60.0)
        == first
    )
    assert ["m2"] == [day.device for day in await again.ask(partial(device_days, first=0, last=99999, device="m2"))]


async def test_totals_over_days(open_ledger) -> None:
    """A period's report sums each device over its days."""
    ledger = await open_ledger()
    for day in range(40000, 40010):
        ledger.add_energy([DeviceDay(device=f"m{n}", day=day, energy_j=float(n)) for n in range(3)])
    totals = await ledger.ask(partial(device_totals, first=40002, last=40004))
    assert [("m0", 0.0), ("m1", 3.0), ("m2", 6.0)] == [(total.device, total.energy_j) for total in totals]


async def test_site_hours(open_ledger) -> None:
    """The site and each feeder have hours of their own."""
    ledger = await open_ledger()
    ledger.add_site_hours([SiteHour(scope="", hour=5, energy_j=7.0, mined_btc=1.5e-8), SiteHour(scope="f1", hour=5)])
    ledger.add_site_hours([SiteHour(scope="", hour=5, energy_j=3.0, carbon_g=2.0, watched_s=0.5)])
    hours = await ledger.ask(partial(site_hours, first=0, last=9))
    assert [
        SiteHour(scope="", hour=5, energy_j=10.0, mined_btc=1.5e-8, carbon_g=2.0, watched_s=0.5),
        SiteHour(scope="f1", hour=5),
    ] == hours
    assert ["f1"] == [hour.scope for hour in await ledger.ask(partial(site_hours, first=0, last=9, scope="f1"))]


async def test_nonsense_is_left_out(open_ledger) -> None:
    """What is not a finite number is not added, and what is far too large stays within what the file can hold."""
    ledger = await open_ledger()
    ledger.add_energy([DeviceDay(device="m1", day=1, energy_j=float("nan"), metered_j=float("inf"), revenue=1e300)])
    day = (await ledger.ask(partial(device_days, first=1, last=1)))[0]
    assert (0.0, 0.0, 2**62 / 1e9) == (day.energy_j, day.metered_j, day.revenue)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.booleans()), max_size=30), st.integers())
async def test_nothing_is_counted_twice(tmp_path_factory, steps, seed) -> None:
    """However often writing fails and periods pass, the file ends with exactly the sum of the parts."""
    path = tmp_path_factory.mktemp("sums") / "ledger.db"
    noise = random.Random(seed)
    write = Disk.write
    disk = {"fails": False}

    def unreliable(self: Disk, batch: object) -> None:
        if disk["fails"]:
            raise DiskTrouble("io_error", "refused for the test")
        write(self, batch)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Disk, "write", unreliable)
        ledger = await Ledger.open(path, first_retry_s=0.001)
        expected: dict[tuple[int, str], int] = {}
        day = 100
        for forward, device, fails in steps:
            disk["fails"] = fails
            day += forward
            for when in (day, day - noise.randint(0, 4)):
                amount = noise.randint(1, 10**6)
                key = (when, f"m{device}")
                expected[key] = expected.get(key, 0) + amount
                ledger.add_energy([DeviceDay(device=key[1], day=when, energy_j=float(amount))])
            await ledger.flush()
        disk["fails"] = False
        days = await _read_all(ledger)
        await ledger.close()
    assert expected == {(one.day, one.device): int(one.energy_j) for one in days}


async def test_many_rows_at_once(open_ledger) -> None:
    """A large site's rows go to the disk a slice at a time, again and again, and each device keeps its own sum."""
    ledger = await open_ledger()
    devices = 2 * SLICE + 3
    for turn in (1, 2, 3):
        ledger.add_energy(DeviceDay(device=f"m{number}", day=7, energy_j=number * turn) for number in range(devices))
        ledger.add_energy([DeviceDay(device="m0", day=8, hashes=1e9)])
        await ledger.flush()
    days = await ledger.ask(partial(device_days, first=7, last=7))
    assert {f"m{number}": 6.0 * number for number in range(devices)} == {one.device: one.energy_j for one in days}
    assert [3e9] == [one.hashes for one in await ledger.ask(partial(device_days, first=8, last=8))]


async def _read_all(ledger: Ledger) -> list[DeviceDay]:
    while ledger.health.medium != "disk":
        await asyncio.sleep(0.001)
    return await ledger.ask(partial(device_days, first=0, last=10**6))


async def test_year_of_a_large_site_stays_small(open_ledger, path) -> None:
    """20,000 devices for 365 days fit in 2 GiB, told from what the rows of a few days take."""
    ledger = await open_ledger()
    noise = random.Random(7)
    devices, days = 2_000, 5
    for day in range(days):
        for number in range(devices):
            part = {field: noise.uniform(0.0, 86400.0) for field in DEVICE_DAYS.fields}
            part |= {
                "energy_j": 3e8 * noise.random(),
                "metered_j": 3e8 * noise.random(),
                "hashes": 2e19 * noise.random(),
            }
            ledger.add_energy([DeviceDay(device=f"row-{number // 40}-slot-{number}", day=40000 + day, **part)])
        await ledger.flush()
    await ledger.close()
    assert path.stat().st_size / (devices * days) * 20_000 * 365 < 2 * 2**30


def test_memory_stays_bounded(monkeypatch) -> None:
    """Without a disk for long the oldest periods give way, and each row lost is counted."""
    monkeypatch.setattr(sums_module, "MOST_ROWS", 10)
    sums = Sums(SITE_HOURS)
    for hour in range(20):
        sums.add(SiteHour(scope="", hour=hour, energy_j=1.0))
    assert 10 == len(sums)
    assert {"memory_full": 10} == dict(sums.dropped)


def test_every_summed_field_has_a_column() -> None:
    """The records and the tables name the same sums."""
    for table in (DEVICE_DAYS, SITE_HOURS):
        assert len(table.record.__struct_fields__) - 2 == len(table.columns) == len(set(table.columns))
