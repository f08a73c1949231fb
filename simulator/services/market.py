"""Prices that move: bitcoin, hashprice from the pretend chain, and power with the hours of the day."""

import math
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from simulator.physics.dice import Dice
from simulator.pool.chain import SATS_PER_BITCOIN, Chain, difficulty_of, subsidy_sats

KINDS = MappingProxyType(
    {
        "stuck": "the prices stand still, and so does their time",
        "negative": "power is paid for being taken, and bitcoin is below zero",
        "zero": "every price is zero",
        "nan": "no number at all",
        "jump": "ten times what it was",
        "text": "words where numbers belong",
        "garbage": "no JSON",
        "error": "HTTP 500",
        "silent": "accepts and never answers",
    }
)
_MEAN_FEES_SATS = 2_600_000
_DAY_S = 86_400.0


class Market:
    """The prices of one site: bitcoin in USD, hashprice in USD per PH/s and day, power in USD per MWh."""

    def __init__(
        self,
        chain: Chain,
        *,
        now: Callable[[], float],
        seed: int | str,
        btc_price: float = 90_000.0,
        power_price_per_mwh: float = 52.0,
        power_swing: float = 0.2,
        ahead_of_utc_s: float = 0.0,
    ) -> None:
        dice = Dice(f"market {seed}")
        self.kind: str | None = None
        self.btc_price = btc_price
        self.power_price_per_mwh = power_price_per_mwh
        self._chain = chain
        self._now = now
        self._swing = power_swing
        self._ahead_s = ahead_of_utc_s
        self._phases = [dice.uniform(0.0, 2.0 * math.pi) for _ in range(3)]
        self._frozen: dict[str, Any] | None = None

    def misbehave(self, kind: str | None) -> None:
        """Take on a misbehaviour; None makes it well. ValueError on unknown kinds."""
        if kind is not None and kind not in KINDS:
            raise ValueError(f"unknown price misbehaviour {kind!r}; there are: {', '.join(KINDS)}")
        self.kind = None
        self._frozen = self.prices() if kind == "stuck" else None
        self.kind = kind

    def prices(self) -> dict[str, Any]:
        """Give the document of the feed at this moment."""
        if self._frozen is not None:
            return self._frozen
        at_s = self._now()
        btc_price = self.btc_price * (1.0 + self._wander(at_s))
        prices = {
            "btc_price": round(btc_price, 2),
            "hashprice": round(btc_price * self._hashprice_btc(), 4),
            "power_price": round(self.power_price_per_mwh * self._hour_factor(at_s), 3),
        }
        changes: dict[str, Callable[[float], Any]] = {
            "negative": lambda price: -price,
            "zero": lambda _: 0.0,
            "jump": lambda price: 10.0 * price,
            "text": lambda _: "soon",
        }
        change = changes.get(self.kind or "")
        return {"at": int(at_s), **({name: change(price) for name, price in prices.items()} if change else prices)}

    def _wander(self, at_s: float) -> float:
        first, second, third = self._phases
        slow, middle, fast = (2.0 * math.pi * at_s / period for period in (_DAY_S * 3.1, 7_300.0, 610.0))
        return 0.012 * math.sin(slow + first) + 0.003 * math.sin(middle + second) + 0.0008 * math.sin(fast + third)

    def _hashprice_btc(self) -> float:
        tip = self._chain.tip
        reward = (subsidy_sats(tip.height) + _MEAN_FEES_SATS) / SATS_PER_BITCOIN
        return reward * _DAY_S * 1e15 / (difficulty_of(tip.nbits) * 2.0**32)

    def _hour_factor(self, at_s: float) -> float:
        """Dear in the early evening, cheap at night and, for the sun, around noon."""
        hour = (at_s + self._ahead_s) % _DAY_S / 3600.0
        evening = math.exp(-(((hour - 18.5) / 2.2) ** 2))
        noon = math.exp(-(((hour - 12.5) / 2.5) ** 2))
        night = math.exp(-(((hour - 3.5) / 3.0) ** 2))
        return 1.0 + self._swing * (1.6 * evening - 0.9 * noon - 0.7 * night)
