"""Elphapex: found by its realm, read behind its password, and a real home miner without a pool."""

import pytest

from collectors.errors import Denied
from collectors.identify import identify
from collectors.miners.elphapex import FAMILY
from collectors.poll import collect
from collectors.target import Target


async def test_the_realm_tells_the_family_and_the_password_opens_it(recordings, device):
    """Nothing is shown without credentials: that is Denied, and with them the reading is whole."""
    requests = recordings["elphapex/dg1-plus-fan-stands"]["requests"]
    pretend = await device(requests, digest=("root", "own", "DaogeMiner Configuration"))
    ports = {"api": 1, "framed": 1, **pretend.ports_of(FAMILY)}
    assert "elphapex" == (await identify(Target("127.0.0.1", ports=ports), timeout_s=5)).family.name
    with pytest.raises(Denied):
        await collect(Target("127.0.0.1", ports=ports), FAMILY, timeout_s=5)
    target = Target("127.0.0.1", ports=ports, username="root", password="own")
    reading = await collect(target, FAMILY, timeout_s=5)
    assert ("DG1+", 3720.0, 4) == (reading.model, reading.power_w, len(reading.boards))


@pytest.mark.shared
async def test_a_real_home_miner_has_the_one_board_it_has(real_answers, device):
    """Three empty connectors are no boards, made-up board temperatures no sensors, dead pools no fault."""
    web = {name: f"GET /cgi-bin/{name}.cgi" for name in ("stats", "summary", "pools", "get_system_info", "get_power")}
    web["get_miner_conf"] = "GET /cgi-bin/get_miner_conf.cgi"
    requests = [one for one in real_answers("elphapex/elphapex-v1", web=web) if one["transport"] == "http"]
    pretend = await device(requests)
    ports = {"api": 1, "framed": 1, **pretend.ports_of(FAMILY)}
    assert "elphapex" == (await identify(Target("127.0.0.1", ports=ports), timeout_s=5)).family.name
    reading = await collect(Target("127.0.0.1", ports=ports), FAMILY, timeout_s=5)
    assert ("DG-Home1", "1.0.5", "idle", 25.0, 3003.75e6) == (
        reading.model,
        reading.firmware_version,
        reading.state,
        reading.power_w,
        reading.hashrate_expected_hs,
    )
    assert [(3, 120, 25.687, None, 890e6)] == [
        (one.index, one.chips, one.chip_temperature_c, one.board_temperature_c, one.frequency_hz)
        for one in reading.boards
        if one.state != "missing"
    ]
