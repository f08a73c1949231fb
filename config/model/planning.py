"""What is planned: power offered to other compute, reserves sold, curtailment, and times of maintenance."""

from typing import Self

from pydantic import Field, model_validator

from config.model.amounts import DailyCost, DemandPrice, DurationS, PositivePowerW, Pue, Ratio
from config.model.moments import CalendarDate, Moment
from config.model.network import FilePath
from config.model.section import Section, only
from config.model.words import Count, Id, Ids, SignalName, Text, Texts


class ReserveAward(Section):
    """Power sold as reserve: it must keep running and stay interruptible from `from` to `to`."""

    feeder: Id = Field(description="Feeder whose load was sold.")
    power_w: PositivePowerW = Field(alias="power", description="Power that was awarded.")
    from_at: Moment = Field(alias="from", description="Begin; without an offset in the site's time zone.")
    to_at: Moment = Field(alias="to", description="End.")
    product: Text | None = Field(default=None, description="Name of the product, for people.")

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.from_at >= self.to_at:
            raise only(("to",), "must be after `from`")
        return self


class Grant(Section):
    """Power that another consumer was granted; what it draws is watched."""

    id: Id = Field(description="Short name of the consumer.")
    feeder: Id = Field(description="Feeder that supplies it.")
    power_w: PositivePowerW = Field(alias="power", description="Power that was granted.")
    meter: SignalName | None = Field(default=None, description="Signal with the power that it draws.")
    withdrawn_at: Moment | None = Field(
        default=None, alias="withdrawn", description="When it was told to go; from then on its notice runs."
    )


class Gpu(Section):
    """Renting out processors on this power: what a server of them earns, and what it takes."""

    rate_per_day: DailyCost = Field(alias="rate", description="Rent of one processor, such as 2.35 USD/hour.")
    count: Count = Field(default=8, description="Processors of one server.")
    server_w: PositivePowerW = Field(alias="server", description="Power of one server, such as 10.2 kW.")
    use_ratio: Ratio = Field(default=0.75, alias="use", description="Share of the time that is let.")
    capex_per_kw_month: DemandPrice = Field(
        default=0.0,
        alias="capex",
        description="Monthly cost of the servers and of the conversion, per kW of servers.",
        json_schema_extra={"default": "0 USD/kW/month"},
    )


class Capacity(Section):
    """Power, cooling and space that other compute could use, and what is promised already."""

    offer_file: FilePath | None = Field(default=None, description="JSON file that the current offers are written to.")
    min_offer_w: PositivePowerW = Field(
        default=100_000.0,
        alias="min_offer",
        description="Least spare power of a feeder that is offered.",
        json_schema_extra={"default": "100 kW"},
    )
    notice_s: DurationS = Field(
        default=600.0,
        alias="notice",
        description="Warning that a consumer gets before power is withdrawn.",
        json_schema_extra={"default": "10m"},
    )
    hosting_per_kw_month: DemandPrice | None = Field(
        default=None,
        alias="hosting_rate",
        description="What hosting other compute would earn, energy passed through, such as 120 USD/kW/month.",
    )
    hosting_capex_per_kw_month: DemandPrice = Field(
        default=0.0,
        alias="hosting_capex",
        description="Monthly cost of the conversion that hosting needs.",
        json_schema_extra={"default": "0 USD/kW/month"},
    )
    hosting_use_ratio: Ratio = Field(
        default=1.0, alias="hosting_use", description="Share of the offered power that would be let."
    )
    gpu: Gpu | None = Field(default=None, description="Processors that could be let instead, by the hour.")
    pue: Pue | None = Field(
        default=None, description="PUE of the space once it is converted for compute; the site's when not given."
    )
    blockers: Texts = Field(default=(), description="What stands in the way, by name: `permit`, `noise`, `lender`.")
    reserve_awards: tuple[ReserveAward, ...] = Field(default=(), description="Reserves sold.")
    grants: tuple[Grant, ...] = Field(default=(), description="Consumers that were granted power.")


class Curtailment(Section):
    """A planned time in which load stands still: nothing is raised of it, its downtime is booked as curtailed."""

    id: Id = Field(description="Short name of the window.")
    from_at: Moment = Field(alias="from", description="Begin; without an offset in the site's time zone.")
    to_at: Moment = Field(alias="to", description="End.")
    devices: Ids = Field(default=(), description="Devices.")
    racks: Ids = Field(default=(), description="Racks, with all their devices.")
    feeders: Ids = Field(
        default=(), description="Feeders, with all their devices; the whole site when nothing is named."
    )

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.from_at >= self.to_at:
            raise only(("to",), "must be after `from`")
        return self


class Maintenance(Section):
    """A planned time of work: no findings are raised for what is named, and its downtime is excused."""

    id: Id = Field(description="Short name of the window.")
    from_at: Moment = Field(alias="from", description="Begin; without an offset in the site's time zone.")
    to_at: Moment = Field(alias="to", description="End.")
    devices: Ids = Field(default=(), description="Devices.")
    racks: Ids = Field(default=(), description="Racks, with all their devices.")
    feeders: Ids = Field(default=(), description="Feeders, with all their devices.")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.from_at >= self.to_at:
            raise only(("to",), "must be after `from`")
        if not (self.devices or self.racks or self.feeders):
            raise only((), "needs devices, racks or feeders")
        return self


class Retired(Section):
    """Machines that were taken out of service, and where they went."""

    id: Id = Field(description="Short name of the machine, or of the lot.")
    day: CalendarDate = Field(description="Day on which they were taken out.")
    count: Count = Field(default=1, description="How many they are.")
    record: Text | None = Field(default=None, description="Receipt of recycling, sale or scrap; without it one is due.")


class DueDate(Section):
    """A date to keep: a registration, a report, a covenant; a finding reminds of it."""

    title: Text = Field(description="What is due, for people.")
    day: CalendarDate = Field(description="Last day to do it.")
