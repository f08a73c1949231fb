"""One rule on one subject from pending over open to closed: the state machine, with its hysteresis and timers. Pure.

What a judgement does:

* it holds: a pending finding opens once it has held long enough, an open one may become worse;
* it clears: a pending finding is forgotten, an open one closes once it has been clear long enough;
* it is between, or unknown: nothing changes. Unknown time is credited to no timer, nor is a gap in which nobody
  looked (a restart, a clock that leapt), beyond `gap_s`.
"""

from hashlib import blake2b
from typing import Literal

from daemon.findings import SEVERITY_RANK, Finding, FindingState, Severity
from daemon.rules.rule import Judgement
from daemon.rules.settings import Setting

Change = Literal["opened", "worse", "closed", "forgotten"]


def finding_id(rule: str, *, scope: str, subject: str, since: float) -> str:
    """Name one episode, the same after a restart and in a replay: rule and start identify it."""
    told = f"{rule}/{scope}/{subject}/{since:.3f}".encode()
    return f"{rule}-{blake2b(told, digest_size=6).hexdigest()}"


class Place:
    """Where the subject stands, for people who must walk there."""

    __slots__ = ("feeder", "rack", "slot")

    def __init__(self, *, rack: str | None = None, slot: str | None = None, feeder: str | None = None) -> None:
        self.rack = rack
        self.slot = slot
        self.feeder = feeder


class Episode:
    """The state of one finding; times are epoch seconds."""

    __slots__ = (
        "acknowledged_at",
        "acknowledged_by",
        "calm_from",
        "cause",
        "clear_from",
        "clear_polls",
        "closed_at",
        "hold_from",
        "id",
        "judgement",
        "note",
        "opened_at",
        "place",
        "polls",
        "seen_at",
        "setting",
        "severity",
        "silenced_until",
        "since",
        "state",
        "subject",
        "unknown_since",
    )

    def __init__(self, setting: Setting, *, subject: str, now: float, place: Place) -> None:
        rule = setting.rule
        self.setting = setting
        self.subject = subject
        self.place = place
        self.id = finding_id(rule.id, scope=rule.scope, subject=subject, since=now)
        self.state: FindingState = "pending"
        self.severity: Severity = setting.severity
        self.judgement: Judgement | None = None
        self.since = now
        self.seen_at = now
        self.hold_from = now
        self.clear_from: float | None = None
        self.calm_from: float | None = None
        self.opened_at: float | None = None
        self.closed_at: float | None = None
        self.unknown_since: float | None = None
        self.polls = 0
        self.clear_polls = 0
        self.note = ""
        self.cause: str | None = None
        self.acknowledged_by: str | None = None
        self.acknowledged_at: float | None = None
        self.silenced_until: float | None = None

    @property
    def is_holding(self) -> bool:
        """Its condition is not on its way out: what it explains away stays explained."""
        return self.state != "closed" and self.clear_from is None

    def step(
        self, judgement: Judgement, *, now: float, gap_s: float, quiet: str = "", cause: str | None = None
    ) -> Change | None:
        """Take one judgement; `quiet` says in words why the finding may not open or become worse now, else ''.

        `cause` is the id of the finding that explains this one.
        """
        if judgement.holds is None:
            if self.unknown_since is None:
                self.unknown_since = now
            self.note = judgement.message
            return None
        self._credit(now, gap_s=gap_s)
        self.note = quiet
        self.cause = cause
        if judgement.holds:
            return self._hold(judgement, now=now, quiet=quiet)
        if judgement.clears:
            return self._clear(now)
        return None

    def close(self, now: float, *, note: str) -> Change:
        """End it because its subject or its rule is gone; only an open one has been told to anybody."""
        was = self.state
        self.state = "closed"
        self.closed_at = now
        self.note = note
        return "closed" if was == "open" else "forgotten"

    def finding(self) -> Finding:
        """Give what is known of it now."""
        rule, judgement, place = self.setting.rule, self.judgement, self.place
        return Finding(
            id=self.id,
            rule=rule.id,
            subject=self.subject,
            severity=self.severity,
            state=self.state,
            message=judgement.message if judgement else "",
            value=judgement.value if judgement else None,
            threshold=judgement.threshold if judgement else None,
            unit=judgement.unit if judgement else "",
            scope=rule.scope,
            rack=place.rack,
            slot=place.slot,
            feeder=place.feeder,
            since=self.since,
            opened_at=self.opened_at,
            closed_at=self.closed_at,
            updated_at=self.seen_at,
            evidence=judgement.evidence if judgement else {},
            advice=rule.do,
            acknowledged_by=self.acknowledged_by,
            acknowledged_at=self.acknowledged_at,
            silenced_until=self.silenced_until,
            title=rule.title,
            note=self.note,
            cause=self.cause,
            unknown_since=self.unknown_since,
        )

    def _credit(self, now: float, *, gap_s: float) -> None:
        """Move the timers past the time in which nothing was known."""
        gap = now - self.seen_at
        unseen = gap if self.unknown_since is not None or gap < 0 else max(0.0, gap - gap_s)
        if unseen:
            self.hold_from += unseen
            if self.clear_from is not None:
                self.clear_from += unseen
            if self.calm_from is not None:
                self.calm_from += unseen
        self.unknown_since = None
        self.seen_at = now

    def _hold(self, judgement: Judgement, *, now: float, quiet: str) -> Change | None:
        setting = self.setting
        self.judgement = judgement
        self.clear_from = None
        self.clear_polls = 0
        self.polls = self.polls + 1 if judgement.polls is None else judgement.polls
        level = judgement.severity or setting.severity
        if self.state == "pending":
            self.severity = level
            if quiet:
                return self.close(now, note=quiet)
            for_s = setting.for_s if judgement.for_s is None else min(setting.for_s, judgement.for_s)
            if now - self.hold_from >= for_s and self.polls >= setting.rule.for_polls:
                self.state = "open"
                self.opened_at = now
                return "opened"
            return None
        if quiet:
            return None
        return self._level(level, now=now)

    def _level(self, level: Severity, *, now: float) -> Change | None:
        """Become worse at once, but milder only after the time that closing would take, so that no level flaps."""
        if SEVERITY_RANK[level] >= SEVERITY_RANK[self.severity]:
            self.calm_from = None
            if level == self.severity:
                return None
            self.severity = level
            return "worse"
        if self.calm_from is None:
            self.calm_from = now
        if now - self.calm_from >= self.setting.clear_for_s:
            self.severity = level
            self.calm_from = None
        return None

    def _clear(self, now: float) -> Change | None:
        if self.state == "pending":
            return self.close(now, note="over before it was due")
        setting = self.setting
        if self.clear_from is None:
            self.clear_from = now
        self.clear_polls += 1
        opened_at = now if self.opened_at is None else self.opened_at
        if (
            now - self.clear_from >= setting.clear_for_s
            and self.clear_polls >= setting.rule.clear_polls
            and now - opened_at >= setting.dwell_s
        ):
            return self.close(now, note="cleared")
        return None
