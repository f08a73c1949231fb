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
    """A chain without chips is a missing board; inlet and outlet are the hottest of all chains."""
    chains = [
        {"index": 0, "asic_num": 104, "rate_real": 50000.0, "temp_in": [31, 30], "temp_out": [41], "sn": "A"},
        {"index": 1, "asic_num": 0, "rate_real": 0.0, "temp_in": [0], "temp_out": []},
    ]
    stats = bitmain.stats(
        Fields(), {"INFO": {"type": "Antminer Y"}, "STATS": [{"chain": chains, "fan": [], "fan_num": 0}]}
    )
    assert ["ok", "missing"] == [board.state for board in stats.boards]
    assert (31.0, 41.0, (), "Antminer Y") == (stats.inlet_c, stats.outlet_c, stats.fans, stats.kind)
