"""The two shapes of Bitmain's stats."""

import pytest

from collectors import bitmain
from collectors.value import Fields


def flat(**body):
    return {"STATS": [{"Type": "Antminer X"}, {"Elapsed": 10, **body}]}


def read(**body):
    return bitmain.stats(Fields(), flat(**body))


def test_old_machines_number_their_chains_from_six():
    """S9 boards 6 to 8 are boards 0 to 2, and stay so when one is gone."""
    chips = {f"chain_acn{n}": 63 if n in (6, 8) else 0 for n in range(1, 17)}
    assert [0, 2] == [board.index for board in read(**chips).boards]


def test_newer_machines_number_from_one():
    """A lost first board leaves its index free."""
    assert [1, 2] == [board.index for board in read(chain_acn1=0, chain_acn2=76, chain_acn3=76, chain_acn4=0).boards]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"fan_num": 4, "fan1": 1, "fan2": 2, "fan3": 0, "fan4": 4}, [1, 2, 0, 4]),
        ({"fan_num": 2, **{f"fan{n}": {3: 5000, 6: 4000}.get(n, 0) for n in range(1, 9)}}, [5000, 4000]),
        ({"fan_num": 2, **{f"fan{n}": {6: 4000}.get(n, 0) for n in range(1, 9)}}, [0, 4000]),
        ({"fan_num": 2, **{f"fan{n}": 0 for n in range(1, 9)}}, [0, 0]),
        ({"fan_num": 2, **{f"fan{n}": {5: 4000, 6: 4100}.get(n, 0) for n in range(1, 9)}}, [4000, 4100]),
        ({"fan_num": 0}, []),
        ({"fan1": "x", "fan2": 5}, [None, 5]),
    ],
)
def test_used_fans_are_kept_even_when_they_stand_still(body, expected):
    """Of eight connectors those in use are taken; a stopped fan stays, at 0."""
    assert expected == [fan.rpm for fan in read(**body).fans]


def test_a_rate_is_in_the_unit_that_is_named():
    """rate_unit beats the label GHS; without it the caller's unit holds."""
    assert {"5s": 9.5e9} == read(**{"GHS 5s": 9500, "rate_unit": "MH"}).windows
    assert {"5s": 4.2e5} == bitmain.stats(Fields(), flat(**{"GHS 5s": "420"}), factor=1e3).windows
    assert {"5s": 9.5e12} == read(**{"GHS 5s": 9500}).windows


def test_watts_of_zero_are_not_measured():
    """A firmware without a meter writes 0."""
    assert read(watt=0).power_w is None
    assert 3480.0 == read(watt=3480).power_w
    assert 1350.0 == read(chain_power="1350 W").power_w


@pytest.mark.parametrize(
    ("rate", "mode", "uptime", "faults", "state"),
    [
        (1e14, 0, 5000, False, "hashing"),
        (1e14, 1, 5000, False, "hashing"),
        (0.0, 1, 5000, False, "sleeping"),
        (0.0, 5, 60, False, "sleeping"),
        (None, 1, None, False, "sleeping"),
        (0.0, 0, 60, False, "starting"),
        (0.0, 0, 5000, False, "fault"),
        (0.0, None, 5000, True, "fault"),
        (0.0, None, 5000, False, "unknown"),
        (None, None, None, False, "unknown"),
    ],
)
def test_sleep_start_and_fault_are_told_apart(rate, mode, uptime, faults, state):
    """Zero is sleep when the mode says so, a start soon after one, a fault when it ought to hash, else unknown."""
    assert state == bitmain.condition(rate_hs=rate, mode=mode, uptime_s=uptime, has_faults=faults)


def test_the_listed_shape_tells_boards_that_are_gone():
    """A chain without chips is a missing board; of a chain's sensors at an end the coolest is the coolant's."""
    chains = [
        {"index": 0, "asic_num": 104, "rate_real": 50000.0, "temp_in": [31, 43], "temp_out": [41, 55], "sn": "A"},
        {"index": 1, "asic_num": 0, "rate_real": 0.0, "temp_in": [0], "temp_out": []},
    ]
    stats = bitmain.stats(
        Fields(), {"INFO": {"type": "Antminer Y"}, "STATS": [{"chain": chains, "fan": [], "fan_num": 0}]}
    )
    assert ["ok", "missing"] == [board.state for board in stats.boards]
    assert (31.0, 41.0, (), "Antminer Y") == (stats.inlet_c, stats.outlet_c, stats.fans, stats.kind)


@pytest.mark.parametrize("listed", [True, False])
def test_coolant_in_the_chips_place_is_no_chip(listed):
    """A hydro machine with sensors at its coolant only lists inlet, outlet and two zeros where others list chips."""
    if listed:
        chain = {"index": 0, "asic_num": 216, "rate_real": 0, "temp_chip": [30, 41, 0, 0]}
        reply = {"STATS": [{"Type": "Antminer S21 XP Hyd"}, {"rate_5s": 0, "rate_unit": "GH", "chain": [chain]}]}
    else:
        body = {"Elapsed": 60, "chain_acn1": 216, "chain_rate1": "0.00", "temp_chip1": "30-41-0-0"}
        reply = {"STATS": [{"Type": "Antminer S21 XP Hyd."}, body]}
    stats = bitmain.stats(Fields(), reply)
    assert (30.0, 41.0, None) == (stats.inlet_c, stats.outlet_c, stats.boards[0].chip_temperature_c)


@pytest.mark.parametrize(
    ("kind", "chips"), [("Antminer S21 XP Hyd.", "63-59-56-61"), ("Antminer S19 Pro", "30-41-0-0")]
)
def test_chips_stay_chips(kind, chips):
    """Four sensors on a hydro board are chips, and so are two on a board in the air."""
    body = {"Elapsed": 60, "chain_acn1": 110, "chain_rate1": "100.00", "temp_chip1": chips}
    stats = bitmain.stats(Fields(), {"STATS": [{"Type": kind}, body]})
    hottest = max(int(one) for one in chips.split("-"))
    assert (None, hottest) == (stats.inlet_c, stats.boards[0].chip_temperature_c)


@pytest.mark.parametrize(
    ("kind", "sensors", "coolant"),
    [
        ("Antminer S21 XP Hyd.", [38, 48, 47, 52], (38.0, 47.0)),
        ("Antminer S21+ Hyd.", [31, 36, 40, 44], (31.0, 40.0)),
        ("Antminer S21 XP Hyd.", [48, 38, 47, 52], (None, None)),
        ("Antminer S21 XP Hyd.", [0, 48, 47, 52], (None, None)),
        ("Antminer S21j XP Hyd.", [38, 48, 47, 52], (None, None)),
        ("Antminer S21 XP", [38, 48, 47, 52], (None, None)),
    ],
)
def test_coolant_stands_among_the_boards_sensors_on_two_hydro_models(kind, sensors, coolant):
    """First and third of the board's sensors are the coolant's there, if the first is the coolest."""
    chain = {"index": 0, "asic_num": 160, "rate_real": 1.0, "temp_chip": [63, 59, 56, 61], "temp_pcb": sensors}
    stats = bitmain.stats(Fields(), {"INFO": {"type": kind}, "STATS": [{"rate_5s": 1.0, "chain": [chain]}]})
    assert (*coolant, 63.0) == (stats.inlet_c, stats.outlet_c, stats.boards[0].chip_temperature_c)


def test_boards_are_counted_in_the_unit_of_the_whole():
    """Chain rates a million times smaller than their total are in another unit, which no real fault explains."""
    body = {"Elapsed": 60, "GHS 5s": 891.28, "GHS av": 819.73, "total_rateideal": 874.11}
    body |= {f"chain_rate{chain}": 0.00029 for chain in (1, 2, 4)} | {f"chain_acn{chain}": 6 for chain in (1, 2, 4)}
    stats = bitmain.stats(Fields(), {"STATS": [{"Type": "Antminer Z15 Pro"}, body]}, factor=1e3)
    assert (891280.0, 874110.0) == (stats.windows["5s"], stats.expected_hs)
    assert [pytest.approx(290e3)] * 3 == [board.hashrate_hs for board in stats.boards]
    assert [0, 1, 3] == [board.index for board in stats.boards]


@pytest.mark.parametrize(
    ("rates", "windows"),
    [
        ({"rate_5s": 11531.9, "rate_15m": 14415, "rate_30m": 0, "rate_avg": 14199.0}, ["5s", "15m", "lifetime"]),
        ({"rate_5s": 0, "rate_30m": 0, "rate_avg": 14199.0}, ["5s", "30m", "lifetime"]),
    ],
)
def test_a_window_that_is_not_kept_is_no_rate_of_zero(rates, windows):
    """Half an hour at zero of a machine that hashes is a figure that its firmware does not fill; a stop is a stop."""
    stats = bitmain.stats(Fields(), {"STATS": [{**rates, "rate_unit": "MH/s", "chain": []}]})
    assert windows == list(stats.windows)
