"""What rules about feeders, models, pools, signals and the site see: everything at one instant. Pure.

Whoever makes a snapshot leaves out what is not known; every rule then says that its input is missing.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

import msgspec

from config.currencies import BITCOIN
from daemon.capacity.feeder import FeederCapacity
from daemon.capacity.load import FeederLoad
from daemon.economics.payout_check import PayoutDay
from daemon.economics.pool_scheme import Scheme
from daemon.economics.reconciliation import Gap
from daemon.rules.rule import Need, Scope


class SignalFacts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One named number from outside, in its base unit; `ok` is false when it is stale, stuck or out of bounds.

    `reason` says why it is not, or who stands in. `sources` has the fresh values of everything that claims to know it,
    by name, when there are several; `claimants` counts those that would, the silent ones among them.
    """

    value: float | None = None
    age_s: float | None = None
    ok: bool = True
    reason: str = ""
    unit: str = ""
    sources: dict[str, float] = {}
    claimants: int = 0


class FeederFacts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One feeder: what is contracted, what its devices say, what its meter says, and what that leaves.

    `meter_w` is None without a meter or when its value is too old; `has_meter` tells the two apart. `gap_w` is meter
    minus expected load, averaged over a quarter of an hour, `gap_sd_w` its error. `step_w` is the mean gap of the
    last day minus that of the day before, None until both are known, `step_sd_w` its error. `dark_for_s` is how long
    at least nine in ten devices have slept, None when they do not. `inventory_changed_at` is when a device last came
    or went. `waking_w` and `asleep_w` are what devices that start and that sleep usually draw when they hash;
    `unseen_wakers` counts those of them whose usual watts nobody knows. `wakes_at` is when the planned stop that holds
    the feeder ends. `award_clash` says which planned stop falls into an award of reserve. `compared` is the meter of
    this instant against the devices, None without a fresh one.
    """

    id: str
    load: FeederLoad
    name: str = ""
    contracted_w: float = 0.0
    reserve_w: float = 0.0
    breaker_w: float | None = None
    cooling: str | None = None
    has_meter: bool = False
    meter_w: float | None = None
    auxiliary_w: float = 0.0
    expected_w: float | None = None
    gap_w: float | None = None
    gap_sd_w: float | None = None
    step_w: float | None = None
    step_sd_w: float | None = None
    dark_for_s: float | None = None
    inventory_changed_at: float | None = None
    ramp_w_per_min: float | None = None
    waking_w: float = 0.0
    asleep_w: float = 0.0
    unseen_wakers: int = 0
    wakes_at: float | None = None
    award_clash: str = ""
    compared: Gap | None = None
    capacity: FeederCapacity | None = None


class RowFacts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row of racks, or one feeder where rows are not given: how warm the air or water is that its devices get."""

    id: str
    sensors: int = 0
    inlet_median_c: float | None = None
    cooling: str | None = None


class ModelFacts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The devices of one model and firmware; money per day in the site's currency, prices per kWh and PH/day.

    `decidable` counts the undecided that a meter would decide. `break_even_*` are means weighted by power and by
    hashrate; None when no device has one. `resale_low_per_th` is the cautious price of such a machine now, less
    removal, and `hold_high_per_th` the hopeful value of keeping it.
    """

    id: str
    model: str = ""
    firmware: str = ""
    devices: int = 0
    unprofitable: int = 0
    undecided: int = 0
    decidable: int = 0
    undecided_cost_per_day: float = 0.0
    undecided_w: float = 0.0
    power_w: float = 0.0
    hashrate_hs: float = 0.0
    break_even_price_per_kwh: float | None = None
    break_even_hashprice_per_ph_day: float | None = None
    resale_low_per_th: float | None = None
    hold_high_per_th: float | None = None


class Tier(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """All hashing devices whose J/TH lies in one step of one joule: `j_per_th` is the step's lower end."""

    j_per_th: float
    devices: int
    hashrate_hs: float
    power_w: float


class PoolChange(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something that identifies a pool is not what it was: address, certificate, authority, payout, tag, redirect."""

    kind: str
    before: str
    after: str
    at: float


class PayoutFacts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one pool owed and paid, day by day; `currency` is what it pays in, BTC or the site's own.

    `minimum_btc` is the least that it pays out at once: so much may wait there.
    """

    scheme: Scheme = "fpps"
    currency: str = BITCOIN
    minimum_btc: float = 0.0
    days: tuple[PayoutDay, ...] = ()


class PoolFacts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One watched pool. Ages in seconds; `payout` is None where nobody keeps its days.

    `devices_hs` is what the devices that mine there make by their own account, `shares` how many shares stand
    behind what the pool credits. `behind_s` is how long another pool has been on a newer block by now, `lags_s` are
    the delays at the last blocks, oldest first. `empty_share` is the part of the last hours spent on jobs without
    transactions. `network` says how the pool stands to what holds of the network. `authenticated` is True when the
    server proved who it is, False when it is encrypted and unproved, None when it is neither. `difficulty` is the
    newest share difficulty, `usual_difficulty` the lowest and highest of those set more than an hour ago. `trouble` is
    why a pool that is not up is not.
    """

    id: str
    url: str = ""
    up: bool | None = None
    trouble: str | None = None
    last_job_age_s: float | None = None
    changes: tuple[PoolChange, ...] = ()
    payout: PayoutFacts | None = None
    devices_hs: float | None = None
    shares: float | None = None
    behind_s: float | None = None
    lags_s: tuple[float, ...] = ()
    empty_share: float | None = None
    chain: str | None = None
    height: int | None = None
    network: Literal["agrees", "disagrees", "other_chain"] | None = None
    network_height: int | None = None
    authenticated: bool | None = None
    difficulty: float | None = None
    usual_difficulty: tuple[float, float] | None = None


class MarketFacts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Prices now, in the site's currency.

    `hashprice_per_ph_day` is gross, `hashprice_net_per_ph_day` after pool fee and rejects. `cutoff_*` is the J/TH at
    which a device breaks even, `*_7d` over seven days. `price_per_kwh` is the next kWh's with all adders, demand and
    hosting rates among them; `is_live` says that it follows a market. `fee_share` is the fees' part of a block's
    reward. `demand_per_kw_month` is None when this month's peak decides nothing. `runway_days` is how long the treasury
    bears what the site loses, fixed costs among it, when bitcoin falls by 30 %: infinite when it loses nothing, None
    when that is not known.
    """

    price_per_kwh: float | None = None
    is_live: bool = False
    hashprice_per_ph_day: float | None = None
    hashprice_net_per_ph_day: float | None = None
    cutoff_j_per_th: float | None = None
    cutoff_7d_j_per_th: float | None = None
    fee_share: float | None = None
    height: int | None = None
    demand_per_kw_month: float | None = None
    coincident_peak_per_kw_year: float | None = None
    runway_days: float | None = None
    has_treasury: bool = False


class FleetFacts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The whole fleet in sums; `backup_hs` is hashed on a pool that is not the device's first choice.

    `shares_hs` is all hashing whose pool is known, `reject_ratio` the share of the hashes that was refused. `silent_w`
    are the last known watts of devices that do not answer. Devices that hide their watts, or were not asked yet, are
    counted in `unknown_devices`.
    """

    devices: int = 0
    answering: int = 0
    hashing: int = 0
    lost: int = 0
    lost_feeders: int = 0
    lost_without_feeder: int = 0
    lost_reason: str = ""
    hashrate_hs: float = 0.0
    reject_ratio: float = 0.0
    power_w: float = 0.0
    silent_w: float = 0.0
    unknown_devices: int = 0
    power_w_by_grade: dict[str, float] = {}
    cost_per_day: float = 0.0
    margin_per_day: float = 0.0
    backup_hs: float = 0.0
    shares_hs: float = 0.0
    tiers: tuple[Tier, ...] = ()


class SiteFacts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the site's own past says: its power usage over seven days, peaks in watts, and the month so far."""

    pue: float = 1.0
    pue_7d: float | None = None
    peak_w: float | None = None
    month_peak_w: float | None = None
    month_energy_kwh: float | None = None
    month_mined_btc: float | None = None
    month_carbon_g: float | None = None
    interruptible_w: float | None = None


class GrantFacts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Power that a consumer was granted on a feeder, and what it draws by its own signal, a mean of a minute or more.

    `drawn_w` is None when that is missing or too old. `withdrawn_at` is when it was told to go, `notice_s` how long
    it may take.
    """

    id: str
    feeder: str
    granted_w: float
    drawn_w: float | None = None
    withdrawn_at: float | None = None
    notice_s: float = 600.0


class Unlisted(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something that mines here and is not in the inventory, seen first at `since`.

    `name` is an address or a pool worker, `where` what saw it. An address has its MAC, and its host name if it has one.
    """

    name: str
    where: str
    since: float
    mac: str | None = None
    hostname: str | None = None


class Duplicate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One identity, a MAC or serial number, and the ids of the devices that answer with it."""

    identity: str
    devices: tuple[str, ...]


class Due(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A date to keep: a registration, a covenant, the end of a contract."""

    title: str
    at: float


class Retired(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Machines that were taken out of service at an epoch time; `has_record` when a receipt says where they went."""

    id: str
    at: float
    count: int = 1
    has_record: bool = False


class HostingFacts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A hosting contract: when it ends, and what it costs per kWh at full load."""

    until: float
    rate_per_kwh: float


class Override(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A device that goes on running against an open recommendation, and since when the recommendation is open."""

    device: str
    since: float


class LedgerFacts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The books: `is_sound` is false when the chain over closed days is broken, `gap` names days that are missing."""

    is_sound: bool | None = None
    gap: str = ""


class ConfigFacts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The record of configurations: changes in words that have no actor, and the first entry that is not as entered."""

    unowned: tuple[str, ...] = ()
    broken: str = ""


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Everything at the instant `now` (epoch seconds); `signals` has every configured signal by name.

    `unlisted` is None where nobody looks for such things, `unlisted_trouble` says what could not be looked at.
    """

    now: float
    site: str
    currency: str = "USD"
    feeders: tuple[FeederFacts, ...] = ()
    rows: tuple[RowFacts, ...] = ()
    grants: tuple[GrantFacts, ...] = ()
    models: tuple[ModelFacts, ...] = ()
    pools: tuple[PoolFacts, ...] = ()
    signals: Mapping[str, SignalFacts] = {}
    fleet: FleetFacts = FleetFacts()
    market: MarketFacts = MarketFacts()
    history: SiteFacts = SiteFacts()
    unlisted: tuple[Unlisted, ...] | None = None
    unlisted_trouble: tuple[str, ...] = ()
    duplicates: tuple[Duplicate, ...] = ()
    overrides: tuple[Override, ...] = ()
    dues: tuple[Due, ...] = ()
    retired: tuple[Retired, ...] = ()
    hosting: HostingFacts | None = None
    ledger: LedgerFacts | None = None
    config: ConfigFacts | None = None
    maintenance: frozenset[str] = frozenset()
    curtailed: frozenset[str] = frozenset()

    def is_configured(self, need: Need, subject: str = "") -> bool:
        """Tell whether a signal of that name exists at all, whatever its value."""
        return need.name(subject) in self.signals

    def signal(self, need: Need, subject: str = "") -> float | None:
        """Give a signal's value; None when it is missing, bad, or older than the need allows."""
        return usable(self.signals, need, subject)


def usable(signals: Mapping[str, SignalFacts], need: Need, subject: str = "") -> float | None:
    """Give the value of the signal that a need names; None when it is missing, bad, or older than the need allows."""
    facts = signals.get(need.name(subject))
    if facts is None or not facts.ok or facts.value is None:
        return None
    if need.max_age_s is not None and facts.age_s is not None and facts.age_s > need.max_age_s:
        return None
    return facts.value


SUBJECTS: dict[Scope, Callable[[Snapshot], Iterable[tuple[str, Any]]]] = {
    "row": lambda snapshot: ((row.id, row) for row in snapshot.rows),
    "feeder": lambda snapshot: ((feeder.id, feeder) for feeder in snapshot.feeders),
    "grant": lambda snapshot: ((grant.id, grant) for grant in snapshot.grants),
    "model": lambda snapshot: ((model.id, model) for model in snapshot.models),
    "pool": lambda snapshot: ((pool.id, pool) for pool in snapshot.pools),
    "signal": lambda snapshot: snapshot.signals.items(),
    "site": lambda snapshot: ((snapshot.site, snapshot),),
}
