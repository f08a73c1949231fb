"""The end of the daemon: SIGTERM and Ctrl-C, whatever hangs at that moment, leave nothing behind."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from simulator.models import MODELS
from simulator.site import Site
from tests.faults.daemon_process import daemon, write
from tests.waiting import until

MODELS_OF_EACH = [MODELS["s21"], MODELS["m50s"], MODELS["m63s"], MODELS["bitaxe-gamma"], MODELS["s9"]]


@asynccontextmanager
async def black_hole() -> AsyncIterator[tuple[int, list[int]]]:
    """A server that takes connections and never says a word; gives its port and a count of connections."""
    met: list[int] = []
    over = asyncio.Event()

    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        met.append(1)
        await over.wait()
        writer.close()

    server = await asyncio.start_server(keep, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], met
    finally:
        over.set()
        server.close()
        await asyncio.sleep(0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_ends_in_time_with_everything_hanging(number: signal.Signals, tmp_path: Path) -> None:
    """With all that can hang hanging, a signal ends it in five seconds: exit code 0, no warning, no socket left."""
    hanging = {"m1": "silent", "m2": "half-open", "m3": "drip", "m4": "silent", "p1": "silent", "p2": "no-jobs"}
    async with Site(MODELS_OF_EACH, misbehave=hanging) as site, black_hole() as (port_of_none, met):
        hole = f"http://127.0.0.1:{port_of_none}/"
        path, port = await write(
            site,
            tmp_path,
            hooks=[{"id": "hole", "kind": "webhook", "url": hole}, {"id": "beat", "kind": "heartbeat", "url": hole}],
            polling={"interval": "1s", "timeout": "30s"},
            tariff={"price": "0.20 USD/kWh"},
            signals={
                "hashprice": {"static": "40 USD/PH/day"},
                **{f"meter_f{number}": {"http": {"url": hole, "pointer": "/kw"}, "unit": "kW"} for number in (1, 2)},
            },
        )
        async with daemon(path, port=port) as running:
            await running.ready()

            async def held() -> bool:
                return len(met) >= 3 and site.connections() >= 4

            await until(held, of="hook, heartbeat, meter and devices that hang")
            assert [] == running.children()
            assert len(running.sockets()) >= 8
            _, idle = await asyncio.open_connection("127.0.0.1", port)
            async with aiohttp.ClientSession(running.address) as session, session.get("/api/v1/events") as stream:
                await stream.content.readuntil(b"\n\n")
                assert 0 == await running.stop(number)
            idle.close()
            said = running.said()
        assert "Traceback" not in said, said
        assert "Warning" not in said, said

        async def all_gone() -> bool:
            return 0 == site.connections() == len(site.pools["p1"].clients)

        await until(all_gone, of="every socket closed")
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)


async def test_a_signal_during_the_start_ends_it_too(tmp_path: Path) -> None:
    """A SIGTERM at any moment of the start ends the process, at the latest when the start is through."""
    async with Site(MODELS_OF_EACH[:1]) as site:
        path, port = await write(site, tmp_path)
        for delay_s in (0.3, 0.6, 0.9, 1.2):
            async with daemon(path, port=port, python=()) as running:
                await asyncio.sleep(delay_s)
                assert await running.stop(within_s=8.0) in (0, -signal.SIGTERM)
        assert "Traceback" not in running.said(), running.said()


async def test_a_hangup_during_the_start_ends_nothing(tmp_path: Path) -> None:
    """A SIGHUP at any moment of the start leaves the daemon alive; it gets ready."""
    async with Site(MODELS_OF_EACH[:1]) as site:
        path, port = await write(site, tmp_path)
        async with daemon(path, port=port, python=()) as running:
            await asyncio.sleep(0.2)  # the interpreter itself has to be there
            for _ in range(10):
                running.process.send_signal(signal.SIGHUP)
                await asyncio.sleep(0.1)
            await running.ready()
            assert 0 == await running.stop()
        assert "Traceback" not in running.said(), running.said()


async def test_a_taken_port_refuses_the_start(tmp_path: Path) -> None:
    """When somebody else has the page's port, the daemon says so in one line and exits with 1."""
    async with Site(MODELS_OF_EACH[:1]) as site, black_hole() as (taken, _):
        path, port = await write(site, tmp_path, web={"listen": f"127.0.0.1:{taken}"})
        async with daemon(path, port=port) as running:
            async with asyncio.timeout(20):
                assert 1 == await running.process.wait()
        assert f"headframe: web.listen 127.0.0.1:{taken}: " in running.said()
        assert "Traceback" not in running.said()
