"""A finding: something an operator should know, with its value, threshold and evidence. Pure."""

from typing import Literal

import msgspec

Severity = Literal["info", "warn", "high", "crit"]
FindingState = Literal["pending", "open", "closed"]
SEVERITIES: tuple[Severity, ...] = ("info", "warn", "high", "crit")


class Finding(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One rule's word on one subject, from pending over open to closed; `id` stays the same all the way.

    `subject` is a device, feeder, pool or signal id, or the site id. Times are epoch seconds: `since` when the
    condition began to hold, `opened_at` when it had held long enough, `closed_at` when it had cleared long enough.
    """

    id: str
    rule: str
    subject: str
    severity: Severity
    state: FindingState
    message: str
    value: float | None = None
    threshold: float | None = None
    unit: str = ""
    scope: str = "device"
    rack: str | None = None
    slot: str | None = None
    feeder: str | None = None
    since: float
    opened_at: float | None = None
    closed_at: float | None = None
    updated_at: float
    evidence: dict[str, float | str | None] = {}
    advice: str = ""
    acknowledged_by: str | None = None
    acknowledged_at: float | None = None
    silenced_until: float | None = None
