"""Blackminer, Hammer, Volcminer: the unit of the label, the counter that lies, the web page alone."""

import pytest

from collectors.identify import identify
from collectors.miners.blackminer import FAMILY
from collectors.poll import collect
from collectors.target import Target


async def test_a_shut_port_is_identified_by_its_realm(recordings, device):
    """With 4028 shut the realm of the web page tells the family, and its password opens the reading."""
    requests = recordings["blackminer/volcminer-d1-web-only"]["requests"]
    pretend = await device(requests, digest=("root", "own", "blackMiner Configuration"))
    ports = {"framed": 1, **pretend.ports_of(FAMILY)}
    assert "blackminer" == (await identify(Target("127.0.0.1", ports=ports), timeout_s=5)).family.name
    target = Target("127.0.0.1", ports=ports, username="root", password="own")
    reading = await collect(target, FAMILY, timeout_s=5)
    there = [board for board in reading.boards if board.state != "missing"]
    assert ("Volcminer", "D1", 2) == (reading.make, reading.model, len(there))
    assert (0, 7.50025e9, 120, 61.0, 71.0, 1e9) == (
        there[0].index,
        there[0].hashrate_hs,
        there[0].chips,
        there[0].board_temperature_c,
        there[0].chip_temperature_c,
        there[0].frequency_hz,
    )


@pytest.mark.shared
async def test_a_real_answer_is_read(real_answers, device):
    """A Hammer D10: MH/s of total and chains, shares of the pools, MAC of the page."""
    web = {"web_get_system_info": "GET /cgi-bin/get_system_info.cgi", "web_summary": "GET /x", "web_get_conf": "GET /y"}
    pretend = await device(real_answers("blackminer-hammer/hammer-d10-2023-05-28", web=web))
    ports = {"framed": 1, **pretend.ports_of(FAMILY)}
    assert "blackminer" == (await identify(Target("127.0.0.1", ports=ports), timeout_s=5)).family.name
    reading = await collect(Target("127.0.0.1", ports=ports), FAMILY, timeout_s=5)
    assert ("Hammer", "D10", "12:34:56:78:90:12", "2023-05-28 17-20-35 CST", 30000) == (
        reading.make,
        reading.model,
        reading.mac,
        reading.firmware_version,
        reading.accepted,
    )
    assert 4686.4886e6 == pytest.approx(reading.hashrate_hs)
    assert [(108, 45.0), (108, 42.0), (108, 40.0)] == [
        (board.chips, board.board_temperature_c) for board in reading.boards
    ]
    assert [4650.0, 4500.0, 3870.0, 3930.0] == [fan.rpm for fan in reading.fans]
