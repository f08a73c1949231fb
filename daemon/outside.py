"""What comes from outside the fleet, gathered for the survey."""

from daemon.pool_watch import PoolWatch
from daemon.signal_watch import SignalWatch
from daemon.site import Site
from daemon.site_snapshot import Inputs


def inputs_of(site: Site, signals: SignalWatch, pools: PoolWatch) -> Inputs:
    """Take the signals and the pools as they stand."""
    computed = site.market.prices.computed_per_ph_day
    return Inputs(signals=signals.facts(computed_hashprice=computed), pools=pools.facts(site))
