"""The fleet summed up: how many devices do what, their money, and how sure the sum of it is. Pure."""

from math import hypot, sqrt

import msgspec

from daemon.economics.bias import common_error_ratio
from daemon.economics.money import VERDICTS, Verdict
from daemon.economics.verdict import POWER_ERROR_RATIO
from daemon.fleet import DeviceState
from daemon.rules.survey.models import model_key
from daemon.rules.survey.surveyor import Survey


class Totals(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The fleet's sums that the page and the API lead with; `margin_sd_per_day` does not average biases away."""

    devices: int = 0
    up: int = 0
    stale: int = 0
    hashrate_hs: float = 0.0
    power_w: float = 0.0
    revenue_per_day: float | None = None
    cost_per_day: float | None = None
    margin_per_day: float | None = None
    margin_sd_per_day: float | None = None
    verdicts: dict[Verdict, int] = msgspec.field(default_factory=lambda: dict.fromkeys(VERDICTS, 0))
    states: dict[str, int] = {}


class Count:
    """Adds up money and states; errors of one model and grade share a part that numbers do not cure.

    What devices of one firmware claim to hash is wrong in common as well, and their watts are another matter.
    """

    def __init__(self) -> None:
        self.devices = self.up = self.stale = 0
        self.verdicts: dict[Verdict, int] = dict.fromkeys(VERDICTS, 0)
        self.states: dict[str, int] = {}
        self.revenue = self.cost = self.variance = 0.0
        self.valued = 0
        self.common: dict[tuple[str, str], float] = {}
        self.accounts: dict[str, float] = {}

    def add(self, device: DeviceState) -> None:
        """Count one device as it stands."""
        self.devices += 1
        reading = device.reading
        if device.stale or reading is None:
            self.stale += 1
            self.states["unknown"] = self.states.get("unknown", 0) + 1
            return
        self.up += device.missed == 0
        self.states[reading.state] = self.states.get(reading.state, 0) + 1
        money = device.money
        if money is None:
            return
        self.verdicts[money.verdict] += 1
        if money.margin_per_day is None or money.revenue_per_day is None:
            return
        self.valued += 1
        self.revenue += money.revenue_per_day
        costs = sum(money.cost_terms.values())
        self.cost += costs
        grade = money.power_grade
        self.variance += (POWER_ERROR_RATIO.get(grade, 0.0) * costs) ** 2
        shared = common_error_ratio(grade, bias=money.power_bias)
        key = (model_key(reading), grade)
        self.common[key] = self.common.get(key, 0.0) + shared * costs
        error = money.hashrate_error
        if error is not None:
            self.variance += (error.chance_ratio * money.revenue_per_day) ** 2
            model = model_key(reading)
            self.accounts[model] = self.accounts.get(model, 0.0) + error.account_ratio * money.revenue_per_day

    def totals(self, survey: Survey) -> Totals:
        """Give the sums of all that were added; `survey` has the same walk's hashrate and watts."""
        is_valued = self.valued > 0
        common = sum(abs(error) for error in self.common.values())
        accounts = sum(self.accounts.values())
        return Totals(
            devices=self.devices,
            up=self.up,
            stale=self.stale,
            hashrate_hs=survey.fleet.hashrate_hs,
            power_w=survey.fleet.power_w,
            revenue_per_day=self.revenue if is_valued else None,
            cost_per_day=self.cost if is_valued else None,
            margin_per_day=self.revenue - self.cost if is_valued else None,
            margin_sd_per_day=hypot(sqrt(self.variance), common, accounts) if is_valued else None,
            verdicts=self.verdicts,
            states=self.states,
        )
