"""The watched pools together: one observer each, one race for new blocks, and what their jobs say of the network."""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
import orjson

from collectors.pools.events import JobReceived
from collectors.pools.observer import Observer, ObserverEvent
from collectors.pools.race import BlockRace
from collectors.pools.tls import TlsPolicy
from config.load import Loaded
from config.model import SiteConfig
from config.model.pools import Pool
from config.secret import resolve
from daemon.clock import Clock
from daemon.network import Network, NetworkState
from daemon.rules.context import host_of
from daemon.rules.snapshot import PoolChange, PoolFacts
from daemon.site import Site
from daemon.tasks import Tasks


class _Watched(msgspec.Struct, frozen=True, kw_only=True):
    """One pool as configured, its observer, and the task that runs it."""

    pool: Pool
    password: str | None
    observer: Observer
    task: asyncio.Task[None]


class PoolWatch:
    """Runs an observer for each configured pool; the tasks belong to `tasks`."""

    def __init__(self, *, clock: Clock, tasks: Tasks) -> None:
        self._clock = clock
        self._tasks = tasks
        self._race = BlockRace()
        self._watched: dict[str, _Watched] = {}
        self._trusted: tuple[str, ...] = ()
        self._network = Network()

    @staticmethod
    def prepare(loaded: Loaded) -> dict[str, str | None]:
        """Read the pools' passwords, by pool id; reads files, raises SecretError."""
        return {
            pool.id: None if pool.password is None else resolve(pool.password, base=loaded.folder)
            for pool in loaded.config.pools
        }

    async def take(self, config: SiteConfig, passwords: Mapping[str, str | None]) -> None:
        """Bring the observers in line with a configuration; a pool that did not change keeps its connection."""
        trusted = tuple(pool.id for pool in config.pools if pool.trusted)
        if trusted != self._trusted:
            self._trusted = trusted
            self._network = Network(trusted=trusted, remembered=self._network.memory())
        wanted = {pool.id: pool for pool in config.pools}
        stale = [
            key
            for key, known in self._watched.items()
            if wanted.get(key) != known.pool or passwords[key] != known.password
        ]
        for key in stale:
            known = self._watched.pop(key)
            await self._tasks.stop(known.task)
            self._race.leave(key)
            self._network.forget(key)
        for key, pool in wanted.items():
            if key not in self._watched:
                self._watched[key] = self._begin(pool, passwords[key])
        self._watched = {key: self._watched[key] for key in wanted}

    @property
    def have_answered(self) -> bool:
        """True when every pool has given a job, or has failed to."""
        return all(
            known.observer.state.job is not None or known.observer.state.last_error is not None
            for known in self._watched.values()
        )

    def documents(self) -> list[dict[str, Any]]:
        """Give the API's `pools`."""
        now = self._clock.now()
        return [known.observer.state.document(now=now) for known in self._watched.values()]

    def network_state(self) -> NetworkState:
        """Say what holds of the network now."""
        return self._network.state(now=self._clock.now())

    def facts(self, site: Site) -> tuple[PoolFacts, ...]:
        """Give what the rules about pools read."""
        now = self._clock.now()
        hashrates = site.survey.hashrate_hs_by_host if site.survey else {}
        return tuple(_facts(known, now=now, hashrates=hashrates) for known in self._watched.values())

    def export_state(self) -> bytes:
        """Write down the network's recent fees and what was last agreed on."""
        return orjson.dumps(self._network.memory(), option=orjson.OPT_NON_STR_KEYS)

    def restore_state(self, written: bytes) -> None:
        """Take up what `export_state` gave; raises ValueError when it is no JSON."""
        self._network = Network(trusted=self._trusted, remembered=orjson.loads(written))

    def _begin(self, pool: Pool, password: str | None) -> _Watched:
        observer = Observer(
            pool.id,
            pool.url,
            clock=self._clock,
            user=pool.user,
            password=password,
            policy=TlsPolicy(mode=pool.tls.mode, sha256=pool.tls.sha256),
            race=self._race,
            on_event=self._heard,
        )
        task = self._tasks.start(observer.run(), name=f"pool {pool.id}")
        return _Watched(pool=pool, password=password, observer=observer, task=task)

    def _heard(self, observer: Observer, event: ObserverEvent) -> None:
        if isinstance(event, JobReceived):
            self._network.hear(observer.state.id, event.job, at=self._clock.now())


def _facts(known: _Watched, *, now: float, hashrates: Mapping[str, float]) -> PoolFacts:
    state = known.observer.state
    return PoolFacts(
        id=state.id,
        url=state.url,
        up=state.up if state.job is not None or state.last_error is not None else None,
        last_job_age_s=None if state.last_job_at is None else max(0.0, now - state.last_job_at),
        changes=tuple(
            PoolChange(kind=change.kind, before=change.before, after=change.after, at=change.at)
            for change in state.changes
        ),
        devices_hs=hashrates.get(host_of(state.url)),
    )
