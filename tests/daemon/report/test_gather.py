"""What is read out of a ledger beside its sums."""

import sqlite3

import pytest

from daemon.ledger.schema import prepare
from daemon.report.gather import gather


def test_hours_without_an_intensity_or_a_worth_are_weighed() -> None:
    """Energy and hashes count as covered by the hours in which carbon, or bitcoin, was booked, for each scope."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    prepare(connection)
    rows = [
        (10, "", 300, 30, 5, 7),
        (11, "", 100, 10, 0, 7),
        (12, "", 100, 60, 5, 0),
        (12, "f1", 100, 10, 0, 0),
        (99, "", 900, 90, 0, 0),
    ]
    connection.executemany(
        "INSERT INTO site_hours (hour, scope, energy_j, hashes_gh, carbon_g, mined_nano_btc) VALUES (?, ?, ?, ?, ?, ?)",
        rows,
    )
    covered = gather(connection, days=(0, 0), hours=(10, 12)).covered
    site = covered[""]
    assert pytest.approx((0.8, 0.4, 0.8)) == (site.carbon, site.mined, site.mined_energy)
    assert (0.0, 0.0, 0.0) == (covered["f1"].carbon, covered["f1"].mined, covered["f1"].mined_energy)
