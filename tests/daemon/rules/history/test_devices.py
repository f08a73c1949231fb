"""What is remembered of each device: means of work, shares of late, its usual efficiency, and all of it kept."""

import sys

import pytest

from collectors.reading import Reading
from daemon.economics.money import Money
from daemon.fleet import DeviceEntry, DeviceState
from daemon.rules.history.devices import DeviceHistory

TH = 1e12


class Device:
    """One device that is polled every 30 s."""

    def __init__(self, name="m1"):
        self.state = DeviceState(DeviceEntry(id=name, host="192.0.2.1"), index=0)
        self.history = DeviceHistory(hash_window_s=3600.0, share_window_s=600.0, learn_s=3600.0)
        self.now = 0.0
        self.said = {"state": "hashing", "uptime_s": 90000.0, "hashrate_hs": 100 * TH, "power_w": 3000.0}
        self.expected = 100 * TH

    def poll(self, times=1, *, every=30.0, money=None, **said):
        for _ in range(times):
            self.now += every
            self.said |= {name: value(self.now) if callable(value) else value for name, value in said.items()}
            fields = {"family": "antminer", "power_grade": "reported"} | self.said
            self.state.accept(Reading(**fields), now=self.now)
            self.state.expected_hs = self.expected
            self.state.money = money
            self.history.feed(self.state, self.now)


@pytest.fixture
def device():
    return Device()


def test_nothing_is_known_at_first(device):
    """A single reading is no past."""
    device.poll()
    assert None is device.history.mean_hashrate_hs("m1")
    assert None is device.history.recent_rejects("m1")
    assert None is device.history.mean_efficiency_j_per_th("m1")
    assert None is device.history.usual_efficiency("m1")
    assert None is device.history.mean_margins("m1")
    assert 0.0 == device.history.counted("m1")


@pytest.mark.parametrize(
    "ask",
    [
        "mean_hashrate_hs",
        "recent_rejects",
        "mean_efficiency_j_per_th",
        "usual_efficiency",
        "error_ratios",
        "mean_margins",
    ],
)
def test_a_stranger_has_no_past(ask):
    """Of a device that was never fed nothing is known."""
    assert getattr(DeviceHistory(), ask)("nobody") is None


def test_the_mean_is_over_hashing_time_only(device):
    """Sleep and start do not pull the mean down."""
    device.poll(20)
    device.poll(20, state="sleeping", hashrate_hs=0.0)
    device.poll(20, state="hashing", uptime_s=60.0, hashrate_hs=10 * TH)
    device.poll(20, uptime_s=90000.0, hashrate_hs=100 * TH)
    assert pytest.approx(100 * TH) == device.history.mean_hashrate_hs("m1")


def test_the_mean_follows_within_its_window(device):
    """After three windows the old value is nearly forgotten."""
    device.poll(200)
    device.poll(360, hashrate_hs=50 * TH)
    assert pytest.approx(52.5 * TH, rel=0.02) == device.history.mean_hashrate_hs("m1")


def test_a_new_preset_begins_a_new_mean(device):
    """What was meant by the old expectation says nothing of the new one."""
    device.poll(50)
    device.expected = 70 * TH
    device.poll(2, hashrate_hs=70 * TH)
    assert pytest.approx(70 * TH) == device.history.mean_hashrate_hs("m1")


def test_shares_are_counted_by_growth_and_over_resets(device):
    """Totals count for nothing; a counter that fell began anew."""
    device.poll(accepted=100_000, rejected=5000)
    device.poll(accepted=100_090, rejected=5010)
    rejected, decided = device.history.recent_rejects("m1")
    assert (10.0, 100.0) == (rejected, decided)
    device.poll(accepted=20, rejected=0)
    rejected, decided = device.history.recent_rejects("m1")
    assert pytest.approx(10.0, rel=0.1) == rejected
    assert pytest.approx(117.0, rel=0.05) == decided


def test_old_rejects_fade(device):
    """After some windows a burst is forgotten."""
    device.poll(accepted=0, rejected=0)
    device.poll(accepted=50, rejected=50)
    device.poll(200, accepted=int, rejected=50)
    rejected, decided = device.history.recent_rejects("m1")
    assert rejected / decided < 0.001


def test_its_usual_efficiency_is_learnt_once_and_kept(device):
    """The first days at a preset make what is usual; later drift does not move it."""
    device.poll(130)
    base, sd = device.history.usual_efficiency("m1")
    assert (pytest.approx(30.0), pytest.approx(0.0, abs=1e-6)) == (base, sd)
    device.poll(500, power_w=3600.0)
    assert pytest.approx(30.0) == device.history.usual_efficiency("m1")[0]
    assert pytest.approx(36.0, rel=0.01) == device.history.mean_efficiency_j_per_th("m1")


def test_new_firmware_is_learnt_anew(device):
    """A firmware change starts the week of learning again."""
    device.poll(130, firmware_version="1")
    device.poll(10, firmware_version="2")
    assert device.history.usual_efficiency("m1") is None


@pytest.mark.parametrize("grade", ["spec", "estimated", "unknown"])
def test_watts_that_nobody_measured_teach_nothing(device, grade):
    """Efficiency is only learnt from watts with telemetry."""
    device.poll(200, power_grade=grade)
    assert device.history.usual_efficiency("m1") is None
    assert device.history.mean_efficiency_j_per_th("m1") is None


def test_noise_counts_shares_or_work(device):
    """Results behind a mean are its shares, or at least what its work must have given."""
    device.poll(accepted=0, rejected=0)
    device.poll(10, accepted=lambda now: int(now) * 1000)
    assert device.history.counted("m1") > 250_000
    other = Device()
    other.poll(121)
    assert pytest.approx(100 * TH * 3600 * (1 - 2.718**-1) / (65536 * 2**32), rel=0.05) == other.history.counted("m1")


def test_no_watts_are_no_usual_efficiency(device):
    """A meter that told nothing but zero for a week leaves nothing to hold a drift against."""
    device.poll(200, power_w=0.0)
    assert device.history.usual_efficiency("m1") is None


def test_hardware_errors_against_what_is_usual(device):
    """Errors per share of the last hour stand beside the long-run ones."""
    device.poll(accepted=0, hardware_errors=0)
    for step in range(1, 200):
        device.poll(accepted=step * 100, hardware_errors=step)
    now, usual = device.history.error_ratios("m1")
    assert (pytest.approx(0.01), pytest.approx(0.01)) == (now, usual)
    device.poll(20, accepted=lambda at: 20_000 + int(at), hardware_errors=int)
    now, usual = device.history.error_ratios("m1")
    assert now > 3 * 0.01


def test_margins_of_a_month(device):
    """Cash and loaded margins have a common mean over the same time."""
    money = Money(currency="USD", margin_per_day=2.0, margin_loaded_per_day=-1.0)
    device.poll(2881, money=money)
    cash, loaded, days = device.history.mean_margins("m1")
    assert (pytest.approx(2.0), pytest.approx(-1.0), pytest.approx(1.0, rel=0.02)) == (cash, loaded, days)


def test_a_long_silence_counts_for_little(device):
    """Nothing is assumed of the time in which a device did not answer."""
    device.poll(10)
    device.poll(every=86400.0, hashrate_hs=0.0)
    mean = device.history.mean_hashrate_hs("m1")
    assert mean < 100 * TH
    assert device.history.hash_time[0] <= 9 * 30.0 + 900.0


def test_a_clock_that_runs_back_is_survived(device):
    """Negative time adds nothing."""
    device.poll(10)
    device.now = -5000.0
    device.poll(2)
    assert pytest.approx(100 * TH) == device.history.mean_hashrate_hs("m1")


def test_forgetting_frees_the_row(device):
    """A row of a device that left serves the next one, clean."""
    device.poll(20, accepted=5, rejected=5)
    device.history.forget("m1")
    device.history.forget("m1")
    assert device.history.mean_hashrate_hs("m1") is None
    device.state = DeviceState(DeviceEntry(id="m2", host="192.0.2.2"), index=1)
    device.poll()
    assert {"m2": 0} == device.history.rows
    assert device.history.mean_hashrate_hs("m2") is None


def test_a_restart_keeps_the_past(device):
    """Written down and read back, everything is as before, and goes on."""
    device.poll(130, firmware_version="1", accepted=int, rejected=1)
    kept = DeviceHistory(hash_window_s=3600.0, share_window_s=600.0, learn_s=3600.0)
    kept.restore_state(device.history.export_state())
    for ask in ("mean_hashrate_hs", "usual_efficiency", "recent_rejects", "counted"):
        assert getattr(device.history, ask)("m1") == getattr(kept, ask)("m1")
    device.history = kept
    device.poll()
    assert kept.usual_efficiency("m1") is not None, "the same firmware is not learnt anew"


@pytest.mark.parametrize("written", [b"", b"\x80", b"\x81\xa7version\x01"])
def test_a_past_of_another_kind_is_refused(written):
    """What is not such a past raises ValueError."""
    with pytest.raises(ValueError, match="past"):
        DeviceHistory().restore_state(written)


def test_a_past_of_another_version_is_refused(device):
    """A version this program does not know is not guessed at."""
    device.poll()
    written = device.history.export_state().replace(b"\xa7version\x01", b"\xa7version\x09")
    with pytest.raises(ValueError, match="version 9"):
        DeviceHistory().restore_state(written)


def test_a_row_is_small(device):
    """The past of one device takes less than 300 bytes."""
    history = DeviceHistory()
    for place in range(2000):
        history.feed(Device(f"m{place}").state, 0.0)
        other = Device(f"m{place}")
        other.history = history
        other.poll()
    columns = sum(sys.getsizeof(column) for column in history._kept.columns.values())
    rest = sys.getsizeof(history.rows) + sys.getsizeof(history.firmware)
    assert (columns + rest) / 2000 < 300
