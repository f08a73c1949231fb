"""What people said about findings: acknowledged (somebody has taken it on) and silenced (not a word until then)."""

import msgspec

from daemon.clock import Clock
from daemon.findings import Finding
from daemon.ledger.journal import Journal
from daemon.ledger.records import Content
from daemon.ledger.tables import ACKNOWLEDGEMENTS, SILENCES


class Marks:
    """An acknowledgement belongs to one finding; a silence to a rule on a subject, so that flapping stays quiet."""

    def __init__(self, journal: Journal, *, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self._acknowledgements: dict[str, tuple[str, float]] = {}
        self._silences: dict[tuple[str, str], tuple[float, str]] = {}
        self._ended: list[tuple[str, str]] = []

    def acknowledge(self, finding: Finding, *, by: str) -> None:
        """Note who has taken a finding on; the first one stays."""
        if finding.id not in self._acknowledgements:
            now = self._clock.now()
            self._acknowledgements[finding.id] = (by, now)
            self._journal.put(ACKNOWLEDGEMENTS, (finding.id,), (finding.id, by, now))

    def silence(self, finding: Finding, *, until: float, by: str) -> None:
        """Silence a finding's rule on its subject until an epoch time; one that has passed ends the silence."""
        key = (finding.rule, finding.subject)
        self._silences[key] = (until, by)
        self._journal.put(SILENCES, key, (*key, until, by))
        self.expire(self._clock.now())

    def is_silenced(self, finding: Finding) -> bool:
        """True while the finding's rule is silenced on its subject."""
        until, _ = self._silences.get((finding.rule, finding.subject), (0.0, ""))
        return until > self._clock.now()

    def decorated(self, finding: Finding) -> Finding:
        """Give the finding with what was said about it."""
        acknowledged = self._acknowledgements.get(finding.id)
        silenced = self._silences.get((finding.rule, finding.subject))
        if acknowledged is None and silenced is None:
            return finding
        by, at = acknowledged or (finding.acknowledged_by, finding.acknowledged_at)
        until = silenced[0] if silenced and silenced[0] > self._clock.now() else None
        return msgspec.structs.replace(finding, acknowledged_by=by, acknowledged_at=at, silenced_until=until)

    def forget(self, finding_id: str) -> None:
        """Drop the acknowledgement of a finding that has closed."""
        if self._acknowledgements.pop(finding_id, None) is not None:
            self._journal.put(ACKNOWLEDGEMENTS, (finding_id,), None)

    def expire(self, now: float) -> None:
        """End the silences whose time has come."""
        for key in [key for key, (until, _) in self._silences.items() if until <= now]:
            del self._silences[key]
            self._ended.append(key)
            self._journal.put(SILENCES, key, None)

    def take_ended(self) -> list[tuple[str, str]]:
        """Give the rules and subjects whose silence has ended since the last call."""
        self.expire(self._clock.now())
        ended, self._ended = self._ended, []
        return ended

    def absorb(self, content: Content) -> None:
        """Take over what an opened file knows, unless something newer was said meanwhile; give it the rest."""
        pending = self._journal.pending
        for finding_id, mark in content.acknowledgements.items():
            if (ACKNOWLEDGEMENTS.name, (finding_id,)) not in pending:
                self._acknowledgements.setdefault(finding_id, mark)
        for key, silence in content.silences.items():
            if (SILENCES.name, key) not in pending:
                self._silences.setdefault(key, silence)
        for finding_id, mark in self._acknowledgements.items():
            self._journal.put(ACKNOWLEDGEMENTS, (finding_id,), (finding_id, *mark))
        for key, silence in self._silences.items():
            self._journal.put(SILENCES, key, (*key, *silence))
