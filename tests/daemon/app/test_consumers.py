"""The consumers' scripts of the documentation, run as they stand against a daemon; their tools alone are pretended."""

import asyncio
import os
import re
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from simulator.models import MODELS
from simulator.site import Site
from tests.daemon.app.running import Running, running

PAGE = (Path(__file__).parents[3] / "docs" / "capacity.md").read_text(encoding="utf-8")
ASK, RESUME, TIMER, TAINT = re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL)
SECTIONS: dict[str, Any] = {
    "tariff": {"price": "0.09 USD/kWh"},
    "signals": {"hashprice": {"static": "40 USD/PH/day"}},
    "feeders": [{"id": "f1", "contracted": "500 kW"}],
    "capacity": {"min_offer": "100 kW"},
}
# Each tool writes down how it was called; scontrol also counts a hostlist, and sinfo has a node that was set down.
TOOLS = {
    "scontrol": '[ "$1" = show ] && printf "gpu1\\ngpu2\\n" && exit 0\necho "scontrol $*" >> "$CALLS"',
    "sinfo": 'printf "gpu1 no power offered\\ngpu9 broken fan\\n"',
    "logger": 'echo "logger $*" >> "$CALLS"',
    "power-up": 'echo "power-up $*" >> "$CALLS"',
    "kubectl": 'echo "kubectl $*" >> "$CALLS"',
}


class Cluster:
    """A folder on the PATH with the pretended tools and the documented `kw-offered`."""

    def __init__(self, folder: Path, daemon: Running) -> None:
        self.folder, self.calls = folder / "bin", folder / "calls"
        self.folder.mkdir()
        address = str(daemon.session._base_url).rstrip("/")
        for name, body in {**TOOLS, "kw-offered": ASK.replace("http://127.0.0.1:9840", address)}.items():
            path = self.folder / name
            path.write_text(f"#!/bin/sh\n{body}\n")
            path.chmod(0o755)

    async def run(self, script: str, *words: str) -> tuple[int, list[str]]:
        """Run a script as a cluster would: its exit code, and how it called the tools."""
        await asyncio.to_thread(self.calls.write_text, "")
        process = await asyncio.create_subprocess_exec(
            "/bin/sh", "-c", script, "script", *words,
            env={**os.environ, "PATH": f"{self.folder}:{os.environ['PATH']}", "CALLS": str(self.calls)},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        _, errors = await process.communicate()
        assert b"" == errors
        return process.returncode or 0, (await asyncio.to_thread(self.calls.read_text)).splitlines()


async def test_slurm_and_kubernetes_follow_the_offer(tmp_path: Path) -> None:
    """While power is offered nodes come up and the taint goes; once it is withdrawn nodes are set down and tainted."""
    async with Site([MODELS["s9"], MODELS["s21"]]) as site, running(site, tmp_path, sections=SECTIONS) as daemon:

        async def offers(is_withdrawn: bool) -> bool:
            return [is_withdrawn] == [one["withdrawn"] for one in await daemon.json("/api/v1/offers")]

        cluster = await asyncio.to_thread(Cluster, tmp_path, daemon)
        await daemon.until(lambda: offers(False), of="an offer")
        assert (0, ["power-up gpu[1-2]"]) == await cluster.run(RESUME, "gpu[1-2]")
        assert (0, ["scontrol update nodename=gpu1 state=resume"]) == await cluster.run(TIMER)
        _, told = await cluster.run(TAINT)
        assert ["kubectl taint nodes -l hall=f1 power.headframe/withdrawn:NoSchedule-"] == told

        daemon.rewrite(lambda config: config["feeders"][0].update(contracted="60 kW"))
        assert (200, {"reloaded": True}) == await daemon.reload()
        await daemon.until(lambda: offers(True), of="the withdrawal")
        code, told = await cluster.run(RESUME, "gpu[1-2]")
        assert 1 == code
        assert [
            "logger resume: 22 kW are not offered",
            "scontrol update nodename=gpu[1-2] state=down reason=no power offered",
        ] == told
        assert (0, []) == await cluster.run(TIMER)
        _, told = await cluster.run(TAINT)
        assert ["kubectl taint nodes -l hall=f1 power.headframe/withdrawn:NoSchedule --overwrite"] == told


DCGM = """# TYPE DCGM_FI_DEV_POWER_USAGE gauge
DCGM_FI_DEV_POWER_USAGE{gpu="0"} 6400.5
DCGM_FI_DEV_POWER_USAGE{gpu="1"} 7100.0
DCGM_FI_DEV_POWER_USAGE{gpu="2"} 9223372036854775794
"""


@pytest.mark.server
async def test_a_grant_is_watched_through_the_processors_own_watts(tmp_path: Path, prometheus_server: Any) -> None:
    """What dcgm-exporter tells a real Prometheus is the grant's draw, its sentinel left out; too much is a finding."""
    query = re.search(r'query: "(sum\(avg_over_time\(DCGM.*?)"', PAGE)
    assert query is not None

    async def exporter(_: web.Request) -> web.Response:
        return web.Response(text=DCGM)

    app = web.Application()
    app.router.add_get("/metrics", exporter)
    runner = web.AppRunner(app)
    await runner.setup()
    place = web.TCPSite(runner, "127.0.0.1", 0)
    await place.start()
    port = runner.addresses[0][1]
    jobs = [{"job_name": "dcgm", "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}]
    server = await asyncio.to_thread(prometheus_server, {"global": {"scrape_interval": "1s"}, "scrape_configs": jobs})
    promql = {"url": server.url, "query": query[1], "interval": "0.5s"}
    sections = {
        **SECTIONS,
        "signals": {**SECTIONS["signals"], "batch_power": {"promql": promql, "unit": "W", "max_age": "30s"}},
        "capacity": {"grants": [{"id": "batch", "feeder": "f1", "power": "12 kW", "meter": "batch_power"}]},
    }
    async with Site([MODELS["s9"]]) as site, running(site, tmp_path, sections=sections) as daemon:
        found = await daemon.until(lambda: daemon.findings("C-05"), of="the finding about the grant")
    await runner.cleanup()
    assert pytest.approx(13_500.5) == found["batch"]["value"]
