"""Who changed the configuration, over the real daemon: by signal, over HTTP, behind its back, and in its ledger."""

import os
import signal
import sqlite3
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from simulator.models import MODELS
from simulator.site import Site
from tests.faults.daemon_process import DaemonProcess, command, daemon, write
from tests.waiting import until


def rename(path: Path, name: str) -> None:
    """Change the site's name in the configuration."""
    written = yaml.safe_load(path.read_text())
    written["site"]["name"] = name
    path.write_text(yaml.safe_dump(written))


async def entered(running: DaemonProcess, number: int) -> dict[str, Any]:
    """Wait for an entry of the record, and give it."""

    async def newest() -> Any:
        found = await running.json("/api/v1/changes")
        return found[0] if found and found[0]["number"] >= number else None

    found: dict[str, Any] = await until(newest, of=f"entry {number}")
    assert number == found["number"]
    return found


async def open_finding(running: DaemonProcess) -> Any:
    findings = await running.json("/api/v1/findings") or []
    return next((one for one in findings if one["rule"] == "G-05" and one["state"] == "open"), None)


async def test_every_configuration_has_its_actor(tmp_path: Path) -> None:
    """Signals and calls are entered by name; a file changed behind the daemon's back opens G-05 until somebody answers.

    The record goes on over restarts, a reload that changes nothing is none, and an entry that was tampered with shows.
    """
    async with Site([MODELS["s21"]]) as site:
        path, port = await write(site, tmp_path, web={"reload": True}, ledger={"path": "ledger.db"})
        async with daemon(path, port=port) as running:
            await running.ready()
            first = await entered(running, 1)
            rename(path, "By signal")
            running.process.send_signal(signal.SIGHUP)
            by_signal = await entered(running, 2)
            rename(path, "By call")
            async with aiohttp.ClientSession(running.address) as session:
                async with session.post("/-/reload", json={"by": "ann"}) as answer:
                    assert 200 == answer.status, await answer.text()
                by_call = await entered(running, 3)
                async with session.post("/-/reload") as answer:
                    assert {"reloaded": True} == await answer.json()
            assert by_call == await entered(running, 3), "the same file again is no change"
            assert None is await open_finding(running)
            assert 0 == await running.stop()
        rename(path, "Behind its back")
        async with daemon(path, port=port) as running:
            await running.ready()
            behind = await entered(running, 4)
            finding = await until(lambda: open_finding(running), of="the finding")
            code, _, words = await command("findings", "ack", finding["id"], "--by", "ben", "--config", str(path))
            assert 0 == code, words
            owned = await entered(running, 5)

            async def is_over() -> bool:
                return await open_finding(running) is None

            await until(is_over, of="the finding's end")
            assert 0 == await running.stop()
        code, sound, _ = await command("report", "verify", "--config", str(path))
        assert (0, True) == (code, "no day has been closed yet" in sound)
        connection = sqlite3.connect(tmp_path / "ledger.db")
        connection.execute("UPDATE config_changes SET actor = 'nobody' WHERE number = 3")
        connection.commit()
        connection.close()
        code, told, _ = await command("report", "verify", "--config", str(path))
        assert (1, True) == (code, "entry 3 of the record of configurations" in told)
        async with daemon(path, port=port) as running:
            await running.ready()
            tampered = await until(lambda: open_finding(running), of="the finding about the record")
    me = f"uid {os.getuid()}"
    assert ("first", True, True) == (first["way"], me in first["actor"], len(first["digest"]) == 64)
    assert ("signal", True, True) == (
        by_signal["way"],
        me in by_signal["actor"],
        str(os.getpid()) in by_signal["actor"],
    )
    assert "site: name Pretend site -> By signal" == by_signal["detail"]
    assert ("http", "ann from 127.0.0.1") == (by_call["way"], by_call["actor"])
    assert ("start", None, True) == (behind["way"], behind["actor"], "last written" in behind["detail"])
    assert me in behind["detail"]
    assert "nobody is recorded for it: entry 4" in finding["message"]
    assert ("owned", "ben", behind["digest"]) == (owned["way"], owned["actor"], owned["digest"])
    assert "the record of configurations is broken at entry 3" in tampered["message"]
