"""One walk over the fleet: feeders, models, rows, tiers and pools in sums that forget nobody."""

import pytest

from collectors.reading import PoolSlot, Reading
from daemon.economics.money import Terms, money
from daemon.fleet import DeviceEntry, DeviceState
from daemon.rules.history.devices import DeviceHistory
from daemon.rules.survey.surveyor import Surveyor

TH = 1e12
OURS = "stratum+tcp://pool.example:3333"
BACKUP = "stratum+tcp://backup.example:3333"


class Floor:
    """Devices that are made, fed twice and surveyed."""

    def __init__(self):
        self.history = DeviceHistory()
        self.devices = []
        self.row_of = {}
        self.terms = Terms(currency="USD", hashprice_per_ph_day=41.22, price_per_kwh=0.06)

    def add(self, *, feeder="f1", rack="r1", missed=0, stale_after_s=90.0, entry=None, silent=False, **said):
        place = len(self.devices)
        fields = {"id": f"m{place}", "host": f"192.0.2.{place}", "feeder": feeder, "rack": rack} | (entry or {})
        device = DeviceState(DeviceEntry(**fields), index=place)
        if not silent:
            reading = {"family": "antminer", "make": "Antminer", "model": "S19j Pro", "firmware_version": "1"}
            reading |= {
                "state": "hashing",
                "uptime_s": 9e4,
                "hashrate_hs": 104 * TH,
                "power_w": 3068.0,
                "power_grade": "reported",
            }
            for now in (0.0, 30.0):
                device.accept(Reading(**reading | said), now=now)
                self.history.feed(device, now)
            device.money = money(
                hashrate_hs=device.reading.hashrate_hs,
                power_w=device.power_w,
                power_grade=device.power_grade,
                terms=self.terms,
            )
        for poll in range(missed):
            device.lose(reason="timed_out", detail="", now=60.0 + 30.0 * poll, stale_after_s=stale_after_s)
        self.devices.append(device)
        return device

    def survey(self, feeders=("f1", "f2"), **more):
        surveyor = Surveyor(
            history=self.history, feeders=feeders, row_of=self.row_of, cooling={"f1": "air", "f2": "hydro"}, **more
        )
        for device in self.devices:
            surveyor.add(device)
        return surveyor.finish()


@pytest.fixture
def floor():
    return Floor()


def test_an_empty_floor(floor):
    """Without devices every sum is empty, and every configured feeder is there."""
    survey = floor.survey()
    assert (0, 0.0, ()) == (survey.fleet.devices, survey.fleet.power_w, survey.models)
    assert {"f1", "f2"} == set(survey.feeders)
    assert (0.0, "") == (survey.feeders["f1"].devices_w, survey.feeders["f1"].lost_reason)


def test_watts_and_their_error_are_added_up(floor):
    """Independent errors shrink with the number of devices, the common one does not."""
    for _ in range(100):
        floor.add()
    load = floor.survey().feeders["f1"]
    assert pytest.approx(306_800.0) == load.devices_w
    assert pytest.approx(306_800.0 * 0.05 / 10) == load.independent_w
    assert pytest.approx(306_800.0 * 0.02) == load.common_w
    assert {"reported": pytest.approx(306_800.0)} == load.power_w_by_grade


def test_who_hides_his_watts_is_counted_and_not_guessed(floor):
    """A hashing device without watts is unknown; a sleeping one draws next to nothing."""
    floor.add()
    floor.add(power_w=None, power_grade="unknown")
    floor.add(power_w=None, power_grade="unknown", state="sleeping")
    load = floor.survey().feeders["f1"]
    assert (3068.0, 1, 1, 2) == (load.devices_w, load.unknown_devices, load.sleeping, load.hashing)


def test_the_silent_are_remembered_with_their_last_watts(floor):
    """A stale device adds nothing to what is drawn, but to what may be drawn."""
    floor.add()
    floor.add(missed=4)
    floor.add(silent=True, missed=2, entry={"power_w": 1400.0})
    load = floor.survey().feeders["f1"]
    assert (3068.0, 4468.0, 1, 2) == (load.devices_w, load.silent_w, load.answering, load.lost)
    assert "timed_out" == load.lost_reason


def test_what_was_not_asked_yet_draws_what_nobody_knows(floor):
    """Before its first poll a device is no zero in the sum that a meter is held against; its last known watts are."""
    floor.add()
    floor.add(silent=True, missed=0)
    floor.add(silent=True, missed=0, entry={"power_w": 1400.0})
    floor.add(silent=True, missed=3)
    load = floor.survey().feeders["f1"]
    assert (1, 1400.0, 1) == (load.unknown_devices, load.silent_w, load.answering)


def test_the_unprofitable_would_free_their_watts(floor):
    """Only devices that surely lose count as freed; the undecided are told apart."""
    floor.terms = Terms(currency="USD", hashprice_per_ph_day=41.22, price_per_kwh=0.06)
    floor.add(power_grade="metered")
    floor.terms = Terms(currency="USD", hashprice_per_ph_day=41.22, price_per_kwh=0.10)
    floor.add()
    floor.terms = Terms(currency="USD", hashprice_per_ph_day=41.22, price_per_kwh=0.059)
    floor.add(power_grade="spec")
    load = floor.survey().feeders["f1"]
    assert (("m0", "m1"), 6136.0, 3068.0) == (load.unprofitable, load.freed_w, load.undecided_w)
    assert 0.0 < load.freed_sd_w < load.freed_w


def test_devices_of_no_feeder_belong_to_the_site(floor):
    """A device on no known feeder is in the fleet's sums only, and its silence is counted apart."""
    floor.add(feeder=None)
    floor.add(feeder="unheard", missed=3)
    survey = floor.survey()
    assert (2, 1, 1) == (survey.fleet.devices, survey.fleet.lost, survey.fleet.lost_without_feeder)
    assert 0 == survey.feeders["f1"].devices


def test_a_lost_feeder_is_counted(floor):
    """A feeder counts as lost with half of its devices, and at least three."""
    for place in range(6):
        floor.add(missed=3 if place < 3 else 0)
    for _ in range(2):
        floor.add(feeder="f2", missed=3)
    assert 1 == floor.survey().fleet.lost_feeders


def test_the_silence_of_maintenance_is_no_loss(floor):
    """Devices, racks and feeders in a window are not counted as lost."""
    floor.add(missed=3, entry={"maintenance": True})
    floor.add(missed=3, rack="r7")
    floor.add(missed=3, feeder=None)
    assert (2, 1) == (floor.survey().fleet.lost, floor.survey().fleet.lost_without_feeder)
    excused = floor.survey(excused=frozenset({"r7", "m2"})).fleet
    assert (0, 0) == (excused.lost, excused.lost_without_feeder)
    whole = floor.survey(excused=frozenset({"north"}), site="north").fleet
    assert (0, 0) == (whole.lost, whole.lost_without_feeder)


def test_models_are_told_apart_by_firmware(floor):
    """Break-evens are weighted means of a model and firmware; verdicts are counted."""
    floor.add(hashrate_hs=104 * TH)
    floor.add(hashrate_hs=52 * TH)
    floor.add(firmware_version="2")
    floor.add(model=None)
    first, second, nameless = sorted(floor.survey().models, key=lambda model: model.id)
    assert ("Antminer S19j Pro / 1", 2) == (first.id, first.devices)
    assert ("Antminer S19j Pro / 2", 1) == (second.id, second.devices)
    assert "unknown model / 1" == nameless.id
    assert pytest.approx(0.75 * second.break_even_price_per_kwh) == first.break_even_price_per_kwh


def test_a_meter_would_decide_some(floor):
    """Among the undecided, those are counted whose doubt is their watts."""
    floor.terms = Terms(currency="USD", hashprice_per_ph_day=41.22, price_per_kwh=0.062)
    floor.add(power_grade="spec")
    floor.terms = Terms(currency="USD", hashprice_per_ph_day=41.22, price_per_kwh=0.0583)
    floor.add(power_grade="spec")
    (model,) = floor.survey().models
    assert (2, 1) == (model.undecided, model.decidable)


def test_peers_have_a_median_and_a_spread(floor):
    """J/TH of devices of one model, whatever their firmware, with the scaled absolute deviation."""
    for watts in (2900.0, 3000.0, 3100.0, 3200.0, 9000.0):
        floor.add(power_w=watts, hashrate_hs=100 * TH, firmware_version=str(watts))
    peers = floor.survey().peers["Antminer S19j Pro"]
    assert (5, pytest.approx(31.0), pytest.approx(1.4826)) == (
        peers.devices, peers.median_j_per_th, peers.deviation_j_per_th,
    )  # fmt: skip


def test_rows_take_the_median_inlet(floor):
    """Racks of a row are judged together, devices without a row with their feeder."""
    floor.row_of = {"r1": "A"}
    for degrees in (20.0, 21.0, 60.0):
        floor.add(temperature_inlet_c=degrees)
    floor.add(temperature_inlet_c=40.0, rack="elsewhere", feeder="f2")
    rows = {row.id: row for row in floor.survey().rows}
    assert (3, 21.0, "air") == (rows["A"].sensors, rows["A"].inlet_median_c, rows["A"].cooling)
    assert (1, "hydro") == (rows["f2"].sensors, rows["f2"].cooling)


def test_tiers_are_steps_of_a_joule(floor):
    """Hashing devices fall into tiers by their J/TH; those without watts into none."""
    floor.add(power_w=2950.0, hashrate_hs=100 * TH)
    floor.add(power_w=2990.0, hashrate_hs=100 * TH)
    floor.add(power_w=1750.0, hashrate_hs=100 * TH)
    floor.add(power_w=None, power_grade="unknown")
    tiers = floor.survey().fleet.tiers
    assert [(17.0, 1), (29.0, 2)] == [(tier.j_per_th, tier.devices) for tier in tiers]
    assert 5940.0 == tiers[1].power_w


def test_hashrate_on_backups_and_by_pool(floor):
    """A device that mines on a later slot is on a backup; an empty first slot is no first choice."""
    first = PoolSlot(index=0, url=OURS, active=True)
    idle, second = PoolSlot(index=0, url=OURS, active=False), PoolSlot(index=1, url=BACKUP, active=True)
    floor.add(pools=(first,))
    floor.add(pools=(idle, second))
    floor.add(pools=(PoolSlot(index=0, url=""), second))
    survey = floor.survey()
    assert (104 * TH, 312 * TH) == (survey.fleet.backup_hs, survey.fleet.shares_hs)
    placed = {place: work.hashrate_hs for place, work in survey.mined.items()}
    assert {("pool.example", "3333"): 104 * TH, ("backup.example", "3333"): 208 * TH} == placed


def test_racks_are_counted(floor):
    """Racks know how many stand in them and how many of those lose money."""
    floor.terms = Terms(currency="USD", hashprice_per_ph_day=41.22, price_per_kwh=0.10)
    floor.add(rack="r1")
    floor.add(rack="r1", missed=5)
    floor.add(rack=None)
    rack = floor.survey().racks["r1"]
    assert (2, 1, 3068.0) == (rack.devices, rack.unprofitable, rack.unprofitable_w)
