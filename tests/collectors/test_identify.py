"""Finding out what a device is, or why that cannot be found out."""

import asyncio

import pytest

from collectors.errors import Denied, Garbled, TimedOut, Unreachable, Unsupported
from collectors.identify import PORTS, identify
from collectors.poll import collect
from collectors.target import Target

VERSION = {
    "STATUS": [{"STATUS": "S", "When": 5}],
    "VERSION": [{"API": "3.1", "CompileTime": "x", "Type": "Antminer S19j Pro"}],
}


def http(status, body=b"", *, headers=b""):
    return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n%s\r\n" % (status, len(body), headers) + body


@pytest.fixture
async def target(listen):
    """Make a target whose ports answer with fixed bytes; None hangs, a missing port is closed."""

    async def start(**answers):
        ports = dict.fromkeys(("api", "http", "framed", "apollo", "rest"), 1)
        for name, answer in answers.items():

            async def handler(reader, writer, answer=answer):
                await reader.read(4096)
                if answer is None:
                    await asyncio.sleep(30)
                else:
                    writer.write(answer)
                    await writer.drain()

            ports[name] = await listen(handler)
        return Target("127.0.0.1", ports=ports)

    return start


async def test_one_request_is_enough_for_a_plain_answer(device):
    """A version that names maker and model needs nothing else, and the first poll does not ask it again."""
    requests = [{"transport": "rpc", "port": 4028, "request": "version", "reply": VERSION}]
    pretend = await device(requests)
    target = Target("127.0.0.1", ports={"api": pretend.ports[4028], "http": 1})
    assert "antminer" == (await identify(target)).family.name
    assert ["rpc version"] == pretend.heard


async def test_nobody_there_is_unreachable(target):
    """Every port closed: check the address."""
    with pytest.raises(Unreachable):
        await identify(await target(), timeout_s=2)


async def test_silence_on_an_open_port_is_a_timeout(target):
    """A port that accepts and says nothing is no closed port."""
    with pytest.raises(TimedOut):
        await identify(await target(api=None), timeout_s=0.6)


async def test_silence_on_one_port_leaves_time_for_the_others(target):
    """A hanging first port does not hide a device that answers on another one."""
    page = b'{"ASICModel":"BM1366","hashRate":500,"stratumURL":"x"}'
    made = await target(api=None, http=http(200, page))
    assert "axeos" == (await identify(made, timeout_s=3)).family.name


async def test_a_locked_page_is_denied(target):
    """A device that shows nothing without credentials is denied, not unknown."""
    locked = http(401, headers=b'WWW-Authenticate: Basic realm="x"\r\n')
    with pytest.raises(Denied):
        await identify(await target(http=locked), timeout_s=2)


async def test_a_locked_page_with_a_known_realm_is_identified(target):
    """The realm alone tells a stock Antminer; reading it then needs its credentials."""
    made = await target(
        http=http(401, headers=b'WWW-Authenticate: Digest realm="antMiner Configuration", nonce="1"\r\n')
    )
    identity = await identify(made, timeout_s=2)
    assert "antminer" == identity.family.name
    with pytest.raises(Denied):
        await collect(made, identity.family, timeout_s=2)


@pytest.mark.parametrize("answers", [{"api": b"SSH-2.0-dropbear\r\n"}, {"http": b"\x00\xff\x01\x02"}, {"api": b""}])
async def test_another_protocol_is_garbled(target, answers):
    """What speaks, but neither JSON nor HTTP, is garbled."""
    with pytest.raises(Garbled):
        await identify(await target(**answers), timeout_s=2)


@pytest.mark.parametrize("answers", [{"http": http(200, b"<title>Printer</title>")}, {"http": http(404)}])
async def test_a_good_answer_of_another_device_is_unsupported(target, answers):
    """A printer's page is a good answer, of no miner."""
    with pytest.raises(Unsupported):
        await identify(await target(**answers), timeout_s=2)


async def test_a_family_on_the_cgminer_port_over_http_is_found(target):
    """An operator's --port for a web family leads to its page."""
    page = b'{"ASICModel":"BM1366","hashRate":500,"stratumURL":"x"}'
    assert "axeos" == (await identify(await target(api=http(200, page)), timeout_s=2)).family.name


async def test_an_apollo_is_told_by_its_api_alone(web_server):
    """Where only FutureBit's API port answers, its open question of whether it was set up tells the family."""

    def answers(request, _, body):
        if request != "POST /api/graphql":
            return 404, {}, "Cannot GET /"
        is_open = "Auth{status" in body
        return 200, {}, {"data": {"Auth": {"status": {"result": {"status": "done"}}}} if is_open else None}

    server = await web_server(answers)
    ports = {**dict.fromkeys(PORTS, 1), "apollo": server.port}
    found = await identify(Target("127.0.0.1", ports=ports), timeout_s=5)
    assert "apollo" == found.family.name
    assert ["POST /api/graphql"] == server.heard


async def test_another_server_on_that_port_is_no_apollo(web_server):
    """Whatever else listens on port 5000 stays unknown."""
    server = await web_server(lambda *_: (200, {}, {"errors": [{"message": "no such field"}], "data": None}))
    ports = {**dict.fromkeys(PORTS, 1), "apollo": server.port}
    with pytest.raises(Unsupported):
        await identify(Target("127.0.0.1", ports=ports), timeout_s=5)
