"""Sealminer: windows that have filled, the login for what old firmware leaves out, a real answer."""

import pytest

from collectors.identify import identify
from collectors.miners.sealminer import FAMILY
from collectors.poll import collect
from collectors.target import Target


async def test_a_window_longer_than_the_run_is_left_out(recordings, device):
    """Half an hour after its start the device's hour is half empty: it would say half of the truth."""
    pretend = await device(recordings["sealminer/a2-error"]["requests"])
    reading = await collect(Target("127.0.0.1", ports=pretend.ports_of(FAMILY)), FAMILY, timeout_s=5)
    assert ["realtime", "1m", "15m", "lifetime"] == list(reading.hashrate_averages_hs)


async def test_the_mac_comes_from_the_page_where_stats_has_none(recordings, device):
    """Firmware whose `stats` lacks the MAC is logged in to, and the page asked seldom."""
    requests = [dict(one) for one in recordings["sealminer/a2-error"]["requests"]]
    for one in requests:
        if one["request"] == "stats":
            body = {key: value for key, value in one["reply"]["STATS"][0].items() if key != "MAC"}
            one["reply"] = {"STATS": [body]}
    page = {"brand": "Sealminer", "macaddr": "02:50:00:00:00:77", "miner_type": "A2"}
    requests += [
        {
            "transport": "http",
            "port": 80,
            "request": "POST /cgi-bin/login.php",
            "raw": "",
            "headers": {"Set-Cookie": "a=b"},
        },
        {"transport": "http", "port": 80, "request": "GET /cgi-bin/get_system_info.php", "reply": page},
    ]
    pretend = await device(requests)
    target = Target("127.0.0.1", ports=pretend.ports_of(FAMILY), username="seal", password="own")
    for _ in range(2):
        reading = await collect(target, FAMILY, timeout_s=5)
        assert "02:50:00:00:00:77" == reading.mac
    assert 1 == pretend.heard.count("GET /cgi-bin/get_system_info.php")


@pytest.mark.shared
async def test_a_real_answer_is_read(real_answers, device):
    """An A2: what the boards sample, not what shares suggest; the rated rate; the limit; the serials."""
    web = {
        "get_system_info": "GET /cgi-bin/get_system_info.php",
        "miner_psu_status": "GET /cgi-bin/miner-psu-status.php",
    }
    pretend = await device(real_answers("sealminer/sealminer-v2025", web=web))
    ports = {"framed": 1, **pretend.ports_of(FAMILY)}
    assert "sealminer" == (await identify(Target("127.0.0.1", ports=ports), timeout_s=5)).family.name
    reading = await collect(Target("127.0.0.1", ports=ports), FAMILY, timeout_s=5)
    assert ("A2", "2025091001", 3504.0, 3500.0, 4, 0) == (
        reading.model,
        reading.firmware_version,
        reading.power_w,
        reading.power_limit_w,
        len(reading.fans),
        len(reading.unread),
    )
    assert sum(board.hashrate_hs for board in reading.boards) == pytest.approx(reading.hashrate_hs, rel=1e-4)
    assert [(153, "S124600252004637"), (153, "S124600252004521"), (153, "S124600252004476")] == [
        (board.chips, board.serial) for board in reading.boards
    ]
