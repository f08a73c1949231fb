"""A device is known by its MAC or serial number, whatever its address: ids, books and findings follow it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import daemon.identities
from simulator.models import MODELS
from simulator.site import Site
from tests.daemon.app.running import FAST, Running, running, watching

MODEL_KEYS = ("m50s", "bitaxe-gamma", "m30s++")
QUICK = {**FAST, "polling": {"interval": "500ms", "timeout": "1s"}}


@pytest.fixture
def floor() -> Site:
    """Three devices that say who they are, on a network with addresses to spare."""
    models = [MODELS[key] for key in MODEL_KEYS]
    return Site(models, shared=True, base="127.77.5.1", ports={"line": 0, "frame": 0, "http": 0})


def by_network(site: Site) -> dict[str, Any]:
    ports = {"api": site.ports["line"], "http": site.ports["http"]}
    return {**QUICK, "devices": [{"cidr": "127.77.5.0/29", "ports": ports}]}


def addresses(site: Site) -> dict[str, Any]:
    """Give the devices by the address that they answer at; changing it changes that."""
    table: dict[str, Any] = site._listening._devices  # type: ignore[assignment]
    return table


async def macs(running_daemon: Running) -> dict[str, tuple[str, str]]:
    """Give host and MAC of every id that has a reading."""
    documents = await running_daemon.json("/api/v1/devices")
    return {one["id"]: (one["host"], one["reading"]["mac"]) for one in documents if one["reading"]}


@contextmanager
def never_mixed(running_daemon: Running, owners: dict[str, str]) -> Iterator[None]:
    """Hold that no poll is ever booked under an id whose device did not give it."""
    booked: list[tuple[str, str]] = []
    books = running_daemon.app.site.books
    poll = books.poll

    def watched(device: Any, now: float) -> None:
        if device.reading is not None and not device.missed:
            booked.append((device.entry.id, device.reading.mac))
        poll(device, now)

    books.poll = watched  # type: ignore[method-assign]
    yield
    assert booked
    assert [] == [(name, mac) for name, mac in booked if owners.get(name, mac) != mac]


async def test_a_device_that_changes_its_address_keeps_its_history(floor: Site, tmp_path: Path) -> None:
    """Of a network, two devices exchange their addresses and one takes a free one: every id stays with its device."""
    async with floor as site, running(site, tmp_path, sections=by_network(site)) as running_daemon:
        first, second, third = addresses(site)

        async def all_known() -> bool:
            return {first, second, third} <= (await macs(running_daemon)).keys()

        await running_daemon.until(all_known, of="all three read")
        before = {name: mac for name, (_, mac) in (await macs(running_daemon)).items()}
        energy = {state.entry.id: dict(state.energy_j) for state in running_daemon.app.site.fleet}
        sound = next(iter(running_daemon.app.site.fleet)).entry.id
        assert sound == first
        table, free = addresses(site), "127.77.5.6"
        table[first], table[second], table[free] = table[second], table[first], table.pop(third)
        wanted = {first: (second, before[first]), second: (first, before[second]), third: (free, before[third])}

        async def all_moved() -> bool:
            found = await macs(running_daemon)
            ups = [await running_daemon.json(f"/api/v1/devices/{name}") for name in wanted]
            return wanted.items() <= found.items() and all(one["up"] for one in ups)

        with never_mixed(running_daemon, before):
            await running_daemon.until(all_moved, of="all three at their new addresses")
        assert free not in await macs(running_daemon)
        for name in wanted:
            state = running_daemon.app.site.fleet.get(name)
            assert state is not None
            assert sum(state.energy_j.values()) >= sum(energy[name].values())
        labels = {
            labels["device"]: labels["mac"]
            for metric, labels, _ in await running_daemon.samples()
            if metric == "headframe_device_info"
        }
        assert before == {name: mac for name, mac in labels.items() if name in before}

    # After a restart the configuration says the old addresses again, and who is who is known.
    async with floor_again(site) as same, watching(tmp_path / "site.yaml") as again:
        table = addresses(same)
        table[first], table[second], table[free] = table[second], table[first], table.pop(third)
        with never_mixed(again, before):

            async def all_found() -> bool:
                return wanted.items() <= (await macs(again)).items()

            await again.until(all_found, of="all three found again")


def floor_again(site: Site) -> Site:
    """Make the same site once more, on the same ports."""
    models = [device.identity.model for device in site.devices.values()]
    return Site(models, shared=True, base="127.77.5.1", ports={**site._wires, **site.ports})  # type: ignore[dict-item]


async def test_a_named_device_takes_its_place_along(floor: Site, tmp_path: Path) -> None:
    """Listed one by one with rack and MAC, two devices exchange their addresses: rack and name stay with the device."""
    async with floor as site:
        named = [
            {**one, "mac": site.devices[one["id"]].identity.mac, "family": None}
            for one in site.configuration()["devices"]
        ]
        async with running(site, tmp_path, sections={**QUICK, "devices": named}) as running_daemon:
            await running_daemon.all_polled()
            one, other = named[0], named[1]
            table = addresses(site)
            table[one["host"]], table[other["host"]] = table[other["host"]], table[one["host"]]

            async def exchanged() -> bool:
                found = await macs(running_daemon)
                return found.get(one["id"]) == (other["host"], one["mac"])

            await running_daemon.until(exchanged, of="the first found at the second's address")
            document = await running_daemon.json(f"/api/v1/devices/{one['id']}")
            assert one["rack"] == document["rack"]
            # a reload with nothing changed leaves everybody where they were found
            assert 200 == (await running_daemon.reload())[0]
            assert (other["host"], one["mac"]) == (await macs(running_daemon))[one["id"]]


async def test_two_devices_with_one_identity(floor: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that answers at two addresses is a finding with both names, and closes when one of them falls silent."""
    monkeypatch.setattr(daemon.identities, "CLAIM_S", 2.0)
    async with floor as site:
        free = "127.77.5.6"
        async with running(site, tmp_path, sections=by_network(site)) as running_daemon:
            await running_daemon.all_polled()
            first = next(iter(addresses(site)))
            addresses(site)[free] = addresses(site)[first]

            async def opened() -> Any:
                return await running_daemon.findings("S-10")

            (finding,) = (await running_daemon.until(opened, of="the duplicate told")).values()
            assert {first, free} == set(finding["evidence"]["devices"].split(", "))

            async def both_read() -> bool:
                return {first, free} <= (await macs(running_daemon)).keys()

            await running_daemon.until(both_read, of="both read, each under its own id")
            del addresses(site)[free]

            async def closed() -> bool:
                return not await running_daemon.findings("S-10")

            await running_daemon.until(closed, of="the duplicate over")


async def test_a_stranger_in_its_place_is_another_device(floor: Site, tmp_path: Path) -> None:
    """A device that nobody knows, in place of one that is gone, is watched under the address after a while."""
    async with floor as site, running(site, tmp_path, sections=by_network(site)) as running_daemon:
        first, second, _ = addresses(site)
        stranger = addresses(site).pop(second)
        await running_daemon.all_polled()
        assert second not in await macs(running_daemon)
        addresses(site)[first] = stranger

        async def taken() -> bool:
            return (await macs(running_daemon)).get(first) == (first, stranger.identity.mac)

        await running_daemon.until(taken, of="the stranger read in its place")
