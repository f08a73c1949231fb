"""The settings that firmwares offer, with what they promise there."""

import json

import pytest

from collectors.poll import collect
from collectors.presets import MOST, Entry, settings
from collectors.registry import family as family_named
from collectors.target import Target

VNISH_PRESETS = [
    {"name": "disabled", "pretty": "Disabled"},
    {"name": "2550", "pretty": "2550 watt ~ 170 TH", "status": "untuned"},
    {"name": "3160", "pretty": "3160 watt ~ 212 TH", "status": "tuned"},
]


async def polled(pretend, name, *, times=1):
    """Poll a pretend device some times, with one memory, and give its readings."""
    family = family_named(name)
    target = Target("127.0.0.1", ports=pretend.ports_of(family))
    return [await collect(target, family, timeout_s=5) for _ in range(times)]


async def test_luxos_lists_its_profiles(recordings, device):
    """Every profile has its name, hashrate and watts, and the same answer is read once."""
    pretend = await device(recordings["luxos/s19j-pro"]["requests"])
    first, second = await polled(pretend, "luxos", times=2)
    assert 2 == len(first.settings)
    assert first.settings is second.settings
    assert 1 == pretend.heard.count("rpc profiles")
    assert [("500MHz", 9.6e13, 2700.0), ("530MHz", 1.02e14, 2950.0)] == [
        (one.name, one.hashrate_hs, one.power_w) for one in first.settings
    ]
    assert "settings" not in first.document()


async def test_vnish_is_asked_for_its_presets_once_it_is_known(recordings, device):
    """The list is asked for from the second reading on, and read from its words; `disabled` promises nothing."""
    page = {"transport": "http", "port": 80, "request": "GET /api/v1/autotune/presets", "reply": VNISH_PRESETS}
    pretend = await device([*recordings["vnish/s19j-pro-1.2"]["requests"], page])
    first, second, third = await polled(pretend, "vnish", times=3)
    assert () == first.settings
    assert [("2550", 1.7e14, 2550.0), ("3160", 2.12e14, 3160.0)] == [
        (one.name, one.hashrate_hs, one.power_w) for one in second.settings
    ]
    assert second.settings is third.settings


PROFILES = {
    "power_target_profiles": [
        {
            "created": {"seconds": 1760000000, "nanos": 0},
            "target": {"watt": 2900},
            "measured_hashrate": {"gigahash_per_second": 100250.5},
            "estimated_power_consumption": {"watt": 2950},
        },
        {"target": {"watt": 2100}, "measured_hashrate": None, "estimated_power_consumption": {"watt": 2120}},
        {
            "target": {"watt": 2400},
            "measured_hashrate": {"gigahash_per_second": 88000},
            "estimated_power_consumption": {"watt": 2410},
        },
    ],
    "hashrate_target_profiles": [
        {
            "target": {"terahash_per_second": 70},
            "measured_hashrate": {"gigahash_per_second": 70100},
            "estimated_power_consumption": {"watt": 1850},
        }
    ],
}


async def test_braiins_lists_what_its_tuner_measured(recordings, device):
    """Hashrate and watts as measured, the target beside them, from the second reading on; halves are left out."""
    page = {"transport": "http", "port": 80, "request": "GET /api/v1/performance/target-profiles", "reply": PROFILES}
    pretend = await device([*recordings["braiins/s19j-pro-rest"]["requests"], page])
    first, second, third = await polled(pretend, "braiins", times=3)
    assert () == first.settings
    assert [
        ("70 TH/s", 7.01e13, 1850.0, None),
        ("2400 W", 8.8e13, 2410.0, 2400.0),
        ("2900 W", 1.002505e14, 2950.0, 2900.0),
    ] == [(one.name, one.hashrate_hs, one.power_w, one.target_w) for one in second.settings]
    assert second.settings is third.settings
    assert 1 == pretend.heard.count("GET /api/v1/performance/target-profiles")


async def test_braiins_without_a_list_reads_as_before(recordings, device):
    """Versions that have no such page, or keep it shut, are read without a warning or an unread field."""
    pretend = await device(recordings["braiins/s19j-pro-rest"]["requests"])
    first, second = await polled(pretend, "braiins", times=2)
    assert ((), first.warnings, first.unread) == (second.settings, second.warnings, second.unread)


@pytest.mark.shared
async def test_the_profile_of_a_real_tuner_is_read(recordings, shared, device):
    """A profile as a real S19 XP told it: it aims at 3031 W and was measured at 120 TH/s with 2472 W."""
    text = (shared / "payloads/braiins/braiins-25.11/performance_tuner_state.json").read_text()
    profile = json.loads(text)["mode_state"]["powertargetmodestate"]["profile"]
    page = {
        "transport": "http", "port": 80, "request": "GET /api/v1/performance/target-profiles",
        "reply": {"power_target_profiles": [profile], "hashrate_target_profiles": []},
    }  # fmt: skip
    pretend = await device([*recordings["braiins/s19j-pro-rest"]["requests"], page])
    (one,) = (await polled(pretend, "braiins", times=2))[-1].settings
    assert ("3031 W", pytest.approx(1.1996784610e14), 2472.0, 3031.0) == (
        one.name, one.hashrate_hs, one.power_w, one.target_w,
    )  # fmt: skip


async def test_a_closed_list_is_no_complaint(recordings, device):
    """Presets that want a login are left out without a warning: the reading lacks nothing."""
    wants = {"authorization": "Bearer nobody-has-it"}
    page = {"transport": "http", "port": 80, "request": "GET /api/v1/autotune/presets", "reply": [], "wants": wants}
    pretend = await device([*recordings["vnish/s19j-pro-1.2"]["requests"], page])
    first, second = await polled(pretend, "vnish", times=2)
    assert ((), first.warnings) == (second.settings, second.warnings)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("case", "name", "pages", "expected"),
    [
        (
            "epic/epic-s19xp",
            "epic",
            {"summary": "GET /summary", "capabilities": "GET /capabilities"},
            [("1700 W", 8e13, 1700.0), ("4400 W", 1.69e14, 4400.0), 6],
        ),
        (
            "vnish/s21pro-vnish-1.2.7",
            "vnish",
            {
                f"web__{page.replace('/', '__')}": f"GET /api/v1/{page}"
                for page in ("summary", "info", "autotune/presets")
            },
            [("2550", 1.7e14, 2550.0), None, None],
        ),
    ],
)
async def test_real_lists_are_read(case, name, pages, expected, shared, device):
    """What real devices list comes through with every figure."""
    port = family_named(name).ports["http"] if name == "vnish" else family_named(name).ports["api"]
    requests = [
        {
            "transport": "http",
            "port": port,
            "request": request,
            "raw": (shared / "payloads" / case / f"{file}.json").read_text(),
        }
        for file, request in pages.items()
    ]
    pretend = await device(requests)
    found = (await polled(pretend, name, times=2))[-1].settings
    shown = [(one.name, one.hashrate_hs, one.power_w) for one in found]
    assert expected[0] == shown[0]
    assert expected[1] in {None, shown[-1]}
    assert expected[2] in {None, len(shown)}
    assert [one.power_w for one in found] == sorted(one.power_w for one in found)


def test_what_cannot_be_a_setting_is_left_out():
    """No name, no figure, an impossible efficiency: each is left out; a list has an end."""
    odd = [(None, 1e14, 3000.0), ("a", None, 3000.0), ("b", 1e14, 0.0), ("c", 1e30, 1.0), ("d", 1e14, 3000.0)]
    assert ["d"] == [one.name for one in settings(Entry(*one) for one in odd)]
    many = [Entry(str(number), 1e14, 3000.0 + number) for number in range(MOST + 5)]
    assert MOST == len(settings(many))


def test_equal_lists_are_kept_once():
    """Machines that list the same share one tuple, in rising watts."""
    listed = [Entry("high", 1e14, 3000.0), Entry("low", 5e13, 1400.0)]
    assert settings(listed) is settings(list(reversed(listed)))
    assert ["low", "high"] == [one.name for one in settings(listed)]
