"""Band and dwell for a site's own price series: the policy that earns most with clearly fewer restarts."""

from collections.abc import Sequence
from itertools import product

import msgspec

from daemon.economics.curtailment import Policy, Replay, perfect_profit, replay

BANDS = (0.0, 0.05, 0.1, 0.2)
OFF_AFTER = (1, 2, 3)
ON_AFTER = (1, 2, 4)
LEAST_ON = (0, 4)
LEAST_OFF = (0, 2, 4)
# Half of the naive restarts is what is wanted on days not seen yet, so a little less is asked for on those seen.
RESTART_SHARE = 0.45


class Tuning(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The policy found, what it did on the series it was found on, and what bounds it there.

    `naive` switches at the strike in every interval; `perfect_profit` knows every price and switches at no cost.
    """

    policy: Policy
    found: Replay
    naive: Replay
    perfect_profit: float


def tuned(
    prices: Sequence[float],
    *,
    strike: float,
    mw: float = 1.0,
    hours: float = 0.25,
    restart_loss: float = 0.1,
    restart_share: float = RESTART_SHARE,
    seen: Sequence[float] | None = None,
) -> Tuning:
    """Find the policy that earns most while it restarts at most `restart_share` as often as the naive one.

    Every decision knows the price of the interval before, no more, unless `seen` has what is known in each; the load
    earns the strike per MWh. Raises ValueError for an empty series.
    """
    if not prices:
        raise ValueError("a series of prices is needed")
    known = seen_before(prices) if seen is None else seen

    def tried(policy: Policy) -> Replay:
        return replay(
            prices,
            policy=policy,
            mw=mw,
            revenue_per_mwh=strike,
            hours=hours,
            restart_loss=restart_loss,
            prices_seen=known,
        )

    naive = tried(Policy(strike=strike))
    best, most = Policy(strike=strike), None
    for band, n_off, n_on, min_on, min_off in product(BANDS, OFF_AFTER, ON_AFTER, LEAST_ON, LEAST_OFF):
        policy = Policy(strike=strike, band=band, n_off=n_off, n_on=n_on, min_on=min_on, min_off=min_off)
        found = tried(policy)
        if found.restarts <= naive.restarts * restart_share and (most is None or found.profit > most.profit):
            best, most = policy, found
    return Tuning(
        policy=best,
        found=most or naive,
        naive=naive,
        perfect_profit=perfect_profit(prices, mw=mw, revenue_per_mwh=strike, hours=hours),
    )


def seen_before(prices: Sequence[float]) -> list[float]:
    """Give what may be known in each interval: the price of the one before, in the first its own."""
    return [*prices[:1], *prices[:-1]]
