"""The fleet as it reports now, by J/TH: tiers with the site's cut-off, and hold or sell for each of them."""

import asyncio
from collections.abc import Callable
from math import floor
from typing import TYPE_CHECKING, Any

import msgspec

from collectors.reading import PowerGrade, Reading
from daemon.economics.batch import Batch
from daemon.economics.money import Terms
from daemon.economics.pool_scheme import Scheme
from daemon.economics.tiers import tier_choice, tier_table
from daemon.money_window import money_hashrate_hs
from daemon.outlook import outlook_at
from daemon.rules.survey.models import model_key

if TYPE_CHECKING:
    from daemon.site import Site

SLICE = 250
STEPS = 10
"""Steps of efficiency to a J/TH; the tiers' bounds fall on them."""
WORK_STATES = frozenset({"hashing", "starting", "idle", "fault", "unknown"})


class _Sum:
    """Devices of one model, grade and efficiency to a tenth of a J/TH; sums lose nothing, for money is linear in both.

    Those of a whole tier would be judged as one: all of them lose, or none, and nobody stops the worse half.
    """

    __slots__ = ("devices", "hashrate_hs", "power_w")

    def __init__(self) -> None:
        self.devices = 0
        self.hashrate_hs = self.power_w = 0.0


async def batches(site: "Site") -> tuple[Batch, ...]:
    """Sum up the devices that answer and are not asleep, in slices between which others may work.

    Hashes count as far as they are paid: without rejects, and where another pool than that of `terms_now` pays more or
    less of them, by as much. Watts are corrected by what meters have taught, as for the devices' own money.
    """
    sums: dict[tuple[str, PowerGrade, int], _Sum] = {}
    paid = _paid_by_pool(site)
    for number, device in enumerate(list(site.fleet), start=1):
        reading = device.reading
        if reading is not None and not device.stale and reading.state in WORK_STATES:
            money = device.money
            hashrate = (money_hashrate_hs(reading) if money is None else money.hashrate_hs) or 0.0
            power = device.power_w or 0.0
            if money is not None and money.power_bias is not None:
                power = money.power_w or power
            hashrate *= (1.0 - device.reject_ratio) * paid(reading)
            step = -1
            if hashrate and power:
                step = floor(power / hashrate * 1e12 * STEPS)
            key = (model_key(reading) or reading.family, device.power_grade, step)
            found = sums.get(key)
            if found is None:
                found = sums[key] = _Sum()
            found.devices += 1
            found.hashrate_hs += hashrate
            found.power_w += power
        if number % SLICE == 0:
            await asyncio.sleep(0)
    return tuple(
        Batch(
            model=model,
            count=found.devices,
            hashrate_hs=found.hashrate_hs / found.devices if step >= 0 else None,
            power_w=found.power_w / found.devices if step >= 0 else None,
            grade=grade,
        )
        for (model, grade, step), found in sums.items()
    )


def _paid_by_pool(site: "Site") -> Callable[[Reading], float]:
    """Give what a device's pool pays of a hash over what that of `terms_now` does; 1 where either is not known."""
    terms, known = terms_now(site), dict[str | None, float]()

    def paid(reading: Reading) -> float:
        pool = site.market.pool_of(reading)
        key = None if pool is None else pool.id
        if key not in known:
            ours, theirs = None if terms is None else terms.paid_ratio, site.market.terms(reading).paid_ratio
            known[key] = theirs / ours if ours and theirs else 1.0
        return known[key]

    return paid


def terms_now(site: "Site") -> Terms | None:
    """Give the terms that the first device that answers falls under; None while none does."""
    reading = _first(site)
    return None if reading is None else site.market.terms(reading)


def scheme_now(site: "Site") -> Scheme:
    """Give the payout scheme of the pool that those terms are of; FPPS without a pool."""
    reading = _first(site)
    pool = None if reading is None else site.market.pool_of(reading)
    return "fpps" if pool is None else pool.scheme


def _first(site: "Site") -> Reading | None:
    return next((one.reading for one in site.fleet if one.reading is not None and not one.stale), None)


async def document(site: "Site") -> dict[str, Any]:
    """Give the tiers as a document; hold or sell needs resale prices, under `outlook` or `costs`."""
    terms = terms_now(site)
    found: dict[str, Any] = {"currency": site.config.site.currency, "basis": "cash", "cut_off_j_per_th": None}
    if terms is None:
        return {**found, "tiers": [], "unknown_devices": len(site.fleet)}
    table = tier_table(await batches(site), terms=terms)
    tiers = []
    for tier in table.tiers:
        row: dict[str, Any] = msgspec.to_builtins(tier)
        outlook = outlook_at(site, tier.j_per_th)
        is_priced = outlook.resale_low_per_th is not None
        row["hold_or_sell"] = (
            msgspec.to_builtins(tier_choice(tier, terms=terms, outlook=outlook)) if is_priced else None
        )
        tiers.append(row)
    return {
        **found,
        "cut_off_j_per_th": table.cut_off_j_per_th,
        "tiers": tiers,
        "unknown_devices": table.unknown_devices,
    }
