"""Energy and carbon per bitcoin, and the mix of a site's energy."""

from collections.abc import Iterable

import msgspec


class EnergyPart(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Some energy of one source; `carbon_g_per_kwh` is None where it is not known."""

    source: str
    energy_kwh: float
    carbon_g_per_kwh: float | None = None


class EnergyMix(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The energy of a span by source, as shares, and its carbon; None where any of the energy has none given."""

    shares: dict[str, float]
    energy_kwh: float
    carbon_g_per_kwh: float | None


def kwh_per_btc(*, j_per_th: float, btc_per_th_day: float, pue: float = 1.0) -> float:
    """Give the energy that one bitcoin takes at an efficiency, from what a TH/s earns in bitcoin a day."""
    return j_per_th * pue * 24.0 / 1000.0 / btc_per_th_day


def tonnes_per_btc(*, energy_kwh_per_btc: float, carbon_g_per_kwh: float) -> float:
    """Give the carbon of one bitcoin in tonnes, on the location's basis."""
    return energy_kwh_per_btc * carbon_g_per_kwh / 1e6


def energy_mix(parts: Iterable[EnergyPart]) -> EnergyMix:
    """Weigh parts by their energy; parts of one source are added up."""
    by_source: dict[str, float] = {}
    grams, known = 0.0, True
    for part in parts:
        by_source[part.source] = by_source.get(part.source, 0.0) + part.energy_kwh
        if part.carbon_g_per_kwh is None:
            known = known and part.energy_kwh == 0.0
        else:
            grams += part.energy_kwh * part.carbon_g_per_kwh
    whole = sum(by_source.values())
    return EnergyMix(
        shares={source: energy / whole for source, energy in by_source.items()} if whole > 0.0 else {},
        energy_kwh=whole,
        carbon_g_per_kwh=grams / whole if known and whole > 0.0 else None,
    )
