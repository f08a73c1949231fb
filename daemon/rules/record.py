"""Findings written down and read back, so that timers survive a restart. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from operator import attrgetter

import msgspec

from daemon.findings import Finding, FindingState, Severity
from daemon.rules.episode import Episode, Place
from daemon.rules.rule import Judgement
from daemon.rules.settings import Setting

VERSION = 1
SLICE = 250


class EpisodeRecord(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One finding's state; times are epoch seconds."""

    key: str
    id: str
    subject: str
    state: FindingState
    severity: Severity
    since: float
    seen_at: float
    hold_from: float
    clear_from: float | None = None
    calm_from: float | None = None
    opened_at: float | None = None
    unknown_since: float | None = None
    polls: int = 0
    clear_polls: int = 0
    note: str = ""
    cause: str | None = None
    acknowledged_by: str | None = None
    acknowledged_at: float | None = None
    silenced_until: float | None = None
    rack: str | None = None
    slot: str | None = None
    feeder: str | None = None
    judgement: Judgement | None = None


class StateRecord(msgspec.Struct, frozen=True, kw_only=True):
    """All findings, with the version of this form."""

    version: int
    episodes: list[EpisodeRecord] = []


class _Version(msgspec.Struct, frozen=True, kw_only=True):
    version: int


_ELSEWHERE = {"key": "setting.rule.key", "rack": "place.rack", "slot": "place.slot", "feeder": "place.feeder"}
_KEPT = tuple(name for name in EpisodeRecord.__struct_fields__ if name not in _ELSEWHERE)
# A large site has thousands of findings and writes them down every minute, so their fields are gathered in one call.
_gather = attrgetter(*(_ELSEWHERE.get(name, name) for name in EpisodeRecord.__struct_fields__))
_TOLD = (
    "id",
    "state",
    "severity",
    "opened_at",
    "unknown_since",
    "note",
    "cause",
    "acknowledged_by",
    "acknowledged_at",
    "silenced_until",
)


def dump(episodes: Iterable[Episode]) -> Iterator[bytes]:
    """Write findings down as JSON, in pieces; what closes between two of them is left out."""
    yield b'{"version":%d,"episodes":[' % VERSION
    waiting, comma = iter(episodes), b""
    while portion := list(islice(waiting, SLICE)):
        records = [EpisodeRecord(*_gather(episode)) for episode in portion if episode.state != "closed"]
        if records:
            yield comma + msgspec.json.encode(records)[1:-1]
            comma = b","
    yield b"]}"


def load(written: bytes, settings: Mapping[str, Setting]) -> list[Episode]:
    """Read findings back, leaving out those whose rule is not among `settings` (by key).

    Raises ValueError when the bytes are not a state, or one of a newer version.
    """
    try:
        version = msgspec.json.decode(written, type=_Version).version
        if version > VERSION:
            raise ValueError(f"the rules' state has version {version}; this program knows {VERSION}")
        state = msgspec.json.decode(written, type=StateRecord)
    except msgspec.MsgspecError as error:
        raise ValueError(f"not a state of the rules: {error}") from error
    return [_episode(record, settings[record.key]) for record in state.episodes if record.key in settings]


def revived(finding: Finding, setting: Setting) -> Episode:
    """Make an open finding's state anew of what was told of it."""
    place = Place(rack=finding.rack, slot=finding.slot, feeder=finding.feeder)
    episode = Episode(setting, subject=finding.subject, now=finding.since, place=place)
    for name in _TOLD:
        setattr(episode, name, getattr(finding, name))
    episode.seen_at = finding.updated_at
    episode.judgement = Judgement(
        holds=True,
        message=finding.message,
        value=finding.value,
        threshold=finding.threshold,
        unit=finding.unit,
        evidence=finding.evidence,
    )
    return episode


def _episode(record: EpisodeRecord, setting: Setting) -> Episode:
    place = Place(rack=record.rack, slot=record.slot, feeder=record.feeder)
    episode = Episode(setting, subject=record.subject, now=record.since, place=place)
    for name in _KEPT:
        setattr(episode, name, getattr(record, name))
    return episode
