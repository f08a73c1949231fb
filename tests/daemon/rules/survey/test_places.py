"""Endpoints of addresses, and what is mined at a watched pool."""

import pytest

from daemon.rules.survey.places import Mined, endpoint_of, mined_at

MINED = {
    ("pool.example", "3333"): Mined(hashrate_hs=1.0, shares=10.0, difficulty=100.0),
    ("pool.example", "443"): Mined(hashrate_hs=2.0, shares=20.0, difficulty=200.0),
    ("other.example", "3333"): Mined(hashrate_hs=4.0),
}


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        ("stratum+tcp://Pool.Example:3333", ("pool.example", "3333")),
        ("pool.example", ("pool.example", "")),
        ("stratum+tcp://user:word@pool.example:25/x", ("pool.example", "25")),
        ("stratum2+tcp://[2001:db8::1]:34254/KEY", ("2001:db8::1", "34254")),
        ("stratum+tcp://[2001:db8::1]", ("2001:db8::1", "")),
        ("", ("", "")),
    ],
)
def test_an_address_has_host_and_port(url, endpoint):
    """Scheme, credentials and path are cut off."""
    assert endpoint == endpoint_of(url)


def test_other_ports_of_a_host_are_the_same_pool():
    """Devices may use another port than the watch does."""
    found = mined_at(("pool.example", "25"), MINED, watched=())
    assert Mined(hashrate_hs=3.0, shares=30.0, difficulty=300.0) == found


def test_ports_that_are_watched_themselves_are_not_shared():
    """Two watched pools on one host have each their own."""
    watched = {("pool.example", "3333"), ("pool.example", "443")}
    assert 1.0 == mined_at(("pool.example", "3333"), MINED, watched=watched).hashrate_hs
    assert 2.0 == mined_at(("pool.example", "443"), MINED, watched=watched).hashrate_hs


def test_nobody_mines_there():
    """A pool without devices is None, not zero."""
    assert None is mined_at(("third.example", "1"), MINED, watched=())
