"""Goldshell: the token only where one is wanted, the series' algorithm, a real answer."""

import pytest

from collectors.identify import identify
from collectors.miners.goldshell import FAMILY
from collectors.poll import collect
from collectors.target import Target


async def test_without_a_password_the_boards_are_read_all_the_same(recordings, device):
    """The setting page wants a token: the MAC is missing and it is said why, the rest stands."""
    requests = [dict(one) for one in recordings["goldshell/kd5"]["requests"]]
    for one in requests:
        if one["request"] == "GET /mcb/setting":
            one["status"] = 401
    pretend = await device(requests)
    reading = await collect(Target("127.0.0.1", ports=pretend.ports_of(FAMILY)), FAMILY, timeout_s=5)
    assert (None, "KD5", 4, ("the device wants credentials",)) == (
        reading.mac,
        reading.model,
        len(reading.boards),
        reading.warnings,
    )


@pytest.mark.shared
async def test_a_real_answer_is_read(real_answers, device):
    """An SC5 Pro: four boards with chips, volts and both sensors, in TH/s."""
    pretend = await device(real_answers("goldshell/sc5pro-2.2.0-live", web={"mcb_status": "GET /mcb/status"}))
    ports = {"framed": 1, **pretend.ports_of(FAMILY)}
    assert "goldshell" == (await identify(Target("127.0.0.1", ports=ports), timeout_s=5)).family.name
    reading = await collect(Target("127.0.0.1", ports=ports), FAMILY, timeout_s=5)
    assert ("SC5Pro", "2.2.0", "blake2b", None) == (
        reading.model,
        reading.firmware_version,
        reading.algorithm,
        reading.power_w,
    )
    assert 10861769.547e6 == pytest.approx(reading.hashrate_hs)
    assert [(84, 88.0), (84, 91.0), (84, 89.0), (84, 83.0)] == [
        (board.chips, board.chip_temperature_c) for board in reading.boards
    ]
