"""One device's running sums within one period, and how the time between two polls is booked into them. Pure.

This is on the path of every poll: no object is made here but one small tuple, which is the mark of the newest poll.
"""

from typing import Final

from daemon.books.calendar import Period
from daemon.economics.money import Verdict
from daemon.fleet import DeviceState
from daemon.ledger.records import DeviceDay

FIELDS: Final = tuple(name for name in DeviceDay.__struct_fields__ if name not in ("device", "day"))
ZEROS: Final = [0.0] * len(FIELDS)
ENERGY: Final = FIELDS.index("energy_j")
METERED: Final = FIELDS.index("metered_j")
HASHES: Final = FIELDS.index("hashes")
ACCEPTED: Final = FIELDS.index("accepted")
REJECTED: Final = FIELDS.index("rejected")
REVENUE: Final = FIELDS.index("revenue")
ENERGY_COST: Final = FIELDS.index("energy_cost")
HASHING: Final = FIELDS.index("hashing_s")
IDLE: Final = FIELDS.index("idle_s")
LOST: Final = FIELDS.index("lost_s")
CURTAILED: Final = FIELDS.index("curtailed_s")
EXCUSED: Final = FIELDS.index("excused_s")
UNKNOWN: Final = FIELDS.index("unknown_s")
CONDITIONS: Final = {name: FIELDS.index(f"{name}_s") for name in ("hashing", "idle", "sleeping", "starting", "fault")}
VERDICTS: Final[dict[Verdict, int]] = {
    "profitable": FIELDS.index("profitable_s"),
    "unprofitable": FIELDS.index("unprofitable_s"),
    "undecided": FIELDS.index("undecided_s"),
    "unknown": UNKNOWN,
}
OTHER_COSTS: Final = {name: FIELDS.index(f"{name}_cost") for name in ("demand", "hosting", "maintenance")}
METERS: Final = frozenset({"metered", "branch"})
_HALF_DAY: Final = 0.5 / 86_400.0

Mark = tuple[
    float,
    float | None,
    bool,
    float | None,
    float | None,
    float | None,
    dict[str, float] | None,
    int,
    int,
    int | None,
    int | None,
]
"""A poll as the next one needs it: time, watts and whether a meter saw them, H/s, revenue and energy cost a day, the
cost terms where energy is not the only one, condition, verdict, accepted and refused shares. Without a dict in it the
collector of garbage has nothing to look at."""


class Account:
    """One device's sums since they were last taken, all within `period`, and the mark of its newest poll."""

    __slots__ = ("device", "feeder", "has_missed", "mark", "model", "period", "sums")

    def __init__(self, device: str) -> None:
        self.device = device
        self.feeder: str | None = None
        self.model: str | None = None
        self.mark: Mark | None = None
        self.has_missed = False
        self.period: Period | None = None
        self.sums = ZEROS[:]

    def row(self) -> DeviceDay | None:
        """Take the sums out as a part of a day; None when there is nothing in them."""
        period, sums = self.period, self.sums
        if period is None or not any(sums):
            return None
        row = DeviceDay(device=self.device, day=period.day, **dict(zip(FIELDS, sums, strict=True)))
        sums[:] = ZEROS
        return row


def mark_of(device: DeviceState, now: float) -> Mark:
    """Note a good poll; the device must have a reading."""
    reading, money = device.reading, device.money
    assert reading is not None
    hashrate = reading.hashrate_hs
    condition = CONDITIONS.get(reading.state)
    if condition is None:
        condition = HASHING if hashrate else IDLE
    rejected = reading.rejected
    if rejected is not None and reading.stale:
        rejected += reading.stale
    if money is None:
        return (
            now, device.power_w, device.power_grade in METERS, hashrate, None, None, None, condition, UNKNOWN,
            reading.accepted, rejected,
        )  # fmt: skip
    terms = money.cost_terms
    return (
        now,
        device.power_w,
        device.power_grade in METERS,
        hashrate,
        money.revenue_per_day,
        money.energy_cost_per_day,
        terms if len(terms) > 1 else None,
        condition,
        VERDICTS[money.verdict],
        reading.accepted,
        rejected,
    )


def lost_since(mark: Mark | None, at: float) -> Mark:
    """Make the mark of a device that nobody hears; the share counters are kept, for it may have worked on."""
    accepted, rejected = (None, None) if mark is None else mark[9:]
    return (at, None, False, None, None, None, None, LOST, UNKNOWN, accepted, rejected)


def book(sums: list[float], before: Mark, after: Mark, *, seconds: float, share: float) -> None:
    """Add a part of the time between two polls: `seconds` of it, which is `share` of the whole.

    Power, hashrate and money per day run straight from one poll to the next; where either is not known nothing is
    booked. Condition and verdict are those at the begin.
    """
    _, power, _, hashrate, revenue, cost, terms, condition, verdict, accepted, rejected = before
    sums[condition] += seconds
    sums[verdict] += seconds
    _, power_now, metered, hashrate_now, revenue_now, cost_now, terms_now, _, _, accepted_now, rejected_now = after
    if power is not None and power_now is not None:
        joules = (power + power_now) * 0.5 * seconds
        sums[ENERGY] += joules
        if metered:
            sums[METERED] += joules
    if hashrate is not None and hashrate_now is not None:
        sums[HASHES] += (hashrate + hashrate_now) * 0.5 * seconds
    half_days = seconds * _HALF_DAY
    if revenue is not None and revenue_now is not None:
        sums[REVENUE] += (revenue + revenue_now) * half_days
    if cost is not None and cost_now is not None:
        sums[ENERGY_COST] += (cost + cost_now) * half_days
    if terms and terms_now:
        for name, cost in terms.items():
            place = OTHER_COSTS.get(name)
            if place is not None and name in terms_now:
                sums[place] += (cost + terms_now[name]) * half_days
    if accepted is not None and accepted_now is not None:
        # A counter that went back began anew with the device.
        sums[ACCEPTED] += (accepted_now - accepted if accepted_now >= accepted else accepted_now) * share
    if rejected is not None and rejected_now is not None:
        sums[REJECTED] += (rejected_now - rejected if rejected_now >= rejected else rejected_now) * share
