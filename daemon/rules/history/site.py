"""The site's past as far as rules look back: power, prices, the month's energy and bitcoin. Pure."""

from math import inf

import msgspec

from daemon.rules.history.feeders import QUARTER_S, FeederHistory, FeederRecord
from daemon.rules.history.windows import Windows, WindowsRecord
from daemon.rules.snapshot import SiteFacts

HOUR_S = 3600.0
DAY_S = 86400.0
WEEK_S = 7 * DAY_S
VERSION = 1
# Sums are only carried over a gap this long; beyond, nobody knows what was drawn.
LONGEST_STEP_S = 900.0


class Month(msgspec.Struct, kw_only=True):
    """Sums since `start` (epoch seconds); carbon is None as long as no intensity was known."""

    start: float = 0.0
    energy_kwh: float = 0.0
    mined_btc: float = 0.0
    carbon_g: float = 0.0
    carbon_kwh: float = 0.0


class SiteRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Everything written down, with the version of this form."""

    version: int
    power: WindowsRecord
    pue: WindowsRecord
    hashprice: WindowsRecord
    month: Month
    cost_ratio: WindowsRecord | None = None
    fed_at: float | None = None
    peak_w: float | None = None
    feeders: dict[str, FeederRecord] = {}


class SiteHistory:
    """Feed it once a survey; `feeder` gives the past of one feeder, which is fed by itself."""

    def __init__(self) -> None:
        self.power = Windows(step_s=QUARTER_S, slots=31 * 96)
        self.pue = Windows(step_s=HOUR_S, slots=8 * 24)
        self.cost_ratio = Windows(step_s=HOUR_S, slots=8 * 24)
        self.hashprice = Windows(step_s=DAY_S, slots=91)
        self.month = Month()
        self.peak_w: float | None = None
        self._fed_at: float | None = None
        self._feeders: dict[str, FeederHistory] = {}

    def feeder(self, feeder: str) -> FeederHistory:
        """Give one feeder's past, an empty one for a newcomer."""
        return self._feeders.setdefault(feeder, FeederHistory())

    def keep_feeders(self, feeders: frozenset[str]) -> None:
        """Forget the feeders that are no longer configured."""
        self._feeders = {feeder: past for feeder, past in self._feeders.items() if feeder in feeders}

    def feed(
        self,
        now: float,
        *,
        month_start: float,
        site_w: float | None,
        devices_w: float | None,
        btc_per_day: float | None = None,
        carbon_g_per_kwh: float | None = None,
        cost_ratio: float | None = None,
        hashprice_per_ph_day: float | None = None,
    ) -> None:
        """Take in the site at epoch time `now`.

        `cost_ratio` is what the energy of one J/TH costs over what its hashes earn, below zero where power is paid for.
        `site_w` is the site's meter, else the best sum there is; `devices_w` the devices' own watts, and only when
        `site_w` is metered: their ratio is the PUE. `month_start` is when this month began in the site's zone.
        """
        self.power.feed(site_w, now=now)
        self.cost_ratio.feed(cost_ratio, now=now)
        self.hashprice.feed(hashprice_per_ph_day, now=now)
        self.pue.feed(site_w / devices_w if site_w is not None and devices_w else None, now=now)
        highest = self.power.latest
        if highest is not None and (self.peak_w is None or highest > self.peak_w) and site_w is not None:
            self.peak_w = highest
        if month_start > self.month.start:
            self.month = Month(start=month_start)
        step_s = 0.0 if self._fed_at is None else min(max(0.0, now - self._fed_at), LONGEST_STEP_S)
        self._fed_at = now
        kwh = 0.0 if site_w is None else site_w / 1000.0 * step_s / 3600.0
        self.month.energy_kwh += kwh
        if btc_per_day is not None:
            self.month.mined_btc += btc_per_day * step_s / DAY_S
        if carbon_g_per_kwh is not None:
            self.month.carbon_g += carbon_g_per_kwh * kwh
            self.month.carbon_kwh += kwh

    def facts(self, now: float, *, pue: float = 1.0, interruptible_w: float | None = None) -> SiteFacts:
        """Give what the rules read; `pue` is the configured one."""
        month = self.month
        covered = month.energy_kwh > 0.0 and month.carbon_kwh > 0.95 * month.energy_kwh
        return SiteFacts(
            pue=pue,
            pue_7d=self.pue.mean(since=now - WEEK_S) if len(self.pue.values(since=now - WEEK_S)) >= 24 else None,
            peak_w=self.peak_w,
            month_peak_w=self.power.peak(since=month.start),
            month_energy_kwh=month.energy_kwh or None,
            month_mined_btc=month.mined_btc or None,
            month_carbon_g=month.carbon_g if covered else None,
            interruptible_w=interruptible_w,
        )

    def cutoff_7d(self, now: float) -> float | None:
        """Give the cut-off in J/TH over the last seven days; None until an hour is known, infinite when power was free.

        It is where a week of earnings pays a week of energy. The mean of the hours' own cut-offs would be led by the
        few in which power costs next to nothing.
        """
        ratio = self.cost_ratio.mean(since=now - WEEK_S)
        return None if ratio is None else 1.0 / ratio if ratio > 0.0 else inf

    def export_state(self) -> bytes:
        """Write everything down (MessagePack), to be handed to `restore_state` after a restart."""
        record = SiteRecord(
            version=VERSION,
            power=self.power.record(),
            pue=self.pue.record(),
            cost_ratio=self.cost_ratio.record(),
            hashprice=self.hashprice.record(),
            month=self.month,
            fed_at=self._fed_at,
            peak_w=self.peak_w,
            feeders={feeder: past.record() for feeder, past in self._feeders.items()},
        )
        return msgspec.msgpack.encode(record)

    def restore_state(self, written: bytes) -> None:
        """Take up what `export_state` gave; raises ValueError for anything else, and then nothing should be kept."""
        try:
            record = msgspec.msgpack.decode(written, type=SiteRecord)
        except msgspec.MsgspecError as error:
            raise ValueError(f"not a site's past: {error}") from error
        if record.version != VERSION:
            raise ValueError(f"a site's past of version {record.version}; this program knows {VERSION}")
        self.power.restore(record.power)
        self.pue.restore(record.pue)
        if record.cost_ratio is not None:
            self.cost_ratio.restore(record.cost_ratio)
        self.hashprice.restore(record.hashprice)
        self.month = record.month
        self.peak_w = record.peak_w
        self._fed_at = record.fed_at
        for feeder, past in record.feeders.items():
            self.feeder(feeder).restore(past)
