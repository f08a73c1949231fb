"""What a hook is: something that takes notices of findings, or says with a bounded reason why it did not.

* DeliveryFailed        this notice did not arrive; trying again may help
  x Rejected            the receiver is there and will not have this notice; others may pass
  x Gone                the receiver asks never to be written to again
"""

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

from daemon.findings import SEVERITY_RANK, Finding, Severity

NoticeKind = Literal["opened", "updated", "closed", "test"]

# Bounded, so that they can be the label of a counter.
REASONS = (
    "timed_out",
    "unreachable",
    "untrusted",
    "garbled",
    "redirected",
    "denied",
    "gone",
    "throttled",
    "rejected",
    "server_error",
    "misconfigured",
    "failed",
    "expired",
    "unconfigured",
)


class DeliveryFailed(Exception):
    """A notice did not arrive; `reason` is one of REASONS, `retry_after_s` what the receiver asked to wait."""

    def __init__(self, reason: str, detail: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(detail)
        self.reason = reason
        self.retry_after_s = retry_after_s


class Rejected(DeliveryFailed):
    """Look at what the receiver says about this notice; the hook itself goes on."""


class Gone(DeliveryFailed):
    """Take the hook out of the configuration, or give it a new address."""


class Notice(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One event of one finding for one hook; `id` stays the same over retries, `at` is the event's epoch time."""

    id: str
    kind: NoticeKind
    at: float
    finding: Finding
    site: str = ""


class Hook(Protocol):
    """Delivers notices to one receiver; `batch` is how many it can take in one go."""

    id: str
    kind: str
    batch: int

    async def send(self, notices: Sequence[Notice]) -> None:
        """Deliver all the notices, or raise DeliveryFailed."""
        ...


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which findings a hook wants; an empty list wants all."""

    min_severity: Severity = "info"
    rules: frozenset[str] = frozenset()
    feeders: frozenset[str] = frozenset()

    def takes(self, finding: Finding) -> bool:
        """Tell whether the hook is to hear of a finding."""
        return (
            SEVERITY_RANK[finding.severity] >= SEVERITY_RANK[self.min_severity]
            and (not self.rules or finding.rule in self.rules)
            and (not self.feeders or finding.feeder in self.feeders)
        )
