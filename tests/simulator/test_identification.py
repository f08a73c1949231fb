"""The project's own collectors cannot tell the pretend devices from real ones."""

import math
from typing import Any

import pytest

from collectors.errors import Denied, Garbled, TimedOut, Unreachable
from collectors.identify import identify
from collectors.poll import collect
from collectors.registry import family
from collectors.target import Target
from simulator.devices.catalogue import PLAYERS
from simulator.misbehaviour import KINDS
from simulator.models import MODELS
from simulator.site import Site

WELL = [kind for kind in KINDS if kind not in {"drip", "silent", "half-open", "oversized"}]


# port 4028 alone does not tell it
WITHOUT_MAC = {"braiins-s9", "compac-f", "zeus-blizzard"}

# one model of every family, and of every dialect that has a class of its own
ONE_EACH = [
    *{
        f"{model.family} {PLAYERS.get(f'{model.family}/{model.dialect}')}": model.key for model in MODELS.values()
    }.values()
]


def target(site: Site, device: Any) -> Target:
    ports = {role: site.port(device.identity.id, role) for role in device.wires}
    username, password = device.credentials
    return Target(device.identity.address, ports=ports, username=username, password=password)


def of_model(site: Site, key: str) -> Any:
    return next(device for device in site.devices.values() if device.identity.model.key == key)


@pytest.mark.parametrize("key", list(MODELS))
async def test_each_device_is_known_for_what_it_is(site: Site, key: str) -> None:
    """Family, model and MAC are found, hashrate and boards read, and nothing is left unread or changed."""
    device = of_model(site, key)
    asked = target(site, device)
    found = await identify(asked)
    reading = await collect(asked, found.family)
    model = device.identity.model
    assert model.family == found.family.name
    assert (reading.model or "").lower().replace(" ", "").startswith(model.name.lower().replace(" ", "").rstrip("."))
    assert ("hashing", ()) == (reading.state, reading.unread)
    assert reading.mac in {device.identity.mac, None if model.key in WITHOUT_MAC else ""}
    assert pytest.approx(model.hashrate_hs, rel=0.15) == reading.hashrate_hs
    assert model.boards == len(reading.boards)
    assert f"pretend.{device.identity.id}" == reading.pools[0].user
    assert [] == device.writes


@pytest.mark.parametrize(
    ("kind", "error"),
    [("refuses", Unreachable), ("garbage", Garbled), ("silent", TimedOut), ("drip", TimedOut), ("denied", Denied)],
)
async def test_each_way_of_failing_has_its_reason(site: Site, kind: str, error: type[Exception]) -> None:
    """What is wrong on the wire is told apart by the collectors' errors."""
    device = of_model(site, "bitaxe-gamma")
    site.misbehave(device.identity.id, kind)
    with pytest.raises(error):
        await collect(target(site, device), family("axeos"), timeout_s=0.5)


@pytest.mark.parametrize("kind", WELL)
@pytest.mark.parametrize("key", ONE_EACH)
async def test_nothing_that_is_no_number_gets_through(site: Site, key: str, kind: str) -> None:
    """Whatever a device answers, a reading has finite numbers that are not absurd, or there is no reading."""
    device = of_model(site, key)
    device.misbehave(kind)
    try:
        reading = await collect(target(site, device), family(device.identity.model.family), timeout_s=5.0)
    except (Denied, Garbled, TimedOut, Unreachable):
        return
    for value in (reading.hashrate_hs, reading.power_w, *(board.chip_temperature_c for board in reading.boards)):
        assert value is None or (math.isfinite(value) and value >= 0.0)
