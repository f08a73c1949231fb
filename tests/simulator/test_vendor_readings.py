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
    serial: bool = True
    temperature: float = 0.51
    chip_temperature: bool = False
    fans: bool = True
    opens: bool = True
    """Whether nothing at all can be read with a wrong password."""


TELLS = {
    "epic": Tells(window_s=60.0, power=1e-3, opens=False),
    "marafw": Tells(window_s=5.0, board_window_s=600.0, rate=1e-5, chip_temperature=True),
    "proto": Tells(window_s=5.0, power=1e-6),
    "iceriver": Tells(window_s=5.0, rate=1e-3, power=None, serial=False),
    "apollo": Tells(window_s=30.0, power=0.02),
    "fluminer": Tells(window_s=5.0, power=0.06, chip_temperature=True, opens=False),
}
KEYS = [key for key, model in MODELS.items() if model.family in TELLS]
LOCKED = [key for key in KEYS if TELLS[MODELS[key].family].opens and MODELS[key].dialect != "open"]


def target(site: Site, device: Any, *, password: str | None = None) -> Target:
    ports = {role: site.port(device.identity.id, role) for role in device.wires}
    name, right = device.credentials
    return Target(device.identity.address, ports=ports, username=name, password=right if password is None else password)


@pytest.mark.parametrize("key", KEYS)
async def test_the_figures_are_the_true_ones(site: Site, named: Any, key: str) -> None:
    """Rate, power, time, shares and identity agree with the machine behind the answers."""
    device = named(key)
    reading = await collect(target(site, device), family(device.identity.model.family))
    machine, tells, identity = device.machine, TELLS[device.identity.model.family], device.identity
    assert ((), ()) == (reading.unread, reading.warnings)
    assert pytest.approx(machine.windows_hs[tells.window_s], rel=tells.rate) == reading.hashrate_hs
    assert pytest.approx(machine.average_hs(), rel=tells.rate) == reading.hashrate_averages_hs["lifetime"]
    if tells.power is None:
        assert "reported" != reading.power_grade
    else:
        assert pytest.approx(machine.power_w, abs=tells.power) == reading.power_w
    assert int(machine.elapsed_s()) == reading.uptime_s
    assert (machine.accepted, machine.rejected) == (reading.accepted, reading.rejected)
    assert (identity.mac, identity.serial if tells.serial else None) == (reading.mac, reading.serial)
    assert identity.model.algorithm == reading.algorithm
    assert identity.id == reading.hostname


@pytest.mark.parametrize("key", KEYS)
async def test_boards_fans_and_pools_are_the_true_ones(site: Site, named: Any, key: str) -> None:
    """Each board, fan and pool is read as it is, in its place."""
    device = named(key)
    reading = await collect(target(site, device), family(device.identity.model.family))
    model, tells = device.identity.model, TELLS[device.identity.model.family]
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
    own = device.accounts()[:1] if model.family == "apollo" else device.accounts()
    assert [(account.url, account.user) for account in own] == [(pool.url, pool.user) for pool in reading.pools]
    assert [True] == [pool.active for pool in reading.pools][:1]


@pytest.mark.parametrize("key", KEYS)
async def test_a_lost_board_shows(site: Site, named: Any, key: str) -> None:
    """One board less hashes, whether the device still lists it or not."""
    device = named(key)
    device.misbehave("missing-board")
    device.settle()
    reading = await collect(target(site, device), family(device.identity.model.family))
    boards = device.identity.model.boards
    assert boards - 1 == sum(board.state == "ok" for board in reading.boards)
    rate_hs = device.machine.windows_hs[TELLS[device.identity.model.family].window_s]
    assert pytest.approx(rate_hs, rel=1e-3) == reading.hashrate_hs


@pytest.mark.parametrize("key", KEYS)
async def test_asleep_it_says_so(site: Site, named: Any, key: str) -> None:
    """A device that was put to sleep is not hashing; whoever can tell says that it sleeps."""
    device = named(key)
    device.misbehave("sleeping")
    device.settle()
    reading = await collect(target(site, device), family(device.identity.model.family))
    assert ("idle" if device.identity.model.family == "iceriver" else "sleeping") == reading.state


@pytest.mark.parametrize("key", LOCKED)
async def test_a_wrong_password_opens_nothing(site: Site, named: Any, key: str) -> None:
    """The device checks what it is sent, and denied is denied."""
    device = named(key)
    with pytest.raises(Denied):
        await collect(target(site, device, password="not-it"), family(device.identity.model.family))


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
