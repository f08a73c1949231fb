"""The fleet as it reports now, by J/TH: tiers with the site's cut-off, and hold or sell for each of them."""

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec

from collectors.reading import PowerGrade
from daemon.economics.batch import Batch
from daemon.economics.money import Terms
from daemon.economics.tiers import BOUNDS, tier_choice, tier_table
from daemon.money_window import money_hashrate_hs
from daemon.outlook import outlook_at
from daemon.rules.survey.models import model_key

if TYPE_CHECKING:
    from daemon.site import Site

SLICE = 250
WORK_STATES = frozenset({"hashing", "starting", "idle", "fault", "unknown"})


class _Sum:
    """Devices of one model and grade within one tier; sums lose nothing there, for money is linear in both."""

    __slots__ = ("devices", "hashrate_hs", "power_w")

    def __init__(self) -> None:
        self.devices = 0
        self.hashrate_hs = self.power_w = 0.0


async def batches(site: "Site") -> tuple[Batch, ...]:
    """Sum up the devices that answer and are not asleep, in slices between which others may work."""
    sums: dict[tuple[str, PowerGrade, int], _Sum] = {}
    for number, device in enumerate(list(site.fleet), start=1):
        reading = device.reading
        if reading is not None and not device.stale and reading.state in WORK_STATES:
            hashrate, power = money_hashrate_hs(reading) or 0.0, device.power_w or 0.0
            tier = -1
            if hashrate and power:
                efficiency = power / hashrate * 1e12
                tier = sum(efficiency >= bound for bound in BOUNDS)
            key = (model_key(reading) or reading.family, device.power_grade, tier)
            found = sums.get(key)
            if found is None:
                found = sums[key] = _Sum()
            found.devices += 1
            found.hashrate_hs += hashrate * (1.0 - device.reject_ratio)
            found.power_w += power
        if number % SLICE == 0:
            await asyncio.sleep(0)
    return tuple(
        Batch(
            model=model,
            count=found.devices,
            hashrate_hs=found.hashrate_hs / found.devices if tier >= 0 else None,
            power_w=found.power_w / found.devices if tier >= 0 else None,
            grade=grade,
        )
        for (model, grade, tier), found in sums.items()
    )


def terms_now(site: "Site") -> Terms | None:
    """Give the terms that the first device that answers falls under; None while none does."""
    for device in site.fleet:
        if device.reading is not None and not device.stale:
            return site.market.terms(device.reading)
    return None


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
