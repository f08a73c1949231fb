"""`headframe once` as an operator types it."""

import asyncio
import json
import sys
from pathlib import Path

from simulator.models import MODELS
from simulator.site import Site

LAUNCHER = Path(__file__).resolve().parents[3] / "headframe.py"


async def once(*words: str) -> tuple[int, str, str]:
    """Run the command: exit code, standard output, standard error."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(LAUNCHER), "once", *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(40):
        out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_a_site_in_text_and_json(tmp_path: Path) -> None:
    """Exit code 0 whatever is found; one JSON document on standard output, or tables for people."""
    path = tmp_path / "site.yaml"
    async with Site([MODELS["s9"], MODELS["s21"]], misbehave={"m2": "refuses"}) as site:
        await site.write_configuration(path, sections={"polling": {"timeout": "1s"}})
        code, out, err = await once("--config", str(path), "--json")
        document = json.loads(out)
        assert (0, ["m1"], ["m2"], True) == (
            code,
            [device["id"] for device in document["devices"]],
            [device["id"] for device in document["unreachable"]],
            "device m2" in err and "Traceback" not in err,
        )
        code, out, _ = await once("--config", str(path))
    assert 0 == code
    for word in ("m1", "m2", "unreachable", "S9", "USD"):
        assert word in out


async def test_an_invalid_file_and_an_unknown_device(tmp_path: Path) -> None:
    """Both are exit code 1: a JSON error with a reason, or the words on standard error."""
    path = tmp_path / "site.yaml"
    path.write_text("version: 1\nsite: {id: north}\ndevices: [{id: m1, host: 127.0.0.1, rick: 3}]\n")
    code, out, _ = await once("--config", str(path), "--json")
    error = json.loads(out)["error"]
    assert (1, "invalid_config", True) == (code, error["reason"], "site.yaml:3:" in error["message"])
    code, out, err = await once("--config", str(path))
    assert (1, "", True) == (code, out, "rick" in err)
    path.write_text("version: 1\nsite: {id: north}\ndevices: [{id: m1, host: 127.0.0.1}]\n")
    code, out, _ = await once("--config", str(path), "--device", "m9", "--json")
    assert (1, True) == (code, "m9" in json.loads(out)["error"]["message"])
