"""Which hashrate window money rests on."""

import pytest

from collectors.reading import Reading
from daemon.economics.work import Work
from daemon.money_window import SeenMean, money_hashrate_hs, money_rate, money_window, seen_mean, window_s


def reading(averages: dict[str, float], **more: object) -> Reading:
    return Reading(family="antminer", make="Antminer", hashrate_hs=1.0, hashrate_averages_hs=averages, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("averages", "uptime_s", "expected"),
    [
        ({"5s": 5.0, "30m": 30.0}, None, 30.0),
        ({"5s": 5.0, "15m": 15.0, "1h": 60.0, "24h": 24.0}, None, 60.0),
        ({"1m": 1.5, "24h": 24.0}, None, 1.5),
        ({"5s": 5.0, "lifetime": 9.0}, 3000.0, 9.0),
        ({"5s": 5.0, "lifetime": 9.0}, 9e6, 5.0),
        ({"lifetime": 9.0}, None, 1.0),
        ({"soon": 7.0}, None, 1.0),
        ({}, None, 1.0),
    ],
)
def test_the_window_nearest_an_hour(averages: dict[str, float], uptime_s: float | None, expected: float) -> None:
    """Money rests on the window nearest an hour, a lifetime counting by uptime, and on real time where none can be."""
    assert expected == money_hashrate_hs(reading(averages, uptime_s=uptime_s))


@pytest.mark.parametrize(
    ("averages", "uptime_s", "expected"),
    [
        ({"5s": 5.0, "30m": 30.0}, 9e6, (30.0, 1800.0)),
        ({"5s": 5.0, "lifetime": 9.0}, 3000.0, (9.0, 3000.0)),
        ({"lifetime": 9.0}, None, (1.0, None)),
        ({}, 3000.0, (1.0, None)),
    ],
)
def test_a_rate_comes_with_its_window(
    averages: dict[str, float], uptime_s: float | None, expected: tuple[float, float | None]
) -> None:
    """The seconds are those of the very window whose hashrate is given; nobody knows those of a real-time one."""
    assert expected == money_rate(reading(averages, uptime_s=uptime_s))


def test_a_sleeping_devices_past_is_not_its_present() -> None:
    """A sleeping device's windows are of its waking time; what it says of now counts."""
    asleep = reading({"30m": 30.0}, state="sleeping")
    assert (None, 1.0) == (money_window(asleep), money_hashrate_hs(asleep))


@pytest.mark.parametrize(
    ("name", "seconds"), [("5s", 5.0), ("1.5h", 5400.0), ("2d", 172_800.0), ("", None), ("5", None), ("m5", None)]
)
def test_the_length_of_a_window(name: str, seconds: float | None) -> None:
    """A window's name gives its seconds, or None when it says no length."""
    assert seconds == window_s(name)


HOUR = Work(seconds=3000.0, claimed=3000.0 * 8.0, shares=60.0, difficulty=60.0 * 64, square=60.0 * 64**2)


@pytest.mark.parametrize(
    ("window_s", "interval_s", "counted_s"),
    [(5.0, 30.0, 500.0), (None, 30.0, 3000.0), (None, 120.0, 1500.0), (60.0, 30.0, 3000.0)],
)
def test_a_short_window_is_seen_again_and_again(window_s: float | None, interval_s: float, counted_s: float) -> None:
    """Each poll saw one window: the mean of an hour rests on all of them, and on no second twice."""
    assert SeenMean(hashrate_hs=8.0, seconds=3000.0, counted_s=counted_s) == seen_mean(
        reading({}, state="hashing"), HOUR, window_s=window_s, interval_s=interval_s
    )


@pytest.mark.parametrize(
    ("state", "hour"),
    [("hashing", None), ("hashing", Work(seconds=590.0, claimed=1e15)), ("sleeping", HOUR), ("idle", HOUR)],
)
def test_nothing_was_seen_of_who_does_not_hash_or_has_just_come(state: str, hour: Work | None) -> None:
    """An hour of work says nothing of a device that stands still now, and ten minutes of it must be known."""
    assert None is seen_mean(reading({}, state=state), hour, window_s=5.0, interval_s=30.0)
