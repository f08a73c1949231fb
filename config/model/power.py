"""Where power comes from and where devices stand: feeders and racks."""

from typing import Literal, Self

from pydantic import Field, model_validator

from config.model.amounts import CarbonGPerKwh, DataRateBps, PositivePowerW, PowerW, Ratio
from config.model.section import Section, only
from config.model.words import Count, Flag, Id, Label, Place, SignalName, Text

CoolingKind = Literal["air", "hydro", "immersion"]
EnergySource = Literal[
    "grid", "hydro", "wind", "solar", "nuclear", "geothermal", "gas", "flare", "biogas", "coal", "oil", "mixed"
]


class Cooling(Section):
    """How a feeder's heat leaves."""

    kind: CoolingKind = Field(description="Kind of cooling.")
    capacity_w: PositivePowerW | None = Field(
        default=None, alias="capacity", description="Heat that the cooling can take away."
    )


class Feeder(Section):
    """One supply of power: what is contracted, what must be kept free, and what hangs on it."""

    id: Id = Field(description="Short name; devices and racks refer to it.")
    name: Text | None = Field(default=None, description="Name for people.")
    contracted_w: PositivePowerW = Field(alias="contracted", description="Power that may be drawn by contract.")
    reserve_w: PowerW = Field(
        default=0.0,
        alias="reserve",
        description="Power that is never offered: margin for cooling, inrush and other loads.",
        json_schema_extra={"default": "0 W"},
    )
    breaker_w: PositivePowerW | None = Field(
        default=None, alias="breaker", description="Rating of the breaker; loads over 80% of it raise a finding."
    )
    auxiliary_w: PowerW = Field(
        default=0.0,
        alias="auxiliary",
        description="Load behind the meter that is no device: fans, pumps, lights, network.",
        json_schema_extra={"default": "0 W"},
    )
    loss_ratio: Ratio = Field(
        default=0.0, alias="loss", description="Share lost in transformers and cables between meter and devices."
    )
    cooling: Cooling | None = Field(default=None, description="Cooling of what hangs on this feeder.")
    meter: SignalName | None = Field(default=None, description="Name of the signal that carries the meter's power.")
    ramp_w_per_min: PositivePowerW | None = Field(
        default=None, alias="ramp", description="Power by which the load may rise within one minute."
    )
    firm: Flag = Field(default=True, description="False when the supply may be curtailed.")
    redundancy: Literal["N", "N+1", "2N"] = Field(default="N", description="Redundancy of the power train.")
    uplink_bps: DataRateBps | None = Field(
        default=None, alias="uplink", description="Network capacity that other compute could use."
    )
    diverse_paths: Count = Field(default=1, description="Number of separate network paths.")
    energy_source: EnergySource | None = Field(default=None, description="Where the energy comes from, for reports.")
    carbon_g_per_kwh: CarbonGPerKwh | None = Field(
        default=None, alias="carbon", description="Carbon intensity of this feeder's energy."
    )

    @model_validator(mode="after")
    def _room(self) -> Self:
        if self.reserve_w >= self.contracted_w:
            raise only(("reserve",), "leaves nothing of the contracted power; check the units of both")
        return self


class Rack(Section):
    """One rack or shelf: where it stands and what it can carry."""

    id: Id = Field(description="Short name; devices refer to it.")
    feeder: Id = Field(description="Feeder that supplies it.")
    row: Label | None = Field(default=None, description="Row it stands in; neighbours are counted within a row.")
    position: Place | None = Field(default=None, description="Place within the row, counted from one end.")
    slots: Count | None = Field(default=None, description="Devices that fit.")
    cooling: CoolingKind | None = Field(default=None, description="Kind of cooling, where it is not the feeder's.")
    power_w: PositivePowerW | None = Field(default=None, alias="power", description="Power that the rack may draw.")
