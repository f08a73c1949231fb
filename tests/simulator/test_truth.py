"""What the collectors read of every pretend device is what is true of it, to the rounding of the family."""

from typing import Any

import pytest

from collectors.errors import Denied
from collectors.family import Family
from collectors.identify import identify
from collectors.poll import collect
from collectors.reading import Reading
from collectors.target import Target
from simulator.models import FAMILIES, MODELS
from simulator.site import Site

# what a family, or one of its models, does not tell at all; a model's line stands in place of its family's
LEAVES_OUT: dict[str, set[str]] = {
    "antminer": {"power"},
    "s9": {"power", "serial"},
    "t21": set(),
    "s21": set(),
    "s21-xp-hyd": {"power", "fans"},
    "l3+": {"power", "serial"},
    "s17-pro": {"power", "serial"},
    "m20s": {"serial"},
    "m63s": {"shares"},
    "m66s": {"shares"},
    "axeos": {"serial"},
    "nerdaxe": {"serial"},
    "hiveon-t9+": {"serial"},
    "mskminer": {"serial"},
    "braiins-s9": {"mac", "serial"},
    "braiins-s19j-pro": {"serial"},
    "braiins-s19-xp": {"serial"},
    "vnish-s19j-pro": {"serial"},
    "avalon-1346": {"board_c"},
    "avalon-a15": {"board_c"},
    "hammer-d10": {"power", "serial"},
    "volcminer-d1-pro": {"power", "serial", "active"},
    "elphapex": {"active"},
    "innosilicon-t3": {"serial", "fans"},
    "dragonmint-t1": {"serial", "fans", "chips", "uptime"},
    "strongu": {"power", "serial", "chip_c"},
    "ebang": {"power", "serial", "rate", "chips", "chip_c"},
    "cgminer": {"power", "serial", "mac", "algorithm", "chips", "chip_c", "fans"},
    "bfgminer": {"power", "serial", "mac", "algorithm", "chips", "chip_c", "fans"},
    "epic": {"chip_c"},
    "marafw": {"second active"},
    "proto": {"chip_c"},
    "iceriver": {"power", "serial", "chip_c"},
    "apollo": {"chip_c", "second pool"},
    "fluminer": {"chips"},
    "goldshell": {"power", "serial"},
    "goldshell-byte": {"power", "serial", "algorithm", "shares", "chips", "chip_c"},
    "sealminer": {"chip_c"},
}
# models, and families, whose boards show the noisy mean over the shortest window, not the moment
BOARDS_OVER_WINDOW = {"m20s", "m30s++", "m50", "m50s", "m60s"}
FAMILIES_OVER_WINDOW = set(FAMILIES) - {"antminer", "whatsminer", "hiveon", "mskminer"}
# families whose boards show a longer window than the whole: its length in seconds
BOARDS_WINDOW_S = {"marafw": 600.0}
# the first sensor of this one's first board is broken, and what it says is left out
BROKEN_SENSOR = ("ks3m", 0)
# models that hash nothing without a word why
WITHOUT_WORD_FOR_SLEEP = {
    "s9", "l3+", "s17-pro", "bitaxe-supra", "hiveon-s19", "hiveon-t9+", "mskminer-s19", "braiins-s9",
    "braiins-s19j-pro", "braiins-s19-xp", "kd-max", "kd-box-pro", "goldshell-byte", "innosilicon-t3",
    "dragonmint-t1", "stu-u8", "ebit-e12+", "compac-f", "zeus-blizzard",
}  # fmt: skip
# families that show another sensor's warmth for the board's: the voltage regulator's
OTHER_SENSOR = {"axeos", "nerdaxe"}
# models that show everything to everyone, though a login would let in to change them
OPEN = {"ai3680", "sealminer-a2", "sealminer-a2-pro-hydro", "proto-rig"}
# what is read only behind a login, beside that which is open
BEHIND_LOGIN = {
    "fluminer-t3": ("pools",),
    "at2880": ("mac", "serial", "fans"),
    "kd-max": ("mac",),
    "kd-box-pro": ("mac",),
    "goldshell-byte": ("hashrate_hs", "mac", "pools"),
    "sealminer-a2-pro": ("mac", "serial"),
}
KEYS = list(MODELS)
RATE_REL = 1e-3
POWER_REL = 1e-3
WARMTH_C = 1.0


def left_out(device: Any) -> set[str]:
    model = device.identity.model
    return LEAVES_OUT.get(model.key, LEAVES_OUT.get(model.family, set()))


async def known(site: Site, device: Any, *, password: str | None = None) -> tuple[Target, Family]:
    """Find out the family in the usual order, with the credentials that open the device."""
    ports = {role: site.port(device.identity.id, role) for role in device.wires}
    username, right = device.credentials
    target = Target(device.identity.address, ports=ports, username=username, password=password or right)
    found = await identify(target)
    assert device.identity.model.family == found.family.name
    return target, found.family


async def read(site: Site, device: Any, *, password: str | None = None) -> Reading:
    """Read a device as the daemon does."""
    return await collect(*await known(site, device, password=password))


@pytest.mark.parametrize("key", KEYS)
async def test_a_reading_is_what_is_true(site: Site, named: Any, key: str) -> None:
    """Rate, power, boards, fans, pools, identity and uptime agree, and what a family does not tell is absent."""
    device = named(key)
    reading = await read(site, device)
    model, machine, silent = device.identity.model, device.machine, left_out(device)
    assert ((), [], "hashing") == (reading.unread, device.writes, reading.state)
    assert pytest.approx(min(machine.windows_hs.items())[1], rel=RATE_REL) == reading.hashrate_hs
    assert (None if "algorithm" in silent else model.algorithm) == reading.algorithm
    assert ("power" in silent) == (reading.power_grade not in {"reported", "estimated"})
    if "power" not in silent:
        assert pytest.approx(machine.power_w, rel=POWER_REL, abs=1.0) == reading.power_w
    for name, true in (("mac", device.identity.mac), ("serial", device.identity.serial)):
        assert (None if name in silent else true) == getattr(reading, name), name
    assert (None if "uptime" in silent else pytest.approx(machine.elapsed_s(), abs=1.0)) == reading.uptime_s
    shares = (None, None) if "shares" in silent else (machine.accepted, machine.rejected)
    assert shares == (reading.accepted, reading.rejected)


@pytest.mark.parametrize("key", KEYS)
async def test_boards_fans_and_pools_are_what_is_true(site: Site, named: Any, key: str) -> None:
    """Each board has its rate, chips and temperatures, each fan its speed, each pool its worker."""
    device = named(key)
    reading = await read(site, device)
    model, machine, silent = device.identity.model, device.machine, left_out(device)
    assert list(range(model.boards)) == [board.index for board in reading.boards]
    for board in reading.boards:
        board_c, chip_c = device.board_temperatures_c(board.index)
        rate_hs = machine.board_hs[board.index]
        if model.key in BOARDS_OVER_WINDOW or model.family in FAMILIES_OVER_WINDOW:
            rate_hs = device.board_window_hs(board.index, BOARDS_WINDOW_S.get(model.family, min(machine.windows_hs)))
        true: dict[str, Any] = {
            "rate": pytest.approx(rate_hs, rel=RATE_REL),
            "chips": model.chips,
            "board_c": pytest.approx(board_c, abs=WARMTH_C),
            "chip_c": pytest.approx(chip_c, abs=WARMTH_C),
        }
        said = {
            "rate": board.hashrate_hs,
            "chips": board.chips,
            "board_c": board.board_temperature_c,
            "chip_c": board.chip_temperature_c,
        }
        is_cold = model.family in OTHER_SENSOR or (model.key, board.index) == BROKEN_SENSOR
        for name in ("rate", "chips") if is_cold else said:
            assert (None if name in silent else true[name]) == said[name], name
        assert "ok" == board.state
        # a healthy machine that lacks chips by the model table would be a finding
        assert board.chips_expected in (None, model.chips)
    if "fans" not in silent:
        assert [device.fan_rpm(index) for index in range(model.fans)] == [fan.rpm for fan in reading.fans]
    own = device.accounts()[: 1 if "second pool" in silent else 2]
    assert [account.user for account in own] == [pool.user for pool in reading.pools]
    active = [None if "active" in silent else True, None if silent & {"active", "second active"} else False]
    assert active[: len(own)] == [pool.active for pool in reading.pools]


@pytest.mark.parametrize("key", [key for key in KEYS if MODELS[key].boards > 1])
async def test_a_lost_board_shows(site: Site, named: Any, key: str) -> None:
    """One board less is well, whether the device still lists it or not."""
    device = named(key)
    device.misbehave("missing-board")
    device.settle()
    reading = await read(site, device)
    assert MODELS[key].boards - 1 == sum(board.state == "ok" for board in reading.boards)
    assert pytest.approx(min(device.machine.windows_hs.items())[1], rel=RATE_REL) == reading.hashrate_hs


@pytest.mark.parametrize("key", KEYS)
async def test_asleep_it_does_not_hash(site: Site, named: Any, key: str) -> None:
    """A device that was put to sleep says so, or at least that it does not hash."""
    device = named(key)
    device.misbehave("sleeping")
    device.settle()
    reading = await read(site, device)
    assert (key in WITHOUT_WORD_FOR_SLEEP) == (reading.state in {"unknown", "fault"})
    assert "hashing" != reading.state


@pytest.mark.parametrize("key", KEYS)
async def test_a_login_is_renewed_when_it_has_had_its_time(clock: Any, site: Site, named: Any, key: str) -> None:
    """A poll long after the first one finds the session or nonce forgotten, and opens another."""
    device = named(key)
    target, of = await known(site, device)
    await collect(target, of)
    clock.pass_(7200.0)
    target.memory.pop("seldom", None)
    reading = await collect(target, of)
    assert [] == [words for words in reading.warnings if "credentials" in words]
    assert pytest.approx(min(device.machine.windows_hs.items())[1], rel=RATE_REL) == reading.hashrate_hs


@pytest.mark.parametrize("key", KEYS)
async def test_a_wrong_password_opens_nothing(site: Site, named: Any, key: str) -> None:
    """Where a family asks for a login, another password is refused, and only what is open beside it is read."""
    device = named(key)
    if device.login is None:
        assert ("", "") == device.credentials
        return
    try:
        reading = await read(site, device, password="wrong")
    except Denied:
        return
    assert key in OPEN or any("refuses these credentials" in words for words in reading.warnings)
    for name in BEHIND_LOGIN.get(key, ()):
        assert getattr(reading, name) in (None, ()), name


@pytest.mark.parametrize("key", ["luxos-s21", "luxos-s19j-pro", "vnish-s19j-pro", "braiins-s21"])
async def test_the_settings_that_a_firmware_lists_are_read(site: Site, named: Any, key: str) -> None:
    """A tuned firmware's list of power settings is read with the second poll, its present one among them."""
    target, of = await known(site, named(key))
    await collect(target, of)
    reading = await collect(target, of)
    assert any(pytest.approx(MODELS[key].power_w, rel=0.01) == setting.power_w for setting in reading.settings)
    assert len(reading.settings) >= 3
