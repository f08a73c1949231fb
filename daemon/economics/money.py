"""One device's money: revenue, cost terms, margin, and a three-valued verdict."""

from typing import Literal

import msgspec

Verdict = Literal["profitable", "unprofitable", "undecided", "unknown"]
VERDICTS: tuple[Verdict, ...] = ("profitable", "unprofitable", "undecided", "unknown")
CostTerm = Literal["energy", "demand", "hosting", "maintenance"]
COST_TERMS: tuple[CostTerm, ...] = ("energy", "demand", "hosting", "maintenance")


class Money(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a device earns and costs per day at this instant's prices, in `currency`.

    `margin_per_day` is the cash basis: revenue after pool fee and rejects minus the sum of `cost_terms`.
    `margin_loaded_per_day` also carries depreciation, financing and overhead. A field is None when one of its
    inputs is missing, stale or frozen; `verdict` is then `unknown` and `verdict_reason` says which input.
    `power_w`, `power_grade` and `hashrate_hs` are the inputs that were used.
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
