"""Machines in no inventory, over the whole daemon: by leases and by the pool's own list of workers."""

import json
from pathlib import Path
from typing import Any

from simulator.models import MODELS
from simulator.site import Site
from tests.daemon.app.running import running

LEASE = "0 {mac} {address} {name} *\n"


async def test_an_unlisted_miner_is_named_until_it_is_expected(tmp_path: Path) -> None:
    """Address, MAC and worker stand in the finding; what is expected leaves it, and a source that fails is said."""
    leases, workers = tmp_path / "dnsmasq.leases", tmp_path / "workers.json"
    leases.write_text(
        LEASE.format(mac="28:e2:97:4a:10:07", address="10.20.0.7", name="antMiner")
        + LEASE.format(mac="3c:22:fb:4a:10:08", address="10.99.0.8", name="laptop")
    )
    async with Site([MODELS["s21"]]) as site:
        pools = site.configuration()["pools"]
        account = pools[0]["user"].partition(".")[0]
        workers.write_text(json.dumps({"workers": [{"name": f"{account}.intruder"}, {"name": f"{account}.m1"}]}))
        pools[0]["workers"] = {"path": "workers.json", "pointer": "/workers", "name": "/name", "interval": "100ms"}
        unlisted = {"leases": ["dnsmasq.leases"], "networks": ["10.20.0.0/24"], "interval": "100ms"}
        rules = {"defaults": {"for": "0s", "clear_for": "0s", "dwell": "0s"}, "S-04": {"grace": "0s"}}
        sections = {"pools": pools, "unlisted": unlisted, "rules": rules}
        async with running(site, tmp_path, sections=sections) as daemon:

            async def told() -> Any:
                found = (await daemon.findings("S-04")).values()
                return next((one for one in found if one["value"] == 2.0), None)

            finding = await daemon.until(told, of="the finding about both")
            daemon.rewrite(
                lambda config: config["unlisted"].update(
                    expected=["*.intruder", "intruder", {"match": "10.20.0.7", "until": "2999-01-01", "note": "loaner"}]
                )
            )
            assert (200, {"reloaded": True}) == await daemon.reload()

            async def over() -> bool:
                return not await daemon.findings("S-04")

            await daemon.until(over, of="nothing left")
            leases.unlink()

            async def troubled() -> Any:
                return daemon.app.site.strangers_trouble

            trouble = await daemon.until(troubled, of="a source that fails")
    assert "2 miners not in the inventory: " in finding["message"]
    assert f"10.20.0.7 (28:E2:97:4A:10:07, antMiner, by {leases}, for " in finding["message"]
    assert f"intruder (worker at {pools[0]['id']}, for " in finding["message"]
    assert "laptop" not in finding["message"]
    assert (f"{leases} cannot be read: No such file or directory",) == trouble
