"""One device's money: revenue, cost terms, margin, and a three-valued verdict."""

from math import hypot
from typing import Literal

import msgspec

from daemon.economics.bias import Bias, corrected
from daemon.economics.hashrate_error import HashrateError
from daemon.economics.terms import Terms
from daemon.economics.verdict import (
    HASHES_NOTHING,
    POWER_ERROR_RATIO,
    REASON,
    VERDICTS,
    Verdict,
    verdict,
    what_would_decide,
)

__all__ = ["COST_TERMS", "VERDICTS", "Appraiser", "CostTerm", "Money", "Terms", "Verdict", "money"]

CostTerm = Literal["energy", "demand", "hosting", "maintenance"]
COST_TERMS: tuple[CostTerm, ...] = ("energy", "demand", "hosting", "maintenance")

# Beyond these a figure is a fault of whoever reported it: no container of machines draws 1 GW as one device.
POWER_LIMIT_W = 1e9
HASHRATE_LIMIT_HS = 1e24
NO_TERMS: dict[str, float] = {}


class Money(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a device earns and costs per day at this instant's prices, in `currency`.

    `margin_per_day` is the cash basis: revenue after pool fee and rejects minus the sum of `cost_terms`.
    `margin_loaded_per_day` also carries depreciation, financing and overhead (`loaded_terms`); it is None when
    none of them is configured, so that a cash figure never passes for a loaded one. A field is None when one of
    its inputs is missing, stale or frozen; `verdict` is then `unknown` and `verdict_reason` says which input.
    `power_w`, `power_grade`, `hashrate_hs` and `reject_ratio` are the inputs that were used. `power_bias` is what
    meters have taught of such watts; `power_w` is then corrected by it. `power_error_ratio` is one relative standard
    deviation of `power_w`, None where nobody said how the watts are known; `hashrate_error_ratio` is that of
    `hashrate_hs`, and `hashrate_error` has its parts where they are known.
    """

    currency: str
    hashrate_hs: float | None = None
    power_w: float | None = None
    power_grade: str = "unknown"
    revenue_per_day: float | None = None
    energy_kwh_per_day: float | None = None
    energy_cost_per_day: float | None = None
    cost_terms: dict[str, float] = {}
    margin_per_day: float | None = None
    margin_loaded_per_day: float | None = None
    margin_sd_per_day: float | None = None
    verdict: Verdict = "unknown"
    verdict_reason: str = ""
    break_even_price_per_kwh: float | None = None
    break_even_hashprice_per_ph_day: float | None = None
    reject_ratio: float | None = None
    loaded_terms: dict[str, float] = {}
    power_bias: Bias | None = None
    power_error_ratio: float | None = None
    hashrate_error_ratio: float | None = None
    hashrate_error: HashrateError | None = None


def money(
    *,
    hashrate_hs: float | None,
    power_w: float | None,
    power_grade: str,
    terms: Terms,
    reject_ratio: float | None = None,
    power_error_ratio: float | None = None,
    rated_hs: float | None = None,
) -> Money:
    """Work out one device's money; for many devices under the same terms make one `Appraiser` and ask that."""
    return Appraiser(terms).money(
        hashrate_hs=hashrate_hs,
        power_w=power_w,
        power_grade=power_grade,
        reject_ratio=reject_ratio,
        power_error_ratio=power_error_ratio,
        rated_hs=rated_hs,
    )


class Appraiser:
    """One set of terms made ready for many devices: all that does not depend on the device is worked out once."""

    __slots__ = (
        "_daily_terms",
        "_energy_terms",
        "_fault",
        "_hashprice_per_j_per_hash",
        "_hashrate_error",
        "_is_sound",
        "_kwh_per_w",
        "_loaded_per_kw",
        "_loaded_per_th",
        "_loaded_terms",
        "_price",
        "_revenue_per_hs",
        "terms",
    )

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self._fault = terms.fault
        self._revenue_per_hs = terms.revenue_per_hs
        self._kwh_per_w = terms.kwh_per_w
        self._price = terms.usable_price_per_kwh
        per_j_per_th = terms.hashprice_per_j_per_th
        self._hashprice_per_j_per_hash = None if per_j_per_th is None else per_j_per_th * 1e12
        self._hashrate_error = terms.hashrate_error_ratio
        self._is_sound = sound = terms.is_sound
        self._energy_terms = tuple(terms.energy_terms.items()) if sound else ()
        self._daily_terms = tuple(terms.daily_terms.items()) if sound else ()
        self._loaded_terms = terms.loaded_terms if sound else {}
        self._loaded_per_th = tuple(terms.loaded_per_th_terms.items()) if sound else ()
        self._loaded_per_kw = tuple(terms.loaded_per_kw_terms.items()) if sound else ()

    def money(
        self,
        *,
        hashrate_hs: float | None,
        power_w: float | None,
        power_grade: str,
        reject_ratio: float | None = None,
        power_error_ratio: float | None = None,
        rated_hs: float | None = None,
        bias: Bias | None = None,
        hashrate_error: HashrateError | None = None,
    ) -> Money:
        """Work out one device's money from H/s, watts at the wall and the share of its work that was refused.

        A `reject_ratio` of None counts as no rejects. `power_error_ratio` replaces the grade's relative error where
        more is known; `bias` corrects the watts and replaces the error alike; `hashrate_error` replaces that of the
        terms. `rated_hs` is the hashrate that was paid for, for capital per TH/s; without it the hashrate counts.
        Never raises: what cannot be worked out is None, and the verdict `unknown` says why.
        """
        if bias is not None and power_w is not None:
            wall = corrected(power_w, grade=power_grade, bias=bias)
            if wall is not None:
                power_w, power_error_ratio = wall.power_w, wall.error_ratio
        accepted = 1.0 if reject_ratio is None else 1.0 - reject_ratio
        revenue = kwh = energy = margin = loaded = sd = price_limit = hashprice_limit = None
        hashrate = None
        if hashrate_hs is not None and 0.0 <= hashrate_hs < HASHRATE_LIMIT_HS and 0.0 <= accepted <= 1.0:
            hashrate = hashrate_hs
            if self._revenue_per_hs is not None:
                revenue = hashrate * self._revenue_per_hs * accepted
        cost_terms: dict[str, float] = {}
        loaded_terms = NO_TERMS
        costs = 0.0
        if power_w is not None and self._kwh_per_w is not None and 0.0 < power_w < POWER_LIMIT_W:
            kwh = power_w * self._kwh_per_w
            if self._price is not None:
                cost_terms["energy"] = energy = costs = kwh * self._price
            for name, cost in self._energy_terms:
                cost_terms[name] = kwh * cost
                costs += kwh * cost
            if revenue is not None and kwh:
                price_limit = revenue / kwh
            if hashrate and accepted and self._hashprice_per_j_per_hash is not None:
                hashprice_limit = power_w / hashrate * self._hashprice_per_j_per_hash / accepted
        power_cost = costs
        for name, cost in self._daily_terms:
            cost_terms[name] = cost_terms.get(name, 0.0) + cost
            costs += cost
        error = POWER_ERROR_RATIO.get(power_grade)
        if error is not None and power_error_ratio is not None and power_error_ratio >= 0.0:
            error = power_error_ratio
        doubt = self._hashrate_error if hashrate_error is None else hashrate_error.ratio
        word: Verdict = "unknown"
        reason = self._fault
        if revenue is not None and energy is not None and self._is_sound:
            margin = revenue - costs
            if self._loaded_terms or self._loaded_per_th or self._loaded_per_kw:
                loaded_terms = self._loaded(hashrate_hs=rated_hs or hashrate_hs or 0.0, kwh=kwh or 0.0)
                loaded = margin - sum(loaded_terms.values())
            if error is not None:
                sd = hypot(revenue * doubt, power_cost * error)
                if reason is None:
                    word = verdict(margin, sd=sd)
                    if word == "undecided":
                        reason = what_would_decide(
                            margin=margin,
                            revenue=revenue,
                            power_cost=power_cost,
                            grade=power_grade,
                            hashrate_error=doubt,
                        )
                    else:
                        reason = REASON[word] if hashrate else HASHES_NOTHING
        return Money(
            currency=self.terms.currency,
            hashrate_hs=hashrate_hs,
            power_w=power_w,
            power_grade=power_grade,
            revenue_per_day=revenue,
            energy_kwh_per_day=kwh,
            energy_cost_per_day=energy,
            cost_terms=cost_terms,
            margin_per_day=margin,
            margin_loaded_per_day=loaded,
            margin_sd_per_day=sd,
            verdict=word,
            verdict_reason=reason or _doubt(hashrate_hs, power_w=power_w, grade=power_grade, accepted=accepted),
            break_even_price_per_kwh=price_limit,
            break_even_hashprice_per_ph_day=hashprice_limit,
            reject_ratio=reject_ratio,
            loaded_terms=loaded_terms,
            power_bias=bias,
            power_error_ratio=error,
            hashrate_error_ratio=doubt,
            hashrate_error=hashrate_error,
        )

    def _loaded(self, *, hashrate_hs: float, kwh: float) -> dict[str, float]:
        """Give the costs of the loaded basis by name: those of the device, of its rated TH/s, and of its kW."""
        found = dict(self._loaded_terms)
        for name, cost in self._loaded_per_th:
            found[name] = found.get(name, 0.0) + cost * hashrate_hs / 1e12
        for name, cost in self._loaded_per_kw:
            found[name] = found.get(name, 0.0) + cost * kwh / 24.0
        return found


def _doubt(hashrate_hs: float | None, *, power_w: float | None, grade: str, accepted: float) -> str:
    """Name what the device's own figures lack, most telling first."""
    if hashrate_hs is None:
        return "Its hashrate is not known."
    if not 0.0 <= hashrate_hs < HASHRATE_LIMIT_HS:
        return "Its hashrate is not a usable figure."
    if power_w is None:
        return "Its power is not known: measure it, or give `power` and `power_grade` in the configuration."
    if power_w == 0.0:
        return "It gives its power as 0 W, which no running device draws."
    if not 0.0 < power_w < POWER_LIMIT_W:
        return "Its power is not a usable figure."
    if not 0.0 <= accepted <= 1.0:
        return "Its share of rejects is not between 0 and 100 %."
    if grade not in POWER_ERROR_RATIO:
        return "How its watts are known was not said, so their error is not known: give `power_grade`."
    return "Its figures allow no verdict."
