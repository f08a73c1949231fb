"""What one pool owed and paid on each of the last days, as the books of L-05 need it. Pure.

Days are UTC's, because pools settle by them. What a pool tells on a day as paid or found is the day's before; what it
tells last before midnight counts, for many publish a day hours after its end.
"""

import msgspec

from daemon.economics.network import DAY_S, expected_blocks
from daemon.economics.payout_check import PayoutDay
from daemon.economics.pool_scheme import Scheme

KEPT_DAYS = 40
LONGEST_STEP_S = 900.0


class PayoutMemory(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept over a restart; another scheme or unit begins anew."""

    scheme: str = ""
    unit: str = ""
    at: float = 0.0
    days: list[PayoutDay] = []


class PayoutStep(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What happened since the last look, and what holds now; None where it is not known.

    `work_low` is the summed difficulty of the shares that were surely accepted, `work_high` with all that devices claim
    beyond. `paid` and `found_blocks` are by the pool's own account of its last day. `btc_price` is asked for by
    `in_money` only.
    """

    work_low: float = 0.0
    work_high: float = 0.0
    difficulty: float | None = None
    subsidy_btc: float | None = None
    fees_btc: float | None = None
    fee_ratio: float = 0.0
    highest_fee_ratio: float = 0.0
    pool_hashrate_hs: float | None = None
    in_money: bool = False
    btc_price: float | None = None
    paid: float | None = None
    paid_own: float | None = None
    found_blocks: float | None = None


class PayoutPast:
    """Feed it at every survey; `memory` is what a former one gave. After a longer step nobody knows what was missed."""

    __slots__ = ("_at", "_days", "_longest_step_s", "scheme", "unit")

    def __init__(
        self,
        *,
        scheme: Scheme,
        unit: str,
        memory: PayoutMemory | None = None,
        longest_step_s: float = LONGEST_STEP_S,
    ) -> None:
        self._longest_step_s = longest_step_s
        self.scheme: Scheme = scheme
        self.unit = unit
        self._at: float | None = None
        self._days: dict[int, PayoutDay] = {}
        if memory is not None and (memory.scheme, memory.unit) == (scheme, unit) and memory.days:
            self._at = memory.at
            self._days = {record.day: record for record in memory.days}

    @property
    def days(self) -> tuple[PayoutDay, ...]:
        """Give the days, oldest first."""
        return tuple(self._days.values())

    def memory(self) -> PayoutMemory:
        """Give what is worth keeping."""
        return PayoutMemory(scheme=self.scheme, unit=self.unit, at=self._at or 0.0, days=list(self._days.values()))

    def feed(self, step: PayoutStep, *, now: float) -> None:
        """Take in a step at epoch time `now`; time that runs back begins no day anew."""
        day = int(now // DAY_S)
        record = self._days.get(day)
        if record is None:
            record = self._days[day] = PayoutDay(day=day)
            for old in [known for known in self._days if known <= day - KEPT_DAYS]:
                del self._days[old]
        elapsed = None if self._at is None else now - self._at
        self._at = now
        if elapsed is None or not 0.0 <= elapsed <= self._longest_step_s:
            # What was mined meanwhile nobody has seen: on this day, and on the one that was running.
            record.is_open = True
            for earlier in self._days.values():
                earlier.is_open |= elapsed is not None and earlier.day == int((now - elapsed) // DAY_S)
        elif step.difficulty and step.pool_hashrate_hs:
            days = elapsed / DAY_S
            record.pool_expected += expected_blocks(step.pool_hashrate_hs, difficulty=step.difficulty, days=days)
            record.pool_s += elapsed
        if step.btc_price is not None:
            known_low, known_high = record.btc_price_low, record.btc_price_high
            record.btc_price_low = step.btc_price if known_low is None else min(known_low, step.btc_price)
            record.btc_price_high = step.btc_price if known_high is None else max(known_high, step.btc_price)
        self._book(record, step)
        before = self._days.get(day - 1)
        if before is not None and step.paid is not None:
            before.paid, before.paid_own = step.paid, step.paid_own
        if before is not None and step.found_blocks is not None:
            before.found_blocks = step.found_blocks

    def _book(self, record: PayoutDay, step: PayoutStep) -> None:
        if not step.work_high:
            return
        if not step.difficulty or step.subsidy_btc is None or (step.in_money and step.btc_price is None):
            record.is_open = True
            return
        low, high = step.work_low / step.difficulty, step.work_high / step.difficulty
        kept_low, kept_high = 1.0 - max(step.highest_fee_ratio, step.fee_ratio), 1.0 - step.fee_ratio
        record.own_blocks += low
        record.subsidy_low_btc += low * step.subsidy_btc * kept_low
        record.subsidy_high_btc += high * step.subsidy_btc * kept_high
        if step.fees_btc is not None:
            record.fees_low_btc += low * step.fees_btc * kept_low
            record.fees_high_btc += high * step.fees_btc * kept_high
        elif self.scheme != "pps":
            record.is_open = True
