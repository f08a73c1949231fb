"""Every finding that is pending or open, found by rule, by subject and by id; what is asked and said of them. Pure."""

from collections.abc import Collection, Iterable, Iterator

from daemon.findings import SEVERITY_RANK, Finding, FindingState, Severity
from daemon.rules.episode import Episode
from daemon.rules.record import dump
from daemon.rules.snapshot import Override

# The rules whose findings others wait for: prices that disagree, and advice to stop.
DISAGREEMENT, ADVICE = "P-07", "P-01"


class Standing:
    """The findings of one site that stand. Whoever judges puts them in, takes them out, and steps their episodes."""

    def __init__(self) -> None:
        # By rule key and subject; for devices the other way round, as one poll asks for all of one device.
        self._site: dict[str, dict[str, Episode]] = {}
        self._devices: dict[str, dict[str, Episode]] = {}
        self._by_id: dict[str, Episode] = {}

    def findings(self) -> list[Finding]:
        """Give everything pending and open, in the order in which it began."""
        return [episode.finding() for episode in sorted(self._by_id.values(), key=lambda one: (one.since, one.id))]

    def worst_first(self) -> Iterator[Finding]:
        """Give everything that is open and then what is pending, worst first, oldest first.

        There may be thousands: each is made when its turn comes, and what has closed by then is left out.
        """
        ranked = sorted(
            self._by_id.values(), key=lambda one: (one.state != "open", -SEVERITY_RANK[one.severity], one.since, one.id)
        )
        return (episode.finding() for episode in ranked if episode.state != "closed")

    def count(self, state: FindingState) -> int:
        """Count what is pending, or what is open."""
        return sum(episode.state == state for episode in self._by_id.values())

    def active(self) -> list[tuple[str, str, Severity]]:
        """Give rule, subject and severity of what is open, each once: two rules of an id may share a subject."""
        return list(
            dict.fromkeys(
                (episode.setting.rule.id, episode.subject, episode.severity)
                for episode in self._by_id.values()
                if episode.state == "open"
            )
        )

    def finding(self, finding_id: str) -> Finding | None:
        """Give one finding; None when it is closed or never was."""
        episode = self._by_id.get(finding_id)
        return None if episode is None else episode.finding()

    def holding(self, rule_id: str) -> list[Finding]:
        """Give one rule's findings, pending and open, that are not on their way out."""
        return [
            episode.finding()
            for episode in self._by_id.values()
            if episode.setting.rule.id == rule_id and episode.is_holding
        ]

    def doubted(self, keys: Iterable[str]) -> set[str]:
        """Name what findings of these rules (by key, none of devices) hold of, but for those that somebody has seen."""
        return {
            subject
            for key in keys
            for subject, episode in self._site.get(key, {}).items()
            if episode.is_holding and episode.acknowledged_by is None
        }

    def overrides(self) -> tuple[Override, ...]:
        """Give the devices that run on against the open advice to stop them, unless somebody acknowledged it."""
        return tuple(
            Override(device=episode.subject, since=episode.opened_at)
            for episode in self._by_id.values()
            if episode.setting.rule.id == ADVICE
            and episode.opened_at is not None
            and episode.acknowledged_at is None
            and episode.is_holding
        )

    def frozen(self, among: Collection[str] | None = None) -> str:
        """Say why no verdict may rest on the market at present, or ''; `among` names the signals that count."""
        return " ".join(
            f"{finding.message} {finding.note}" if finding.unknown_since is not None else finding.message
            for finding in self.holding(DISAGREEMENT)
            if among is None or finding.subject in among
        )

    def __len__(self) -> int:
        return len(self._by_id)

    # The operator's hand

    def acknowledge(self, finding_id: str, *, by: str, now: float) -> Finding | None:
        """Mark a finding as seen by a person; None when there is no such finding."""
        episode = self._by_id.get(finding_id)
        if episode is None:
            return None
        episode.acknowledged_by = by
        episode.acknowledged_at = now
        return episode.finding()

    def silence(self, finding_id: str, *, until: float | None) -> Finding | None:
        """Keep a finding from being told until then, or lift that with None; None when there is no such finding."""
        episode = self._by_id.get(finding_id)
        if episode is None:
            return None
        episode.silenced_until = until
        return episode.finding()

    # Written down

    def export_state(self) -> bytes:
        """Give every finding with its timers, to be written down and handed to `restore_state` after a restart."""
        return b"".join(self.export_pieces())

    def export_pieces(self) -> Iterator[bytes]:
        """Give the same in pieces, between which the rules may go on; each finding is as it is at its own piece."""
        return dump(list(self._by_id.values()))

    # Inside

    def _keep(self, episode: Episode, *, is_device: bool) -> None:
        key = episode.setting.rule.key
        if is_device:
            self._devices.setdefault(episode.subject, {})[key] = episode
        else:
            self._site.setdefault(key, {})[episode.subject] = episode
        self._by_id[episode.id] = episode

    def _drop(self, episode: Episode) -> None:
        key = episode.setting.rule.key
        if episode.setting.rule.scope == "device":
            mine = self._devices.get(episode.subject)
            if mine is not None:
                mine.pop(key, None)
                if not mine:
                    self._devices.pop(episode.subject, None)
        else:
            self._site.get(key, {}).pop(episode.subject, None)
        self._by_id.pop(episode.id, None)
