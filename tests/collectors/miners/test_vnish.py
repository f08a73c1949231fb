"""VNish's login, its spans of time, and fee pools under any name."""

import copy

import pytest

from collectors.identify import identify
from collectors.miners.vnish import span_s
from collectors.poll import collect
from collectors.recording import read_again
from collectors.registry import family as family_named
from collectors.target import Target

FAMILY = family_named("vnish")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1:55", 6900.0),
        ("0:02:10", 130.0),
        ("10 days, 18:00", 928800.0),
        ("1 day, 0:30", 88200.0),
        ("", None),
        ("days", None),
        ("9" * 40, None),
    ],
)
def test_a_span_of_time_is_read_as_hours_and_minutes(text, seconds):
    """The uptime of the control board is text, with days in front once it has any."""
    assert seconds == span_s(text)


async def test_the_settings_give_the_preset_to_whoever_may_read_them(recordings, device):
    """Where no page shows the preset, the settings do, with the token of an unlock; without, a warning says so."""
    requests = [dict(one) for one in recordings["vnish/s19-pro-plus-hyd-1.3"]["requests"]]
    for one in requests:
        if one["request"] == "GET /api/v1/settings":
            one["wants"] = {"authorization": "Bearer key-1"}
    requests.append({"transport": "http", "port": 80, "request": "POST /api/v1/unlock", "reply": {"token": "key-1"}})
    pretend = await device(requests)
    ports = pretend.ports_of(FAMILY)
    shut = await collect(Target("127.0.0.1", ports=ports), FAMILY, timeout_s=5)
    assert (None, 2.040005e14, 1) == (shut.power_limit_w, shut.hashrate_hs, len(shut.warnings))
    opened = await collect(Target("127.0.0.1", ports=ports, username="admin", password="x"), FAMILY, timeout_s=5)
    assert (5500.0, ()) == (opened.power_limit_w, opened.warnings)


async def test_fee_pools_are_left_out_of_pools_and_sums(recordings, device):
    """The maker's own pool counts neither as a slot nor as shares."""
    pretend = await device(recordings["vnish/s19j-pro-1.2"]["requests"])
    reading = await collect(Target("127.0.0.1", ports=pretend.ports_of(FAMILY)), FAMILY, timeout_s=5)
    assert (2, 700) == (len(reading.pools), reading.accepted)


async def test_pages_without_their_prefix_are_found_too(recordings, device):
    """The pages are known by what they say; where they stand is remembered."""
    requests = [
        {**one, "request": one["request"].replace("/api/v1", "")} for one in recordings["vnish/l7-stopped"]["requests"]
    ]
    pretend = await device(requests)
    ports = {"api": 1, "framed": 1, **pretend.ports_of(FAMILY)}
    assert FAMILY is (await identify(Target("127.0.0.1", ports=ports), timeout_s=5)).family
    target = Target("127.0.0.1", ports=ports)
    pretend.heard.clear()
    for _ in range(2):
        reading = await collect(target, FAMILY, timeout_s=5)
        assert ("sleeping", "L7") == (reading.state, reading.model)
    assert 1 == pretend.heard.count("GET /api/v1/summary")


@pytest.mark.parametrize(("older", "watts"), [(29.5, None), (3250, 3250.0), (0, 0.0)])
async def test_the_older_name_of_the_watts_may_hold_the_efficiency(recordings, older, watts):
    """Where only `power_usage` is given it is taken for watts as far as it cannot be J/TH."""
    recording = copy.deepcopy(recordings["vnish/s19j-pro-1.2"])
    page = next(one for one in recording["requests"] if str(one["request"]).endswith("/summary"))
    del page["reply"]["miner"]["power_consumption"]
    page["reply"]["miner"]["power_usage"] = older
    reading = await read_again(recording, family=FAMILY)
    assert watts == (reading.power_w if reading.power_grade != "spec" else None)
