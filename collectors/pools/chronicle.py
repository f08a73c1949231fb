"""Turns what a session says into a pool's state: cadence, new blocks, empty work, and what changed. Pure."""

from collections.abc import Iterator

from collectors.pools import events
from collectors.pools.connection import Connection
from collectors.pools.identity import Identity, PoolMemory
from collectors.pools.job import Job
from collectors.pools.proof import Unproved
from collectors.pools.race import BlockRace
from collectors.pools.state import ChangeKind, PoolChange, PoolState

_BLOCKS_REMEMBERED = 8


class Chronicle:
    """Keeps one pool's state from the events of its connections, one after the other.

    `take` is given each event with two times: `at` in epoch seconds, `now` on the monotonic clock.
    """

    def __init__(self, state: PoolState, race: BlockRace) -> None:
        self.state = state
        self._race = race
        self._blocks: list[str] = []
        self._job_now: float | None = None
        self._empty_since: float | None = None
        self._accounted = 0.0
        self._identity = Identity(state.changes)

    def adopt(self, connection: Connection, *, at: float) -> None:
        """Take over the step times and proofs of a new connection."""
        state, transport = self.state, connection.transport
        state.connected, state.connected_at, state.next_try_s = True, at, None
        state.address, state.authenticated = transport.address, connection.authenticated
        state.connect_s, state.tls_s = transport.connect_s, transport.tls_s
        self._refresh(connection)
        self._identity.compare("address", transport.address, at=at)
        if transport.certificate is not None:
            state.tls_sha256, state.tls_expires_at = transport.certificate.sha256, transport.certificate.expires_at
            self._identity.proved(by="certificate", value=transport.certificate.sha256, at=at)
        if connection.encrypted is not None:
            state.server_key = connection.encrypted.server_key
            authority = connection.endpoint.authority
            if authority is not None:
                self._identity.proved(by="authority", value=authority.hex(), at=at)
            else:
                self._identity.compare_key(connection.encrypted.server_key, at=at)

    def unproved(self, error: Unproved, *, at: float) -> None:
        """Note that the server at the pool's address does not prove to be the pool."""
        self._identity.unproved(str(error), by=error.by, at=at)

    def memory(self) -> PoolMemory:
        """Give what is worth keeping over a restart."""
        return PoolMemory(
            url=self.state.url,
            known=self._identity.known,
            candidates=self._identity.candidates,
            changes=list(self.state.changes),
            difficulties=list(self.state.difficulties),
        )

    def recall(self, memory: PoolMemory) -> None:
        """Take up what was kept, unless it is of another URL."""
        if memory.url == self.state.url:
            self._identity.recall(memory)
            self.state.difficulties.extend(memory.difficulties)

    def take(self, event: events.Event, *, connection: Connection, at: float, now: float) -> bool:
        """Note one event; True when it is a job on top of a block that this pool had not worked on before."""
        state = self.state
        match event:
            case events.JobReceived():
                self._refresh(connection)
                return self._job(event.job, rtt_s=connection.rtt_s, at=at, now=now)
            case events.JobGarbled():
                state.unreadable_jobs_total += 1
            case events.DifficultySet():
                state.difficulty = event.difficulty
                state.difficulties.append((at, event.difficulty))
            case events.Junk():
                state.junk_total += 1
            case events.Questioned():
                state.questions_total += 1
            case events.MessageShown():
                state.message = event.text
            case _:
                self._refresh(connection)
        return False

    def redirected(self, *, before: str, after: str, at: float) -> None:
        """Note that the pool asked to go to a host that is not its own."""
        self.state.changes.append(PoolChange(kind="redirect", before=before, after=after, at=at))

    def pause(self, *, now: float) -> None:
        """Note that no work is given any more: the time on an empty job ends, and the pool leaves the race."""
        self._account_empty(now)
        self._empty_since = None
        self._race.leave(self.state.id)

    def tick(self, *, now: float) -> None:
        """Bring the running sums up to now."""
        self._account_empty(now)

    def behind_s(self, *, now: float) -> float | None:
        """Give for how long another pool has been on a newer block; None while this one is not in the race."""
        return self._race.behind_s(self.state.id, at=now)

    def _refresh(self, connection: Connection) -> None:
        """Copy what the connection knows by now."""
        state, steps = self.state, connection.step_s
        state.noise_s, state.subscribe_s, state.authorize_s = (
            steps.get("noise"),
            steps.get("subscribe"),
            steps.get("authorize"),
        )
        state.authorized, state.first_job_s = connection.authorized, connection.first_job_s
        state.version_mask = connection.version_mask
        state.rtt_s = connection.rtt_s
        state.authenticated = connection.authenticated
        if connection.extranonce1 is not None:
            state.extranonce1_size = len(connection.extranonce1) // 2
            state.extranonce2_size = connection.extranonce2_size

    def _job(self, job: Job, *, rtt_s: float | None, at: float, now: float) -> bool:
        state = self.state
        state.up = True
        state.jobs_total += 1
        state.job_interval_s = None if self._job_now is None else now - self._job_now
        state.job, state.last_job_at, self._job_now = job, at, now
        state.ntime_offset_s = job.ntime - at
        self._count_empty(job, now)
        for kind, value, shown in _marks(job):
            self._identity.compare(kind, value, shown=shown, at=at)
        self._identity.compare_repeated("tag", job.pool_tag, at=at)
        return self._block(job, rtt_s=rtt_s, at=at, now=now)

    def _count_empty(self, job: Job, now: float) -> None:
        self._account_empty(now)
        if job.empty:
            self.state.empty_jobs_total += 1
            if self._empty_since is None:
                self._empty_since = self._accounted = now
        elif self._empty_since is not None and job.empty is False:
            self.state.empty_to_full_s = now - self._empty_since
            self._empty_since = None

    def _account_empty(self, now: float) -> None:
        if self._empty_since is not None:
            self.state.empty_seconds += max(now - self._accounted, 0.0)
            self._accounted = now

    def _block(self, job: Job, *, rtt_s: float | None, at: float, now: float) -> bool:
        """Notice a new block by its predecessor's hash: whether older work is void says nothing."""
        known, begun = job.previous_block in self._blocks, bool(self._blocks)
        if known and job.previous_block == self._blocks[-1]:
            return False
        if known:
            self._blocks.remove(job.previous_block)
        self._blocks = [*self._blocks[1 - _BLOCKS_REMEMBERED :], job.previous_block]
        lag = None
        if job.height is not None and job.chain != "unknown":
            # half the round trip is the way of the message; what is left is the pool's own delay
            seen = now - (rtt_s or 0.0) / 2
            lag = self._race.see(self.state.id, chain=job.chain, block=job.previous_block, height=job.height, at=seen)
        if not begun or known:
            return False
        self.state.blocks_total += 1
        self.state.new_block_at, self.state.new_block_lag_s = at, lag
        return True


def _marks(job: Job) -> Iterator[tuple[ChangeKind, str, str]]:
    """Give what identifies the pool in a job: its chain, its extranonce, its one payout where it has one."""
    yield "chain", job.chain, job.chain
    if job.extranonce_size is not None:
        yield "extranonce", str(job.extranonce_size), f"{job.extranonce_size} bytes"
    payout = max(job.outputs, key=lambda output: output.value_sats, default=None)
    if payout is not None and job.reward_sats and payout.value_sats * 2 > job.reward_sats:
        yield "payout", payout.script, payout.address or payout.script
