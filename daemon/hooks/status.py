"""How each hook is doing, for metrics, log and page."""

from collections import Counter
from collections.abc import Callable

import msgspec


class HookStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One hook at this moment. Times are epoch seconds; `failing_since` is None while it works.

    `state` is `working`, `failing` (backing off), `gone` (the receiver asked for silence) or `idle` (nothing sent yet).
    `owed` counts notices not delivered yet, `lost` those that gave way because too many waited, `failures` the failed
    tries by reason since the start.
    """

    id: str
    kind: str
    state: str
    owed: int
    lost: int
    delivered: int
    failures: dict[str, int]
    failing_since: float | None = None
    next_try_at: float | None = None
    delivered_at: float | None = None
    reason: str = ""
    detail: str = ""


class Tally:
    """What happened to one hook's notices since the start; it outlives a reload.

    `on_delivered` and `on_failure` are told of each event with the hook's id (and a bounded reason), for counters.
    """

    def __init__(
        self,
        hook_id: str,
        *,
        on_delivered: Callable[[str], None] | None = None,
        on_failure: Callable[[str, str], None] | None = None,
    ) -> None:
        self._id = hook_id
        self._on_delivered = on_delivered
        self._on_failure = on_failure
        self._delivered = 0
        self._failures: Counter[str] = Counter()
        self._delivered_at: float | None = None
        self._next_try_at: float | None = None
        self._reason = ""
        self._detail = ""
        self.failing_since: float | None = None
        self.is_gone = False

    def delivered(self) -> None:
        """Count a notice that arrived."""
        self._delivered += 1
        if self._on_delivered is not None:
            self._on_delivered(self._id)

    def works(self, now: float) -> None:
        """Note that the receiver answered well."""
        self._delivered_at = now
        self._next_try_at = None
        self.failing_since = None

    def fails(self, reason: str, detail: str, *, now: float, next_try_at: float | None) -> None:
        """Count a try that failed for the hook's own sake."""
        self.failing_since = now if self.failing_since is None else self.failing_since
        self._next_try_at = next_try_at
        self.rejects(reason, detail)

    def rejects(self, reason: str, detail: str) -> None:
        """Count a try that failed for the notice's sake."""
        self._reason, self._detail = reason, detail
        self.gives_up(reason)

    def gives_up(self, reason: str, *, count: int = 1) -> None:
        """Count notices that will not be tried again, or one try of them that failed."""
        self._failures[reason] += count
        if self._on_failure is not None:
            for _ in range(count):
                self._on_failure(self._id, reason)

    def status(self, *, kind: str, owed: int, lost: int) -> HookStatus:
        """Tell how the hook is doing."""
        state = "idle" if self._delivered_at is None else "working"
        if self.failing_since is not None:
            state = "gone" if self.is_gone else "failing"
        return HookStatus(
            id=self._id,
            kind=kind,
            state=state,
            owed=owed,
            lost=lost,
            delivered=self._delivered,
            failures=dict(self._failures),
            failing_since=self.failing_since,
            next_try_at=self._next_try_at,
            delivered_at=self._delivered_at,
            reason=self._reason,
            detail=self._detail,
        )
