"""`headframe record`: one file, never over another, and an exit code for each way to fail."""

import asyncio
import json

import pytest

from daemon.cli import main

INFO = {
    "ASICModel": "BM1370",
    "power": 17.5,
    "hashRate": 1201.5,
    "macAddr": "A4:5E:60:C1:D2:E3",
    "hostname": "kitchen-shelf",
    "ssid": "private-net",
    "stratumURL": "pool.private.net",
    "stratumUser": "bc1qplantedwalletaddress0123456789abcdefgh.shelf",
    "version": "v2.9.0",
    "boardVersion": "601",
    "uptimeSeconds": 4000,
}


@pytest.fixture
async def port():
    """Serve a small web miner on a loopback port."""

    async def handler(reader, writer):
        path = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1]
        body = {b"/api/system/info": json.dumps(INFO).encode(), b"/": b"<title>AxeOS</title>"}.get(path)
        status = b"404 No" if body is None else b"200 OK"
        body = body or b"none"
        writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body)
        writer.close()

    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    yield str(server.sockets[0].getsockname()[1])
    server.close()


async def run(*words):
    return await asyncio.to_thread(main, ["record", "127.0.0.1", *words])


async def test_a_recording_is_written_once(port, tmp_path, capsys):
    """The file has the form of the recordings under tests/fixtures; a second one does not replace it."""
    path = tmp_path / "gamma.json"
    words = ("--port", "1", "--http-port", port, "--write", str(path))
    assert 0 == await run(*words)
    document = json.loads(path.read_text())
    assert ("axeos", "Gamma") == (document["family"], document["model"])
    assert {"transport", "port", "request", "reply"} <= set(document["requests"][0])
    assert 1201.5e9 == document["expected"]["hashrate_hs"]
    assert "" == capsys.readouterr().out
    before = path.read_text()
    assert 2 == await run(*words)
    assert before == path.read_text()
    assert "exists already" in capsys.readouterr().err


async def test_a_recording_is_printed(port, capsys):
    """Without --write standard output is the recording, and nothing private is in it."""
    assert 0 == await run("--family", "axeos", "--http-port", port)
    text = capsys.readouterr().out
    assert "axeos" == json.loads(text)["family"]
    assert [] == [word for word in ("A4:5E", "kitchen", "private", "bc1q", "shelf") if word in text]


async def test_each_failure_has_its_code(tmp_path, capsys):
    """A family that nobody knows and a password that is not there are usage; nobody there is unreachable."""
    assert 2 == await run("--family", "antminr")
    assert 2 == await run("--password-file", str(tmp_path / "none"))
    capsys.readouterr()
    assert 3 == await run("--family", "axeos", "--http-port", "1", "--json")
    assert "unreachable" == json.loads(capsys.readouterr().out)["error"]["reason"]
