"""A story played through the very same rules as at a site, step by step, and held against what it expects. Pure."""

from collections.abc import Sequence
from typing import Any

import msgspec

from collectors.reading import Reading
from config.currencies import BITCOIN
from daemon.economics.money import Appraiser, Money
from daemon.economics.network import TWO32
from daemon.economics.verdict import verdict
from daemon.findings import Finding
from daemon.fleet import DeviceState
from daemon.money_window import money_hashrate_hs
from daemon.rules.better import Advisor
from daemon.rules.context import AllowedPools, Context
from daemon.rules.engine import GAP_S, Engine, Transition
from daemon.rules.history.payouts import LONGEST_STEP_S, PayoutPast
from daemon.rules.history.points import OperatingPoints
from daemon.rules.history.site import SiteHistory
from daemon.rules.pool.payout import FOUND, PAID
from daemon.rules.scenario.figures import ScenarioError
from daemon.rules.scenario.form import Expected, Facts, Mining, Story, Told
from daemon.rules.settings import Setting
from daemon.rules.snapshot import PayoutFacts, PoolFacts, Snapshot
from daemon.rules.survey.feeders import Values, feeder_facts
from daemon.rules.survey.surveyor import Surveyor
from daemon.rules.wording import duration

START = 1_700_006_400.0
"""The epoch second at which every story begins: a Wednesday at midnight UTC."""
STALE_STEPS = 3
SITE = "site"


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One transition of the story, at seconds from its begin."""

    at: float
    kind: str
    finding: Finding


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """How a story went: every expectation that was not met, in words, and all that happened."""

    name: str
    failures: tuple[str, ...]
    events: tuple[Event, ...]

    @property
    def is_met(self) -> bool:
        """Everything was as expected."""
        return not self.failures


def play(story: Story, *, settings: Sequence[Setting]) -> Played:
    """Play one story; raises ScenarioError when a reading cannot be what it says."""
    return _Stage(story, settings).play()


class _Stage:
    def __init__(self, story: Story, settings: Sequence[Setting]) -> None:
        self.story = story
        self.engine = Engine(settings, gap_s=max(GAP_S, STALE_STEPS * story.step_s))
        self.context = Context(site=SITE, now=START)
        self.context.currency = story.currency
        self.context.allowed = AllowedPools(AllowedPools.of_pool(url, user=user) for url, user in story.pools)
        self.context.cooling = {plan.id: plan.cooling for plan in story.feeders if plan.cooling}
        self.advisor = Advisor(OperatingPoints())
        self.context.better = self.advisor.better
        self.history = SiteHistory()
        self.devices = [DeviceState(entry, index=place) for place, entry in enumerate(story.devices)]
        self.told: dict[str, dict[str, Any]] = {}
        self.money: dict[str, Money] = {}
        self.lost: dict[str, str] = {}
        self.meters: dict[str, float | None] = {}
        self.mining: dict[str, Mining] = {}
        self.mined: dict[str, Mining] = {}
        self.payouts: dict[str, PayoutPast] = {}
        self.judged_at: float | None = None
        self.facts: dict[str, Any] = {}
        self.appraiser = None if story.terms is None else Appraiser(story.terms)
        self.events: list[Event] = []
        self.failures: list[str] = []

    def play(self) -> Played:
        story = self.story
        told, facts, expected = list(story.readings), list(story.facts), list(story.expect)
        at = 0.0
        while True:
            for one in _due(told, at):
                self._tell(one)
            for fact in _due(facts, at):
                self._learn(fact)
            self._judge(at)
            for wanted in _due(expected, at):
                self._hold_against(wanted)
            if at >= story.ends_at:
                break
            # Whole steps, and the moments of the story between them.
            moments = [one[0].at for one in (told, facts, expected) if one]
            at = min([(at // story.step_s + 1) * story.step_s, *(moment for moment in moments if moment > at)])
        return Played(name=story.name, failures=tuple(self.failures), events=tuple(self.events))

    def _tell(self, told: Told) -> None:
        mine = [device for device in self.devices if told.device in {"*", device.entry.id}]
        if not mine:
            raise ScenarioError(("readings",), f"{told.device} is not among the devices of {self.story.name!r}")
        for device in mine:
            name = device.entry.id
            if told.missed:
                self.lost[name] = told.reason
                continue
            self.lost.pop(name, None)
            self.told[name] = self.told.get(name, {"family": "story", "state": "hashing"}) | told.reading
            if told.money is not None:
                self.money[name] = _money(told.money, currency=self.story.currency)

    def _learn(self, facts: Facts) -> None:
        self.meters |= facts.meters_w
        self.mining |= facts.mining
        self.facts |= facts.snapshot

    def _judge(self, at: float) -> None:
        now = START + at
        context = self.context
        context.now = now
        context.maintenance = frozenset(self.facts.get("maintenance", ()))
        context.curtailed = frozenset(self.facts.get("curtailed", ()))
        for device in self.devices:
            self._poll(device, now)
            self._took_place(at, self.engine.judge_device(device, context))
        self._took_place(at, self.engine.judge_site(self._snapshot(now)))
        context.frozen = self.engine.frozen()
        self.judged_at = now
        self.mined = dict(self.mining)

    def _poll(self, device: DeviceState, now: float) -> None:
        name = device.entry.id
        if name in self.lost:
            device.lose(reason=self.lost[name], detail="", now=now, stale_after_s=STALE_STEPS * self.story.step_s)
            return
        if name not in self.told:
            return
        try:
            reading = msgspec.convert(self.told[name], Reading, strict=False)
        except msgspec.ValidationError as error:
            raise ScenarioError(("readings",), f"{name}: {str(error).replace('`', '')}") from None
        device.accept(reading, now=now)
        device.money = self.money.get(name)
        if device.money is None and self.appraiser is not None:
            device.money = self.appraiser.money(
                hashrate_hs=money_hashrate_hs(reading),
                power_w=device.power_w,
                power_grade=device.power_grade,
                reject_ratio=device.reject_ratio,
                rated_hs=device.expected_hs,
            )
        self.context.history.feed(device, now)
        self.context.work.feed(device, now)
        self.advisor.points.feed(device, now)
        terms = self.story.terms
        if terms is not None:
            self.advisor.look(device, lambda _: terms, now=now, priced=0)

    def _snapshot(self, now: float) -> Snapshot:
        story = self.story
        surveyor = Surveyor(
            history=self.context.history,
            work=self.context.work,
            feeders=[plan.id for plan in story.feeders],
            row_of={rack.id: rack.row for rack in story.racks if rack.row},
            cooling=self.context.cooling,
            excused=self.context.maintenance | self.context.curtailed,
            site=SITE,
        )
        for device in self.devices:
            surveyor.add(device)
        survey = surveyor.finish()
        self.context.peers = survey.peers
        feeders = feeder_facts(
            survey,
            now=now,
            plans=story.feeders,
            racks=story.racks,
            meters_w=self.meters,
            history=self.history,
            values=Values(currency=story.currency),
        )
        found = Snapshot(
            now=now,
            site=SITE,
            currency=story.currency,
            feeders=feeders,
            rows=survey.rows,
            models=survey.models,
            fleet=survey.fleet,
        )
        said = msgspec.convert({"now": now, "site": SITE} | self.facts, Snapshot)
        whole = msgspec.structs.replace(found, **{name: getattr(said, name) for name in self.facts})
        return msgspec.structs.replace(whole, pools=self._with_payouts(whole, now=now)) if self.mining else whole

    def _with_payouts(self, snapshot: Snapshot, *, now: float) -> tuple[PoolFacts, ...]:
        """Keep the days of the pools that are mined at, and give the pools' facts with them."""
        known = {pool.id: pool for pool in snapshot.pools}
        for name, terms in self.mining.items():
            unit = self.story.currency if terms.in_money else BITCOIN
            past = self.payouts.get(name)
            if past is None or (past.scheme, past.unit) != (terms.scheme, unit):
                longest = max(LONGEST_STEP_S, STALE_STEPS * self.story.step_s)
                past = self.payouts[name] = PayoutPast(scheme=terms.scheme, unit=unit, longest_step_s=longest)
            elapsed = 0.0 if self.judged_at is None else now - self.judged_at
            past.feed(
                terms.step(
                    work=self.mined.get(name, terms).hashrate_hs * elapsed / TWO32,
                    paid=snapshot.signal(PAID, name),
                    found_blocks=snapshot.signal(FOUND, name),
                ),
                now=now,
            )
            facts = PayoutFacts(scheme=terms.scheme, currency=unit, minimum_btc=terms.minimum_btc, days=past.days)
            known[name] = msgspec.structs.replace(known.get(name, PoolFacts(id=name)), payout=facts)
        return tuple(known.values())

    def _took_place(self, at: float, changes: Sequence[Transition]) -> None:
        self.events.extend(Event(at=at, kind=change.kind, finding=change.finding) for change in changes)

    def _hold_against(self, wanted: Expected) -> None:
        now = [finding for finding in self.engine.findings() if _is_meant(finding, wanted)]
        closed = [one.finding for one in self.events if one.kind == "closed" and _is_meant(one.finding, wanted)]
        if wanted.state == "none":
            met = not now
        elif wanted.state == "closed":
            met = not now and any(_fits(finding, wanted) for finding in closed)
        else:
            met = any(finding.state == wanted.state and _fits(finding, wanted) for finding in now)
        if not met:
            self.failures.append(_unmet(wanted, now=now, closed=closed))


def _due(items: list[Any], at: float) -> list[Any]:
    """Take from the front what is due by then."""
    due = []
    while items and items[0].at <= at:
        due.append(items.pop(0))
    return due


def _money(told: dict[str, Any], *, currency: str) -> Money:
    try:
        money = msgspec.convert({"currency": currency} | told, Money)
    except msgspec.ValidationError as error:
        raise ScenarioError(("readings",), f"money: {str(error).replace('`', '')}") from None
    margin, sd = money.margin_per_day, money.margin_sd_per_day
    if "verdict" in told or margin is None or sd is None:
        return money
    return msgspec.structs.replace(money, verdict=verdict(margin, sd=sd))


def _is_meant(finding: Finding, wanted: Expected) -> bool:
    return finding.rule == wanted.rule.upper() and wanted.subject in {None, finding.subject}


def _fits(finding: Finding, wanted: Expected) -> bool:
    return (wanted.severity in {None, finding.severity}) and (wanted.message or "") in finding.message


def _unmet(wanted: Expected, *, now: list[Finding], closed: list[Finding]) -> str:
    """Say what was expected, and what is."""
    who = wanted.rule.upper() + (f" on {wanted.subject}" if wanted.subject else "")
    extra = f" {wanted.severity}" if wanted.severity else ""
    extra += f" saying {wanted.message!r}" if wanted.message else ""
    state = "not to be there" if wanted.state == "none" else f"to be {wanted.state}{extra}"
    there = "; ".join(
        f"{one.subject} is {one.state} {one.severity} for {duration(one.updated_at - one.since)}: {one.message}"
        + (f" [{one.note}]" if one.note else "")
        for one in now
    )
    gone = f"{len(closed)} closed before" if closed else "there is none, and none was closed"
    return f"at {duration(wanted.at)}: expected {who} {state}, but {there or gone}"
