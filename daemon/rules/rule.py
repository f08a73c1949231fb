"""What a rule is: a small pure function with its words, its inputs, its durations and its thresholds. Pure."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec

from config.dimensions import Dimension
from daemon.findings import Severity
from daemon.rules.parts import Part

Scope = Literal["device", "row", "feeder", "grant", "model", "pool", "signal", "site"]
Group = Literal["profitability", "power", "health", "pool", "site", "capacity", "compliance"]
GROUPS: tuple[Group, ...] = ("profitability", "power", "health", "pool", "site", "capacity", "compliance")
Quiet = Literal["maintenance", "idle"]
Parameters = Mapping[str, float]

_NOT_A_NAME = re.compile(r"[^a-z0-9]+")

MINUTE = 60.0
HOUR = 3600.0
DAY = 86400.0


class Judgement(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a rule says of one subject now.

    `holds` true: the condition is met; false with `clears`: it is over, beyond the hysteresis; false without: the
    value lies between the two thresholds and nothing changes; None: an input is missing or too old, `message` says
    which, and nothing changes either. `severity` is set by rules with levels and beats the rule's own. `polls` is
    how many polls in a row it held, where the subject itself keeps count; None lets the engine count. `for_s` is set
    where so bad a value need not hold as long as the rule says. `evidence` has what the value came from.
    """

    holds: bool | None
    clears: bool = False
    severity: Severity | None = None
    value: float | None = None
    threshold: float | None = None
    unit: str = ""
    message: str = ""
    evidence: dict[str, float | str | None] = {}
    polls: int | None = None
    for_s: float | None = None


# Rules of a healthy device end in one of these two on every poll, so neither is ever built anew.
FINE = Judgement(holds=False, clears=True)
BETWEEN = Judgement(holds=False)


def unknown(message: str) -> Judgement:
    """Give the judgement that says nothing, because of an input; make it once per module, not per call."""
    return Judgement(holds=None, message=message)


Judge = Callable[[Any, Any, Parameters], Judgement | None]


class Parameter(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One threshold that the configuration may change, in the base unit of its dimension (a ratio: 0.05 is 5 %).

    `difference` marks a distance between temperatures, where 9 F are 5 C.
    """

    name: str
    default: float
    dimension: Dimension
    low: float
    high: float
    text: str
    difference: bool = False


class Need(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One input of a rule. `signal` is the name to configure under `signals:` where the daemon has no other source.

    In a signal's name `FEEDER` and `POOL` stand for the id. A value older than `max_age_s` counts as missing.
    """

    text: str
    signal: str | None = None
    dimension: Dimension | None = None
    max_age_s: float | None = None

    def name(self, subject: str = "") -> str:
        """Give the signal's name for one feeder or pool: ids in small letters, all else an underscore."""
        plain = _NOT_A_NAME.sub("_", subject.lower())
        return (self.signal or "").replace("FEEDER", plain).replace("POOL", plain)


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule for subjects of one scope; a catalogue id may have several, such as a device's and its feeder's.

    `judge(subject, context, parameters)` gives a Judgement, or None when the rule does not concern the subject at
    all (no such equipment, nothing configured). The condition must hold `for_s` and `for_polls` judgements to open,
    and must have cleared `clear_for_s` and `clear_polls` judgements to close, at the earliest `dwell_s` after it
    opened. `quiet` names the states in which it does not open. `upstream` names rule keys whose open finding on the
    subject's feeder or site explains this one away. `on_silence`: it is judged when a poll failed, too. `rests_on`, of
    rules for devices: without a change in one of these parts of the reading, in the inventory, or in what is allowed
    and how it is cooled, it does not begin to hold; None where anything else, such as time or prices, may make it.
    """

    id: str
    scope: Scope
    group: Group
    title: str
    severity: Severity
    judge: Judge
    for_s: float
    clear_for_s: float
    what: str
    why: str
    do: str
    needs: tuple[Need, ...]
    parameters: tuple[Parameter, ...] = ()
    dwell_s: float = 0.0
    for_polls: int = 1
    clear_polls: int = 1
    quiet: tuple[Quiet, ...] = ("maintenance", "idle")
    upstream: tuple[str, ...] = ()
    on_silence: bool = False
    rests_on: tuple[Part, ...] | None = None

    @property
    def key(self) -> str:
        """Tell the rule apart from others of the same id: `H-09/feeder`."""
        return f"{self.id}/{self.scope}"

    @property
    def defaults(self) -> dict[str, float]:
        """Every parameter at its default."""
        return {parameter.name: parameter.default for parameter in self.parameters}
