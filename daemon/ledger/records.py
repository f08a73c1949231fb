"""What the ledger keeps and says: deliveries owed, receipts, its own health, and the sums of days and hours."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from daemon.findings import Finding

Event = Literal["opened", "updated", "closed"]
Medium = Literal["disk", "memory"]

# Bounded, so that they can be labels and be looked up in the documentation.
REASONS = (
    "",
    "not_configured",
    "not_opened",
    "disk_full",
    "read_only",
    "locked",
    "in_use",
    "corrupt",
    "io_error",
    "cannot_open",
    "foreign",
    "newer_schema",
    "too_slow",
    "replaced",
    "failed",
)


class Delivery(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One event that one hook is still owed.

    `id` grows with time and keeps the order; `event_id` is the same over retries and for every hook. `body` is the
    finding's JSON as it was at the event. Times are epoch seconds.
    """

    id: int
    hook: str
    finding_id: str
    event: Event
    event_id: str
    body: bytes
    created_at: float
    next_try: float
    attempts: int = 0
    reason: str = ""


class Receipt(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What became of a transition: `durable` when it is on disk, `owed` counts the deliveries that it caused."""

    durable: bool
    owed: int


class Health(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where the ledger keeps things now, and why not on disk if it does not.

    `reason` is one of REASONS, `detail` says it in words, `since` is the epoch time of the last change, `note` is
    something the operator should know although all is well (a damaged file was set aside, for instance).
    """

    medium: Medium
    reason: str = ""
    detail: str = ""
    since: float = 0.0
    note: str = ""
    path: str | None = None

    @property
    def is_troubled(self) -> bool:
        """True when a disk was asked for and is not in use."""
        return self.medium == "memory" and self.reason != "not_configured"


class Kept(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A finding with the hooks that were told of it, which must also hear of its end.

    `withheld` are the hooks whose newest word on it gave way before it was delivered: they are to be told anew.
    """

    finding: Finding
    told: frozenset[str] = frozenset()
    withheld: frozenset[str] = frozenset()


class Content(msgspec.Struct, kw_only=True):
    """What an opened file already holds: the open findings, the oldest deliveries a hook, and the marks on findings.

    `spilled` counts the deliveries a hook beyond those in `outbox`. `is_salvaged` when it was read from a damaged
    file, so that the file now in use has none of it.
    """

    findings: list[Kept] = []
    outbox: list[Delivery] = []
    spilled: dict[str, int] = {}
    acknowledgements: dict[str, tuple[str, float]] = {}
    silences: dict[tuple[str, str], tuple[float, str]] = {}
    newest_id: int = 0
    note: str = ""
    is_salvaged: bool = False


class DeviceDay(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one device did and earned in a part of one day; `day` counts days since 1970-01-01 on the site's calendar.

    Money is in the site's currency, durations are seconds, `hashes` is a count; the ledger adds the parts up.
    `metered_j` is the share of `energy_j` that a meter saw. The four verdicts share the watched time, and so do the
    conditions from `hashing_s` to `lost_s`; `curtailed_s` and `excused_s` (maintenance) lie within those.
    """

    device: str
    day: int
    energy_j: float = 0.0
    metered_j: float = 0.0
    hashes: float = 0.0
    accepted: float = 0.0
    rejected: float = 0.0
    revenue: float = 0.0
    energy_cost: float = 0.0
    demand_cost: float = 0.0
    hosting_cost: float = 0.0
    maintenance_cost: float = 0.0
    hashing_s: float = 0.0
    idle_s: float = 0.0
    sleeping_s: float = 0.0
    starting_s: float = 0.0
    fault_s: float = 0.0
    lost_s: float = 0.0
    curtailed_s: float = 0.0
    excused_s: float = 0.0
    profitable_s: float = 0.0
    unprofitable_s: float = 0.0
    undecided_s: float = 0.0
    unknown_s: float = 0.0


class SiteHour(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the site, or one feeder of it, did in a part of one hour; `hour` counts hours since 1970-01-01 in UTC.

    `scope` is a feeder's id, or empty for the whole site. `meter_j` is what its meter counted, `mined_btc` what the
    hashes were worth in bitcoin, `watched_s` the time that the daemon was there to see.
    """

    scope: str
    hour: int
    energy_j: float = 0.0
    meter_j: float = 0.0
    hashes: float = 0.0
    revenue: float = 0.0
    energy_cost: float = 0.0
    demand_cost: float = 0.0
    hosting_cost: float = 0.0
    maintenance_cost: float = 0.0
    mined_btc: float = 0.0
    carbon_g: float = 0.0
    watched_s: float = 0.0
    curtailed_s: float = 0.0
    excused_s: float = 0.0


class PoolDay(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one pool owed and paid for one UTC day; `day` counts days since 1970-01-01.

    Due is in bitcoin at the network's mean luck, None at most where not all of the day was seen. `paid` is in
    `currency`, which the pool pays in; its value, lowest and highest, is in the site's. None where nobody told.
    """

    day: int
    pool: str
    currency: str
    due_low_btc: float
    due_high_btc: float | None = None
    paid: float | None = None
    value_low: float | None = None
    value_high: float | None = None


class QueueCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Lengths by queue, and drops by queue and reason since the start."""

    lengths: Mapping[str, int]
    dropped: Mapping[tuple[str, str], int]
