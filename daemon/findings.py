"""A finding: something an operator should know, with its value, threshold and evidence. Pure."""

from typing import Literal

import msgspec

Severity = Literal["info", "warn", "high", "crit"]
FindingState = Literal["pending", "open", "closed"]
SEVERITIES: tuple[Severity, ...] = ("info", "warn", "high", "crit")
SEVERITY_RANK: dict[Severity, int] = {severity: rank for rank, severity in enumerate(SEVERITIES)}


class Finding(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One rule's word on one subject, from pending over open to closed; `id` stays the same all the way.

    `subject` is a device, feeder, pool or signal id, or the site id; `scope` says which. Times are epoch seconds:
    `since` when the condition began to hold, `opened_at` when it had held long enough, `closed_at` when it had
    cleared long enough. `note` says why nothing changes at present (an input is missing, a maintenance window) or
    why it closed; `unknown_since` is set while an input is missing. `cause` is the id of the finding that explains
    this one, such as the feeder's.
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
    title: str = ""
    note: str = ""
    cause: str | None = None
    unknown_since: float | None = None
