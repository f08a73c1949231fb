"""Which hashrate window money rests on."""

import pytest

from collectors.reading import Reading
from daemon.money_window import money_hashrate_hs, money_rate, money_window, window_s


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
