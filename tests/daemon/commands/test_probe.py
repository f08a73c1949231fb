"""`headframe probe`: the document, the text, and an exit code for each way to fail."""

import asyncio
import json

import pytest

from daemon.cli import main

VERSION = {
    "STATUS": [{"STATUS": "S", "When": 5}],
    "VERSION": [{"API": "3.1", "CompileTime": "then", "Type": "Antminer S19"}],
}
SUMMARY = {
    "STATUS": [{"STATUS": "S", "When": 5}],
    "SUMMARY": [{"Elapsed": 600, "GHS 5s": 95000.0, "Accepted": 7, "Rejected": 0, "Stale": 0}],
}
ANSWERS = {b"version": VERSION, b"summary": SUMMARY}
UNKNOWN = b'{"STATUS":[{"STATUS":"E","Code":14}]}'


@pytest.fixture
async def port():
    """Serve fixed bytes, a hanging line (None) or a small Antminer on a loopback port."""
    servers = []

    async def start(answer):
        async def handler(reader, writer):
            asked = await reader.read(4096)
            if answer is None:
                await reader.read()
            elif answer == "antminer":
                command = json.loads(asked)["command"].encode()
                writer.write(json.dumps(ANSWERS[command]).encode() if command in ANSWERS else UNKNOWN)
            else:
                writer.write(answer)
            writer.close()

        servers.append(await asyncio.start_server(handler, "127.0.0.1", 0))
        return str(servers[-1].sockets[0].getsockname()[1])

    yield start
    for server in servers:
        server.close()


async def run(*words):
    return await asyncio.to_thread(main, ["probe", "127.0.0.1", *words])


async def test_a_reading_is_one_document(port, capsysbinary):
    """With --json standard output is exactly the reading."""
    code = await run("--port", await port("antminer"), "--http-port", "1", "--json")
    document = json.loads(capsysbinary.readouterr().out)
    assert 0 == code
    assert ("127.0.0.1", "antminer", "Antminer", "S19") == tuple(
        document[key] for key in ("target", "family", "make", "model")
    )
    assert (95e12, 600, "hashing", 0) == tuple(
        document[key] for key in ("hashrate_hs", "uptime_s", "state", "unread_fields")
    )
    assert {"boards", "fans", "pools", "errors", "power_grade", "efficiency_j_per_th", "mac"} <= document.keys()


async def test_a_reading_is_shown_in_words(port, capsys):
    """Without --json people read units and grades."""
    assert 0 == await run("--port", await port("antminer"), "--http-port", "1", "--family", "antminer")
    text = capsys.readouterr().out
    assert "Antminer S19  (antminer, hashing)" in text
    assert "95 TH/s" in text


def http(status, headers=b""):
    return b"HTTP/1.1 %d X\r\nContent-Length: 2\r\n%s\r\nno" % (status, headers)


@pytest.mark.parametrize(
    ("answer", "words", "reason", "code"),
    [
        ("closed", ["--port", "1", "--http-port", "1"], "unreachable", 3),
        (None, ["--port", "PORT", "--http-port", "1", "--timeout", "0.5"], "timed_out", 4),
        (http(401), ["--port", "1", "--http-port", "PORT"], "denied", 5),
        (http(401), ["--port", "1", "--http-port", "PORT", "--family", "antminer"], "denied", 5),
        (b"\x16\x03\x01garbage\r\n", ["--port", "PORT", "--http-port", "1"], "garbled", 6),
        (b"\x16\x03\x01garbage\r\n", ["--port", "PORT", "--http-port", "1", "--family", "whatsminer"], "garbled", 6),
        (http(200), ["--port", "1", "--http-port", "PORT"], "unsupported", 7),
    ],
)
async def test_each_way_to_fail_has_its_code(port, capsysbinary, answer, words, reason, code):
    """The reason is told in the document and in the exit code."""
    number = "1" if answer == "closed" else await port(answer)
    got = await run(*(number if word == "PORT" else word for word in words), "--json")
    error = json.loads(capsysbinary.readouterr().out)["error"]
    assert (code, reason, "127.0.0.1") == (got, error["reason"], error["target"])
    assert error["message"]


async def test_the_timeout_bounds_the_whole_probe(port):
    """A device that hangs on every port is given up in the time that was given, not in one per port."""
    hanging = await port(None)
    assert 4 == await run("--port", hanging, "--http-port", hanging, "--timeout", "0.6")


@pytest.mark.parametrize(
    "words", [["--port", "0"], ["--port", "x"], ["--timeout", "-1"], ["--timeout", "nan"], ["--http-port", "65536"]]
)
async def test_wrong_arguments_are_usage(words, capsysbinary):
    """A number that cannot be one is refused before anything is asked, in the form that was asked for."""
    assert 2 == await run(*words, "--json")
    error = json.loads(capsysbinary.readouterr().out)["error"]
    assert ("usage", "probe") == (error["reason"], error["target"])


async def test_unknown_family_and_unreadable_password_are_usage(capsysbinary, tmp_path):
    """A family or a file that does not exist is the operator's to correct."""
    assert 2 == await run("--family", "toaster", "--json")
    assert "usage" == json.loads(capsysbinary.readouterr().out)["error"]["reason"]
    assert 2 == await run("--password-file", str(tmp_path / "none"), "--json")
