"""What the operator wrote under `rules:` laid over the catalogue's defaults, with every mistake named. Pure."""

import difflib
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from config.dimensions import KINDS
from config.quantity import Quantity, QuantityError, duration_s, quantity, ratio
from daemon.findings import SEVERITIES, Severity
from daemon.rules.rule import Parameter, Rule

DEFAULTS = "defaults"
"""The key under `rules:` whose durations hold for every rule that does not set its own."""

# Both spellings: the operator's key and the attribute with its unit.
_DURATIONS = {
    "for": "for_s",
    "for_s": "for_s",
    "clear_for": "clear_for_s",
    "clear_for_s": "clear_for_s",
    "dwell": "dwell_s",
    "dwell_s": "dwell_s",
}
_LONGEST_S = 366 * 86400.0
_LEVELS: Mapping[str, Severity] = {severity: severity for severity in SEVERITIES}
_NONE: Mapping[str, Parameter] = {}


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One rule as it is in force at this site; durations in seconds, parameters in base units."""

    rule: Rule
    for_s: float
    clear_for_s: float
    dwell_s: float
    severity: Severity
    parameters: dict[str, float]


class Problem(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One mistake under `rules:`; `path` is where it stands, such as `P-01.band`."""

    path: str
    message: str


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Every rule that is in force, and all that was wrong; use the rules only when `problems` is empty."""

    rules: tuple[Setting, ...]
    problems: tuple[Problem, ...] = ()


def setting(rule: Rule, **changes: float) -> Setting:
    """Take a rule with its defaults; `changes` are parameters, or `for_s`, `clear_for_s`, `dwell_s`."""
    return Setting(
        rule=rule,
        for_s=changes.pop("for_s", rule.for_s),
        clear_for_s=changes.pop("clear_for_s", rule.clear_for_s),
        dwell_s=changes.pop("dwell_s", rule.dwell_s),
        severity=rule.severity,
        parameters=rule.defaults | changes,
    )


def resolve(
    written: Mapping[str, Mapping[str, object]], *, catalogue: Sequence[Rule], currency: str | None = None
) -> Settings:
    """Lay what was written over the catalogue; money must be in `currency` when one is given.

    Each rule's mapping may have `enabled`, `for`, `clear_for`, `dwell`, `severity` and the rule's own parameters, as
    text with a unit; numbers without one only for ratios and counts, and for the `_s` spellings of durations. None
    counts as not written. Never raises: mistakes come back as problems.
    """
    money = currency.upper() if currency else None
    known = {rule.id for rule in catalogue}
    problems = [
        Problem(path=rule_id, message=_unknown(rule_id, known, noun="a rule"))
        for rule_id in written
        if rule_id not in known and rule_id != DEFAULTS
    ]
    general = _Written.read(written.get(DEFAULTS, {}), path=DEFAULTS, problems=problems)
    settings: list[Setting] = []
    for rule_id, rules in _by_id(catalogue).items():
        parameters = {parameter.name: parameter for rule in rules for parameter in rule.parameters}
        own = _Written.read(
            written.get(rule_id, {}), path=rule_id, problems=problems, parameters=parameters, currency=money
        )
        if not own.enabled(otherwise=general.enabled(otherwise=True)):
            continue
        settings.extend(_laid(rule, own=own, general=general) for rule in rules)
    return Settings(rules=tuple(settings), problems=tuple(problems))


class _Written:
    """What one mapping under `rules:` says, read and checked."""

    __slots__ = ("durations", "parameters", "severity", "switch")

    def __init__(self) -> None:
        self.switch: bool | None = None
        self.severity: Severity | None = None
        self.durations: dict[str, float] = {}
        self.parameters: dict[str, float] = {}

    def enabled(self, *, otherwise: bool) -> bool:
        return otherwise if self.switch is None else self.switch

    @classmethod
    def read(
        cls,
        written: Mapping[str, object],
        *,
        path: str,
        problems: list[Problem],
        parameters: Mapping[str, Parameter] = _NONE,
        currency: str | None = None,
    ) -> "_Written":
        read = cls()
        for key, value in written.items():
            if value is None:
                continue
            try:
                read._take(key, value, parameters=parameters, currency=currency)
            except QuantityError as error:
                problems.append(Problem(path=f"{path}.{key}", message=str(error)))
        return read

    def _take(self, key: str, value: object, *, parameters: Mapping[str, Parameter], currency: str | None) -> None:
        if key == "enabled":
            if not isinstance(value, bool):
                raise QuantityError("expected true or false")
            self.switch = value
        elif key == "severity":
            level = _LEVELS.get(str(value))
            if level is None:
                raise QuantityError(f"expected one of {', '.join(SEVERITIES)}")
            self.severity = level
        elif key in _DURATIONS:
            self.durations[_DURATIONS[key]] = _duration(value, bare=key.endswith("_s"))
        elif key in parameters:
            self.parameters[key] = _parameter(value, parameters[key], currency=currency)
        else:
            raise QuantityError(_unknown(key, {"enabled", "for", "clear_for", "dwell", "severity", *parameters}))


def _laid(rule: Rule, *, own: _Written, general: _Written) -> Setting:
    durations = general.durations | own.durations
    named = {parameter.name for parameter in rule.parameters}
    return Setting(
        rule=rule,
        for_s=durations.get("for_s", rule.for_s),
        clear_for_s=durations.get("clear_for_s", rule.clear_for_s),
        dwell_s=durations.get("dwell_s", rule.dwell_s),
        severity=own.severity or general.severity or rule.severity,
        parameters=rule.defaults | {name: value for name, value in own.parameters.items() if name in named},
    )


def _by_id(catalogue: Sequence[Rule]) -> dict[str, list[Rule]]:
    rules: dict[str, list[Rule]] = {}
    for rule in catalogue:
        rules.setdefault(rule.id, []).append(rule)
    return rules


def _duration(value: object, *, bare: bool) -> float:
    number = _number(value)
    seconds = number if bare and number is not None else duration_s(value)
    if not 0 <= seconds <= _LONGEST_S:
        raise QuantityError("expected a duration from 0 to 366 days")
    return seconds


def _parameter(value: object, parameter: Parameter, *, currency: str | None) -> float:
    if parameter.dimension in {"ratio", "number"} and not isinstance(value, Quantity):
        read = _bare(value, parameter)
    else:
        given = value if isinstance(value, Quantity) else _quantity(value, parameter)
        if given.unit.dimension != parameter.dimension:
            kind = KINDS[parameter.dimension]
            raise QuantityError(f'expected {kind.noun}, such as "{kind.example}"')
        if currency and given.unit.currency not in {None, currency}:
            raise QuantityError(f"expected an amount in {currency}, the site's currency")
        read = given.value - given.unit.base(0.0) if parameter.difference else given.value
    if not parameter.low <= read <= parameter.high:
        raise QuantityError(f"must lie between {parameter.low:g} and {parameter.high:g} {_base(parameter)}".rstrip())
    return read


def _bare(value: object, parameter: Parameter) -> float:
    """Read a ratio or a count from YAML: text, or a number without a unit."""
    if parameter.dimension == "ratio":
        return ratio(value, limit=max(parameter.high, 1.0))
    given = quantity(value)
    if given.unit.dimension != "number":
        raise QuantityError("expected a number without a unit")
    return given.value


def _quantity(value: object, parameter: Parameter) -> Quantity:
    if not isinstance(value, str):
        kind = KINDS[parameter.dimension]
        raise QuantityError(f'expected {kind.noun} with its unit, such as "{kind.example}"')
    return quantity(value)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _base(parameter: Parameter) -> str:
    base = KINDS[parameter.dimension].base
    return "" if base == "1" else base


def _unknown(key: str, known: Iterable[str], *, noun: str = "a setting of this rule") -> str:
    near = difflib.get_close_matches(key, sorted(known), n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"{key} is not {noun}{hint}"
