"""The terms that many devices share at one instant: hashprice, power price, pool, and the site's other costs."""

import msgspec

# Beyond this a price or cost is a fault of whoever reported it, in any currency.
MONEY_LIMIT = 1e12


class Terms(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What holds for every device of a pool and tariff at one instant; money in `currency`, ratios from 0 to 1.

    `hashprice_per_ph_day` is gross: before pool fee and scheme. `price_per_kwh` is the marginal price of the next
    kWh and may be zero or negative. `scheme_factor` is the share of the gross hashprice that the pool's scheme pays
    in expectation (`pool_scheme.scheme_factor`), None when it cannot be known.

    Costs `_per_kwh` are on energy at the utility meter, those `_per_day` on each device, `_per_th_day` on each TH/s
    that it is rated for, `_per_kw_day` on each kW that it draws at the meter; None means not configured. Demand,
    hosting and maintenance belong to the cash basis; depreciation, financing, overhead and what is sunk (flat hosting
    within its term, a demand peak already set) only to the loaded one.

    `missing` says in one sentence why no verdict may be given (an input stale, frozen or absent); set the price that
    is not to be trusted to None as well. `hashrate_error_ratio` is one relative standard deviation of the hashrate.
    """

    currency: str
    hashprice_per_ph_day: float | None = None
    price_per_kwh: float | None = None
    pue: float = 1.0
    pool_fee_ratio: float = 0.0
    scheme_factor: float | None = 1.0
    uptime_ratio: float = 1.0
    demand_per_kwh: float | None = None
    hosting_per_kwh: float | None = None
    demand_per_day: float | None = None
    hosting_per_day: float | None = None
    maintenance_per_day: float | None = None
    depreciation_per_day: float | None = None
    financing_per_day: float | None = None
    overhead_per_day: float | None = None
    sunk_per_day: float | None = None
    depreciation_per_th_day: float | None = None
    financing_per_th_day: float | None = None
    sunk_per_kw_day: float | None = None
    hashrate_error_ratio: float = 0.0
    missing: str | None = None

    @property
    def energy_terms(self) -> dict[str, float]:
        """Cash costs on every kWh beside the energy itself, by name."""
        return _told({"demand": self.demand_per_kwh, "hosting": self.hosting_per_kwh})

    @property
    def daily_terms(self) -> dict[str, float]:
        """Cash costs of every device and day, by name."""
        return _told(
            {"demand": self.demand_per_day, "hosting": self.hosting_per_day, "maintenance": self.maintenance_per_day}
        )

    @property
    def loaded_terms(self) -> dict[str, float]:
        """Costs of every device and day that only the loaded basis carries, by name."""
        return _told(
            {
                "depreciation": self.depreciation_per_day,
                "financing": self.financing_per_day,
                "overhead": self.overhead_per_day,
                "sunk": self.sunk_per_day,
            }
        )

    @property
    def loaded_per_th_terms(self) -> dict[str, float]:
        """Costs of every rated TH/s and day that only the loaded basis carries, by name."""
        return _told({"depreciation": self.depreciation_per_th_day, "financing": self.financing_per_th_day})

    @property
    def loaded_per_kw_terms(self) -> dict[str, float]:
        """Costs of every kW at the meter and day that only the loaded basis carries, by name."""
        return _told({"sunk": self.sunk_per_kw_day})

    @property
    def paid_ratio(self) -> float | None:
        """Share of the gross hashprice that the pool pays out; None when fee or scheme allow no answer."""
        if self.scheme_factor is None:
            return None
        paid = (1.0 - self.pool_fee_ratio) * self.scheme_factor
        return paid if 0.0 < paid <= 1.0 else None

    @property
    def revenue_per_hs(self) -> float | None:
        """Money per day of one H/s without rejects; None when hashprice, fee or scheme allow no answer."""
        hashprice, paid = self.hashprice_per_ph_day, self.paid_ratio
        if paid is None or hashprice is None or not 0.0 < hashprice < MONEY_LIMIT:
            return None
        return hashprice / 1e15 * paid * self.uptime_ratio

    @property
    def kwh_per_w(self) -> float | None:
        """KWh per day at the utility meter of one watt at the device; None when PUE or uptime make no sense."""
        if not (0.0 < self.pue < MONEY_LIMIT and 0.0 <= self.uptime_ratio <= 1.0):
            return None
        return self.pue * 24.0 / 1000.0 * self.uptime_ratio

    @property
    def usable_price_per_kwh(self) -> float | None:
        """The power price when it is a number one can reckon with, else None."""
        return self.price_per_kwh if is_figure(self.price_per_kwh) else None

    @property
    def hashprice_per_j_per_th(self) -> float | None:
        """Break-even hashprice (gross, per PH and day) of one J/TH without rejects; None when an input lacks."""
        price, paid = self.usable_price_per_kwh, self.paid_ratio
        if paid is None or price is None or self.kwh_per_w is None:
            return None
        return self.pue * 24.0 * price / paid

    @property
    def fault(self) -> str | None:
        """Why no verdict can rest on these terms, in one sentence; None when all of them can be used."""
        if self.missing:
            return self.missing
        if self.hashprice_per_ph_day is None:
            return "The hashprice is not known."
        if not 0.0 < self.hashprice_per_ph_day < MONEY_LIMIT:
            return "The hashprice is not a usable figure."
        if self.price_per_kwh is None:
            return "The power price is not known."
        if not is_figure(self.price_per_kwh):
            return "The power price is not a usable figure."
        if self.scheme_factor is None:
            return "The pool pays by the parts of a block's reward, and how much of it is fees is not known."
        if self.paid_ratio is None:
            return "The pool's fee is not a share below 100 %."
        if self.kwh_per_w is None:
            return "The PUE or the uptime is not a usable figure."
        return None if self.is_sound else "A configured cost or the hashrate's error is not a usable figure."

    @property
    def is_sound(self) -> bool:
        """Every configured cost and the hashrate's error are figures one can reckon with."""
        return 0.0 <= self.hashrate_error_ratio < MONEY_LIMIT and all(
            is_figure(cost)
            for terms in (
                self.energy_terms,
                self.daily_terms,
                self.loaded_terms,
                self.loaded_per_th_terms,
                self.loaded_per_kw_terms,
            )
            for cost in terms.values()
        )


def is_figure(figure: float | None) -> bool:
    """Tell whether this is a number of believable size; None, NaN and infinities are not."""
    return figure is not None and -MONEY_LIMIT < figure < MONEY_LIMIT


def _told(terms: dict[str, float | None]) -> dict[str, float]:
    return {name: cost for name, cost in terms.items() if cost is not None}
