"""LuxOS: few requests, the profile's limit, states, and a real answer."""

import pytest

from collectors.identify import identify
from collectors.miners.luxos import FAMILY
from collectors.poll import collect
from collectors.target import Target


async def test_a_poll_is_one_request_once_all_is_known(recordings, device):
    """After the first poll everything that changes comes in one joined request."""
    pretend = await device(recordings["luxos/s19j-pro"]["requests"])
    target = Target("127.0.0.1", ports=pretend.ports_of(FAMILY))
    await collect(target, FAMILY, timeout_s=5)
    pretend.heard.clear()
    await collect(target, FAMILY, timeout_s=5)
    assert ["rpc summary+stats+devs+power+fans+pools+config+events"] == pretend.heard


async def test_boards_that_ramp_up_are_a_start(recordings, device):
    """No hash while `devs` says that boards are ramping is the start, however long it takes."""
    requests = [dict(one) for one in recordings["luxos/s19j-pro-curtailed"]["requests"]]
    for one in requests:
        if one["request"] == "config":
            one["reply"] = {"CONFIG": [{"CurtailMode": "None", "IsPowerSupplyOn": True}]}
        if one["request"] == "devs":
            one["reply"] = {"DEVS": [{"ID": 0, "IsRamping": True, "MHS 5s": 0.0}]}
    pretend = await device(requests)
    reading = await collect(Target("127.0.0.1", ports=pretend.ports_of(FAMILY)), FAMILY, timeout_s=5)
    assert "starting" == reading.state


@pytest.mark.shared
async def test_a_real_answer_is_read(real_answers, device):
    """An S19k Pro: serials and rates board by board, modelled watts, the profile's limit, events in words."""
    volts = {f"voltageget_{board}": {"command": "voltageget", "parameter": str(board)} for board in range(3)}
    pretend = await device(real_answers("luxos/luxos-s19k", rpc=volts))
    ports = {"framed": 1, **pretend.ports_of(FAMILY)}
    assert "luxos" == (await identify(Target("127.0.0.1", ports=ports), timeout_s=5)).family.name
    reading = await collect(Target("127.0.0.1", ports=ports), FAMILY, timeout_s=5)
    assert ("S19k Pro", 1051.0, "estimated", 1188.0, "hashing") == (
        reading.model,
        reading.power_w,
        reading.power_grade,
        reading.power_limit_w,
        reading.state,
    )
    assert [(77, 11.88, "JYZZYRSBDJEBI06Z5"), (77, 11.88, "JYZZYRSBDJEBI06ZM"), (77, 11.88, "JYZZYRSBDJEBI06ZR")] == [
        (board.chips, board.voltage_v, board.serial) for board in reading.boards
    ]
    assert ["NOPIC_PROTECTION", "REBOOT_NOT_HASHING"] == [error.code for error in reading.errors]
    assert (4, 4, 0) == (len(reading.fans), len(reading.pools), len(reading.unread))
