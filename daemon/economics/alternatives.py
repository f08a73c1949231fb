"""What a megawatt-hour could bring: mining, compute, selling it back, and nothing, on one axis.

All in money per MWh at the utility meter, before the energy itself unless a function says otherwise.
"""

from typing import Literal

import msgspec

from daemon.economics.energy import per_mwh_of_kw_month

Use = Literal["mine", "host", "gpu", "sell", "idle"]


class GpuRental(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What renting a server's GPUs brings: per hour, and per MWh of the server's and of the site's energy.

    Gross of the hardware, which `capital.capex_per_mwh` or a rate per GPU-hour net of it must take off.
    """

    per_server_hour: float
    per_mwh_devices: float
    per_mwh_site: float


class Alternative(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One use of a MWh with what it leaves after its energy; None where that is not known."""

    use: Use
    margin_per_mwh: float | None


def mining_per_mwh(*, hashprice_per_ph_day: float, j_per_th: float, paid_ratio: float = 1.0, pue: float = 1.0) -> float:
    """Give what a MWh brings when mined at an efficiency; `paid_ratio` is what fee, scheme and rejects leave."""
    return hashprice_per_ph_day * paid_ratio * 1000.0 / (j_per_th * 24.0 * pue)


def hosting_per_mwh(
    *, rate_per_kw_month: float, pue: float, utilisation: float = 1.0, capex_per_mwh: float = 0.0
) -> float:
    """Give what a MWh brings when its power is let to compute by the kW and month, after the cost of converting.

    The rate and the capital are on the tenant's power, so the PUE of the converted space turns them into site energy.
    """
    return (per_mwh_of_kw_month(rate_per_kw_month) * utilisation - capex_per_mwh) / pue


def selling_per_mwh(*, market_per_mwh: float, cost_per_mwh: float = 0.0, reserve_per_mwh: float = 0.0) -> float:
    """Give what a MWh brings when it is sold back, with what a reserve payment adds."""
    return market_per_mwh - cost_per_mwh + reserve_per_mwh


def gpu_rental(*, gpus: float, server_kw: float, rate_per_gpu_hour: float, utilisation: float, pue: float) -> GpuRental:
    """Give what a server's GPUs bring at a rate per GPU and hour."""
    per_hour = gpus * rate_per_gpu_hour * utilisation
    per_mwh = per_hour / server_kw * 1000.0
    return GpuRental(per_server_hour=per_hour, per_mwh_devices=per_mwh, per_mwh_site=per_mwh / pue)


def alternatives(
    *,
    energy_per_mwh: float | None,
    mine_per_mwh: float | None = None,
    host_per_mwh: float | None = None,
    gpu_per_mwh: float | None = None,
    sell_per_mwh: float | None = None,
    host_pays_energy: bool = True,
) -> tuple[Alternative, ...]:
    """Set the uses side by side, each after its energy at `energy_per_mwh`, best first, those not known last.

    Selling back forgoes the energy at its own price as well; a hosting tenant may pay for the energy itself.
    """
    gross: dict[Use, float | None] = {
        "mine": mine_per_mwh,
        "host": host_per_mwh,
        "gpu": gpu_per_mwh,
        "sell": sell_per_mwh,
        "idle": 0.0,
    }
    found = []
    for use, brings in gross.items():
        free = use == "idle" or (use == "host" and host_pays_energy)
        spent = 0.0 if free else energy_per_mwh
        margin = None if brings is None or spent is None else brings - spent
        if brings is not None:
            found.append(Alternative(use=use, margin_per_mwh=margin))
    return tuple(sorted(found, key=lambda one: (one.margin_per_mwh is None, -(one.margin_per_mwh or 0.0))))
