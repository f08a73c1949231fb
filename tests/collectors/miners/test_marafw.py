"""MaraFW behind digest authentication, and the units of its rates."""

import pytest

from collectors.errors import Denied
from collectors.poll import collect
from collectors.registry import family as family_named
from collectors.target import Target

FAMILY = family_named("marafw")
REALM = "antMiner Configuration"


async def test_digest_authentication_opens_it(recordings, device):
    """The stock firmware's realm guards every page; the nonce serves until it is refused."""
    pretend = await device(recordings["marafw/s21-terahash"]["requests"], digest=("root", "pw", REALM))
    ports = pretend.ports_of(FAMILY)
    with pytest.raises(Denied):
        await collect(Target("127.0.0.1", ports=ports), FAMILY, timeout_s=5)
    reading = await collect(Target("127.0.0.1", ports=ports, username="root", password="pw"), FAMILY, timeout_s=5)
    assert (1.995e14, 3500.0, ()) == (reading.hashrate_hs, reading.power_limit_w, reading.warnings)


@pytest.mark.parametrize(
    ("unit", "total", "boards"),
    [
        ("TH/s", 200.0, 66666.5),
        ("TH/s", 200.0, 66.6665),
        ("GH/s", 200000.0, 66666.5),
        ("GH/s", 200000.0, 66666500.0),
        (None, 200.0, 66666.5),
    ],
)
async def test_boards_count_in_the_unit_that_makes_up_the_whole(web_server, unit, total, boards):
    """Boards have no unit of their own, and not the same one in every version."""
    pages = {
        "GET /kaonsu/v1/brief": {"status": "Mining", "hashrate_unit": unit, "hashrate_realtime": total},
        "GET /kaonsu/v1/hashboards": {"hashboards": [{"index": at, "hashrate_average": boards} for at in range(3)]},
    }
    web = await web_server(lambda request, *_: (200, {}, pages[request]) if request in pages else (404, {}, ""))
    reading = await collect(Target("127.0.0.1", ports={"http": web.port}), FAMILY, timeout_s=5)
    assert 2e14 == reading.hashrate_hs
    assert [pytest.approx(6.66665e13)] * 3 == [board.hashrate_hs for board in reading.boards]


@pytest.mark.parametrize(
    ("status", "rate", "expected"),
    [
        ("Mining", 100, "hashing"),
        ("Sleep", 0, "sleeping"),
        ("Initializing", 0, "starting"),
        ("Idle", 0, "idle"),
        ("Failure", 0, "fault"),
        ("Mining", 0, "fault"),
        ("Auto-tuning", 100, "hashing"),
    ],
)
async def test_states_are_told_apart(web_server, status, rate, expected):
    """The firmware has words for sleep, start and fault; what hashes while tuning is hashing."""
    brief = {"status": status, "hashrate_unit": "TH/s", "hashrate_realtime": rate, "elapsed": 9000}
    web = await web_server(lambda request, *_: (200, {}, brief) if "brief" in request else (404, {}, ""))
    reading = await collect(Target("127.0.0.1", ports={"http": web.port}), FAMILY, timeout_s=5)
    assert expected == reading.state
