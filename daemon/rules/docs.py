"""The catalogue as text: docs/rules.md, and one rule in full. Pure."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from config.dimensions import KINDS
from daemon.rules.catalogue import CATALOGUE
from daemon.rules.rule import GROUPS, Group, Need, Parameter, Rule
from daemon.rules.wording import duration, share

HEADINGS: dict[Group, str] = {
    "profitability": "Profitability",
    "power": "Power and efficiency",
    "health": "Health",
    "pool": "Pools",
    "site": "Site and meters",
    "capacity": "Capacity",
    "compliance": "Compliance",
}
HEAD = """# Rules

Every finding comes from one of these rules. A rule is a condition that must hold for a while before its finding opens,
and a second, stricter one that must hold for a while before it closes; between the two nothing changes. While an input
is missing or too old, the rule is unknown: nothing opens and nothing closes, and the finding says what is missing.
Time in which nothing was known counts for neither.

Severities are info, warn, high and crit. A finding is told when it opens, becomes worse, and closes. It does not open
in a maintenance window, nor, for most rules, while the device sleeps or its feeder is curtailed by plan, nor while a
finding on its feeder or on the site explains it.

Any of it can be changed in the configuration, by id; `defaults` holds for all rules:

```yaml
rules:
  defaults: {clear_for: 10m}
  P-01: {for: 4h, band: 8%}
  C-01: {spare: "250 kW", clear_spare: "200 kW", for: 7 d}
  H-05: {enabled: false}
```

`headframe rules list` shows this list on a terminal, and `headframe rules test FILE` plays readings through the rules.
This page is generated from the rules themselves.
"""
TESTS = """## Trying rules out

`headframe rules test FILE` plays stories through the very same rules, with no device, clock or network. It exits with 1
when a story went otherwise than expected, and says what happened instead.

```yaml
rules: {P-01: {for: 1h}, C-01: {spare: "50 kW", for: 1h}}   # as in the configuration
market: {hashprice_per_ph_day: "41.22 USD/PH/day", price_per_kwh: "0.07 USD/kWh", pue: 1.05}
feeders: [{id: f1, contracted_w: "500 kW", reserve_w: "20 kW"}]
tests:
  - name: a device that loses money, and a feeder with room
    step: 5m                                               # time between two polls; 1m unless told
    devices: [{id: m1, feeder: f1, rack: r1, power_w: "3068 W", power_grade: metered}]
    readings:                                              # fields as `headframe probe --json` prints them
      - {at: 0s, reading: {hashrate_hs: "104 TH/s"}}
      - {at: 5h, device: m1, missed: true}
    facts:                                                 # signals, meters and what else a rule may look at
      - {at: 0s, meters_w: {f1: "300 kW"}, signals: {meter_tamper_f1: 0}}
    expect:
      - {at: 30m, rule: P-01, subject: m1, state: pending}
      - {at: 61m, rule: P-01, subject: m1, state: open, severity: warn, message: "Loses"}
      - {at: 61m, rule: C-01, subject: f1, state: open}
      - {at: 6h, rule: H-09, state: open}
      - {at: 6h, rule: G-08, state: none}
```

What stands beside `tests` holds for every test that does not say otherwise. A reading changes what it names and leaves
the rest; `device: "*"`, or none, means every device; `money:` tells a margin directly instead of a market. States are
`pending`, `open`, `closed` (it was open and is over) and `none`.

`mining` among the facts tells what is mined at a pool and on what terms, so that payouts can be played over weeks:

```yaml
tests:
  - name: a pool that keeps a tenth
    step: 1h
    facts:
      - at: 0s
        mining: {p1: {hashrate_hs: "2 PH/s", difficulty: 146.47 T, fees_btc: "0.02 BTC", scheme: fpps, fee_ratio: 2%}}
        signals: {pool_paid_p1: "0.00076 BTC"}               # each day, for the day before
    expect:
      - {at: 6d, rule: L-05, subject: p1, state: none}
      - {at: 12d, rule: L-05, subject: p1, state: open}
```
"""
# Signals that the configuration's own page explains.
EXPLAINED = frozenset({"hashprice"})
SIGNALS = """## Signals by name

Some rules read a signal of a given name. In a name, FEEDER and POOL stand for the id in small letters, with an
underscore for everything that is neither letter nor digit. A value older than the age counts as missing.

| signal | what | unit | oldest | rules |
|---|---|---|---|---|
"""


def markdown() -> str:
    """Give the whole page."""
    parts = [HEAD]
    for group in GROUPS:
        rules = [rule for rule in CATALOGUE if rule.group == group]
        parts.append(f"## {HEADINGS[group]}\n\n{_table(rules)}\n")
        parts.extend(section(list(same)) for _, same in groupby(rules, key=lambda rule: rule.id))
    parts.append(TESTS)
    parts.append(SIGNALS + "".join(_signal(name, needs) for name, needs in sorted(_signals().items())))
    return "\n".join(parts)


def section(rules: Sequence[Rule]) -> str:
    """Give one catalogue id in full; its rules differ in scope."""
    lines = [f"### {rules[0].id} {rules[0].title}", ""]
    for rule in rules:
        if len(rules) > 1:
            lines += [f"**{rule.scope}: {rule.title}** ({rule.severity})", ""]
        lines += [
            f"{rule.what} {rule.why}",
            "",
            f"* What to do: {rule.do}",
            f"* Severity {rule.severity}, for each {rule.scope}; {_course(rule)}.",
            f"* Needs: {'; '.join(_need(need) for need in rule.needs)}.",
            "",
        ]
    parameters = {parameter.name: parameter for rule in rules for parameter in rule.parameters}
    if parameters:
        lines += ["| parameter | default | from | to | what |", "|---|---|---|---|---|"]
        lines += [_row(one) for one in parameters.values()]
        lines.append("")
    return "\n".join(lines)


def rule_document(rule: Rule) -> dict[str, Any]:
    """Give one rule as a JSON object; durations in seconds, parameters in base units."""
    return {
        "id": rule.id,
        "scope": rule.scope,
        "group": rule.group,
        "title": rule.title,
        "severity": rule.severity,
        "for_s": rule.for_s,
        "clear_for_s": rule.clear_for_s,
        "dwell_s": rule.dwell_s,
        "what": rule.what,
        "why": rule.why,
        "do": rule.do,
        "needs": [{"text": need.text, "signal": need.signal, "max_age_s": need.max_age_s} for need in rule.needs],
        "parameters": [
            {
                "name": one.name,
                "default": one.default,
                "unit": KINDS[one.dimension].base,
                "low": one.low,
                "high": one.high,
                "text": one.text,
            }
            for one in rule.parameters
        ],
    }


def _table(rules: Sequence[Rule]) -> str:
    rows = [
        f"| [{rule.id}](#{_anchor(rule)}) | {rule.title} | {rule.scope} | {rule.severity} | {_brief(rule.for_s)} | "
        f"{_brief(rule.clear_for_s)} |"
        for rule in rules
    ]
    return "\n".join(["| id | finding | of a | severity | for | clear for |", "|---|---|---|---|---|---|", *rows])


def _anchor(rule: Rule) -> str:
    first = next(one for one in CATALOGUE if one.id == rule.id)
    return f"{first.id} {first.title}".lower().replace(" ", "-")


def _brief(seconds: float) -> str:
    return duration(seconds) if seconds else "-"


def _course(rule: Rule) -> str:
    opens = _when(rule.for_s, polls=rule.for_polls)
    if rule.on_silence:
        opens = "when more polls in a row than `polls` are lost"
    return f"opens {opens}, closes {_when(rule.clear_for_s, polls=rule.clear_polls)}"


def _when(seconds: float, *, polls: int) -> str:
    parts = [duration(seconds)] if seconds else []
    if polls > 1:
        parts.append(f"{polls} polls")
    return f"after {' and '.join(parts)}" if parts else "at once"


def _row(one: Parameter) -> str:
    span = f"{_value(one, one.low)} | {_value(one, one.high)}"
    return f"| `{one.name}` | {_value(one, one.default)} | {span} | {one.text} |"


def _need(need: Need) -> str:
    return f"{need.text} (signal `{need.signal}`)" if need.signal else need.text


def _value(parameter: Parameter, value: float) -> str:
    if parameter.dimension == "ratio":
        return share(value).replace(".0 %", " %")
    if parameter.dimension == "duration":
        return duration(value)
    base = KINDS[parameter.dimension].base
    return f"{value:g}" if base == "1" else f"{value:g} {base}"


def _signals() -> dict[str, list[tuple[Need, str]]]:
    found: dict[str, list[tuple[Need, str]]] = {}
    for rule in CATALOGUE:
        for need in rule.needs:
            if need.signal is not None and need.signal not in EXPLAINED:
                found.setdefault(need.signal, []).append((need, rule.id))
    return found


def _signal(name: str, needs: list[tuple[Need, str]]) -> str:
    need = needs[0][0]
    unit = KINDS[need.dimension].base if need.dimension else ""
    age = "-" if need.max_age_s is None else duration(need.max_age_s)
    rules = ", ".join(sorted({rule for _, rule in needs}))
    return f"| `{name}` | {need.text} | {'ratio' if need.dimension == 'ratio' else unit} | {age} | {rules} |\n"
