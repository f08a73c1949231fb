"""Auradine: two ports, a token kept, and a real answer."""

import pytest

from collectors.identify import identify
from collectors.miners.auradine import FAMILY
from collectors.poll import collect
from collectors.target import Target


async def test_one_token_serves_many_polls(recordings, device):
    """The login is sent once; the second poll asks for what changes and nothing else."""
    pretend = await device(recordings["auradine/at2880-fan-alarm"]["requests"])
    target = Target("127.0.0.1", ports=pretend.ports_of(FAMILY), username="admin", password="own")
    await collect(target, FAMILY, timeout_s=5)
    assert 1 == pretend.heard.count("POST /token")
    pretend.heard.clear()
    await collect(target, FAMILY, timeout_s=5)
    assert ["rpc summary+devs+pools", "GET /psu", "GET /fan", "GET /temperature"] == pretend.heard


async def test_a_refused_password_is_not_sent_again(recordings, device):
    """The maker's port refuses: its part is missing, named in the warnings, and the password is left alone."""
    requests = list(recordings["auradine/at2880-no-password"]["requests"])
    requests.append({"transport": "http", "port": 8080, "request": "POST /token", "raw": "no", "status": 403})
    pretend = await device(requests)
    target = Target("127.0.0.1", ports=pretend.ports_of(FAMILY), username="admin", password="wrong")
    for _ in range(2):
        reading = await collect(target, FAMILY, timeout_s=5)
    assert (2400.0, ("the device refuses these credentials",)) == (reading.power_w, reading.warnings)
    assert 1 == pretend.heard.count("POST /token")


@pytest.mark.shared
async def test_a_real_answer_is_read(real_answers, device):
    """An AT1500 whose port 4028 answers the maker's commands too needs no password."""
    pretend = await device(real_answers("auradine/auradine-at1500"))
    ports = {"http": 1, "framed": 1, **pretend.ports_of(FAMILY)}
    assert "auradine" == (await identify(Target("127.0.0.1", ports=ports), timeout_s=5)).family.name
    reading = await collect(Target("127.0.0.1", ports=ports), FAMILY, timeout_s=5)
    assert ("AT1500", "AU23200006", "2023-12.27", 58.94, 2000.0, 160e12, 56696.0) == (
        reading.model,
        reading.serial,
        reading.firmware_version,
        reading.power_w,
        reading.power_limit_w,
        reading.hashrate_expected_hs,
        reading.uptime_s,
    )
    assert [(132, "QAHB01230908001X"), (132, "QAHB01230908001Y"), (132, "QAHB01230908001Z")] == [
        (board.chips, board.serial) for board in reading.boards
    ]
