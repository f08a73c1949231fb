"""`headframe explain`: the account of a device that answers, and a plain word where there is none."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from daemon.cli import main

ANSWERS = {
    b"version": {
        "STATUS": [{"STATUS": "S", "When": 5}],
        "VERSION": [{"API": "3.1", "CompileTime": "then", "Type": "Antminer S19"}],
    },
    b"summary": {
        "STATUS": [{"STATUS": "S", "When": 5}],
        "SUMMARY": [{"Elapsed": 600, "GHS 5s": 100000.0, "Accepted": 990, "Rejected": 10, "Stale": 0}],
    },
}
UNKNOWN = {"STATUS": [{"STATUS": "E", "Code": 14, "Msg": "Invalid command"}]}


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """A small Antminer of 100 TH/s on loopback."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        command = json.loads(await reader.read(4096))["command"].encode()
        writer.write(json.dumps(ANSWERS.get(command, UNKNOWN)).encode())
        writer.close()

    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


def config(folder: Path, port: int) -> str:
    path = folder / "site.yaml"
    path.write_text(f"""
version: 1
site: {{id: north}}
devices:
  - {{id: m1, host: 127.0.0.1, family: antminer, ports: {{api: {port}, http: 1}}, power: "3 kW", power_grade: metered}}
tariff: {{price: "0.05 USD/kWh"}}
signals: {{hashprice: {{static: "50 USD/PH/day"}}}}
""")
    return str(path)


async def explain(*words: str) -> int:
    return await asyncio.to_thread(main, ["explain", *words])


async def test_a_device_that_answers_is_explained(
    port: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The lines end in the device's verdict, and the JSON document has the same money."""
    assert 0 == await explain("m1", "--config", config(tmp_path, port))
    text = capsys.readouterr().out
    for words in ("m1 (Antminer S19)", "signal hashprice", "from a meter of its own", "profitable", "Break-even"):
        assert words in text
    assert 0 == await explain("m1", "--config", config(tmp_path, port), "--json")
    document = json.loads(capsys.readouterr().out)
    assert ("m1", "profitable", None) == (document["device"], document["money"]["verdict"], document["reason"])
    assert pytest.approx(5.0 * 0.99) == document["money"]["revenue_per_day"]


async def test_a_silent_device_has_no_money(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody at the address: the reason is there in place of an account."""
    assert 0 == await explain("m1", "--config", config(tmp_path, 1), "--json")
    document = json.loads(capsys.readouterr().out)
    assert ("unreachable", None) == (document["reason"], document["money"])
    assert "no fresh reading" in document["lines"][0]


async def test_an_unknown_device_and_a_bad_file_are_refused(
    port: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both give exit code 1 and say what is wrong."""
    assert 1 == await explain("m9", "--config", config(tmp_path, port), "--json")
    assert "m9" in json.loads(capsys.readouterr().out)["error"]["message"]
    (tmp_path / "site.yaml").write_text("version: 1\n")
    assert 1 == await explain("m1", "--config", str(tmp_path / "site.yaml"))
    assert "site" in capsys.readouterr().err
