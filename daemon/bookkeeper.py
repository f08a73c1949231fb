"""Brings the books into the ledger every few minutes, closes the days that are over, and watches the chain."""

import asyncio
import logging
import sqlite3
from functools import partial

import msgspec

from daemon.books.calendar import date_of, day_of, hours_of
from daemon.clock import Clock
from daemon.economics.tariff_hours import zone_of
from daemon.ledger import Ledger
from daemon.ledger.chain import Verified, verify
from daemon.ledger.periods import MODELS
from daemon.rules.snapshot import LedgerFacts
from daemon.site import Site

log = logging.getLogger(__name__)

KEEP_EVERY_S = 120.0
# Long enough that the last hour of the day is over in every time zone, and that whoever answers rarely has answered.
CLOSE_AFTER_S = 2 * 3600.0
CHECKED_DAYS = 3

_decode_models = msgspec.json.Decoder(dict[str, str]).decode


class Bookkeeper:
    """The one who empties the site's books."""

    def __init__(self, *, site: Site, ledger: Ledger, clock: Clock) -> None:
        self._site = site
        self._ledger = ledger
        self._clock = clock
        self._models = 0

    async def restore(self) -> None:
        """Take up the devices' models, which a report names long after a device is gone."""
        written = await self._ledger.load_state(MODELS)
        if written is not None:
            try:
                self._site.books.models.update(_decode_models(written))
            except msgspec.MsgspecError as error:
                log.warning("the devices' models are learnt anew: %s", error)
        self._models = len(self._site.books.models)

    async def run(self) -> None:
        """Empty the books again and again, and close days."""
        while True:
            try:
                await self.close_days()
            except sqlite3.Error as error:
                log.warning("no day can be closed now: %s", error)
            await asyncio.sleep(KEEP_EVERY_S)
            await self.keep()

    async def keep(self) -> None:
        """Hand everything to the ledger, in slices between which others may work."""
        for days, hours in self._site.books.take():
            self._ledger.add_energy(days)
            self._ledger.add_site_hours(hours)
            await asyncio.sleep(0)
        self._keep_models()
        self._keep_payouts()

    def keep_now(self) -> None:
        """Hand everything to the ledger at once: the daemon is stopping."""
        for days, hours in self._site.books.take():
            self._ledger.add_energy(days)
            self._ledger.add_site_hours(hours)
        self._keep_models()
        self._keep_payouts()

    async def close_days(self) -> None:
        """Close every day that has been over for long enough; raises sqlite3.Error when the file cannot be read."""
        zone = zone_of(self._site.config.site.timezone)
        through = day_of(self._clock.now() - CLOSE_AFTER_S, zone=zone) - 1
        books = self._site.books
        if through <= books.closed_through:
            return
        books.closed_through = through
        await self.keep()
        closed = await self._ledger.close_days(through=through, hours_of=partial(hours_of, zone=zone))
        if closed is not None:
            await self.check(newest=closed)

    async def check(self, *, newest: int) -> Verified:
        """Check all links of the chain and the newest days' rows, and let the rules know; raises sqlite3.Error."""
        found: Verified = await self._ledger.ask(partial(verify, kept_from=newest + 1 - CHECKED_DAYS))
        fault = found.fault
        gap = f"{date_of(fault.day)}: {fault.detail}" if fault is not None and fault.kind == "missing" else ""
        self._site.ledger_facts = LedgerFacts(is_sound=fault is None or fault.kind == "missing", gap=gap)
        return found

    def _keep_payouts(self) -> None:
        site = self._site
        pools = {pool.id: pool for pool in site.config.pools}
        self._ledger.keep_pool_days(site.payouts.newest_days(pools=pools, now=self._clock.now()))

    def _keep_models(self) -> None:
        models = self._site.books.models
        if len(models) != self._models:
            self._models = len(models)
            self._ledger.save_state(MODELS, msgspec.json.encode(models))
