"""`headframe run` as an operator types it: what it refuses, and what it says."""

import asyncio
import sys
from pathlib import Path

import pytest

from simulator.models import MODELS
from simulator.site import Site
from tests.faults.daemon_process import daemon, write

LAUNCHER = Path(__file__).resolve().parents[3] / "headframe.py"


async def run(*words: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(LAUNCHER), "run", *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(30):
        out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("version: 1\nsite: {id: north}\nsight: {}\n", "site.yaml:3:1: sight: "),
        ("version: 1\nsite: {id: north}\nrules: {P-99: {enabled: false}}\n", "site.yaml:3:15: rules.P-99: "),
        ("version: 1\nsite: {id: north}\nweb: {token: 'file:gone'}\n", "site.yaml:3:14: web.token: "),
        ("", "site.yaml:1:1: "),
    ],
)
async def test_an_invalid_file_is_exit_1_with_every_place(text: str, place: str, tmp_path: Path) -> None:
    """Nothing starts by an invalid file: each problem with file, line and column on standard error, exit code 1."""
    (tmp_path / "site.yaml").write_text(text)
    code, out, err = await run("--config", str(tmp_path / "site.yaml"))
    assert (1, "", True) == (code, out, place in err), err
    assert "Traceback" not in err


async def test_usage_errors_are_exit_2(tmp_path: Path) -> None:
    """Without a configuration, or with an option that there is not, the exit code is 2; a file that is not there, 1."""
    assert (2, 2, 1) == tuple(
        [(await run(*words))[0] for words in ((), ("--confg", "x"), ("--config", str(tmp_path / "gone.yaml")))]
    )


async def test_the_log_can_be_json(tmp_path: Path) -> None:
    """With `log: {format: json}` every line of the log is a JSON object with time, level and message."""
    import orjson

    async with Site([MODELS["s21"], MODELS["s9"]], misbehave={"m2": "refuses"}) as site:
        path, port = await write(site, tmp_path, log={"format": "json", "level": "debug"})
        async with daemon(path, port=port) as running:
            await running.ready()
            assert 0 == await running.stop()
    lines = [orjson.loads(line) for line in running.said().splitlines()]
    assert all({"at", "level", "logger", "message"} <= line.keys() for line in lines)
    assert any("watching 2 devices" in line["message"] for line in lines)
    assert any(line["level"] == "warning" and line["message"].startswith("device m2") for line in lines)


async def test_without_uvloop_it_runs_as_well(tmp_path: Path) -> None:
    """Where uvloop is not installed the interpreter's own loop does, and ends as cleanly."""
    (tmp_path / "uvloop.py").write_text("raise ImportError('not here')\n")
    async with Site([MODELS["s21"]]) as site:
        path, port = await write(site, tmp_path)
        async with daemon(path, port=port, environment={"PYTHONPATH": str(tmp_path)}) as running:
            await running.ready()
            assert 0 == await running.stop()
    assert "Traceback" not in running.said()
    assert "Warning" not in running.said(), running.said()
