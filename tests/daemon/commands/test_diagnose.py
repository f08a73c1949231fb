"""`headframe diagnose`: a bundle that helps, with a daemon and without, and gives nothing away."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from simulator.models import MODELS
from simulator.site import Site
from tests.daemon.app.running import running
from tests.servers.process import free_port

LAUNCHER = Path(__file__).resolve().parents[3] / "headframe.py"


async def diagnose(path: Path) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(LAUNCHER), "diagnose", "--config", str(path), stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(30):
        out, _ = await process.communicate()
    assert 0 == process.returncode
    document: dict[str, Any] = json.loads(out)
    return document


async def test_a_running_daemon_is_asked(tmp_path: Path) -> None:
    """With a daemon at the configured address the bundle has its documents and the devices that it has lost."""
    web = {"listen": f"127.0.0.1:{free_port()}", "token": "file:token"}
    (tmp_path / "token").write_text("operators-only\n")
    async with Site([MODELS["s21"], MODELS["s9"]], misbehave={"m2": "refuses"}) as site:
        async with running_with_token(site, tmp_path, web) as path:
            bundle = await diagnose(path)
        assert (2, "pretend") == (bundle["devices"], bundle["configuration"]["site"]["id"])
        assert "pretend" == bundle["daemon"]["/api/v1/site"]["id"]
        assert [("m2", "unreachable")] == [(one["id"], one["reason"]) for one in bundle["daemon"]["lost_devices"]]
        assert None is not bundle["packages"]["aiohttp"]
        text = json.dumps(bundle)
        assert [] == [secret for secret in ("operators-only", site.sink.secret) if secret in text]
        without = await diagnose(path)
    assert ("error", True) == ("error" if "error" in without["daemon"] else "", "address" in without["daemon"])


def running_with_token(site: Site, folder: Path, web: dict[str, Any]) -> Any:
    from contextlib import asynccontextmanager

    @asynccontextmanager
    async def started():
        async with running(site, folder, sections={"web": web}) as daemon:

            async def lost() -> bool:
                state = daemon.app.site.fleet.get("m2")
                return state is not None and state.reason is not None

            await daemon.until(lost, of="m2 lost")
            yield daemon.path

    return started()


async def test_an_invalid_configuration_is_part_of_it(tmp_path: Path) -> None:
    """A file that is refused is no failure of the bundle: every problem is in it."""
    path = tmp_path / "site.yaml"
    path.write_text("version: 1\nsite: {id: north}\ndevices: [{id: m1, host: 127.0.0.1, rick: 3}]\n")
    bundle = await diagnose(path)
    assert any("site.yaml:3:" in problem and "rick" in problem for problem in bundle["problems"])
    assert "daemon" not in bundle
