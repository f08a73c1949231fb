"""`headframe discover`: document, block to paste, inventory, and what is new or gone."""

import asyncio
import csv
import json

import pytest
import yaml

from collectors.discover import Found
from collectors.reading import Reading
from daemon.cli import main
from daemon.commands.found_text import csv_rows, devices_block, duplicates, line


def found(address, *, mac=None, model="S19 Pro+", family="antminer", **more):
    reading = Reading(family=family, make="Antminer", model=model, mac=mac, **more)
    return Found(address=address, open_ports=(4028,), family=family, reading=reading)


async def test_an_empty_network_is_one_document(capsysbinary):
    """Nothing there is an answer, with every address silent."""
    assert 0 == await asyncio.to_thread(main, ["discover", "127.74.0.0/29", "--json"])
    document = json.loads(capsysbinary.readouterr().out)
    assert (6, 6, [], []) == tuple(document[key] for key in ("scanned", "silent", "identified", "responsive"))
    assert document["seconds"] >= 0


@pytest.mark.parametrize("words", [["10.0.0.0/8"], ["hall"], ["10.0.0.1", "--known", "/no/such/file.csv"]])
async def test_wrong_arguments_are_usage(words, capsysbinary):
    """A network that is none, is too large, or a file that is not there, is the operator's to correct."""
    assert 2 == await asyncio.to_thread(main, ["discover", *words, "--json"])
    assert "usage" == json.loads(capsysbinary.readouterr().out)["error"]["reason"]


def test_the_block_reads_back_as_it_was_meant():
    """Every value survives YAML: addresses, MACs that look like numbers, and odd models."""
    block = devices_block(
        [
            found("10.0.0.1", mac="12:34:56:11:22:33"),
            found("10.0.0.2", mac="AA:34:56:11:22:33", model='odd, "model": {x}', serial="0012"),
            found("10.0.0.3", model="No"),
            Found(address="10.0.0.4", open_ports=(80,), reason="unsupported", message="x"),
        ]
    )
    devices = yaml.safe_load(block)["devices"]
    assert ["antminer-112233", "antminer-112233-2", "10-0-0-3"] == [one["id"] for one in devices]
    assert "12:34:56:11:22:33" == devices[0]["mac"]
    assert ('odd, "model": {x}', "0012") == (devices[1]["model"], devices[1]["serial"])
    assert "No" == devices[2]["model"]


def test_the_inventory_has_a_row_per_identified_device():
    """The CSV names its columns as a device's keys."""
    rows = list(csv.DictReader(csv_rows([found("10.0.0.1", mac="12:34:56:11:22:33")]).splitlines()))
    assert [("10.0.0.1", "antminer", "S19 Pro+", "12:34:56:11:22:33")] == [
        (row["host"], row["family"], row["model"], row["mac"]) for row in rows
    ]


def test_one_identity_at_two_addresses_is_told():
    """A cloned control board is named with both its addresses."""
    twins = [found("10.0.0.1", mac="12:34:56:11:22:33"), found("10.0.0.2", mac="12:34:56:11:22:33")]
    assert [{"identity": "12:34:56:11:22:33", "addresses": ["10.0.0.1", "10.0.0.2"]}] == duplicates(twins)


def test_a_line_says_what_it_is_or_why_not():
    """People read model, state and rate, or the reason."""
    assert "Antminer S19 Pro+" in line(found("10.0.0.1", hashrate_hs=1e14, state="hashing"))
    assert "denied: wants a password" in line(
        Found(address="10.0.0.1", open_ports=(80,), reason="denied", message="wants a password")
    )
