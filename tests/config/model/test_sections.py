"""The sections: what each refuses as a whole, and what each can be asked."""

from typing import Any

import pytest
from pydantic import ValidationError

from config.model import PoolAllowed, RuleSettings, Signal, SiteConfig, Tariff
from config.model.pools import matches
from config.model.tariff import Period
from config.quantity import Quantity


def site(**sections: Any) -> SiteConfig:
    """Validate a configuration from its sections."""
    return SiteConfig.model_validate({"version": 1, "site": {"id": "a"}, **sections})


def refusals(**sections: Any) -> list[str]:
    """Give the paths of what is refused."""
    with pytest.raises(ValidationError) as caught:
        site(**sections)
    return [".".join(map(str, error["loc"])) for error in caught.value.errors()]


def test_a_model_without_a_file_checks_references_too() -> None:
    """References, currencies and repeated ids are checked by the model itself."""
    assert ["devices.0.feeder"] == refusals(devices=[{"host": "10.0.0.1", "feeder": "f1"}])
    assert ["tariff.price"] == refusals(tariff={"price": "0.06 EUR/kWh"})
    assert ["pools.1.id"] == refusals(pools=[{"id": "p", "url": "stratum+tcp://a:1"}] * 2)


def test_keys_without_a_value_are_not_given() -> None:
    """None is the same as not there, where keys are held against each other."""
    assert ["devices.0"] == refusals(devices=[{"host": None}])
    assert ["web.listen"] == refusals(web={"listen": "0.0.0.0:80", "token": None})


def test_nothing_can_be_changed() -> None:
    """A configuration is a value."""
    config = site()

    with pytest.raises(ValidationError, match="frozen"):
        config.site.pue = 2.0  # type: ignore[misc]


@pytest.mark.parametrize(
    ("one", "other", "when"),
    [
        (("mon", "08:00", "12:00"), ("mon", "11:00", "13:00"), "mon 11:00 to 12:00 in jan"),
        (("mon", "08:00", "12:00"), ("mon", "12:00", "13:00"), None),
        (("mon", "08:00", "12:00"), ("tue", "08:00", "12:00"), None),
        (("mon", "22:00", "06:00"), ("tue", "05:00", "07:00"), "tue 05:00 to 06:00 in jan"),
        (("mon", "22:00", "06:00"), ("mon", "05:00", "07:00"), None),
        (("sun", "22:00", "06:00"), ("mon", "00:00", "01:00"), "mon 00:00 to 01:00 in jan"),
        (("all", "22:00", "06:00"), ("holiday", "05:00", "07:00"), "holiday 05:00 to 06:00 in jan"),
        (("holiday", "22:00", "06:00"), ("weekdays", "05:00", "07:00"), None),
        (("mon", "20:00", "00:00"), ("tue", "00:00", "04:00"), None),
    ],
)
def test_overlaps(one: tuple[str, str, str], other: tuple[str, str, str], when: str | None) -> None:
    """Two prices for one hour are told with the hour, also past midnight."""
    periods = [{"days": d, "from": f, "to": t, "price": "0.1 USD/kWh"} for d, f, t in (one, other)]
    if when is None:
        assert 2 == len(Tariff.model_validate({"price": "0.05 USD/kWh", "periods": periods}).periods)
        return
    with pytest.raises(ValidationError) as caught:
        Tariff.model_validate({"price": "0.05 USD/kWh", "periods": periods})

    assert [(("periods", 1), f"overlaps periods.0, for one on {when}")] == [
        (error["loc"], error["msg"]) for error in caught.value.errors()
    ]


def test_periods_of_other_months_do_not_overlap() -> None:
    """The same hours may cost different prices in summer and winter, and together leave no gap."""
    summer = {"months": "apr-sep", "price": "0.1 USD/kWh"}
    winter = {"months": "oct-mar", "price": "0.2 USD/kWh"}

    assert 2 == len(Tariff.model_validate({"periods": [summer, winter]}).periods)


@pytest.mark.parametrize(
    ("periods", "hole"),
    [
        ([{"to": "20:00"}], "mon 20:00 in jan"),
        ([{"days": "weekdays"}], "sat 00:00 in jan"),
        ([{"days": "mon-sun"}], "holiday 00:00 in jan"),
        ([{"months": "feb-dec"}], "mon 00:00 in jan"),
        ([{"from": "06:00", "to": "22:00"}, {"from": "22:00", "to": "05:00"}], "mon 05:00 in jan"),
        ([{"from": "06:00", "to": "22:00"}, {"from": "22:00", "to": "06:00"}], None),
    ],
)
def test_gaps(periods: list[dict[str, str]], hole: str | None) -> None:
    """Hours without any price are told; a base price or a signal fills them."""
    priced = [{**period, "price": "0.1 USD/kWh"} for period in periods]
    assert Tariff.model_validate({"price": "0.05 USD/kWh", "periods": priced})
    assert Tariff.model_validate({"signal": "power_price", "periods": priced})
    if hole is None:
        assert Tariff.model_validate({"periods": priced})
        return
    with pytest.raises(ValidationError, match=f"leave {hole} without a price"):
        Tariff.model_validate({"periods": priced})


def test_a_period_past_midnight_has_two_parts() -> None:
    """The tail belongs to the next day."""
    period = Period.model_validate({"days": ["sat", "sun"], "from": "22:00", "to": "06:00", "price": "1 USD/kWh"})

    assert [(frozenset({5, 6}), 1320, 1440), (frozenset({6, 0}), 0, 360)] == period.spans()


def test_a_signal_tells_its_kind_source_and_measure() -> None:
    """Whoever reads a signal asks it for its source and its unit."""
    static = Signal.model_validate({"static": "90000 USD/BTC"})
    query = Signal.model_validate(
        {
            "unit": "F",
            "promql": {"url": "http://127.0.0.1:9090", "query": "up"},
            "min": 32,
            "max": "50 C",
            "jump": "150%",
        }
    )

    assert ("static", None, "bitcoin_price", "USD") == (
        static.kind,
        static.source,
        static.measure.dimension,
        static.measure.currency,
    )
    assert ("promql", "up", "temperature", 0.0, 50.0, 1.5) == (
        query.kind,
        query.promql and query.promql.query,
        query.measure.dimension,
        query.min,
        query.max,
        query.jump_ratio,
    )
    assert query.source is query.promql


def test_a_static_number_in_the_signals_own_unit() -> None:
    """A bare number is fine where the unit stands beside it, and a text must agree with it."""
    assert 400_000.0 == Signal.model_validate({"unit": "kW", "static": 400}).static.value
    with pytest.raises(ValidationError, match="does not fit the signal's unit, kW"):
        Signal.model_validate({"unit": "kW", "static": "30 C"})
    with pytest.raises(ValidationError, match="lies outside"):
        Signal.model_validate({"unit": "kW", "static": 400, "max": 300})


@pytest.mark.parametrize(
    ("pattern", "value", "fits"),
    [
        ("*.example.net:3333", "eu.example.net:3333", True),
        ("*.example.net:3333", "eu.example.net:33333", False),
        ("*.EXAMPLE.net:*", "eu.example.net:1", True),
        ("account.?", "account.1", True),
        ("account.?", "account.12", False),
        ("re:acct[.][0-9]+", "acct.12", True),
        ("re:acct[.][0-9]+", "acct.12x", False),
    ],
)
def test_patterns(pattern: str, value: str, fits: bool) -> None:
    """Globs and regular expressions must fit the whole, whatever the case."""
    assert fits == matches(pattern, value)


def test_an_allowed_pool_fits_with_and_without_scheme() -> None:
    """A pattern may leave the scheme out; a user is held against its own pattern."""
    allowed = PoolAllowed.model_validate({"url": "*.example.net:3333", "user": "acct.*"})

    assert allowed.allows("stratum+tcp://eu.example.net:3333", "acct.1")
    assert allowed.allows("eu.example.net:3333", "acct.1")
    assert not allowed.allows("stratum+tcp://eu.example.net:3333", "thief.1")
    assert not allowed.allows("stratum+tcp://eu.example.net:3333", None)
    assert not allowed.allows("stratum+tcp://evil.net:3333", "acct.1")


def test_a_rules_parameters_keep_their_units() -> None:
    """What the model does not know is a parameter, for the rule to read."""
    rule = RuleSettings.model_validate({"for": "2h", "enabled": False, "band": "5%", "polls": 3})

    assert (7200.0, False, None) == (rule.for_s, rule.enabled, rule.severity)
    assert 3.0 == rule.parameters["polls"]
    assert isinstance(rule.parameters["band"], Quantity)
    assert 0.05 == rule.parameters["band"].value
    assert {"for_s", "enabled", "band", "polls"} == set(rule.written())


@pytest.mark.parametrize("parameter", [True, None, [1], float("nan"), float("inf"), "x", "no"])
def test_what_is_no_parameter(parameter: object) -> None:
    """A parameter is a finite number or text with a unit."""
    with pytest.raises(ValidationError):
        RuleSettings.model_validate({"band": parameter})


def test_shorthands() -> None:
    """A pool's TLS mode and the broker's TLS may be one word."""
    config = site(
        pools=[{"id": "p", "url": "stratum+ssl://a:1", "tls": "insecure"}],
        mqtt={"host": "10.0.0.9", "tls": True},
    )

    assert "insecure" == config.pools[0].tls.mode
    assert config.mqtt is not None
    assert config.mqtt.tls is not None
    assert 8883 == config.mqtt.broker_port
    plain = site(mqtt={"host": "10.0.0.9", "tls": False}).mqtt
    assert plain is not None
    assert (None, 1883) == (plain.tls, plain.broker_port)
