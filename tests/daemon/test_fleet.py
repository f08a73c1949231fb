"""What a device's state makes of good and lost polls."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from collectors.reading import Reading
from daemon.fleet import DeviceEntry, DeviceState, Fleet


def state(**entry: object) -> DeviceState:
    return DeviceState(DeviceEntry(id="m1", host="127.0.0.1", **entry), index=0)  # type: ignore[arg-type]


def reading(**fields: object) -> Reading:
    return Reading(family="antminer", **fields)  # type: ignore[arg-type]


def test_configured_power_beats_the_devices_own() -> None:
    """The operator's meter is believed before the firmware, with the operator's grade."""
    device = state(power_w=3250.0, power_grade="metered")
    device.accept(reading(state="hashing", power_w=3000.0, power_grade="reported"), now=10.0)
    assert (3250.0, "metered") == (device.power_w, device.power_grade)
    assert device.reading is not None
    assert 3250.0 == device.reading.power_w


def test_power_without_a_grade_counts_as_spec() -> None:
    """A wattage whose origin was not said is no better than a data sheet."""
    device = state(power_w=3250.0)
    device.accept(reading(state="hashing"), now=10.0)
    assert "spec" == device.power_grade


def test_a_sleeping_device_gets_no_configured_power() -> None:
    """What a device draws asleep is not what its data sheet says."""
    device = state(power_w=3250.0, power_grade="metered")
    device.accept(reading(state="sleeping"), now=10.0)
    assert (None, "unknown") == (device.power_w, device.power_grade)


def test_a_gap_adds_no_energy() -> None:
    """Nobody knows what was drawn while nobody looked."""
    device = state(interval_s=30.0)
    for now in (0.0, 30.0, 500.0):
        device.accept(reading(power_w=1000.0, power_grade="reported"), now=now)
    assert {"reported": 30_000.0} == device.energy_j


def test_a_smaller_uptime_is_a_restart() -> None:
    """The time of each restart is kept."""
    device = state()
    for now, uptime in ((0.0, 100.0), (30.0, 130.0), (60.0, 5.0)):
        device.accept(reading(uptime_s=uptime), now=now)
    assert [60.0] == device.restarts


def test_a_lost_poll_keeps_the_reading_until_it_is_stale() -> None:
    """One lost poll is no zero: the value stays, its age grows, and only then it is stale."""
    device = state()
    device.accept(reading(hashrate_hs=1e14), now=0.0)
    device.lose(reason="timed_out", detail="", now=30.0, stale_after_s=90.0)
    assert (False, 1) == (device.stale, device.missed)
    device.lose(reason="timed_out", detail="", now=120.0, stale_after_s=90.0)
    assert (True, 2, "timed_out") == (device.stale, device.missed, device.reason)
    device.accept(reading(hashrate_hs=1e14), now=150.0)
    assert (False, 0, None) == (device.stale, device.missed, device.reason)


def test_rejects_count_by_delta_once_there_are_enough_shares() -> None:
    """Old sins are forgotten: after an hour only the last hour's shares make the ratio."""
    device = state()
    for minutes in range(0, 121, 10):
        good = 1000 + minutes * 10
        device.accept(reading(accepted=good, rejected=500, stale=0), now=minutes * 60.0)
    assert 0.0 == device.reject_ratio


def test_few_shares_fall_back_on_the_lifetime_counters() -> None:
    """With too few shares in the window the device's own totals speak."""
    device = state()
    device.accept(reading(accepted=97, rejected=2, stale=1), now=0.0)
    assert 0.03 == device.reject_ratio


def test_an_index_is_reused_after_a_device_left() -> None:
    """Indexes stay dense, so that the metrics' tables do not grow with every reload."""
    fleet = Fleet(DeviceEntry(id=f"m{n}", host="127.0.0.1") for n in range(3))
    gone = fleet.remove("m1")
    assert gone.index == fleet.add(DeviceEntry(id="m9", host="127.0.0.9")).index
    assert ["m0", "m2", "m9"] == [device.entry.id for device in fleet]


@given(
    st.lists(
        st.tuples(
            st.floats(0, 1e5),
            st.one_of(st.none(), st.floats(0, 1e6)),
            st.one_of(st.none(), st.integers(0, 10**9)),
            st.one_of(st.none(), st.integers(0, 10**9)),
        ),
        max_size=30,
    )
)
def test_no_history_breaks_the_sums(polls: list[tuple[float, float | None, int | None, int | None]]) -> None:
    """Whatever counters and powers come in whatever order, ratios stay within 0 to 1 and energy never shrinks."""
    device = state()
    now, before = 0.0, 0.0
    for step, power, accepted, rejected in polls:
        now += step
        device.accept(
            reading(power_w=power, power_grade="reported", accepted=accepted, rejected=rejected, uptime_s=now), now=now
        )
        assert 0.0 <= device.reject_ratio <= 1.0
        assert before <= sum(device.energy_j.values())
        before = sum(device.energy_j.values())


def test_readings_become_the_probe_document() -> None:
    """The count of unread fields and the efficiency stand in the document; the names do not."""
    document = reading(hashrate_hs=1e14, power_w=3000.0, unread=("fan1",)).document()
    assert (1, 30.0) == (document["unread_fields"], document["efficiency_j_per_th"])
    assert "unread" not in document
    assert msgspec.json.encode(document)
