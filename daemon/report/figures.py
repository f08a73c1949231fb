"""What a device, a model, a feeder or the site did in a period, reckoned from the ledger's sums. Pure.

Nothing that was never booked is shown as zero: a cost that is not configured, energy of devices that hide their watts,
revenue without a hashprice are None.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from daemon.ledger.records import DeviceDay, SiteHour
from daemon.report.gather import Covered

HOUR_S: Final = 3600.0
CONDITIONS: Final = ("hashing", "idle", "sleeping", "starting", "fault", "lost")
VERDICTS: Final = ("profitable", "unprofitable", "undecided", "unknown")
TERMS: Final = ("energy", "demand", "hosting", "maintenance")
WHOLLY: Final = Covered()
METER_COVERS: Final = 0.95
"""Share of the devices' own energy below which a meter cannot have seen the whole period."""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the report; energy is the devices' own, money is on the cash basis, hours are device-hours.

    `metered_ratio` is the share of the energy that a meter saw, `hashes` a count, `hashrate_hs` their mean over the
    hours watched. `valued_ratio` is the share of the watched time with a verdict.
    """

    name: str
    devices: int
    model: str | None = None
    feeder: str | None = None
    energy_kwh: float | None = None
    metered_ratio: float | None = None
    hashes: float = 0.0
    hashrate_hs: float | None = None
    j_per_th: float | None = None
    accepted: float = 0.0
    rejected: float = 0.0
    revenue: float | None = None
    costs: dict[str, float] = {}
    margin: float | None = None
    watched_h: float = 0.0
    condition_h: dict[str, float] = {}
    verdict_h: dict[str, float] = {}
    curtailed_h: float = 0.0
    excused_h: float = 0.0
    valued_ratio: float | None = None

    @property
    def down_h(self) -> float:
        """Hours neither hashing nor asleep."""
        return sum(hours for name, hours in self.condition_h.items() if name not in ("hashing", "sleeping"))

    @property
    def unplanned_h(self) -> float:
        """Hours of not hashing that neither a curtailment nor a maintenance explains, sleep among them."""
        stood = sum(hours for name, hours in self.condition_h.items() if name != "hashing")
        return max(0.0, stood - self.curtailed_h - self.excused_h)


class Supply(msgspec.Struct, frozen=True, kw_only=True):
    """What only the site and its feeders have: the energy that went in, what it was made into, and its carbon.

    `energy_kwh` is the meter's where it saw the whole period (`basis` "meter"), else the devices' times the PUE.
    `mined_btc` and `carbon_kg` are of the hours in which the worth of a hash, or the intensity, was known:
    `mined_ratio` of the hashes and `carbon_ratio` of the energy. What is per kWh or bitcoin is of those hours alone.
    """

    name: str
    source: str | None = None
    watched_h: float = 0.0
    energy_kwh: float | None = None
    basis: str = ""
    meter_kwh: float | None = None
    share: float | None = None
    mined_btc: float | None = None
    mined_ratio: float | None = None
    kwh_per_btc: float | None = None
    carbon_kg: float | None = None
    carbon_ratio: float | None = None
    carbon_g_per_kwh: float | None = None
    carbon_t_per_btc: float | None = None
    revenue: float | None = None
    costs: dict[str, float] = {}
    margin: float | None = None
    curtailed_h: float = 0.0
    excused_h: float = 0.0


def figures(
    sums: DeviceDay, *, name: str, devices: int, model: str | None = None, feeder: str | None = None
) -> Figures:
    """Reckon one row from sums."""
    energy = sums.energy_j / 3.6e6 if sums.energy_j else None
    condition = {word: getattr(sums, f"{word}_s") / HOUR_S for word in CONDITIONS}
    verdict = {word: getattr(sums, f"{word}_s") / HOUR_S for word in VERDICTS}
    watched = sum(condition.values())
    revenue, costs, margin = _money(sums, has_energy=energy is not None)
    return Figures(
        name=name,
        devices=devices,
        model=model,
        feeder=feeder,
        energy_kwh=energy,
        metered_ratio=sums.metered_j / sums.energy_j if sums.energy_j else None,
        hashes=sums.hashes,
        hashrate_hs=sums.hashes / (watched * HOUR_S / devices) if watched else None,
        j_per_th=sums.energy_j / sums.hashes * 1e12 if sums.energy_j and sums.hashes else None,
        accepted=sums.accepted,
        rejected=sums.rejected,
        revenue=revenue,
        costs=costs,
        margin=margin,
        watched_h=watched,
        condition_h=condition,
        verdict_h=verdict,
        curtailed_h=sums.curtailed_s / HOUR_S,
        excused_h=sums.excused_s / HOUR_S,
        valued_ratio=1.0 - verdict["unknown"] / watched if watched else None,
    )


def supply(
    sums: SiteHour,
    *,
    name: str,
    pue: float,
    source: str | None = None,
    is_clean: bool = False,
    whole_j: float = 0.0,
    covered: Covered = WHOLLY,
) -> Supply:
    """Reckon a feeder's or the site's supply; `is_clean` tells that an intensity of zero is configured."""
    by_meter = sums.meter_j > 0.0 and sums.meter_j >= METER_COVERS * sums.energy_j
    joules = sums.meter_j if by_meter else sums.energy_j * pue
    energy = joules / 3.6e6 if joules else None
    mined = sums.mined_btc or None
    grams = sums.carbon_g if sums.carbon_g or (is_clean and sums.energy_j) else None
    carbon_ratio = 1.0 if is_clean else covered.carbon
    carried = sums.energy_j * pue / 3.6e6 * carbon_ratio
    per_btc = energy * covered.mined_energy / mined if energy is not None and mined else None
    intensity = grams / carried if grams is not None and carried else None
    btc_energy = sums.energy_j * pue / 3.6e6 * covered.mined_energy
    revenue, costs, margin = _money(sums, has_energy=bool(sums.energy_j))
    return Supply(
        name=name,
        source=source,
        watched_h=sums.watched_s / HOUR_S,
        energy_kwh=energy,
        basis="" if energy is None else "meter" if by_meter else f"devices, times a PUE of {pue:g}",
        meter_kwh=sums.meter_j / 3.6e6 if sums.meter_j else None,
        share=joules / whole_j if whole_j else None,
        mined_btc=mined,
        mined_ratio=covered.mined if mined else None,
        kwh_per_btc=per_btc,
        carbon_kg=None if grams is None else grams / 1e3,
        carbon_ratio=carbon_ratio if grams is not None else None,
        carbon_g_per_kwh=intensity,
        carbon_t_per_btc=intensity * btc_energy / 1e6 / mined if intensity is not None and mined else None,
        revenue=revenue,
        costs=costs,
        margin=margin,
        curtailed_h=sums.curtailed_s / HOUR_S,
        excused_h=sums.excused_s / HOUR_S,
    )


def added(rows: Iterable[DeviceDay]) -> DeviceDay:
    """Add up rows of many devices or days."""
    totals: list[float] | None = None
    for row in rows:
        values = msgspec.structs.astuple(row)[2:]
        totals = list(values) if totals is None else [one + other for one, other in zip(totals, values, strict=True)]
    fields = DeviceDay.__struct_fields__[2:]
    return DeviceDay(device="", day=0, **dict(zip(fields, totals or [0.0] * len(fields), strict=True)))


def mix(supplies: Iterable[Supply]) -> dict[str, float]:
    """Give the shares of the energy by source, those of which none is configured as `not stated`."""
    found: dict[str, float] = {}
    for one in supplies:
        if one.energy_kwh is not None:
            word = one.source or "not stated"
            found[word] = found.get(word, 0.0) + one.energy_kwh
    whole = sum(found.values())
    return {word: energy / whole for word, energy in found.items()} if whole else {}


def costs_text(costs: Mapping[str, float]) -> str:
    """Write cost terms in one line."""
    return ", ".join(f"{name} {cost:,.2f}" for name, cost in costs.items()) or "none booked"


def _money(sums: DeviceDay | SiteHour, *, has_energy: bool) -> tuple[float | None, dict[str, float], float | None]:
    revenue = sums.revenue if sums.revenue or (sums.energy_j and not sums.hashes) else None
    costs = {term: cost for term in TERMS if (cost := getattr(sums, f"{term}_cost"))}
    is_whole = revenue is not None and ("energy" in costs or not has_energy)
    return revenue, costs, revenue - sum(costs.values()) if revenue is not None and is_whole else None
