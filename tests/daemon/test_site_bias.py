"""A site whose meter knows better than its devices: the watts are corrected, and the account says by whose word."""

import msgspec
import pytest

from collectors.reading import Reading
from config.load import load_text
from daemon.economics.explain import Facts, explain
from daemon.fleet import DeviceEntry
from daemon.market import Quote
from daemon.rules.engine import Engine
from daemon.rules.snapshot import SignalFacts
from daemon.site import Site
from daemon.site_snapshot import Inputs
from daemon.start import rules_in_force

CONFIG = load_text(
    'version: 1\nsite: {id: north}\ndevices: [{id: m1, host: 127.0.0.1}]\ntariff: {price: "0.06 USD/kWh"}\n'
    'feeders: [{id: f1, contracted: "100 kW", meter: f1_meter}]\nsignals: {f1_meter: {static: "31 kW"}}\n',
    file="site.yaml",
).config


class Clock:
    """A clock that is moved by hand."""

    at = 1_800_000_000.0

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at


async def watched(meter_w: float, *, days: float = 1.2, dark_w: float | None = None) -> Site:
    """A site of ten like machines that claim 3 kW each, watched for some days beside its meter.

    With `dark_w` they sleep for an hour first, and their meter shows that.
    """
    clock = Clock()
    site = Site(CONFIG, clock=clock, engine=Engine(rules_in_force(CONFIG)), tell=lambda _: None)
    await site.reprice({"hashprice": Quote(value=41.22, currency="USD")})
    devices = [site.fleet.add(DeviceEntry(id=f"m{number}", host="h", feeder="f1")) for number in range(10)]
    for device in devices:
        site.add(device)
    reading = Reading(
        family="antminer", make="Antminer", model="S19", firmware_version="2023", state="hashing", hashrate_hs=1e14,
        power_w=3000.0, power_grade="reported", uptime_s=9e4,
    )  # fmt: skip
    if dark_w is not None:
        asleep = msgspec.structs.replace(reading, state="sleeping", hashrate_hs=0.0, power_w=25.0)
        for _ in range(36):
            clock.at += 100.0
            for device in devices:
                device.accept(asleep, now=clock.at)
            await site.look_around(Inputs(signals={"f1_meter": SignalFacts(value=dark_w, unit="W")}))
    facts = {"f1_meter": SignalFacts(value=meter_w, unit="W")}
    until = clock.at + days * 86_400.0
    while clock.at < until:
        clock.at += 100.0
        for device in devices:
            device.accept(reading, now=clock.at)
        await site.look_around(Inputs(signals=facts))
    for device in devices:
        site.answered(device)
    return site


async def test_the_meter_corrects_the_money_and_the_account_says_so() -> None:
    """Ten machines draw 5 % more than they tell: cost and error follow, and a line names model, firmware and grade."""
    site = await watched(31_500.0)
    device = site.fleet.get("m0")
    assert device is not None
    money = device.money
    assert money is not None
    assert money.power_bias is not None
    assert (3000.0, pytest.approx(3150.0, abs=30.0)) == (device.power_w, money.power_w)
    assert pytest.approx(money.power_w * 0.024 * 0.06) == money.energy_cost_per_day
    assert money.power_error_ratio is not None
    assert 0.045 < money.power_error_ratio < 0.05
    lines = {
        line.term: line
        for line in explain(money, terms=site.market.terms(device.reading), facts=Facts(device="m0"))
    }  # fmt: skip
    assert "Antminer S19 / 2023, reported" in lines["bias"].how
    assert pytest.approx(3000.0) == lines["power as told"].value


async def test_stolen_power_is_nobodys_bias() -> None:
    """Where the meter shows a fifth more, the finding about it keeps the models' watts as they are."""
    site = await watched(36_000.0, days=1.6)
    device = site.fleet.get("m0")
    assert device is not None
    assert device.money is not None
    assert (None, 3000.0) == (device.money.power_bias, device.money.power_w)
    assert site.engine.doubted(["S-01/feeder"]) == {"f1"}


async def test_load_that_runs_in_the_dark_is_no_bias() -> None:
    """What the meter shows while all sleep is taken off before any model is blamed, and stands in its account."""
    site = await watched(31_500.0, dark_w=250.0 + 900.0)
    (account,) = site.meters
    assert (pytest.approx(900.0), True) == (account.dark_w, account.dark_at is not None)
    (bias,) = site.power_bias.biases.values()
    assert bias.ratio < 0.025
    assert not bias.is_used
    device = site.fleet.get("m0")
    assert device is not None
    assert device.money is not None
    assert 3000.0 == device.money.power_w
    lines = [
        line.how
        for line in explain(device.money, terms=site.market.terms(device.reading), facts=Facts(device="m0"))
        if line.term == "bias"
    ]
    assert len(lines) == 1
    assert lines[0].startswith("not corrected; ")
