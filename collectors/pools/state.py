"""What is known of one watched pool."""

from collections import deque
from typing import Any, Literal

import msgspec

from collectors.pools.job import Job
from collectors.pools.url import Protocol

ReconnectReason = Literal[
    "unreachable",
    "timed_out",
    "denied",
    "garbled",
    "unsupported",
    "failed",
    "closed",
    "reset",
    "silent",
    "idle_limit",
    "redirect",
    "renewal",
]
RECONNECT_REASONS: tuple[ReconnectReason, ...] = (
    "unreachable",  # nobody there
    "timed_out",  # no connection in time
    "denied",  # certificate, subscription or user refused
    "garbled",  # not Stratum
    "unsupported",  # Stratum V2 without the mining protocol, or of another version
    "failed",  # our own shortage, such as file descriptors
    "closed",  # the pool ended the connection
    "reset",  # the connection broke
    "silent",  # nothing came for too long
    "idle_limit",  # the pool ends connections that hand in nothing; planned around from then on
    "redirect",  # the pool asked for it
    "renewal",  # ours, before the pool's idle limit
)
ChangeKind = Literal["address", "authority", "certificate", "chain", "extranonce", "payout", "redirect", "tag"]


class PoolChange(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something that identifies a pool is not what it was; `at` is in epoch seconds."""

    kind: ChangeKind
    before: str
    after: str
    at: float


class PoolState(msgspec.Struct, kw_only=True):
    """One pool as its observer sees it; the observer writes, everyone else reads.

    Names that end in `_at` are epoch seconds, `_s` are durations in seconds; None means that it has not happened.
    `up` says that the newest connection gives work, `connected` that there is one. Step times are those of the newest
    connection. `new_block_lag_s` is the delay behind the earliest pool at the newest block, None when watched alone.
    `ntime_offset_s` is the job's time minus ours. `empty_seconds` counts the time on jobs without transactions, and
    `empty_to_full_s` is how long the newest such job stood before one with transactions. `outages_total` counts
    losses of the pool; planned renewals and idle limits are none. `next_try_s` is the wait before the next try.
    """

    id: str
    url: str
    protocol: Protocol
    up: bool = False
    connected: bool = False
    connected_at: float | None = None
    address: str | None = None
    authenticated: bool | None = None
    connect_s: float | None = None
    tls_s: float | None = None
    noise_s: float | None = None
    subscribe_s: float | None = None
    authorize_s: float | None = None
    authorized: bool | None = None
    first_job_s: float | None = None
    rtt_s: float | None = None
    tcp_rtt_s: float | None = None
    version_mask: str | None = None
    extranonce1_size: int | None = None
    extranonce2_size: int | None = None
    difficulty: float | None = None
    difficulties: deque[tuple[float, float]] = msgspec.field(default_factory=lambda: deque(maxlen=64))
    job: Job | None = None
    last_job_at: float | None = None
    job_interval_s: float | None = None
    jobs_total: int = 0
    unreadable_jobs_total: int = 0
    empty_jobs_total: int = 0
    empty_seconds: float = 0.0
    empty_to_full_s: float | None = None
    blocks_total: int = 0
    new_block_at: float | None = None
    new_block_lag_s: float | None = None
    ntime_offset_s: float | None = None
    reconnects: dict[ReconnectReason, int] = msgspec.field(default_factory=dict)
    outages_total: int = 0
    next_try_s: float | None = None
    last_error_reason: ReconnectReason | None = None
    last_error: str | None = None
    last_error_at: float | None = None
    tls_sha256: str | None = None
    tls_expires_at: float | None = None
    server_key: str | None = None
    changes: deque[PoolChange] = msgspec.field(default_factory=lambda: deque(maxlen=32))
    message: str | None = None
    bytes_in: int = 0
    bytes_out: int = 0
    junk_total: int = 0
    questions_total: int = 0

    def document(self, *, now: float) -> dict[str, Any]:
        """Give the pool's JSON object: every field, the job's age, and why it is down where it is."""
        fields: dict[str, Any] = msgspec.to_builtins(self, enc_hook=list)
        fields["job_age_s"] = None if self.last_job_at is None else max(now - self.last_job_at, 0.0)
        fields["reason"] = None if self.up else self.last_error_reason
        return fields
