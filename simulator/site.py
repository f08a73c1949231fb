"""A whole pretend site: devices, pools, meters, prices and a webhook sink, alive between `async with` and its end."""

import asyncio
import errno
import itertools
import logging
import os
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from simulator import configuration, misbehaviour
from simulator.devices.catalogue import play
from simulator.devices.device import Account, Device, Wire, World
from simulator.models import MODELS, Model
from simulator.physics.weather import Weather
from simulator.plan import DEFAULT_MIX, SitePlan, arrange, choose
from simulator.pool.chain import Chain
from simulator.pool.server import Pool, PoolPlan
from simulator.services.market import Market
from simulator.services.meter import Meter, meters
from simulator.services.sink import Sink
from simulator.services.web import Services
from simulator.wire.listening import Listening, require_loopback

PORTS: Mapping[Wire, int] = {"line": 4028, "frame": 4433, "http": 8480, "apollo": 5000, "auradine": 8080}
"""Where the devices listen: HTTP on a high port, so that nobody needs to be root."""

MOST_OWN_SOCKETS = 1000
"""A site with more devices has one socket a port for all of them, unless told otherwise."""

POOLS: tuple[PoolPlan, ...] = (
    PoolPlan(id="p1", tag="/Pretend One/", fee="2%"),
    PoolPlan(id="p2", tag="/Pretend Two/", fee="1.5%", empty_first=False, late_s=0.4, difficulty=131072.0),
)
_CHAIN_AGE_S = 300.0
"""A site begins between two blocks, when there are fees already."""

_BREATHS = 20
_BREATH_S = 1.0
_TRIES = 40
_blocks = itertools.count()
_LOG = logging.getLogger(__name__)


class Site:
    """A site to enter with `async with`; inside, `devices`, `pools`, `meters`, `market`, `sink` and `chain` are live.

    `devices` is a number, or the models in order. `base` is the first device's address; without one, a block of
    127.0.0.0/8 that is free is taken, so that sites may stand side by side. `ports` numbers the wires (0: any free).
    `pool_tls` lets the pools speak TLS, and `pool_fingerprint` is what the configuration then pins. `misbehave` maps
    ids to misbehaviours from the start; `later` adds some after so many seconds. `fast` answers with what was
    rendered first, for benchmarks. `shared` chooses one listening socket a port over one a device. `now` is the
    site's clock. OSError when an address or a port is taken, ValueError on what makes no sense.
    """

    def __init__(
        self,
        devices: int | Sequence[Model] = 24,
        *,
        seed: int | str = 1,
        mix: Mapping[str, float] = DEFAULT_MIX,
        base: str | None = None,
        ports: Mapping[Wire, int] | None = None,
        pools: Sequence[PoolPlan] = POOLS,
        pool_port: int = 0,
        services_port: int = 0,
        pool_tls: ssl.SSLContext | None = None,
        pool_fingerprint: str | None = None,
        misbehave: Mapping[str, str] | None = None,
        later: Sequence[tuple[float, str, str]] = (),
        block_interval_s: float = 600.0,
        power_price_per_mwh: float = 52.0,
        power_swing: float = 0.2,
        btc_price: float = 90_000.0,
        weather: Weather | None = None,
        timezone: str = "UTC",
        fast: bool = False,
        shared: bool | None = None,
        nonce_life_s: float = 600.0,
        slots: int | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        models = choose(devices, mix=mix, seed=seed) if isinstance(devices, int) else list(devices)
        self._models = models
        self._seed = seed
        self._base = base if base is None else require_loopback(base)
        self._wires: dict[Wire, int] = {**PORTS, **(ports or {})}
        self._shared = len(models) > MOST_OWN_SOCKETS if shared is None else shared
        self._pool_tls = pool_tls
        self._ports_wanted = (pool_port, services_port)
        self._misbehave = dict(misbehave or {})
        self._later = tuple(later)
        self._block_interval_s = block_interval_s
        self._slots = slots
        self._now = now
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._tasks = asyncio.TaskGroup()
        self._breathing: list[Device] = []
        self._listening: Listening
        self.world = World(now=now, weather=weather or Weather(), still=fast, nonce_life_s=nonce_life_s)
        self.timezone = timezone
        self.pool_fingerprint = pool_fingerprint
        self.chain = Chain(seed=seed, at_s=now() - _CHAIN_AGE_S)
        self.market = Market(
            self.chain,
            now=now,
            seed=seed,
            btc_price=btc_price,
            power_price_per_mwh=power_price_per_mwh,
            power_swing=power_swing,
        )
        self.sink = Sink(now=now)
        self.services = Services(self)
        self.pools = {plan.id: Pool(plan, self.chain, now=now, seed=seed) for plan in pools}
        self.plan: SitePlan
        self.devices: dict[str, Device] = {}
        self.meters: dict[str, Meter] = {}

    async def __aenter__(self) -> Self:
        """Open everything, or nothing."""
        await self._tasks.__aenter__()
        try:
            await self._open()
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close everything; what was connected is reset."""
        await self._close()

    async def _open(self) -> None:
        pool_port, services_port = self._ports_wanted
        for index, pool in enumerate(self.pools.values()):
            await pool.open("127.0.0.1", pool_port + index if pool_port else 0, tls=self._pool_tls)
        await self._listen()
        self.meters = meters(self.plan.feeders, self.devices, now=self._now, seed=self._seed)
        await self.services.open("127.0.0.1", services_port)
        for name, kind in self._misbehave.items():
            self.misbehave(name, kind)
            if name in self.devices:
                self.devices[name].settle()
        for seconds, name, kind in self._later:
            self._after(f"later {name} {kind}", seconds, self.misbehave, name, kind)
        self._after("block", self.chain.wait_s(self._block_interval_s), self._next_block)
        if not self.world.still:
            self._after("breath", _BREATH_S, self._breathe)

    async def _listen(self) -> None:
        """Make the devices and listen for them; without a base, look for addresses that are free."""
        for attempt in range(_TRIES):
            self._build(self._base or _some_base())
            by_address = {device.identity.address: device for device in self.devices.values()}
            self._listening = Listening(by_address, ports=self._wires, shared=self._shared)
            try:
                await self._listening.open()
            except OSError as error:
                if error.errno != errno.EADDRINUSE or self._base is not None or self._shared or attempt == _TRIES - 1:
                    raise
            else:
                return

    def _build(self, base: str) -> None:
        accounts = [Account(url=pool.url, user=configuration.OWNER) for pool in self.pools.values()]
        self.plan = arrange(self._models, seed=self._seed, base=base, accounts=accounts, slots=self._slots)
        self.devices = {identity.id: play(identity, self.world) for identity in self.plan.identities}
        self._breathing = list(self.devices.values())

    async def _close(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        for pool in self.pools.values():
            pool.close()
        if hasattr(self, "_listening"):
            self._listening.close()
        await self.services.close()
        await self._tasks.__aexit__(None, None, None)
        # Transports that were reset close their sockets in the loop's next turn, and are forgotten in the one after.
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    # -- what may be done to it

    def misbehave(self, name: str, kind: str | None) -> None:
        """Make a device or a pool misbehave, or (None) well again. KeyError: unknown id. ValueError: unknown kind.

        Ports that are to be shut are shut at once; ports that open again do so within the loop's next turns, and
        `settled` waits for them.
        """
        if name in self.pools:
            self.pools[name].misbehave(kind)
            return
        device = self.devices[name]
        device.misbehave(kind)
        timer = self._timers.pop(f"flap {name}", None)
        if timer is not None:
            timer.cancel()
        self._follow(device)

    async def settled(self) -> None:
        """Wait until every port is open or shut as its device wants it."""
        for device in self.devices.values():
            await self._listening.follow(device)

    def reboot(self, name: str) -> None:
        """Switch a device off and on."""
        self.devices[name].reboot()

    def find_block(self) -> None:
        """Let the next block be found now."""
        self.chain.found(self._now())
        for pool in self.pools.values():
            pool.tip_changed()

    # -- what may be known of it

    @property
    def ports(self) -> dict[str, int]:
        """The port of each wire: line, frame, http, apollo, auradine."""
        return {str(wire): number for wire, number in self._listening.ports.items()}

    def port(self, name: str, role: str) -> int:
        """Give the number of a device's port by the configuration's name for it: api, framed, http."""
        return self._listening.ports[self.devices[name].wires[role]]

    def connections(self) -> int:
        """Count the devices' open connections."""
        return len(self._listening.connections)

    def power_w(self) -> float:
        """Give what all feeders carry now."""
        return sum(meter.power_w() for meter in self.meters.values())

    def state(self) -> dict[str, Any]:
        """Give everything that is true of the site now, for a test to hold a watcher's findings against."""
        return {
            "at": self._now(),
            "height": self.chain.tip.height,
            "power_w": self.power_w(),
            "prices": self.market.prices(),
            "webhooks": self.sink.count,
            "pools": {
                name: {"url": pool.url, "kind": pool.kind, "clients": len(pool.clients), "seen": pool.seen}
                for name, pool in self.pools.items()
            },
            "devices": {name: _device_state(device) for name, device in self.devices.items()},
        }

    def configuration(self) -> dict[str, Any]:
        """Give the Headframe configuration of this site as plain data, without the sections that need a secret."""
        return configuration.configuration(self)

    def configuration_yaml(self, *, sections: Mapping[str, Any] | None = None) -> str:
        """Give that configuration as YAML, with `sections` put in or in place of its own."""
        return configuration.render({**self.configuration(), **(sections or {})})

    async def write_configuration(self, path: Path, *, sections: Mapping[str, Any] | None = None) -> None:
        """Write the configuration to a file, and the secrets that it refers to into `secrets/` beside it."""
        await asyncio.to_thread(configuration.write, self, path, sections=sections)

    # -- what happens by itself

    def _after(self, name: str, seconds: float, call: Callable[..., None], *rest: Any) -> None:
        self._timers[name] = asyncio.get_running_loop().call_later(seconds, call, *rest)

    def _next_block(self) -> None:
        self.find_block()
        self._after("block", self.chain.wait_s(self._block_interval_s), self._next_block)

    def _breathe(self) -> None:
        """Let a part of the devices live on, so that meters know also of those that nobody asks."""
        part = max(1, -(-len(self._breathing) // _BREATHS))
        due, rest = self._breathing[:part], self._breathing[part:]
        for device in due:
            device.refresh()
        self._breathing = rest + due
        self._after("breath", _BREATH_S, self._breathe)

    def _follow(self, device: Device) -> None:
        """Open or shut a device's ports, and again at each turn of one that flaps."""
        self._listening.shut(device)
        self._tasks.create_task(self._open_again(device))
        if device.kind == "flapping":
            self._after(f"flap {device.identity.id}", misbehaviour.FLAPPING_S + 0.01, self._follow, device)

    async def _open_again(self, device: Device) -> None:
        try:
            await self._listening.follow(device)
        except OSError as error:
            _LOG.warning("%s stays shut: %s", device.identity.id, error)


def demo_site(*, seed: int | str = 7, silent_after_s: float = 20.0, **options: Any) -> Site:
    """Make the site of the demo: two feeders, four racks, 24 devices, of which some lose money and some go wrong.

    At its prices (50 USD/MWh, 90,000 USD/BTC) the two S9 and two M20S lose money for certain; the M30S++ goes with the
    hour, and on the other models between 26 and 31 J/TH one cannot decide. m7 runs hot, m11 lacks a board, m16 mines
    elsewhere, m5 falls silent after a while.
    """
    keys = (
        "s21 s21 t21 s19-xp s21 s9 s19j-pro s19j-pro s19-xp m50s s21 m60s "
        "m60s m50s m30s++ s21 m20s s19j-pro t21 m20s s9 bitaxe-gamma nerdqaxe++ bitaxe-supra"
    )
    settings: dict[str, Any] = {
        "misbehave": {"m7": "hot", "m11": "missing-board", "m16": "wrong-pool"},
        "later": [(silent_after_s, "m5", "silent")],
        "block_interval_s": 45.0,
        "power_price_per_mwh": 50.0,
        "power_swing": 0.03,
        "slots": 6,
    }
    return Site([MODELS[key] for key in keys.split()], seed=seed, **(settings | options))


def _some_base() -> str:
    """Give the first address of some block of 256, another one at each call."""
    number = (os.getpid() * 61 + next(_blocks)) % (200 * 256)
    return f"127.{40 + number // 256}.{number % 256}.0"


def _device_state(device: Device) -> dict[str, Any]:
    machine, identity = device.machine, device.identity
    return {
        "address": identity.address,
        "model": identity.model.name,
        "family": identity.model.family,
        "feeder": identity.feeder,
        "rack": identity.rack,
        "kind": device.kind,
        "hashrate_hs": machine.hashrate_hs,
        "power_w": machine.power_w,
        "chip_temperature_c": machine.thermals.chip_c,
        "inlet_temperature_c": machine.thermals.inlet_c,
        "accepted": machine.accepted,
        "rejected": machine.rejected,
        "elapsed_s": machine.elapsed_s(),
        "boots": machine.boots,
        "writes": list(device.writes),
    }
