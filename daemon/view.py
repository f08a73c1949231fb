"""What the page, the API, `/metrics` and `once` show of the site."""

from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any

import msgspec

from config.currencies import BITCOIN
from config.model.pools import Pool
from daemon import documents, payouts, tiers, truth
from daemon.economics.explain import Facts, Line, Market, explain, rendered
from daemon.economics.explain_settings import KnownSetting, setting_lines
from daemon.economics.growth import per_epoch
from daemon.economics.subsidy import SATS_PER_BTC, days_to_halving
from daemon.fleet import DeviceState
from daemon.marks import Marks
from daemon.metrics.own import OwnMetrics
from daemon.metrics.page import Page, Samples
from daemon.metrics.site_lines import samples
from daemon.money_window import money_window
from daemon.site import Site
from daemon.watch import Watch

Document = dict[str, Any]


class View:
    """Documents of the site as it stands now; everything here reads, but for the two marks on findings.

    `notices` gives sentences that the page shows on top; `pools` the pools' documents; `marked` a finding with the
    marks that the ledger keeps.
    """

    def __init__(
        self,
        *,
        site: Site,
        watch: Watch,
        own: OwnMetrics,
        pools: Callable[[], list[Document]],
        notices: Callable[[], list[str]],
        ready: Callable[[], bool],
        marks: Marks,
        offers: Callable[[], list[Document]] = list,
        changes: Callable[[], list[Document]] = list,
    ) -> None:
        self._site = site
        self._watch = watch
        self._pools = pools
        self._notices = notices
        self._ready = ready
        self._marks = marks
        self._offers = offers
        self._changes = changes
        self._page = Page(devices=site.lines, own=own, site=self._samples)

    @property
    def site(self) -> Site:
        """Give the site that is shown."""
        return self._site

    def metrics(self, *, openmetrics: bool) -> Generator[bytes, None, None]:
        """Give the metrics page in slices."""
        return self._page.slices(openmetrics=openmetrics)

    def site_document(self) -> Document:
        """Give the totals, the prices, and what is wrong with the daemon itself."""
        site = self._site
        config, prices, totals = site.config, site.market.prices, site.totals
        return {
            "id": config.site.id,
            "name": config.site.name,
            "at": site.clock.now(),
            "currency": config.site.currency,
            "timezone": config.site.timezone,
            "pue": config.site.pue,
            **msgspec.to_builtins(totals),
            "meter_w": site.meter_w,
            "unexplained_w": site.unexplained_w,
            "meters": msgspec.to_builtins(site.meters),
            "hashprice_per_ph_day": prices.hashprice_per_ph_day,
            "hashprice_source": prices.hashprice_source or None,
            "hashprice_age_s": prices.hashprice_age_s,
            "hashprice_computed_per_ph_day": prices.computed_per_ph_day,
            "btc_price": prices.btc_price,
            "price_per_kwh": prices.price.price_per_kwh,
            "price_source": prices.price.source or None,
            "price_next_change_at": prices.price.next_change_at,
            "prices_missing": prices.missing,
            "power_biases": msgspec.to_builtins(sorted(site.power_bias.biases.values(), key=lambda one: one.name)),
            "curtailment": {
                "is_on": site.curtailed.is_on,
                "places": sorted(site.curtailed.places),
                "target_w": site.curtailed.target_w,
                "full_w": site.curtailed.full_w,
            },
            "notices": self._notices(),
        }

    def device_ids(self, *, worst_first: bool) -> list[str]:
        """List the devices, in inventory order or from the worst."""
        fleet = documents.worst_first(self._site.fleet) if worst_first else self._site.fleet
        return [device.entry.id for device in fleet]

    def device_document(self, device_id: str) -> Document | None:
        """Give one device; None when there is no such id."""
        device = self._site.fleet.get(device_id)
        if device is None:
            return None
        document = documents.device(device, now=self._site.clock.now())
        document["truth"] = truth.document(self._site, device_id)
        better = self._site.advisor.better.get(device_id)
        document["better_setting"] = None if better is None or better.is_current else msgspec.to_builtins(better)
        return document

    def setting_documents(self, device_id: str) -> list[Document] | None:
        """List the power settings that are known of a device; None when there is no such id."""
        device = self._site.fleet.get(device_id)
        return None if device is None else [msgspec.to_builtins(one) for one in self._settings(device)]

    async def truth_documents(self) -> list[Document]:
        """List what is reported, proved and credited, by pool account."""
        return await truth.users(self._site)

    def finding_documents(self) -> Iterator[Document]:
        """Give open and then pending findings with their marks, worst first, each when its turn comes."""
        return (documents.finding(self._marks.decorated(one)) for one in self._site.engine.worst_first())

    def finding_counts(self) -> dict[str, int]:
        """Count the findings by state."""
        return {state: self._site.engine.count(state) for state in ("open", "pending")}

    def pool_documents(self) -> list[Document]:
        """List the pools."""
        return self._pools()

    def network_document(self) -> Document:
        """Give the network's state; empty while no pool has given a usable job."""
        site = self._site
        if site.network is None:
            return {}
        document = site.network.document()
        fees = site.network.fees_mean_sats
        document["fees_mean_btc"] = None if fees is None else fees / SATS_PER_BTC
        document["hashprice_per_ph_day"] = site.market.prices.computed_per_ph_day
        document["currency"] = site.config.site.currency
        return document

    def capacity_documents(self) -> list[Document]:
        """List the feeders' capacity."""
        return [feeder.document() for feeder in self._site.capacity]

    def offer_documents(self) -> list[Document]:
        """List the last word about each feeder's capacity offer."""
        return self._offers()

    def change_documents(self) -> list[Document]:
        """List the configurations that came into force, newest first."""
        return self._changes()

    async def tiers_document(self) -> Document:
        """Give the fleet's tiers by J/TH, with the cut-off and hold or sell."""
        return await tiers.document(self._site)

    def payout_documents(self) -> list[Document]:
        """List what each pool is expected to pay, with the spread of luck."""
        return payouts.documents(self._site)

    async def stress_document(self) -> Document:
        """Give what worse markets would do to the site as it stands, and how long the treasury would last."""
        return await self._site.prospects.document()

    def explanation(self, device_id: str) -> str:
        """Explain one device's money in columns of text."""
        device = self._site.fleet.get(device_id)
        if device is None:
            return f"no device is called {device_id}"
        account = self._account(device)
        if account is None:
            why = device.detail or device.reason or "it has not been asked yet"
            return f"{device_id}: no fresh reading, so no money ({why})"
        lines, facts = account
        return "\n".join(rendered(lines, facts=facts))

    def account(self, device_id: str) -> list[Document]:
        """Give the lines of one device's explanation as data; empty without a fresh reading."""
        device = self._site.fleet.get(device_id)
        account = self._account(device) if device is not None else None
        return [] if account is None else [msgspec.to_builtins(line) for line in account[0]]

    def _settings(self, device: DeviceState) -> list[KnownSetting]:
        """List the power settings that are known of a device, the present one and the best one marked."""
        if device.reading is None or device.stale:
            return []
        return self._site.advisor.settings(device, self._site.market.terms(device.reading))

    def _account(self, device: DeviceState) -> tuple[tuple[Line, ...], Facts] | None:
        site = self._site
        reading, money = device.reading, device.money
        if reading is None or money is None or device.stale:
            return None
        prices, pool, network = site.market.prices, site.market.pool_of(reading), site.network
        facts = Facts(
            device=device.entry.id,
            model=" ".join(word for word in (reading.make, reading.model) if word) or None,
            hashrate_window=money_window(reading) or "real-time",
            hashrate_seen_s=None if device.seen_mean is None else device.seen_mean.seconds,
            hashprice_source=prices.hashprice_source,
            hashprice_age_s=prices.hashprice_age_s,
            power_source="the configuration" if device.entry.power_w is not None else None,
            price_source=prices.price.source or None,
            scheme=pool.scheme if pool else "fpps",
            **_payout_facts(site, pool),
        )
        outlook = site.config.outlook
        slow, fast = per_epoch(outlook.growth_low_ratio), per_epoch(outlook.growth_high_ratio)
        market = Market(
            btc_price=prices.btc_price,
            difficulty=network.difficulty if network else None,
            subsidy_part=prices.subsidy_part,
            fees_part=prices.fees_part,
            growth_mean=(slow + fast) / 2.0,
            growth_sd=(fast - slow) / 2.0,
            days_to_halving=days_to_halving(network.height) if network and network.height is not None else None,
        )
        terms = site.market.terms(reading)
        lines = explain(money, terms=terms, facts=facts, market=market)
        return (*lines, *setting_lines(self._settings(device), currency=terms.currency)), facts

    def failures(self, device_id: str) -> list[Document]:
        """List a device's last lost polls, newest first."""
        watched = self._watch.get(device_id)
        if watched is None or watched.failures is None:
            return []
        return [
            {"at": one.at, "at_text": documents.moment(one.at), "reason": one.reason, "detail": one.detail}
            for one in reversed(watched.failures)
        ]

    def is_ready(self) -> bool:
        """Tell whether a first round of polls is through."""
        return self._ready()

    async def acknowledge(self, finding_id: str, *, by: str) -> bool:
        """Mark a finding as seen; False when there is no such finding."""
        return await self._marks.acknowledge(finding_id, by=by)

    async def silence(self, finding_id: str, *, seconds: float, by: str) -> bool:
        """Keep a finding from notifying for some time; False when there is no such finding."""
        return await self._marks.silence(finding_id, until=self._site.clock.now() + seconds, by=by)

    def whole(self) -> Document:
        """Give everything at once, as `once` prints it."""
        devices: list[Document] = []
        unreachable: list[Document] = []
        for key in self.device_ids(worst_first=False):
            document = self.device_document(key)
            if document is None:
                continue
            if document["reading"] is None:
                unreachable.append(
                    {"id": key, "reason": document["reason"] or "not_asked", "detail": document["detail"]}
                )
            else:
                devices.append(document)
        return {
            "at": self._site.clock.now(),
            "site": self.site_document(),
            "devices": devices,
            "pools": self.pool_documents(),
            "network": self.network_document(),
            "capacity": self.capacity_documents(),
            "findings": list(self.finding_documents()),
            "unreachable": unreachable,
        }

    def _samples(self) -> Mapping[str, Samples]:
        site = self._site
        return samples(
            pools=self.pool_documents(),
            network=self.network_document(),
            site=self.site_document(),
            capacity=site.capacity,
            meters=site.meters,
            active=site.engine.active(),
            accounts=site.accounts,
        )


def _payout_facts(site: Site, pool: Pool | None) -> dict[str, Any]:
    """Give what a pool pays in and its rate, where that is neither bitcoin nor the site's own currency."""
    if pool is None or pool.payout.currency in {BITCOIN, site.config.site.currency}:
        return {}
    facts: dict[str, Any] = msgspec.to_builtins(payouts.rate_of(site, pool))
    return facts
