"""The watched pools together: one observer each, one race for new blocks, and what their jobs say of the network."""

import asyncio
from collections.abc import Mapping
from typing import Any, Literal

import msgspec
import orjson

from collectors.pools.events import JobReceived
from collectors.pools.identity import PoolMemory
from collectors.pools.observer import BlockSeen, Observer, ObserverEvent
from collectors.pools.race import BlockRace
from collectors.pools.tls import TlsPolicy
from config.load import Loaded
from config.model import SiteConfig
from config.model.pools import Pool
from config.secret import resolve
from daemon.clock import Clock
from daemon.lag import calm
from daemon.network import Network, NetworkState
from daemon.pool_past import PastMemory, PoolPast, usual_difficulty
from daemon.rules.snapshot import PoolChange, PoolFacts
from daemon.rules.survey.places import Mined, endpoint_of, mined_at
from daemon.site import Site
from daemon.tasks import Tasks

_CALM_PATIENCE_S = 2.0


class _Watched(msgspec.Struct, frozen=True, kw_only=True):
    """One pool as configured, its observer, and the task that runs it."""

    pool: Pool
    password: str | None
    observer: Observer
    task: asyncio.Task[None]
    past: PoolPast


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of one pool over a restart, or over a change of its configuration."""

    identity: PoolMemory
    past: PastMemory = PastMemory()


class PoolWatch:
    """Runs an observer for each configured pool; the tasks belong to `tasks`."""

    def __init__(self, *, clock: Clock, tasks: Tasks) -> None:
        self._clock = clock
        self._tasks = tasks
        self._race = BlockRace()
        self._watched: dict[str, _Watched] = {}
        self._trusted: tuple[str, ...] = ()
        self._network = Network()
        self._kept: dict[str, _Kept] = {}

    @staticmethod
    def prepare(loaded: Loaded) -> dict[str, str | None]:
        """Read the pools' passwords, by pool id, None for a pool without one; reads files, raises SecretError."""
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
            if key in wanted:
                self._kept[key] = _kept(known)
            self._race.leave(key)
            self._network.forget(key)
        for key, pool in wanted.items():
            if key not in self._watched:
                self._watched[key] = self._begin(pool, passwords[key])
        self._watched = {key: self._watched[key] for key in wanted}
        self._kept.clear()

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
        endpoints = {key: endpoint_of(known.pool.url) for key, known in self._watched.items()}
        watched = frozenset(endpoints.values())
        mined = site.survey.mined if site.survey else {}
        return tuple(
            _facts(known, site=site, mined=mined_at(endpoints[key], mined, watched=watched), now=now)
            for key, known in self._watched.items()
        )

    def export_state(self) -> bytes:
        """Write down the network's recent fees and what was last agreed on."""
        return orjson.dumps(self._network.memory(), option=orjson.OPT_NON_STR_KEYS)

    def restore_state(self, written: bytes) -> None:
        """Take up what `export_state` gave; raises ValueError when it is no JSON."""
        self._network = Network(trusted=self._trusted, remembered=orjson.loads(written))

    def export_pasts(self) -> bytes:
        """Write down what each pool is known by, what changed of it, and its last hours."""
        return orjson.dumps({key: msgspec.to_builtins(_kept(known)) for key, known in self._watched.items()})

    def restore_pasts(self, written: bytes) -> None:
        """Take up what `export_pasts` gave, for the pools that `take` begins next; ValueError for anything else."""
        try:
            self._kept = msgspec.json.decode(written, type=dict[str, _Kept])
        except msgspec.MsgspecError as error:
            raise ValueError(f"not what pools are known by: {error}") from error

    def _begin(self, pool: Pool, password: str | None) -> _Watched:
        kept = self._kept.get(pool.id)
        kept = kept if kept is not None and kept.identity.url == pool.url else None
        observer = Observer(
            pool.id,
            pool.url,
            clock=self._clock,
            user=pool.user,
            password=password,
            policy=TlsPolicy(mode=pool.tls.mode, sha256=pool.tls.sha256),
            race=self._race,
            on_event=self._heard,
            memory=kept.identity if kept else None,
        )
        task = self._tasks.start(_observe(observer), name=f"pool {pool.id}")
        return _Watched(
            pool=pool, password=password, observer=observer, task=task, past=PoolPast(kept.past if kept else None)
        )

    def _heard(self, observer: Observer, event: ObserverEvent) -> None:
        if isinstance(event, JobReceived):
            self._network.hear(observer.state.id, event.job, at=self._clock.now())
        elif isinstance(event, BlockSeen):
            known = self._watched.get(observer.state.id)
            if known is not None:
                known.past.block(event.lag_s)


async def _observe(observer: Observer) -> None:
    """Begin when the loop is free: the times of a pool's steps are not to hold those of a start-up."""
    await calm(patience_s=_CALM_PATIENCE_S)
    await observer.run()


def _kept(known: _Watched) -> _Kept:
    return _Kept(identity=known.observer.memory(), past=known.past.memory())


def _facts(known: _Watched, *, site: Site, mined: Mined | None, now: float) -> PoolFacts:
    state, past, network = known.observer.state, known.past, site.network
    past.look(state, now=now)
    return PoolFacts(
        id=state.id,
        url=state.url,
        up=state.up if state.job is not None or state.last_error is not None else None,
        trouble=None if state.up else state.last_error,
        last_job_age_s=None if state.last_job_at is None else max(0.0, now - state.last_job_at),
        changes=tuple(
            PoolChange(kind=change.kind, before=change.before, after=change.after, at=change.at)
            for change in state.changes
        ),
        devices_hs=mined.hashrate_hs if mined else None,
        shares=mined.shares if mined else None,
        behind_s=known.observer.behind_s(),
        lags_s=tuple(past.lags_s),
        empty_share=past.empty_share,
        chain=state.job.chain if state.job else None,
        height=state.job.height if state.job else None,
        network=_standing(state.id, network) if network else None,
        network_height=network.height if network else None,
        authenticated=state.authenticated,
        difficulty=state.difficulty,
        usual_difficulty=usual_difficulty(state.difficulties, now=now),
    )


def _standing(pool: str, network: NetworkState) -> Literal["agrees", "disagrees", "other_chain"] | None:
    """Say how a pool stands to what holds of the network; None when it has no voice at present."""
    if pool in network.other_chain:
        return "other_chain"
    if pool in network.disagreeing:
        return "disagrees"
    return "agrees" if pool in network.sources else None
