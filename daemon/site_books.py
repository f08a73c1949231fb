"""What the books take from a survey: meters, the worth of a hash, carbon, and the windows that hold."""

from typing import TYPE_CHECKING

from daemon.books.hours import Outlook
from daemon.rules.snapshot import Snapshot

if TYPE_CHECKING:
    from daemon.site import Site

CARBON_INTENSITY = "carbon_intensity"
HASHES_PER_PH_DAY = 1e15 * 86_400.0


def outlook_of(site: "Site", snapshot: Snapshot) -> Outlook:
    """Take what holds now; a feeder's own carbon intensity goes before the site's, and a signal before that."""
    rate = site.network.hashprice_btc_per_ph_day if site.network else None
    carbon = snapshot.signals.get(CARBON_INTENSITY)
    live = carbon.value if carbon is not None and carbon.ok else None
    config = site.config
    return Outlook(
        meters_w={feeder.id: feeder.meter_w for feeder in snapshot.feeders},
        site_meter_w=site.meter_w,
        btc_per_hash=None if rate is None else rate / HASHES_PER_PH_DAY,
        carbon_g_per_kwh=live if live is not None else config.site.carbon_g_per_kwh,
        feeder_carbon_g_per_kwh={
            feeder.id: feeder.carbon_g_per_kwh for feeder in config.feeders if feeder.carbon_g_per_kwh is not None
        },
        pue=config.site.pue,
        curtailed=snapshot.curtailed,
        is_eased=site.curtailed.is_eased,
        excused=snapshot.maintenance,
    )
