"""The form of a scenario file: settings of rules, and tests that each tell a story with its expectations. Pure."""

import difflib
from collections.abc import Collection
from typing import Any, Literal, TypeVar

import msgspec

from daemon.capacity.plan import FeederPlan, RackPlan
from daemon.economics.pool_scheme import Scheme
from daemon.economics.terms import Terms
from daemon.fleet import DeviceEntry
from daemon.rules.history.payouts import PayoutStep
from daemon.rules.scenario.figures import ScenarioError, any_figure, figures
from daemon.rules.snapshot import Snapshot

STEP_S = 60.0
MOST_STEPS = 200_000
Path = tuple[str | int, ...]
T = TypeVar("T")
Timed = TypeVar("Timed", "Told", "Facts", "Expected")


class Told(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one device, or every device, says from `at` on; what is not named stays as it was told before."""

    at: float
    device: str = "*"
    reading: dict[str, Any] = {}
    money: dict[str, Any] | None = None
    missed: bool = False
    reason: str = "timed_out"


class Mining(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is mined at one pool, and on what terms; the pool's word comes from the signals of L-05.

    `unproved_ratio` is the part of the hashrate that no counted share shows. `btc_price` matters to a pool that pays in
    the site's currency, which `in_money` says.
    """

    hashrate_hs: float = 0.0
    scheme: Scheme = "fpps"
    difficulty: float
    subsidy_btc: float = 3.125
    fees_btc: float | None = 0.0
    fee_ratio: float = 0.0
    highest_fee_ratio: float | None = None
    minimum_btc: float = 0.0
    pool_hashrate_hs: float | None = None
    unproved_ratio: float = 0.0
    in_money: bool = False
    btc_price: float | None = None

    def step(self, *, work: float, paid: float | None, found_blocks: float | None) -> PayoutStep:
        """Give what a look takes in: `work` as summed share difficulty, and the pool's word of yesterday."""
        return PayoutStep(
            work_low=work * (1.0 - self.unproved_ratio),
            work_high=work,
            difficulty=self.difficulty,
            subsidy_btc=self.subsidy_btc,
            fees_btc=self.fees_btc,
            fee_ratio=self.fee_ratio,
            highest_fee_ratio=self.fee_ratio if self.highest_fee_ratio is None else self.highest_fee_ratio,
            pool_hashrate_hs=self.pool_hashrate_hs,
            in_money=self.in_money,
            btc_price=self.btc_price,
            paid=paid,
            found_blocks=found_blocks,
        )


class Facts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is so from `at` on: fields of a snapshot, meters by feeder, what is mined at pools, signals by name."""

    at: float = 0.0
    meters_w: dict[str, float | None] = {}
    mining: dict[str, Mining] = {}
    snapshot: dict[str, Any] = {}


class Expected(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What must be so at the moment `at`, just after everything of that moment was judged."""

    at: float
    rule: str
    state: Literal["pending", "open", "closed", "none"]
    subject: str | None = None
    severity: Literal["info", "warn", "high", "crit"] | None = None
    message: str | None = None


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """One story: who is there, what is told when, and what is expected."""

    name: str
    step_s: float
    devices: tuple[DeviceEntry, ...]
    feeders: tuple[FeederPlan, ...]
    racks: tuple[RackPlan, ...]
    pools: tuple[tuple[str, str | None], ...]
    terms: Terms | None
    readings: tuple[Told, ...]
    facts: tuple[Facts, ...]
    expect: tuple[Expected, ...]
    currency: str

    @property
    def ends_at(self) -> float:
        """The last moment that anything is told or expected of."""
        moments = [one.at for one in self.readings] + [one.at for one in self.facts] + [one.at for one in self.expect]
        return max(moments, default=0.0)


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """A whole file."""

    rules: dict[str, dict[str, Any]]
    tests: tuple[Story, ...]


def scenario(written: Any) -> Scenario:
    """Read a scenario from the plain values of its file; raises ScenarioError with the place of the mistake."""
    top = _mapping(written, (), {"rules", "tests", "site", "pools", "market", "feeders", "racks", "devices"})
    rules = _mapping(top.get("rules", {}), ("rules",), None)
    tests = top.get("tests")
    if not isinstance(tests, list) or not tests:
        raise ScenarioError(("tests",), "expected a list of tests, each with readings or facts, and expect")
    shared = {key: value for key, value in top.items() if key not in {"rules", "tests"}}
    return Scenario(
        rules={str(key): _mapping(value, ("rules", key), None) for key, value in rules.items()},
        tests=tuple(_test(one, shared, ("tests", place)) for place, one in enumerate(tests)),
    )


def _test(written: Any, shared: dict[str, Any], path: Path) -> Story:
    names = {"name", "step", "site", "pools", "market", "feeders", "racks", "devices", "readings", "facts", "expect"}
    own = figures(shared | _mapping(written, path, names), path=path)
    site = _mapping(own.get("site", {}), (*path, "site"), {"id", "currency"})
    currency = str(site.get("currency", "USD"))
    story = Story(
        name=str(own.get("name", f"test {path[-1]}")),
        step_s=float(own.get("step", STEP_S)),
        devices=_devices(own, path),
        feeders=_many(own, "feeders", FeederPlan, path),
        racks=_many(own, "racks", RackPlan, path),
        pools=tuple(_pool(one, (*path, "pools", place)) for place, one in enumerate(own.get("pools", []))),
        terms=_convert({"currency": currency} | own["market"], Terms, (*path, "market")) if "market" in own else None,
        readings=_in_time(_many(own, "readings", Told, path)),
        facts=_in_time(tuple(_facts(one, (*path, "facts", place)) for place, one in enumerate(own.get("facts", [])))),
        expect=_in_time(_many(own, "expect", Expected, path)),
        currency=currency,
    )
    if not story.expect:
        example = "{at: 3h, rule: P-01, state: open}"
        raise ScenarioError((*path, "expect"), f"expected a list of what must be so, such as {example}")
    if story.step_s <= 0.0 or story.ends_at / story.step_s > MOST_STEPS:
        raise ScenarioError((*path, "step"), f"the story has more than {MOST_STEPS} steps; make `step` longer")
    return story


def _facts(written: Any, path: Path) -> Facts:
    own = _mapping(written, path, {"at", "meters_w", "mining", *Snapshot.__struct_fields__})
    snapshot = {key: value for key, value in own.items() if key not in {"at", "meters_w", "mining"}}
    mining = _mapping(own.get("mining", {}), (*path, "mining"), None)
    if "signals" in snapshot:
        signals = _mapping(snapshot["signals"], (*path, "signals"), None)
        snapshot["signals"] = {
            name: value if isinstance(value, dict) else {"value": any_figure(value, path=(*path, "signals", name))}
            for name, value in signals.items()
        }
    # Read once here, so that a mistake is told with its place and not in the middle of the story.
    _convert({"now": 0.0, "site": "site"} | snapshot, Snapshot, path)
    return Facts(
        at=float(own.get("at", 0.0)),
        meters_w=own.get("meters_w", {}),
        mining={name: _convert(one, Mining, (*path, "mining", name)) for name, one in mining.items()},
        snapshot=snapshot,
    )


def _pool(written: Any, path: Path) -> tuple[str, str | None]:
    own = _mapping(written, path, {"url", "user"})
    if "url" not in own:
        raise ScenarioError(path, "needs a url")
    return str(own["url"]), None if own.get("user") is None else str(own["user"])


def _many(own: dict[str, Any], key: str, kind: type[T], path: Path) -> tuple[T, ...]:
    listed = own.get(key, [])
    if not isinstance(listed, list):
        raise ScenarioError((*path, key), "expected a list")
    return tuple(_convert(one, kind, (*path, key, place)) for place, one in enumerate(listed))


def _devices(own: dict[str, Any], path: Path) -> tuple[DeviceEntry, ...]:
    """A story's device needs no address; its id stands for one."""
    listed = own.get("devices", [])
    if isinstance(listed, list):
        filled = [{"host": one.get("id", "")} | one if isinstance(one, dict) else one for one in listed]
        own = {**own, "devices": filled}
    return _many(own, "devices", DeviceEntry, path)


def _convert(written: Any, kind: type[T], path: Path) -> T:
    known: tuple[str, ...] = getattr(kind, "__struct_fields__", ())
    _mapping(written, path, known)
    try:
        return msgspec.convert(written, kind)
    except msgspec.ValidationError as error:
        raise ScenarioError(path, str(error).replace("`", "")) from None


def _mapping(written: Any, path: Path, known: Collection[str] | None) -> dict[str, Any]:
    if not isinstance(written, dict):
        raise ScenarioError(path, "expected a mapping")
    for key in written:
        if known is not None and key not in known:
            near = difflib.get_close_matches(str(key), sorted(known), n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise ScenarioError((*path, key), f"unknown key{hint}")
    return written


def _in_time(items: tuple[Timed, ...]) -> tuple[Timed, ...]:
    return tuple(sorted(items, key=lambda one: one.at))
