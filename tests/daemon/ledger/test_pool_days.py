"""Days of pools on disk: the newest word holds, and what was never told stays so."""

from functools import partial

from daemon.ledger.pool_days import pool_days
from daemon.ledger.records import PoolDay

FIRST = 20_513
SILENT = PoolDay(day=FIRST + 1, pool="main", currency="USDT", due_low_btc=0.001)
OTHER = PoolDay(day=FIRST + 1, pool="backup", currency="BTC", due_low_btc=0.5, paid=0.4, value_low=36_000.0)


async def test_a_day_is_kept_as_it_was_told_last(open_ledger):
    """A pool that corrects itself is taken at its newest word."""
    ledger = await open_ledger()
    ledger.keep_pool_days([SILENT, OTHER])
    await ledger.flush()
    corrected = PoolDay(day=FIRST + 1, pool="main", currency="USDT", due_low_btc=0.001, paid=1.25)
    ledger.keep_pool_days([corrected])
    known = await ledger.ask(partial(pool_days, first=FIRST, last=FIRST + 1))
    assert [OTHER, corrected] == known
    assert [] == await ledger.ask(partial(pool_days, first=FIRST - 9, last=FIRST))
