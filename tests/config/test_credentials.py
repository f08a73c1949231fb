"""Which shared logins a device may be tried with."""

import pytest

from config.credentials import logins
from config.model import Credential

ENTRIES = [
    Credential.model_validate(entry)
    for entry in (
        {"username": "vendor", "vendor_default": True},
        {"username": "ant", "family": "antminer"},
        {"username": "hall", "cidr": "10.0.0.0/16"},
        {"username": "one", "cidr": "10.0.0.9", "family": "avalon"},
    )
]


@pytest.mark.parametrize(
    ("host", "family", "names"),
    [
        ("10.0.0.9", "avalon", ["hall", "one", "vendor"]),
        ("10.0.0.9", None, ["ant", "hall", "one", "vendor"]),
        ("10.9.0.1", "antminer", ["ant", "vendor"]),
        ("miner.example.net", "antminer", ["ant", "vendor"]),
        ("fd00::1", "avalon", ["vendor"]),
    ],
)
def test_entries_that_fit_in_order_and_vendor_defaults_last(host: str, family: str | None, names: list[str]) -> None:
    """Family and network must both fit where they are given; a vendor's default is the last to be tried."""
    assert names == [entry.username for entry in logins(ENTRIES, host=host, family=family)]
