"""`headframe explain`: the account of a device that answers, and a plain word where there is none."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

LAUNCHER = Path(__file__).resolve().parents[3] / "headframe.py"
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


async def explain(*words: str) -> tuple[int, str, str]:
    """Run the command as an operator would: exit code, standard output, standard error."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(LAUNCHER), "explain", *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_a_device_that_answers_is_explained(port: int, tmp_path: Path) -> None:
    """The account goes from the hashrate to the break-even, and the JSON document has the same money."""
    code, text, _ = await explain("m1", "--config", config(tmp_path, port))
    assert 0 == code
    for words in ("m1 (Antminer S19)", "signal hashprice", "from a meter of its own", "profitable", "Break-even"):
        assert words in text
    code, text, _ = await explain("m1", "--config", config(tmp_path, port), "--json")
    document = json.loads(text)
    assert (0, "m1", "profitable", None) == (
        code,
        document["device"],
        document["money"]["verdict"],
        document["reason"],
    )
    assert pytest.approx(5.0 * 0.99) == document["money"]["revenue_per_day"]


async def test_a_silent_device_has_no_money(tmp_path: Path) -> None:
    """Nobody at the address: the reason is there in place of an account."""
    code, text, _ = await explain("m1", "--config", config(tmp_path, 1), "--json")
    document = json.loads(text)
    assert (0, "unreachable", None) == (code, document["reason"], document["money"])
    assert "no fresh reading" in document["lines"][0]


async def test_an_unknown_device_and_a_bad_file_are_refused(port: int, tmp_path: Path) -> None:
    """Both give exit code 1 and say what is wrong."""
    code, text, _ = await explain("m9", "--config", config(tmp_path, port), "--json")
    assert (1, True) == (code, "m9" in json.loads(text)["error"]["message"])
    (tmp_path / "site.yaml").write_text("version: 1\n")
    code, text, words = await explain("m1", "--config", str(tmp_path / "site.yaml"))
    assert (1, "", True) == (code, text, "site" in words)
