"""What the collectors read of a pretend device is what is true of it, within the rounding of its own words."""

from typing import Any

import msgspec
import pytest

from collectors.errors import Denied
from collectors.poll import collect
from collectors.registry import family
from collectors.target import Target
from simulator.models import MODELS
from simulator.site import Site


class Tells(msgspec.Struct, frozen=True, kw_only=True):
    """What a family says and how finely; the windows of seconds that its current rates are of."""

    window_s: float
    board_window_s: float | None = None
    rate: float = 1e-6
    power: float | None = 0.5
    temperature: float = 0.51
    chip_temperature: bool = False
    silent: frozenset[str] = frozenset()
    """Fields of the reading that the family does not tell."""
    behind: frozenset[str] = frozenset()
    """Fields that a wrong password costs, while the rest is still read; nothing is read where there are none."""
    locked: bool = True
    asleep: str = "sleeping"


HOST = frozenset({"hostname"})
TELLS = {
    "epic": Tells(window_s=60.0, power=1e-3, locked=False),
    "marafw": Tells(window_s=5.0, board_window_s=600.0, rate=1e-5, chip_temperature=True),
    "proto-rig": Tells(window_s=5.0, power=1e-6, locked=False),
    "proto-rig-locked": Tells(window_s=5.0, power=1e-6),
    "iceriver": Tells(window_s=5.0, rate=1e-3, power=None, silent=frozenset({"serial"}), asleep="idle"),
    "apollo": Tells(window_s=30.0, power=0.02),
    "fluminer": Tells(window_s=5.0, power=0.06, chip_temperature=True, behind=frozenset({"pools"})),
    "at2880": Tells(window_s=5.0, power=0.006, chip_temperature=True, behind=frozenset({"power_w", "mac", "serial"})),
    "ai3680": Tells(window_s=5.0, power=0.006, chip_temperature=True, locked=False),
    "goldshell": Tells(
        window_s=20.0,
        power=None,
        chip_temperature=True,
        silent=HOST | {"serial"},
        behind=frozenset({"mac"}),
        asleep="unknown",
    ),
    "goldshell-byte": Tells(
        window_s=20.0,
        rate=1e-5,
        power=None,
        silent=HOST | {"serial", "algorithm", "accepted", "rejected"},
        behind=frozenset({"hashrate_hs", "mac", "pools"}),
        asleep="unknown",
    ),
    "sealminer": Tells(window_s=5.0, silent=HOST, locked=False),
    "sealminer-a2-pro": Tells(window_s=5.0, silent=HOST, behind=frozenset({"mac", "serial"})),
}
KEYS = [key for key, model in MODELS.items() if key in TELLS or model.family in TELLS]
LOCKED = [key for key in KEYS if (TELLS.get(key) or TELLS[MODELS[key].family]).locked]


def tells_of(device: Any) -> Tells:
    model = device.identity.model
    return TELLS.get(model.key) or TELLS[model.family]


def target(site: Site, device: Any, *, password: str | None = None) -> Target:
    ports = {role: site.port(device.identity.id, role) for role in device.wires}
    name, right = device.credentials
    return Target(device.identity.address, ports=ports, username=name, password=right if password is None else password)


@pytest.mark.parametrize("key", KEYS)
async def test_the_figures_are_the_true_ones(site: Site, named: Any, key: str) -> None:
    """Rate, power, time, shares and identity agree with the machine behind the answers."""
    device = named(key)
    reading = await collect(target(site, device), family(device.identity.model.family))
    machine, tells, identity = device.machine, tells_of(device), device.identity
    assert ((), ()) == (reading.unread, reading.warnings)
    assert pytest.approx(machine.windows_hs[tells.window_s], rel=tells.rate) == reading.hashrate_hs
    assert pytest.approx(machine.average_hs(), rel=tells.rate) == reading.hashrate_averages_hs["lifetime"]
    if tells.power is None:
        assert "reported" != reading.power_grade
    else:
        assert pytest.approx(machine.power_w, abs=tells.power) == reading.power_w
    assert int(machine.elapsed_s()) == reading.uptime_s
    true = {
        "accepted": machine.accepted,
        "rejected": machine.rejected,
        "mac": identity.mac,
        "serial": identity.serial,
        "hostname": identity.id,
        "algorithm": identity.model.algorithm,
    }
    for name, value in true.items():
        assert (None if name in tells.silent else value) == getattr(reading, name), name


@pytest.mark.parametrize("key", KEYS)
async def test_boards_fans_and_pools_are_the_true_ones(site: Site, named: Any, key: str) -> None:
    """Each board, fan and pool is read as it is, in its place."""
    device = named(key)
    reading = await collect(target(site, device), family(device.identity.model.family))
    model, tells = device.identity.model, tells_of(device)
    assert list(range(model.boards)) == [board.index for board in reading.boards]
    for board in reading.boards:
        board_c, chip_c = device.board_temperatures_c(board.index)
        rate_hs = device.board_window_hs(board.index, tells.board_window_s or tells.window_s)
        assert pytest.approx(rate_hs, rel=3 * tells.rate) == board.hashrate_hs
        if not (key == "ks3m" and board.index == 0):  # its first outlet sensor is broken, and left out
            assert pytest.approx(board_c, abs=tells.temperature) == board.board_temperature_c
        if tells.chip_temperature:
            assert pytest.approx(chip_c, abs=tells.temperature) == board.chip_temperature_c
        assert (model.chips, "ok") == (board.chips or model.chips, board.state)
    assert [device.fan_rpm(index) for index in range(model.fans)] == [fan.rpm for fan in reading.fans]
    own = device.accounts()[: 1 if model.family == "apollo" else None]
    assert [(account.url, account.user) for account in own] == [(pool.url, pool.user) for pool in reading.pools]
    assert [True] == [pool.active for pool in reading.pools][:1]


@pytest.mark.parametrize("key", [key for key in KEYS if key != "goldshell-byte"])  # it has but one, and nothing else
async def test_a_lost_board_shows(site: Site, named: Any, key: str) -> None:
    """One board less hashes, whether the device still lists it or not."""
    device = named(key)
    device.misbehave("missing-board")
    device.settle()
    reading = await collect(target(site, device), family(device.identity.model.family))
    boards = device.identity.model.boards
    assert boards - 1 == sum(board.state == "ok" for board in reading.boards)
    rate_hs = device.machine.windows_hs[tells_of(device).window_s]
    assert pytest.approx(rate_hs, rel=1e-3) == reading.hashrate_hs


@pytest.mark.parametrize("key", KEYS)
async def test_asleep_it_says_so(site: Site, named: Any, key: str) -> None:
    """A device that was put to sleep is not hashing; whoever can tell says that it sleeps."""
    device = named(key)
    device.misbehave("sleeping")
    device.settle()
    reading = await collect(target(site, device), family(device.identity.model.family))
    assert tells_of(device).asleep == reading.state


@pytest.mark.parametrize("key", LOCKED)
async def test_a_wrong_password_opens_nothing(site: Site, named: Any, key: str) -> None:
    """The device checks what it is sent: what stands behind the login is not read, and the reading says why."""
    device = named(key)
    behind, asked = tells_of(device).behind, target(site, device, password="not-it")
    if not behind:
        with pytest.raises(Denied):
            await collect(asked, family(device.identity.model.family))
        return
    reading = await collect(asked, family(device.identity.model.family))
    assert ["the device refuses these credentials"] == list(reading.warnings)
    assert [True] * len(behind) == [getattr(reading, name) in (None, ()) for name in behind]
    assert ("hashrate_hs" in behind) == (reading.hashrate_hs is None)


@pytest.mark.parametrize("key", LOCKED)
async def test_what_a_login_gave_serves_until_it_has_had_its_time(clock: Any, site: Site, named: Any, key: str) -> None:
    """A session or nonce is used again at the next poll, and renewed when the device has forgotten it."""
    device = named(key)
    asked = target(site, device)
    of = family(device.identity.model.family)
    before = await collect(asked, of)
    clock.pass_(7200.0)
    after = await collect(asked, of)
    assert (before.uptime_s or 0.0) + 7200.0 == pytest.approx(after.uptime_s, abs=1.0)
    assert () == after.warnings
