"""What power costs: base price, time-of-use periods, adders and demand charges."""

from datetime import date
from typing import Self

from pydantic import Field, model_validator

from config.model.amounts import DemandPrice, EnergyPrice, PowerW
from config.model.moments import DAYS, HOLIDAY, MONTHS, CalendarDate, Days, Months, TimeOfDay
from config.model.section import Location, Section, only, wrong
from config.model.words import Flag, SignalName, Text

_DAY_END = 1440
Span = tuple[frozenset[int], int, int]


class Period(Section):
    """Hours with a price of their own, in the site's time zone.

    A period whose `to` is not after its `from` runs across midnight and belongs, whole, to the day it begins on.
    """

    name: Text | None = Field(default=None, description="Name for people, such as `peak`.")
    days: Days = Field(
        default=frozenset(range(8)),
        description="Days it holds on: mon … sun, ranges, weekdays, weekend, holiday, all.",
        json_schema_extra={"default": "all"},
    )
    from_minute: TimeOfDay = Field(
        default=0, alias="from", description="Time it begins.", json_schema_extra={"default": "00:00"}
    )
    to_minute: TimeOfDay = Field(
        default=_DAY_END, alias="to", description="Time it ends.", json_schema_extra={"default": "24:00"}
    )
    months: Months = Field(
        default=frozenset(range(1, 13)),
        description="Months it holds in: jan … dec, ranges, or numbers.",
        json_schema_extra={"default": "jan-dec"},
    )
    price_per_kwh: EnergyPrice = Field(alias="price", description="Price in these hours.")

    @model_validator(mode="after")
    def _lasting(self) -> Self:
        if self.from_minute == self.to_minute:
            raise only(("to",), 'is the same as `from`; a whole day is from "00:00" to "24:00"')
        return self

    def spans(self) -> list[Span]:
        """Give the parts within one day each: days, first and last minute. A tail past midnight is on the next day."""
        if self.from_minute < self.to_minute:
            return [(self.days, self.from_minute, self.to_minute)]
        # A holiday may follow any day, and any day a holiday; only what holds on all days surely continues there.
        next_days = (
            self.days if len(self.days) == len(DAYS) else frozenset((day + 1) % 7 for day in self.days - {HOLIDAY})
        )
        parts = [(self.days, self.from_minute, _DAY_END), (next_days, 0, self.to_minute)]
        return [part for part in parts if part[1] < part[2]]


class Tariff(Section):
    """What the next kilowatt-hour costs.

    The price is the signal's where one is named and fresh, else that of the period, else `price`; `adder` comes on
    top of all of them. On a day listed in `holidays` only the periods that name `holiday` hold.
    """

    price_per_kwh: EnergyPrice | None = Field(default=None, alias="price", description="Price where no period holds.")
    periods: tuple[Period, ...] = Field(default=(), description="Time-of-use prices; they must not overlap.")
    holidays: tuple[CalendarDate, ...] = Field(default=(), description="Dates that are holidays.")
    signal: SignalName | None = Field(
        default=None, description="Signal with the real-time price; the prices here step in when it is stale."
    )
    adder_per_kwh: EnergyPrice = Field(
        default=0.0,
        alias="adder",
        description="Grid fees, losses and taxes on top of every price.",
        json_schema_extra={"default": "0 USD/kWh"},
    )
    demand_per_kw_month: DemandPrice = Field(
        default=0.0,
        alias="demand",
        description="Demand charge on the month's peak, such as 8.5 USD/kW/month.",
        json_schema_extra={"default": "0 USD/kW/month"},
    )
    demand_sunk: Flag = Field(
        default=False, description="True when this month's peak is set already, so that the charge decides nothing."
    )
    coincident_peak_per_kw_month: DemandPrice = Field(
        default=0.0,
        alias="coincident_peak",
        description="Charge on the load in the grid's own peak hours, such as 72 USD/kW/year.",
        json_schema_extra={"default": "0 USD/kW/year"},
    )
    minimum_take_w: PowerW = Field(
        default=0.0,
        alias="minimum_take",
        description="Take-or-pay: power that is paid whether drawn or not, so that drawing it costs nothing more.",
        json_schema_extra={"default": "0 W"},
    )
    sell_signal: SignalName | None = Field(
        default=None, description="Signal with the price at which power can be sold back; it is what using it forgoes."
    )
    sell_cost_per_kwh: EnergyPrice = Field(
        default=0.0,
        alias="sell_cost",
        description="Cost of selling back.",
        json_schema_extra={"default": "0 USD/kWh"},
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        problems = list(_overlaps(self.periods))
        if self.price_per_kwh is None and self.signal is None:
            if not self.periods:
                problems.append(((), "needs price, periods or signal"))
            elif not problems and (hole := _first_hole(self.periods)):
                problems.append((("periods",), f"leave {hole} without a price; give `price` for the rest"))
        if problems:
            raise wrong(problems)
        return self

    def is_holiday(self, day: date) -> bool:
        """Tell whether a local date is listed as a holiday."""
        return day in self.holidays


def _overlaps(periods: tuple[Period, ...]) -> list[tuple[Location, str]]:
    problems: list[tuple[Location, str]] = []
    for place, later in enumerate(periods):
        for earlier_place, earlier in enumerate(periods[:place]):
            when = _overlap(later, earlier)
            if when is not None:
                problems.append((("periods", place), f"overlaps periods.{earlier_place}, for one on {when}"))
                break
    return problems


def _overlap(one: Period, other: Period) -> str | None:
    """Name a time that both hold at; None when there is none."""
    months = one.months & other.months
    for days, begin, end in one.spans():
        for other_days, other_begin, other_end in other.spans():
            first, last = max(begin, other_begin), min(end, other_end)
            if months and days & other_days and first < last:
                return f"{DAYS[min(days & other_days)]} {_clock(first)} to {_clock(last)} in {MONTHS[min(months) - 1]}"
    return None


def _first_hole(periods: tuple[Period, ...]) -> str | None:
    for month in range(1, 13):
        spans = [span for period in periods if month in period.months for span in period.spans()]
        for day, name in enumerate(DAYS):
            reached = 0
            for begin, end in sorted((begin, end) for days, begin, end in spans if day in days):
                if begin > reached:
                    break
                reached = max(reached, end)
            if reached < _DAY_END:
                return f"{name} {_clock(reached)} in {MONTHS[month - 1]}"
    return None


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
