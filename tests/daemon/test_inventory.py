"""From the configuration to who is watched."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from config.load import load
from daemon.inventory import Listed, ids, inventory, subnet
from daemon.start import load_checked


def listed(folder: Path, **sections: Any) -> list[Listed]:
    path = folder / "site.yaml"
    path.write_text(yaml.safe_dump({"version": 1, "site": {"id": "north"}, **sections}))
    return inventory(load(path))


def test_what_was_written_of_devices_is_let_go(tmp_path: Path) -> None:
    """A checked configuration has every device in its entries, and not once more as it was written."""
    path = tmp_path / "site.yaml"
    path.write_text(yaml.safe_dump({"version": 1, "site": {"id": "north"}, "devices": [{"host": "127.0.0.9"}]}))
    loaded = load_checked(path)
    assert ((), ["127.0.0.9"]) == (loaded.config.devices, [one.host for one in loaded.entries])


def test_entries_and_targets_say_what_the_operator_said(tmp_path: Path) -> None:
    """Place, power, ports and login of a device arrive where they belong, secrets read, defaults from `polling`."""
    (tmp_path / "secret").write_text("hush\n")
    (tmp_path / "secret").chmod(0o600)
    (one,) = listed(
        tmp_path,
        feeders=[{"id": "f1", "contracted": "50 kW"}],
        racks=[{"id": "r1", "feeder": "f1"}],
        polling={"interval": "7s", "timeout": "3s", "stale_after": "60s"},
        devices=[
            {"id": "m1", "host": "127.0.0.9", "family": "antminer", "rack": "r1", "slot": 4, "username": "root",
             "password": "file:secret", "ports": {"api": 4029}, "power": "3.1 kW", "power_grade": "branch"}
        ],
    )  # fmt: skip
    entry, target = one.entry, one.target
    assert ("m1", "127.0.0.9", "antminer", "r1", "4", "f1") == (
        entry.id, entry.host, entry.family, entry.rack, entry.slot, entry.feeder,
    )  # fmt: skip
    assert (3100.0, "branch", 7.0, 3.0, 60.0) == (
        entry.power_w, entry.power_grade, entry.interval_s, entry.timeout_s, one.stale_after_s,
    )  # fmt: skip
    assert ("root", "hush", (), {"api": 4029}) == (
        target.username, target.password, target.logins, dict(target.ports),
    )  # fmt: skip


def test_shared_logins_go_to_every_device_that_they_may_fit(tmp_path: Path) -> None:
    """By network at once, by family when that is known, in the order of the file with the guesses last."""
    (tmp_path / "secret").write_text("hush\n")
    (tmp_path / "secret").chmod(0o600)
    found = listed(
        tmp_path,
        credentials=[
            {"vendor_default": True, "cidr": "127.9.0.0/16"},
            {"family": "axeos", "username": "axe", "password": "file:secret"},
            {"cidr": "127.9.0.1", "username": "one"},
        ],
        devices=[{"cidr": "127.9.0.0/30"}, {"id": "known", "host": "127.0.0.1", "family": "avalon"}],
    )
    logins = {
        one.entry.host: [(two.family, two.username, two.is_vendors) for two in one.target.logins] for one in found
    }
    assert {
        "127.9.0.1": [("axeos", "axe", False), (None, "one", False), (None, None, True)],
        "127.9.0.2": [("axeos", "axe", False), (None, None, True)],
        "127.0.0.1": [],
    } == logins
    assert {"hush"} == {two.password for one in found for two in one.target.logins if two.family}


def test_who_is_switched_off_is_not_watched(tmp_path: Path) -> None:
    """A device with `enabled: false` is left out; a range gives each of its addresses an id of its own."""
    found = listed(
        tmp_path,
        devices=[{"cidr": "127.9.0.0/30", "family": "axeos"}, {"id": "off", "host": "127.0.0.1", "enabled": False}],
    )
    assert {"127.9.0.1", "127.9.0.2"} == {one.entry.host for one in found}
    assert (2, False) == (len(ids(found)), "off" in ids(found))


@pytest.mark.parametrize(
    ("host", "group"),
    [("10.1.2.3", "10.1.2.0/24"), ("fd00::1:2", "fd00::/64"), ("m1.rack.example", "rack.example"), ("m1", "m1")],
)
def test_the_group_that_shares_a_bound(host: str, group: str) -> None:
    """Addresses of one network share a bound on polls at a time, names one per domain."""
    assert group == subnet(host)
