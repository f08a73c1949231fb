"""A family that an operator named, held against what the device says of itself."""

import pytest

from collectors.contradiction import Contradicted, collect_as_named
from collectors.errors import Garbled, Unreachable
from collectors.identify import identify
from collectors.registry import family as family_named
from collectors.target import Target


async def target_of(device, recording, family):
    pretend = await device(recording["requests"])
    own = {name: pretend.ports.get(port, 1) for name, port in family.ports.items()}
    ports = {"api": pretend.ports.get(4028, 1), "http": pretend.ports.get(80, 1), "framed": 1, "apollo": 1, **own}
    return Target("127.0.0.1", ports=ports)


@pytest.mark.parametrize(
    ("named", "name"),
    [
        ("antminer", "whatsminer/m30s-api-1"),
        ("antminer", "avalon/nano3s-few-shares"),
        ("whatsminer", "antminer/s19j-pro"),
        ("luxos", "whatsminer/m30s-api-1"),
        ("goldshell", "avalon/a1346-one-board-too-hot"),
        ("axeos", "proto/rig-board-silent"),
        ("braiins", "sealminer/a2-error"),
    ],
)
async def test_a_device_of_another_family_says_which(named, name, device, recordings):
    """Half a reading under the wrong name becomes an error that names the right one."""
    family = family_named(named)
    target = await target_of(device, recordings[name], family)
    with pytest.raises(Contradicted, match=f"named {named}, but it answers as {name.partition('/')[0]}"):
        await collect_as_named(target, family, timeout_s=5)


@pytest.mark.parametrize("name", ["cgminer", "bfgminer"])
async def test_the_general_families_read_whatever_speaks_their_protocol(name, device, recordings):
    """An operator may want plain cgminer's reading of a device that is known better."""
    family = family_named(name)
    target = await target_of(device, recordings["whatsminer/m30s-api-1"], family)
    reading = await collect_as_named(target, family, timeout_s=5)
    assert (name, True) == (reading.family, bool(reading.hashrate_hs))


async def test_a_device_of_the_named_family_is_asked_nothing_more(device, recordings):
    """A reading with a known model is beyond doubt, and costs what it costs without a name."""
    family, recording = family_named("antminer"), recordings["antminer/s19j-pro"]
    pretend = await device(recording["requests"])
    target = Target("127.0.0.1", ports=pretend.ports_of(family))
    assert "S19j Pro" == (await collect_as_named(target, family, timeout_s=5)).model
    heard = len(pretend.heard)
    again = await device(recording["requests"])
    identified = Target("127.0.0.1", ports=again.ports_of(family))
    await identify(identified, timeout_s=5)
    again.heard.clear()
    await collect_as_named(identified, family, timeout_s=5)
    assert heard >= len(again.heard)


async def test_what_nobody_knows_keeps_its_own_error(device):
    """A device that no family claims contradicts nothing: the first error stands, and so does silence."""
    family = family_named("axeos")
    pretend = await device([{"transport": "http", "port": 80, "request": "GET /x", "reply": {}}])
    ports = {"api": 1, "framed": 1, "apollo": 1, **pretend.ports_of(family)}
    with pytest.raises(Garbled, match="ESP-Miner"):
        await collect_as_named(Target("127.0.0.1", ports=ports), family, timeout_s=5)
    with pytest.raises(Unreachable):
        await collect_as_named(Target("127.0.0.1", ports={"http": 1}), family, timeout_s=5)
