"""What the configuration reckons with for the coming years, for machines of one efficiency."""

from typing import TYPE_CHECKING

from daemon.economics.subsidy import days_to_halving
from daemon.economics.tiers import Outlook

if TYPE_CHECKING:
    from daemon.site import Site

DAY_S = 86_400.0


def outlook_at(site: "Site", j_per_th: float) -> Outlook:
    """Give what the configuration reckons with for machines of an efficiency; resale is None where no band holds it.

    The next halving comes at its height's own pace, and takes its half of the subsidy's part alone.
    """
    outlook, costs = site.config.outlook, site.config.costs
    band = outlook.resale_at(j_per_th)
    low = band.low_per_th if band is not None else costs.resale_low_per_th
    high = band.high_per_th if band is not None else costs.resale_high_per_th
    height = site.network.height if site.network is not None else None
    return Outlook(
        growth_low=outlook.growth_low_ratio,
        growth_high=outlook.growth_high_ratio,
        days=round(outlook.horizon_s / DAY_S),
        discount=outlook.discount_ratio,
        salvage_per_th=outlook.salvage_per_th or (costs.hardware_per_th or 0.0) * costs.salvage_ratio,
        resale_low_per_th=low,
        resale_high_per_th=high,
        removal_per_th=outlook.removal_per_th,
        halving_day=None if height is None else round(days_to_halving(height)),
        subsidy_share=1.0 - (site.market.prices.fee_share or 0.0),
    )


def has_resale(site: "Site") -> bool:
    """Tell whether any resale price is configured."""
    return bool(site.config.outlook.resale) or site.config.costs.resale_low_per_th is not None
