"""What pools paid in a period, in what they pay in and in the site's currency, beside what was due. Pure."""

from collections.abc import Iterable

import msgspec

from daemon.ledger.records import PoolDay


class Payouts(msgspec.Struct, frozen=True, kw_only=True):
    """One pool and currency. Due, paid and value are of the `days_paid` of which the pool told what it paid.

    Due is at the network's mean luck; a bound or a value is None where one of its days has none.
    """

    pool: str
    currency: str
    days: int
    days_paid: int
    due_low_btc: float | None = None
    due_high_btc: float | None = None
    paid: float | None = None
    value_low: float | None = None
    value_high: float | None = None


def payouts(days: Iterable[PoolDay]) -> list[Payouts]:
    """Sum the days up by pool and currency."""
    found: dict[tuple[str, str], list[PoolDay]] = {}
    for day in days:
        found.setdefault((day.pool, day.currency), []).append(day)
    return [_summed(pool, currency, rows) for (pool, currency), rows in sorted(found.items())]


def _summed(pool: str, currency: str, rows: list[PoolDay]) -> Payouts:
    told = [row for row in rows if row.paid is not None]
    return Payouts(
        pool=pool,
        currency=currency,
        days=len(rows),
        days_paid=len(told),
        due_low_btc=_sum(row.due_low_btc for row in told),
        due_high_btc=_sum(row.due_high_btc for row in told),
        paid=_sum(row.paid for row in told),
        value_low=_sum(row.value_low for row in told),
        value_high=_sum(row.value_high for row in told),
    )


def _sum(amounts: Iterable[float | None]) -> float | None:
    """Add up; None unless there is at least one and all are known."""
    known = list(amounts)
    return None if not known or None in known else sum(one for one in known if one is not None)
