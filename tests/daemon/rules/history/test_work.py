"""What is remembered of claims and shares: only what speaks of the same thing, in bounded memory, over restarts."""

import random
import sys
from math import ceil, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.reading import PoolSlot, Reading
from daemon.economics.work import truth_of
from daemon.fleet import DeviceEntry, DeviceState
from daemon.rules.history.work import WorkHistory

TH = 1e12
TWO32 = 2.0**32
OURS, BACKUP = "stratum+tcp://pool.example:3333", "stratum+tcp://backup.example:3333"


class Device:
    """One device that is polled every 30 s, and finds shares as evenly as its claim says unless told otherwise."""

    def __init__(self, name="m1", *, history=None, difficulty=65536.0):
        self.state = DeviceState(DeviceEntry(id=name, host="192.0.2.1"), index=0)
        self.history = history or WorkHistory()
        self.name = name
        self.now = 1_700_000_000.0
        self.uptime = 90_000.0
        self.accepted = 0.0
        self.difficulty = difficulty
        self.url = OURS
        self.algorithm = None

    def poll(self, times=1, *, every=30.0, claims=100 * TH, makes=None, state="hashing", **slot):
        for _ in range(times):
            self.now += every
            self.uptime += every
            self.accepted += (claims if makes is None else makes) * every / TWO32 / self.difficulty
            self.say(claims=claims, state=state, **slot)

    def say(self, *, claims=100 * TH, state="hashing", **slot):
        told = {"index": 0, "url": self.url, "active": True, "difficulty": self.difficulty}
        told |= {"accepted": int(self.accepted)}
        reading = Reading(
            family="antminer",
            state=state,
            hashrate_hs=claims,
            uptime_s=self.uptime,
            algorithm=self.algorithm,
            accepted=int(self.accepted),
            pools=(PoolSlot(**told | slot),),
        )
        self.state.accept(reading, now=self.now)
        self.history.feed(self.state, self.now)

    def restart(self):
        self.uptime, self.accepted = 700.0, 0.0

    @property
    def day(self):
        return truth_of(self.history.day(self.name, now=self.now))

    @property
    def hour(self):
        return truth_of(self.history.hour(self.name, now=self.now))


@pytest.fixture
def device():
    return Device()


def test_both_accounts_agree_for_an_honest_device(device):
    """Claim and shares are the same hashrate, and the claim lies within the interval."""
    device.poll(120)
    for truth in (device.hour, device.day):
        assert (pytest.approx(100 * TH), pytest.approx(100 * TH, rel=0.01)) == (truth.reported_hs, truth.share_hs)
        assert truth.share_low_hs < truth.share_hs < truth.share_high_hs
        assert truth.explained


def test_the_windows_are_an_hour_and_a_day(device):
    """What is older than the window is forgotten, also when nothing was said meanwhile."""
    device.poll(3 * 2880)
    assert 3000.0 <= device.hour.seconds <= 3600.0
    assert 21 * 3600.0 <= device.day.seconds <= 86400.0
    device.now += 3600.0
    assert None is device.hour
    assert device.day is not None
    device.now += 86400.0
    assert None is device.day


def test_a_lower_claim_of_late_shows_in_the_hour_first(device):
    """The hour follows at once, the day slowly."""
    device.poll(2400)
    device.poll(120, claims=50 * TH)
    assert device.hour.reported_hs < 52 * TH < 90 * TH < device.day.reported_hs


def test_shares_that_do_not_come_are_a_gap(device):
    """A device that claims twice its work is outside the interval of its shares."""
    device.poll(2000, makes=50 * TH)
    assert pytest.approx(0.5, abs=0.01) == device.day.gap_ratio
    assert not device.day.explained


def test_a_restart_is_no_gap(device):
    """The counter that began again and the time of the start count for neither side."""
    for _ in range(10):
        device.poll(60)
        device.restart()
    device.poll(60)
    assert pytest.approx(0.0, abs=0.01) == device.day.gap_ratio


def test_a_restart_whose_counter_overtook_the_old_one_is_seen(device):
    """A shorter uptime means new counters, whatever they show."""
    device.poll(2)
    device.uptime, device.accepted = 700.0, 1e6
    device.say()
    assert device.day.shares < 100


def test_a_switch_of_pools_mixes_nothing(device):
    """Counters of two slots are never taken for one, and the work at both pools counts."""
    device.poll(60)
    before = device.day.shares
    device.url = BACKUP
    device.poll(1, index=1, accepted=10**9)
    assert before == device.day.shares
    device.accepted = 10**9
    device.poll(60, index=1)
    assert pytest.approx(2 * before, rel=0.05) == device.day.shares
    assert pytest.approx(0.0, abs=0.02) == device.day.gap_ratio


def test_shares_count_at_the_difficulty_of_their_time(device):
    """Four times the difficulty makes a quarter of the shares and the same work."""
    device.poll(300)
    device.difficulty *= 4
    device.poll(300)
    assert pytest.approx(100 * TH, rel=0.01) == device.day.share_hs


def test_one_counter_for_all_slots_will_do(device):
    """Where slots have no counter of their own, the device's counts."""
    device.poll(100, accepted=None)
    assert pytest.approx(100 * TH, rel=0.02) == device.day.share_hs


@pytest.mark.parametrize(
    "said",
    [{"state": "sleeping"}, {"active": False}, {"difficulty": None}, {"difficulty": 0.0}, {"difficulty": 1e30}],
)
def test_what_cannot_be_compared_does_not_count(device, said):
    """Without hashing, an active pool or a difficulty there is nothing to hold against each other."""
    device.poll(50, **said)
    assert None is device.day
    assert None is device.history.without_share_s("m1", now=device.now)


@pytest.mark.parametrize(("algorithm", "is_known"), [("sha256d", True), ("scrypt", False)])
def test_only_bitcoins_hashes_are_proved(device, algorithm, is_known):
    """Difficulties of other algorithms stand for other numbers of hashes."""
    device.algorithm = algorithm
    device.poll(50)
    assert is_known is (device.day is not None)


def test_long_silence_does_not_count(device):
    """Nobody knows what the device did in an hour without a reading."""
    device.poll(10)
    seconds = device.day.seconds
    device.now += 3600.0
    device.poll()
    assert seconds == device.day.seconds


def test_a_garbled_counter_is_not_believed(device):
    """A leap of a million shares in half a minute is no work."""
    device.poll(10)
    device.accepted += 1e6
    device.poll()
    assert device.day.shares < 200


def test_time_without_a_share_is_known(device):
    """It is counted from the last growth of the counter."""
    device.poll(10)
    device.poll(10, makes=0.0)
    assert 300.0 == device.history.without_share_s("m1", now=device.now)
    device.poll()
    assert 0.0 == device.history.without_share_s("m1", now=device.now)


def test_the_usual_difficulty_is_learnt_and_follows(device):
    """After an hour it is known; a jump becomes usual within a day; another pool begins anew."""
    device.poll(100)
    assert None is device.history.usual_difficulty("m1")
    device.poll(60)
    assert pytest.approx(65536.0) == device.history.usual_difficulty("m1")
    device.difficulty *= 16
    device.poll(40)
    assert device.history.usual_difficulty("m1") < 2 * 65536.0
    device.poll(2880)
    assert device.history.usual_difficulty("m1") > 15 * 65536.0
    device.url = BACKUP
    device.poll(2)
    assert None is device.history.usual_difficulty("m1")


def test_it_survives_a_restart_of_the_daemon(device):
    """What was written down goes on as if nothing had been."""
    device.poll(500)
    before = (device.hour, device.day)
    again = WorkHistory()
    again.restore_state(device.history.export_state())
    device.history = again
    assert before == (device.hour, device.day)
    device.poll(10)
    assert device.day.seconds > before[1].seconds


@pytest.mark.parametrize("spoilt", [b"", b"\x93", None])
def test_what_is_not_its_own_is_refused(device, spoilt):
    """Foreign or cut bytes raise ValueError."""
    device.poll(3)
    with pytest.raises(ValueError, match="work"):
        WorkHistory().restore_state(device.history.export_state()[:-9] if spoilt is None else spoilt)


def test_a_row_serves_the_next_newcomer(device):
    """A device that left leaves nothing behind."""
    device.poll(200)
    device.history.forget("m1")
    newcomer = Device("m2", history=device.history)
    newcomer.say()
    assert (1, {"m2": 0}) == (len(device.history.urls), device.history.rows)
    assert None is newcomer.day


def test_memory_is_bounded():
    """A device takes less than 400 bytes, however long it is watched."""
    device = Device()
    device.poll(5000)
    history = device.history
    columns = [*history._kept.columns.values(), history._tens, history._windows]
    assert sum(column.itemsize * len(column) for column in columns) < 420
    assert sys.getsizeof(history.export_state()) < 1200


STEPS = st.lists(
    st.tuples(
        st.floats(0.0, 5000.0),
        st.integers(0, 10**7),
        st.sampled_from([1e-3, 1024.0, 65536.0, 1e9]),
        st.sampled_from([OURS, BACKUP]),
        st.floats(0.0, 1e18),
        st.booleans(),
    ),
    max_size=30,
)


@given(steps=STEPS)
def test_no_course_of_counters_makes_negative_work(steps):
    """Whatever counters, pools, difficulties and restarts do, no hashrate is negative and the bounds are in order."""
    device = Device()
    for elapsed, count, difficulty, url, claims, restarts in steps:
        device.now += elapsed
        device.uptime = 700.0 if restarts else device.uptime + elapsed
        device.accepted, device.difficulty, device.url = count, difficulty, url
        device.say(claims=claims)
        for truth in (device.hour, device.day):
            if truth is not None:
                assert 0.0 <= truth.share_low_hs <= truth.share_hs <= truth.share_high_hs < float("inf")
                assert truth.reported_hs >= 0.0


def test_an_honest_device_is_flagged_no_more_often_than_stated():
    """At two deviations a side 2.3 % of honest devices lie above their interval by chance, and no more do."""
    source = random.Random(20)
    looks, above = 3000, 0
    for place in range(looks):
        device = Device(f"m{place}", difficulty=2**20)
        device.say()
        shares = poisson(source, 100 * TH * 40 * 900.0 / TWO32 / device.difficulty)
        device.accepted += shares
        # The same hours in few readings: shares of a span come anywhere in it.
        for part in range(1, 41):
            device.now += 900.0
            device.uptime += 900.0
            device.accepted = float(ceil(shares * part / 40))
            device.say()
        truth = truth_of(device.history.day(device.name, now=device.now), z=2.0)
        above += truth.reported_hs > truth.share_high_hs
    stated = 0.02275
    assert above <= looks * stated + 3.0 * sqrt(looks * stated)


def poisson(source, mean):
    """Draw a Poisson number by waiting for exponential gaps."""
    count, waited = 0, source.expovariate(1.0)
    while waited < mean:
        count += 1
        waited += source.expovariate(1.0)
    return count


def proved(device):
    """Give the bounds of what was proved at the usual pool since the last look."""
    found = device.history.take_proved().get(OURS)
    return None if found is None else (found.low, found.high)


def test_every_accepted_share_is_taken_once(device):
    """Shares between two looks are bounded by what they are, and a second look finds nothing."""
    device.poll()
    device.history.take_proved()
    before = int(device.accepted)
    device.poll(20)
    shares = int(device.accepted) - before
    assert (shares * 65536.0, shares * 65536.0) == proved(device)
    assert proved(device) is None


def test_shares_over_a_change_of_difficulty_lie_between(device):
    """Nobody knows which of them were of which difficulty."""
    device.poll(2)
    device.history.take_proved()
    before = int(device.accepted)
    device.difficulty = 131072.0
    device.poll()
    shares = int(device.accepted) - before
    assert (shares * 65536.0, shares * 131072.0) == proved(device)


def test_work_that_nobody_counted_is_a_claim_alone(device):
    """After a restart, at another counter, and where no difficulty is shown, only the upper bound grows."""
    device.poll(2)
    device.history.take_proved()
    claim = 100 * TH * 30.0 / TWO32
    device.restart()
    device.poll()
    assert (0.0, pytest.approx(claim)) == proved(device)
    device.poll(difficulty=None)
    assert (0.0, pytest.approx(claim)) == proved(device)


def test_a_silent_hour_counts_where_the_device_lived_on(device):
    """The counter went on over the hour, and its uptime says that nothing began anew; over midnight nobody can tell."""
    device.poll(2)
    device.history.take_proved()
    before = int(device.accepted)
    device.poll(every=3600.0)
    shares = int(device.accepted) - before
    low, high = proved(device)
    assert (shares * 65536.0, True) == (low, low <= high)
    device.poll(every=86_400.0)
    low, high = proved(device)
    assert (0.0, True) == (low, high > 0.0)
