"""Comparing what was found with what is known."""

import json

import pytest

from collectors.discover import Found
from collectors.reading import Reading
from daemon.known_devices import Known, UnknownForm, compared, read


def found(address, *, mac=None, serial=None):
    return Found(
        address=address,
        open_ports=(4028,),
        family="antminer",
        reading=Reading(family="antminer", mac=mac, serial=serial),
    )


def test_a_device_is_known_by_its_mac_at_any_address():
    """A new address with a known MAC is a move, not a new device."""
    known = [Known(host="10.0.0.1", mac="aa:bb:cc:dd:ee:01"), Known(host="10.0.0.2")]
    result = compared(known, [found("10.0.0.9", mac="AA:BB:CC:DD:EE:01"), found("10.0.0.2", serial="S2")])
    assert [("10.0.0.1", "10.0.0.9")] == [(old.host, new.address) for old, new in result.moved]
    assert ((), ()) == (result.new, result.gone)


def test_another_device_at_a_known_address_is_new():
    """A board that was swapped in is new, and the one it replaced is gone."""
    result = compared([Known(host="10.0.0.1", mac="AA:BB:CC:DD:EE:01")], [found("10.0.0.1", mac="AA:BB:CC:DD:EE:02")])
    assert ["10.0.0.1"] == [one.address for one in result.new]
    assert ["10.0.0.1"] == [one.host for one in result.gone]


def test_known_devices_are_read_from_each_form(tmp_path):
    """Configuration, inventory and earlier discovery say the same."""
    config = tmp_path / "site.yaml"
    config.write_text("version: 1\nsite: {id: a}\ndevices: [{id: m1, host: 10.0.0.1, serial: S1}]\n")
    sheet = tmp_path / "devices.csv"
    sheet.write_text("id,host,serial,mac\nm1,10.0.0.1,S1,\n")
    earlier = tmp_path / "earlier.json"
    earlier.write_text(json.dumps({"identified": [{"address": "10.0.0.1", "serial": "S1", "mac": None}]}))
    for path in (config, sheet, earlier):
        assert [Known(host="10.0.0.1", serial="S1")] == read(path)
    other = tmp_path / "other.txt"
    other.write_text("hello")
    with pytest.raises(UnknownForm):
        read(other)
