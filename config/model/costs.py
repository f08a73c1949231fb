"""What a device costs beside energy."""

from pydantic import Field

from config.model.amounts import DailyCost, DemandPrice, EnergyPrice, HardwarePrice, PositiveDurationS, Ratio
from config.model.moments import CalendarDate
from config.model.section import Section


class Costs(Section):
    """Costs beside energy. Hosting and maintenance count in the cash margin, the rest in the loaded margin only."""

    maintenance_per_device_day: DailyCost = Field(
        default=0.0,
        alias="maintenance",
        description="Upkeep of one device, such as 0.15 USD/day.",
        json_schema_extra={"default": "0 USD/day"},
    )
    hosting_per_kwh: EnergyPrice = Field(
        default=0.0,
        alias="hosting",
        description="All-in hosting rate on metered energy, where it comes on top of the tariff.",
        json_schema_extra={"default": "0 USD/kWh"},
    )
    hosting_per_kw_month: DemandPrice = Field(
        default=0.0,
        alias="hosting_flat",
        description="Flat hosting rate, such as 55 USD/kW/month.",
        json_schema_extra={"default": "0 USD/kW/month"},
    )
    hosting_until: CalendarDate | None = Field(
        default=None, description="Last day of the hosting contract; a finding reminds of it."
    )
    overhead_per_device_day: DailyCost = Field(
        default=0.0,
        alias="overhead",
        description="Share of staff, rent and insurance of one device and day.",
        json_schema_extra={"default": "0 USD/day"},
    )
    hardware_per_th: HardwarePrice | None = Field(
        default=None, alias="hardware", description="Purchase price of devices per TH/s, such as 15 USD/TH."
    )
    lifetime_s: PositiveDurationS = Field(
        default=3 * 365 * 86400.0,
        alias="lifetime",
        description="Time over which the hardware is written off.",
        json_schema_extra={"default": "3 y"},
    )
    salvage_ratio: Ratio = Field(
        default=0.0, alias="salvage", description="Share of the purchase price that is left at the end."
    )
    interest_ratio: Ratio = Field(
        default=0.0, alias="interest", description="Yearly interest on the money that the hardware ties up."
    )
    resale_low_per_th: HardwarePrice | None = Field(
        default=None, alias="resale_low", description="Lowest price that the devices would fetch today."
    )
    resale_high_per_th: HardwarePrice | None = Field(
        default=None, alias="resale_high", description="Highest price that the devices would fetch today."
    )
