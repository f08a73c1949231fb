"""What pools paid in a period, summed by pool and currency."""

from daemon.ledger.records import PoolDay
from daemon.report.payouts import Payouts, payouts

FIRST = 20_513  # 2026-03-01
TOLD = PoolDay(
    day=FIRST,
    pool="main",
    currency="USDT",
    due_low_btc=0.001,
    due_high_btc=0.0012,
    paid=90.5,
    value_low=89.0,
    value_high=89.0,
)
SILENT = PoolDay(day=FIRST + 1, pool="main", currency="USDT", due_low_btc=0.001)
OTHER = PoolDay(day=FIRST + 1, pool="backup", currency="BTC", due_low_btc=0.5, paid=0.4, value_low=36_000.0)


def test_only_days_that_the_pool_told_are_summed():
    """Due and paid are of the same days, so that they can be held against each other."""
    backup, main = payouts([TOLD, SILENT, OTHER])
    assert Payouts(
        pool="main", currency="USDT", days=2, days_paid=1, due_low_btc=0.001, due_high_btc=0.0012, paid=90.5,
        value_low=89.0, value_high=89.0,
    ) == main  # fmt: skip
    assert (0.5, None, 0.4, 36_000.0, None) == (
        backup.due_low_btc, backup.due_high_btc, backup.paid, backup.value_low, backup.value_high,
    )  # fmt: skip


def test_a_pool_that_told_nothing_has_no_sums():
    """Days without a word are counted, and nothing is made of them."""
    (main,) = payouts([SILENT])
    assert (1, 0, None, None) == (main.days, main.days_paid, main.due_low_btc, main.paid)
