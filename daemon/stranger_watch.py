"""Looks for what mines beside the inventory: leases and neighbours in a thread, pools' workers over HTTP."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime

import msgspec

from collectors.errors import CollectError
from collectors.leases.neighbours import TABLE
from collectors.leases.read import read_leases
from collectors.pools.workers import WorkerSource, read_workers
from config.load import Loaded
from config.model import SiteConfig
from config.model.pools import Pool
from config.model.unlisted import PoolWorkers
from config.secret import resolve
from daemon.clock import Clock
from daemon.economics.tariff_hours import zone_of
from daemon.fleet import Fleet
from daemon.pool_accounts import account_of
from daemon.rules.context import host_of
from daemon.rules.snapshot import Unlisted
from daemon.rules.survey.strangers import Inventory, Search, Sighting, Strangers, StrangersMemory, macs_of, worker_of
from daemon.tasks import Tasks

log = logging.getLogger(__name__)

FRESH_TIMES = 3  # intervals after which what a source said last no longer counts as seen
SLICE = 250

Headers = Mapping[str, Mapping[str, str]]
Look = Callable[[], Awaitable[tuple[Sighting, ...]]]


class _Heard(msgspec.Struct, kw_only=True):
    """What one source said last, and why it could not be asked if it could not."""

    interval_s: float
    sightings: tuple[Sighting, ...] = ()
    at: float | None = None
    trouble: str = ""


class StrangerWatch:
    """Keeps the sources up to date; the tasks belong to `tasks`."""

    def __init__(self, *, clock: Clock, tasks: Tasks) -> None:
        self._clock = clock
        self._tasks = tasks
        self._strangers = Strangers()
        self._heard: dict[str, _Heard] = {}
        self._running: list[asyncio.Task[None]] = []
        self._settings: object = None
        self._config: SiteConfig | None = None

    @staticmethod
    def prepare(loaded: Loaded) -> Headers:
        """Read the secrets in the headers, by pool id; reads files, raises SecretError."""
        return {
            pool.id: {name: resolve(value, base=loaded.folder) for name, value in pool.workers.headers.items()}
            for pool in loaded.config.pools
            if pool.workers is not None
        }

    async def take(self, config: SiteConfig, headers: Headers) -> None:
        """Bring the sources in line with a configuration; what did not change goes on."""
        self._config = config
        sources = {pool.id: pool for pool in config.pools if pool.workers is not None}
        wanted = (config.unlisted, [(key, pool.user, pool.workers, headers[key]) for key, pool in sources.items()])
        if wanted == self._settings:
            return
        for task in self._running:
            await self._tasks.stop(task)
        self._settings, self._heard, self._running = wanted, {}, []
        if config.unlisted is not None:
            paths = [*config.unlisted.leases, *([TABLE] if config.unlisted.arp else [])]
            for path in paths:
                self._begin(path, interval_s=config.unlisted.interval_s, look=_leases_of(path, clock=self._clock))
        for key, pool in sources.items():
            if pool.workers is not None:
                look = _workers_of(pool, pool.workers, headers[key])
                self._begin(f"pool {key}", interval_s=pool.workers.interval_s, look=look)

    @property
    def is_looking(self) -> bool:
        """True where anything is configured that could see a stranger."""
        return bool(self._heard)

    async def facts(self, fleet: Fleet, *, marks: Iterable[str]) -> tuple[tuple[Unlisted, ...] | None, tuple[str, ...]]:
        """Give what is in no inventory, None where nobody looks, and what could not be looked at; in slices.

        `marks` are what listed devices are known by, MAC addresses among them.
        """
        config = self._config
        if config is None or not self._heard:
            return None, ()
        now = self._clock.now()
        listed = await _inventory(fleet, config=config)
        known = list(marks)
        fresh = [
            sighting
            for heard in self._heard.values()
            if heard.at is not None and now - heard.at <= FRESH_TIMES * heard.interval_s
            for sighting in heard.sightings
        ]
        search = _search(config, now=now)

        def look() -> tuple[Unlisted, ...]:
            inventory = msgspec.structs.replace(listed, macs=macs_of(known))
            return self._strangers.look(fresh, inventory=inventory, search=search, now=now)

        found = await asyncio.to_thread(look)
        return found, tuple(heard.trouble for heard in self._heard.values() if heard.trouble)

    def export_state(self) -> bytes:
        """Write down since when each stranger is there (MessagePack), to be handed to `restore_state`."""
        return msgspec.msgpack.encode(self._strangers.memory())

    def restore_state(self, written: bytes) -> None:
        """Take up what `export_state` gave; raises ValueError for anything else."""
        try:
            self._strangers = Strangers(msgspec.msgpack.decode(written, type=StrangersMemory))
        except msgspec.MsgspecError as error:
            raise ValueError(f"not the record of strangers: {error}") from error

    def _begin(self, name: str, *, interval_s: float, look: Look) -> None:
        heard = self._heard[name] = _Heard(interval_s=interval_s)
        self._running.append(self._tasks.start(self._ask(name, heard, look), name=f"strangers by {name}"))

    async def _ask(self, name: str, heard: _Heard, look: Look) -> None:
        while True:
            try:
                heard.sightings, heard.at = await look(), self._clock.now()
            except CollectError as error:
                if not heard.trouble:
                    log.warning("strangers by %s: %s", name, error)
                heard.trouble = f"{name}: {error}" if name not in str(error) else str(error)
            else:
                if heard.trouble:
                    log.warning("strangers by %s: well again", name)
                heard.trouble = ""
            await asyncio.sleep(heard.interval_s)


def _leases_of(path: str, *, clock: Clock) -> Look:
    """Make the look at a file of leases; those that have ended are nobody's."""
    where = "by its neighbours" if path == TABLE else f"by {path}"

    async def look() -> tuple[Sighting, ...]:
        leases = await asyncio.to_thread(read_leases, path)
        now = clock.now()
        return tuple(
            Sighting(name=lease.address, where=where, mac=lease.mac, hostname=lease.hostname)
            for lease in leases
            if lease.expires_at is None or lease.expires_at > now
        )

    return look


def _workers_of(pool: Pool, settings: PoolWorkers, headers: Mapping[str, str]) -> Look:
    """Make the look at a pool's own list of workers."""
    source = WorkerSource(
        url=settings.url,
        path=settings.path,
        pointer=settings.pointer,
        name=settings.name,
        hashrate=settings.hashrate,
        headers=headers,
        timeout_s=settings.timeout_s,
    )
    account = account_of(pool.user or "")

    async def look() -> tuple[Sighting, ...]:
        names = sorted({worker_of(name, account=account) for name in await read_workers(source)})
        return tuple(Sighting(name=name, where=f"worker at {pool.id}") for name in names if name)

    return look


async def _inventory(fleet: Fleet, *, config: SiteConfig) -> Inventory:
    """Gather what is known of the listed devices, by their entries and their newest readings; in slices."""
    accounts = {host_of(pool.url): account_of(pool.user or "") for pool in config.pools if pool.workers is not None}
    hosts, ids, workers = set[str](), set[str](), set[str]()
    for number, device in enumerate(list(fleet), start=1):
        hosts.add(device.entry.host.lower())
        ids.add(device.entry.id.lower())
        for slot in device.reading.pools if device.reading is not None and accounts else ():
            account = accounts.get(host_of(slot.url or ""))
            if account is not None and slot.user:
                workers.add(worker_of(slot.user, account=account or account_of(slot.user)))
        if number % SLICE == 0:
            await asyncio.sleep(0)
    return Inventory(
        hosts=frozenset(hosts),
        ids=frozenset(ids),
        workers=frozenset(workers),
    )


def _search(config: SiteConfig, *, now: float) -> Search:
    """Give what counts on this day."""
    if config.unlisted is None:
        return Search()
    today = datetime.fromtimestamp(now, zone_of(config.site.timezone)).date()
    return Search(
        networks=config.unlisted.networks,
        makers=config.unlisted.makers,
        expected=tuple(
            one.match.lower() for one in config.unlisted.expected if one.until is None or today <= one.until
        ),
    )
