"""Devices of one model added up: how they earn, and how efficient they are as peers. Pure."""

from math import hypot

from collectors.reading import Reading
from daemon.capacity.value import quantile
from daemon.economics.money import Money
from daemon.economics.verdict import DECIDED_SD, POWER_ERROR_RATIO
from daemon.rules.context import Peers
from daemon.rules.snapshot import ModelFacts

# The deviation of a normal distribution over its median absolute deviation.
MAD_TO_SD = 1.4826


def model_key(reading: Reading) -> str:
    """Name what devices are compared by: make and model, without firmware; '' when the device hides its model."""
    if not reading.model:
        return ""
    return f"{reading.make} {reading.model}" if reading.make else reading.model


class ModelCount:
    """Sums over the devices of one model and firmware."""

    __slots__ = (
        "decidable",
        "devices",
        "firmware",
        "hashprice_sum",
        "hashrate_hs",
        "model",
        "power_w",
        "price_sum",
        "priced_hs",
        "priced_w",
        "undecided",
        "undecided_cost_per_day",
        "undecided_w",
        "unprofitable",
    )

    def __init__(self, model: str, *, firmware: str) -> None:
        self.model = model
        self.firmware = firmware
        self.devices = self.unprofitable = self.undecided = self.decidable = 0
        self.power_w = self.hashrate_hs = self.undecided_w = self.undecided_cost_per_day = 0.0
        self.price_sum = self.priced_w = self.hashprice_sum = self.priced_hs = 0.0

    def add(self, money: Money | None, *, power_w: float | None, hashrate_hs: float | None) -> None:
        """Count one hashing device."""
        self.devices += 1
        watts, hashes = power_w or 0.0, hashrate_hs or 0.0
        self.power_w += watts
        self.hashrate_hs += hashes
        if money is None:
            return
        if money.break_even_price_per_kwh is not None:
            self.price_sum += money.break_even_price_per_kwh * watts
            self.priced_w += watts
        if money.break_even_hashprice_per_ph_day is not None:
            self.hashprice_sum += money.break_even_hashprice_per_ph_day * hashes
            self.priced_hs += hashes
        if money.verdict == "unprofitable":
            self.unprofitable += 1
        elif money.verdict == "undecided":
            self.undecided += 1
            self.undecided_w += watts
            cost = sum(money.cost_terms.values())
            self.undecided_cost_per_day += cost
            margin, energy = money.margin_per_day, money.energy_cost_per_day
            if margin is not None and energy is not None and _would_decide(money, margin=margin, energy=energy):
                self.decidable += 1

    def facts(self) -> ModelFacts:
        """Give the sums; the id is model and firmware."""
        return ModelFacts(
            id=f"{self.model} / {self.firmware}" if self.firmware else self.model,
            model=self.model,
            firmware=self.firmware,
            devices=self.devices,
            unprofitable=self.unprofitable,
            undecided=self.undecided,
            decidable=self.decidable,
            undecided_cost_per_day=self.undecided_cost_per_day,
            undecided_w=self.undecided_w,
            power_w=self.power_w,
            hashrate_hs=self.hashrate_hs,
            break_even_price_per_kwh=self.price_sum / self.priced_w if self.priced_w else None,
            break_even_hashprice_per_ph_day=self.hashprice_sum / self.priced_hs if self.priced_hs else None,
        )


def peers(efficiencies: list[float]) -> Peers:
    """Give the median and the scaled deviation of a model's J/TH; the list must not be empty and is sorted."""
    efficiencies.sort()
    median = quantile(efficiencies, 0.5)
    off = sorted(abs(one - median) for one in efficiencies)
    return Peers(devices=len(efficiencies), median_j_per_th=median, deviation_j_per_th=MAD_TO_SD * quantile(off, 0.5))


def _would_decide(money: Money, *, margin: float, energy: float) -> bool:
    """Tell whether a meter on this device would decide it: what is not the watts' doubt stays."""
    sd = money.margin_sd_per_day or 0.0
    mine = energy * POWER_ERROR_RATIO.get(money.power_grade, 0.0)
    rest = max(0.0, sd * sd - mine * mine)
    return abs(margin) > DECIDED_SD * hypot(rest**0.5, energy * POWER_ERROR_RATIO["metered"])
