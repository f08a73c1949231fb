"""What lies ahead of the site as it stands: worse markets, how long the cash lasts, and hold or sell of each model.

Walks the fleet in slices, at most every few minutes, or when somebody asks.
"""

import asyncio
from math import inf
from typing import TYPE_CHECKING, Any

import msgspec

from daemon.economics.batch import Batch
from daemon.economics.money import Terms
from daemon.economics.stress import Outcome, Treasury, scenarios, stress
from daemon.economics.tiers import holding
from daemon.outlook import has_resale, outlook_at
from daemon.rules.snapshot import ModelFacts
from daemon.tiers import batches, scheme_now, terms_now
from daemon.treasury import treasury_document, treasury_of

if TYPE_CHECKING:
    from daemon.site import Site

AGAIN_S = 300.0


class Ahead(msgspec.Struct, frozen=True, kw_only=True):
    """The scenarios at one instant; None and empty where nothing answers. `treasury` is what was spent in them."""

    at: float
    terms: Terms | None = None
    treasury: Treasury | None = None
    outcomes: tuple[Outcome, ...] = ()

    @property
    def runway_days(self) -> float | None:
        """How long the treasury lasts when bitcoin alone falls, infinite when nothing is burnt; None when not known."""
        fallen = next((one for one in self.outcomes if one.btc_factor < 1.0), None)
        if fallen is None or fallen.treasury is None or fallen.margin_best_per_day is None:
            return None
        return inf if fallen.runway_days is None else fallen.runway_days


class Prospects:
    """Keeps the newest look ahead, and of each model (by id) what it fetches at least and is worth at most."""

    def __init__(self, site: "Site") -> None:
        self._site = site
        self.ahead = Ahead(at=-inf)
        self.held: dict[str, tuple[float, float | None]] = {}

    def forget(self) -> None:
        """Look anew next time: the configuration is another."""
        self.ahead = Ahead(at=-inf)
        self.held = {}

    async def look(self, *, max_age_s: float = AGAIN_S) -> Ahead:
        """Give the scenarios, worked out anew when they are older than that."""
        site = self._site
        now = site.clock.now()
        if not 0.0 <= now - self.ahead.at <= max_age_s:
            self.ahead = ahead(site, await batches(site), now=now)
            self.held = await _held(site, self.ahead.terms)
        elif not self.held:
            self.held = await _held(site, self.ahead.terms)
        return self.ahead

    async def document(self) -> dict[str, Any]:
        """Give the scenarios as a document, with what the treasury was valued at."""
        found = await self.look(max_age_s=0.0)
        config = self._site.config
        held = config.treasury
        return {
            "currency": config.site.currency,
            "basis": "cash",
            "at": found.at,
            "treasury": None
            if held is None or found.treasury is None
            else treasury_document(found.treasury, currency=config.site.currency, fixed_per_day=held.fixed_per_day),
            "scenarios": msgspec.to_builtins(found.outcomes),
        }


def ahead(site: "Site", fleet: tuple[Batch, ...], *, now: float) -> Ahead:
    """Put a fleet through the usual scenarios under the site's own prices and treasury."""
    terms = terms_now(site)
    treasury = treasury_of(site)
    if terms is None or not fleet:
        return Ahead(at=now, terms=terms, treasury=treasury)
    held = site.config.treasury
    outcomes = stress(
        fleet,
        terms=terms,
        scenarios=scenarios(),
        fee_share=site.market.prices.fee_share or 0.0,
        scheme=scheme_now(site),
        fixed_per_day=held.fixed_per_day if held is not None else 0.0,
        treasury=treasury,
    )
    return Ahead(at=now, terms=terms, treasury=treasury, outcomes=outcomes)


def with_holding(site: "Site", models: tuple[ModelFacts, ...]) -> tuple[ModelFacts, ...]:
    """Add to each model what it would fetch at least and what keeping it is worth at most, where both are known."""
    held = site.prospects.held
    if not held:
        return models
    return tuple(
        msgspec.structs.replace(model, resale_low_per_th=held[model.id][0], hold_high_per_th=held[model.id][1])
        if model.id in held
        else model
        for model in models
    )


async def _held(site: "Site", terms: Terms | None) -> dict[str, tuple[float, float | None]]:
    """Hold each model's resale price, less removal, against the value of keeping it; each takes a millisecond."""
    found: dict[str, tuple[float, float | None]] = {}
    if terms is None or site.survey is None or not has_resale(site):
        return found
    for model in site.survey.models:
        if model.hashrate_hs and model.power_w:
            j_per_th = model.power_w / model.hashrate_hs * 1e12
            outlook = outlook_at(site, j_per_th)
            if outlook.resale_low_per_th is not None:
                size = model.hashrate_hs / model.devices / 1e12
                band = None if terms.fault else holding(j_per_th, terms=terms, outlook=outlook, th_per_device=size)
                low = outlook.resale_low_per_th - outlook.removal_per_th
                found[model.id] = (low, None if band is None else band[1])
                await asyncio.sleep(0)
    return found
