"""The configuration of a pretend site: valid as it stands, and true to what is served."""

import asyncio
import ssl
from pathlib import Path
from typing import Any

import yaml

from config.load import load, load_text
from daemon.inventory import inventory
from simulator.models import MODELS
from simulator.pool.certificate import self_signed
from simulator.site import Site, demo_site


async def test_it_is_valid_as_printed(site: Site) -> None:
    """The daemon's own loader takes it whole, with every device, pool and signal."""
    loaded = load_text(site.configuration_yaml(), file="pretend.yaml")
    assert (len(site.devices), ()) == (len(loaded.entries), loaded.warnings)
    assert ["p1", "p2"] == [pool.id for pool in loaded.config.pools]
    assert {"btc_price", "power_price", "meter_f1", "meter_f2"} == set(loaded.config.signals)


async def test_it_is_valid_as_written_with_its_secrets(clock: Any, tmp_path: Path) -> None:
    """Secrets lie beside it, for their owner alone, and every reference can be read."""
    async with demo_site(now=clock) as site:
        file = tmp_path / "pretend.yaml"
        await site.write_configuration(file, sections={"polling": {"interval": "2s"}})
    loaded = await asyncio.to_thread(load, file, secrets=True)
    assert (24, 2.0, ()) == (len(loaded.entries), loaded.config.polling.interval_s, loaded.warnings)
    assert {0o600} == {path.stat().st_mode & 0o777 for path in (tmp_path / "secrets").iterdir()}
    assert ["sink"] == [hook.id for hook in loaded.config.hooks]


async def test_every_device_is_given_what_opens_it(site: Site, tmp_path: Path) -> None:
    """A family's password stands once, a device with another one has it in its own entry."""
    file = tmp_path / "pretend.yaml"
    await site.write_configuration(file)
    loaded = await asyncio.to_thread(load, file, secrets=True)
    for device in await asyncio.to_thread(inventory, loaded):
        pretend, target = site.devices[device.entry.id], device.target
        if pretend.login is not None:
            own = [(target.username, target.password)] if target.username is not None else []
            shared = [(one.username, one.password) for one in target.logins if one.family == device.entry.family]
            assert pretend.credentials == [*own, *shared][0]
    written = {path.name for path in (tmp_path / "secrets").iterdir()}
    volcminer = next(name for name, device in site.devices.items() if device.identity.model.name == "D1 Pro")
    assert {"antminer", "braiins", volcminer} <= written


async def test_ports_are_named_only_where_they_differ(site: Site) -> None:
    """4028 goes without saying, the high port for HTTP does not."""
    named = {entry["id"]: entry.get("ports", {}) for entry in site.configuration()["devices"]}
    assert {"http": 8480} == named["m1"]
    for device in site.devices.values():
        has_usual_web = "http" not in device.wires.values()  # Auradine's commands are on a port that anyone may open
        assert ({} if has_usual_web else {"http": 8480}) == named[device.identity.id]


async def test_other_ports_are_all_named(clock: Any) -> None:
    """On other ports than the usual ones, each wire is named as the daemon knows it."""
    ports: dict[Any, int] = {"line": 24028, "frame": 24433, "http": 28480}
    async with Site([MODELS["m60s"], MODELS["m63s"]], now=clock, ports=ports) as site:
        named = [entry["ports"] for entry in site.configuration()["devices"]]
        assert [{"api": 24028, "framed": 24433, "http": 28480}, {"framed": 24433, "http": 28480}] == named
        load_text(site.configuration_yaml(), file="pretend.yaml")


async def test_pools_with_tls_are_pinned(clock: Any) -> None:
    """The configuration pins the certificate that the pool shows."""
    context, fingerprint = await asyncio.to_thread(self_signed)
    assert isinstance(context, ssl.SSLContext)
    async with Site(1, now=clock, pool_tls=context, pool_fingerprint=fingerprint) as site:
        pool = load_text(site.configuration_yaml(), file="pretend.yaml").config.pools[0]
        assert ("pin", fingerprint, True) == (pool.tls.mode, pool.tls.sha256, pool.url.startswith("stratum+ssl://"))


async def test_it_reads_well(site: Site) -> None:
    """One device a line, and the same data when read back."""
    text = site.configuration_yaml()
    assert site.configuration() == yaml.safe_load(text)
    assert len(site.devices) == sum(line.startswith("  - {id: m") for line in text.splitlines())
