"""What comes from outside the fleet, gathered for prices and the survey."""

from collections.abc import Mapping

from daemon.pool_watch import PoolWatch
from daemon.rules.snapshot import SignalFacts
from daemon.signal_watch import SignalWatch
from daemon.site import Site
from daemon.site_snapshot import Inputs


def inputs_of(site: Site, signals: SignalWatch, pools: PoolWatch) -> Inputs:
    """Take the signals and the pools as they stand."""
    return Inputs(signals=facts_of(site, signals), pools=pools.facts(site))


def facts_of(site: Site, signals: SignalWatch) -> Mapping[str, SignalFacts]:
    """Take the signals as they stand, the hashprice beside the one that the market has computed."""
    return signals.facts(computed_hashprice=site.market.prices.computed_per_ph_day)
