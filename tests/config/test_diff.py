"""What a reload changed, in words."""

from collections.abc import Callable

from config.diff import changes
from config.load import Loaded

OLD = """
feeders: [{id: f1, contracted: "500 kW"}, {id: f2, contracted: "100 kW"}]
devices:
  - {id: m1, host: 10.0.0.1, power: "3 kW", password: "file:a"}
  - {id: m2, host: 10.0.0.2}
  - {id: m3, host: 10.0.0.3}
pools: [{id: p1, url: "stratum+tcp://a:1", fee: 2%}]
signals: {btc_price: {static: "90000 USD"}}
rules: {P-01: {for: 2h, band: 5%}}
polling: {interval: 30s}
tariff: {price: "0.06 USD/kWh", periods: [{from: "17:00", price: "0.1 USD/kWh"}]}
"""
NEW = """
feeders: [{id: f1, contracted: "600 kW", cooling: {kind: air}}, {id: f3, contracted: "100 kW"}]
devices:
  - {id: m1, host: 10.0.0.1, power: "3.1 kW", password: "file:b"}
  - {id: m3, host: 10.0.0.33}
  - {id: m4, host: 10.0.0.4}
pools: [{id: p1, url: "stratum+tcp://b:1", fee: 1%, tls: insecure}]
signals: {btc_price: {static: "95000 USD"}, room: {static: "30 C"}}
rules: {P-01: {for: 3h, band: 6%, severity: high}}
polling: {interval: 1m}
tariff: {price: "0.07 USD/kWh", periods: [{from: "18:00", price: "0.1 USD/kWh"}]}
mqtt: {host: 10.0.0.9}
"""


def test_nothing_changed(loaded: Callable[..., Loaded]) -> None:
    """The same file twice changes nothing, and neither does moving a line."""
    assert [] == changes(loaded(OLD), loaded("\n# moved\n" + OLD))


def test_everything_that_changed_is_named(loaded: Callable[..., Loaded]) -> None:
    """Additions, removals and changes are told by name, with the values that fit on a line."""
    found = changes(loaded(OLD), loaded(NEW))

    assert [
        "devices added: m4",
        "devices removed: m2",
        "device m1: password file:a -> file:b, power_w 3000 -> 3100, interval_s 30 -> 60",
        "device m3: host 10.0.0.3 -> 10.0.0.33, interval_s 30 -> 60",
        "feeders added: f3",
        "feeders removed: f2",
        "feeder f1: contracted_w 500000 -> 600000, cooling added",
        "pool p1: url stratum+tcp://a:1 -> stratum+tcp://b:1, fee_ratio 0.02 -> 0.01, tls.mode verify -> insecure",
        "signals added: room",
        "signal btc_price: static 90000 -> 95000",
        "rule P-01: for_s 7200 -> 10800, severity none -> high, band 0.05 -> 0.06",
        "tariff: price_per_kwh 0.06 -> 0.07, periods changed",
        "mqtt: added",
        "polling: interval_s 30 -> 60",
    ] == found


def test_a_change_of_many_devices_is_one_line(loaded: Callable[..., Loaded]) -> None:
    """What changed alike is told together, and long lists are counted."""
    found = changes(
        loaded("devices: [{cidr: 10.0.0.0/24}]\n"), loaded("devices: [{cidr: 10.0.0.0/24, family: avalon}]\n")
    )

    names = ", ".join(f"10.0.0.{n}" for n in range(1, 11))
    assert [f"devices {names} and 244 more: family none -> avalon"] == found
