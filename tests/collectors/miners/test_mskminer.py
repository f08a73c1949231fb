"""mskminer: model and version out of one text, the login form, a real answer."""

import pytest

from collectors.identify import identify
from collectors.miners import mskminer
from collectors.poll import collect
from collectors.target import Target


@pytest.mark.parametrize(
    ("kind", "model"),
    [("S19-88 v.2.6.0.39 ", "S19"), ("S19j Pro v2.8", "S19j Pro"), ("Antminer S19", "S19"), ("", None)],
)
def test_the_model_stands_without_chips_and_version(kind, model):
    """The one text holds model, chips of a board and version; each may be missing."""
    assert model == mskminer.model_of(kind)


async def test_a_login_without_a_session_is_a_refusal(recordings, device):
    """A wrong password is answered with a page and no cookie: the MAC is missing, and it is said why."""
    requests = [one for one in recordings["mskminer/s19-psu-complains"]["requests"] if one["transport"] == "rpc"]
    pretend = await device([*requests, {"transport": "http", "port": 80, "request": "POST /admin/login", "raw": "no"}])
    target = Target("127.0.0.1", ports=pretend.ports_of(mskminer.FAMILY), username="root", password="wrong")
    reading = await collect(target, mskminer.FAMILY, timeout_s=5)
    assert (None, ("the device refuses these credentials",)) == (reading.mac, reading.warnings)
    await collect(target, mskminer.FAMILY, timeout_s=5)
    assert 1 == pretend.heard.count("POST /admin/login")


@pytest.mark.shared
async def test_a_real_answer_is_read(real_answers, device):
    """An S19 is identified and read with the watts, volts and megahertz of each board."""
    pretend = await device(real_answers("mskminer/mskminer-2.6.0.39", web={"web_info_v1": "POST /api/info_v1"}))
    ports = {"framed": 1, **pretend.ports_of(mskminer.FAMILY)}
    assert "mskminer" == (await identify(Target("127.0.0.1", ports=ports), timeout_s=5)).family.name
    reading = await collect(Target("127.0.0.1", ports=ports), mskminer.FAMILY, timeout_s=5)
    assert ("S19", 99989.59e9, 3358.0, "estimated") == (
        reading.model,
        pytest.approx(reading.hashrate_hs),
        reading.power_w,
        reading.power_grade,
    )
    assert [(88, 15.7, 744e6), (88, 15.7, 724e6), (88, 15.7, 734e6)] == [
        (board.chips, board.voltage_v, board.frequency_hz) for board in reading.boards
    ]
    assert [5010.0, 5160.0, 5070.0, 5040.0] == [fan.rpm for fan in reading.fans]
