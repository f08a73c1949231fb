"""The capacity offer: what it says, and that it is made, renewed, changed and taken back in so many words."""

import json

import pytest

from daemon.capacity.book import OfferBook
from daemon.capacity.feeder import WHAT
from daemon.capacity.offer import SCHEMA
from daemon.capacity.plan import RackPlan
from daemon.capacity.value import Band

NOON = 1_795_341_600.0


@pytest.fixture
def book():
    return OfferBook(site="north", pue=1.05, notice_s=600.0, smallest_w=100e3, lifetime_s=3600.0)


def drawing(capacity, watts, *, plan=None, meter_w=None, **more):
    return capacity(plan=plan, load={"devices_w": watts} | more, meter_w=meter_w)


def test_an_offer_says_everything(book, capacity):
    """One document has power, its error and basis, time, place, cost, blockers, and what is not for sale."""
    plan = {"cooling": "hydro", "redundancy": "N+1", "uplink_bps": 10e9, "diverse_paths": 1, "energy_source": "hydro"}
    load = {"devices_w": 300e3, "common_w": 6e3, "freed_w": 60e3, "unprofitable": ("m1", "m2")}
    rows = [
        RackPlan(id=f"r{n}", feeder="f1", row="R3", position=n, power_w=80e3, cooling="hydro") for n in range(4, 12)
    ]
    band = Band(p10=38.0, p50=57.0, p90=71.0)
    (offer,) = book.update([capacity(plan=plan, load=load, racks=rows, displaced_per_mwh=band)], now=NOON)
    assert offer == json.loads(json.dumps(offer))
    assert {
        "schema": SCHEMA,
        "id": "north-f1-2026-11-22T100000",
        "site": "north",
        "feeder": "f1",
        "what": WHAT,
        "withdrawn": False,
        "kw_offered": 230.1,
        "kw_sd": 6.0,
        "kw_basis": "contracted-drawn-reserve",
        "kw_freed": 60.0,
        "firmness": "firm",
        "notice_s": 600,
        "window": {"from": "2026-11-22T10:00:00Z", "to": None},
        "contiguous_racks": [{"row": "R3", "from": 4, "to": 11, "kw_per_rack": 80.0, "cooling": "hydro"}],
        "pue": 1.05,
        "redundancy": "N+1",
        "uplink_gbps": 10.0,
        "diverse_paths": 1,
        "energy_source": "hydro",
        "displaces": ["m1", "m2"],
        "blockers": ["single_fibre", "unmetered"],
        "currency": "USD",
        "expires": "2026-11-22T11:00:00Z",
    }.items() <= offer.items()
    assert 0.9 < offer["confidence"] < 1.0
    assert {"p10", "p50", "p90"} == set(offer["opportunity_cost_usd_mwh"])


def test_a_small_rest_is_no_offer(book, capacity):
    """Below the least power nothing is published."""
    assert [] == book.update([drawing(capacity, 400e3)], now=NOON)


def test_an_offer_stands_until_something_changes(book, capacity):
    """The same power is not published again before the offer needs renewing."""
    (first,) = book.update([drawing(capacity, 200e3)], now=NOON)
    assert [] == book.update([drawing(capacity, 202e3)], now=NOON + 600.0)
    (renewed,) = book.update([drawing(capacity, 200e3)], now=NOON + 1800.0)
    assert (first["id"], first["window"]) == (renewed["id"], renewed["window"])
    assert renewed["expires"] > first["expires"]
    (changed,) = book.update([drawing(capacity, 150e3)], now=NOON + 1900.0)
    assert (first["id"], 330.0) == (changed["id"], changed["kw_offered"])


def test_firm_power_that_is_sold_as_a_reserve_is_told_at_once(book, capacity):
    """When the same power is no longer firm, or again is, the offer says so now and not when it is next renewed."""
    (firm,) = book.update([drawing(capacity, 200e3)], now=NOON)
    sold = drawing(capacity, 200e3, plan={"award_w": 50e3})
    (told,) = book.update([sold], now=NOON + 10.0)
    assert ("firm", "curtailable", firm["id"]) == (firm["firmness"], told["firmness"], told["id"])
    assert "curtailable" in told["blockers"]
    assert [] == book.update([sold], now=NOON + 20.0)
    (again,) = book.update([drawing(capacity, 200e3)], now=NOON + 30.0)
    assert "firm" == again["firmness"]


def test_a_device_that_falls_silent_changes_no_offer(book, capacity):
    """What comes and goes with single devices is told with the next offer."""
    book.update([drawing(capacity, 200e3, meter_w=200e3)], now=NOON)
    assert [] == book.update([drawing(capacity, 197e3, silent_w=3e3, meter_w=200e3)], now=NOON + 10.0)


def test_a_withdrawal_is_explicit(book, capacity):
    """When too little is left the same id is taken back, once, with a reason."""
    (first,) = book.update([drawing(capacity, 200e3)], now=NOON)
    assert [] == book.update([drawing(capacity, 390e3)], now=NOON + 1.0)[1:], "a little under the least it still stands"
    (gone,) = book.update([drawing(capacity, 450e3)], now=NOON + 60.0)
    assert (first["id"], True, 0.0, "too little is left") == (
        gone["id"], gone["withdrawn"], gone["kw_offered"], gone["reason"],
    )  # fmt: skip
    assert [] == book.update([drawing(capacity, 450e3)], now=NOON + 120.0)


def test_what_is_no_longer_known_is_withdrawn(book, capacity):
    """An offer whose draw became unknown is taken back for that reason."""
    book.update([drawing(capacity, 200e3)], now=NOON)
    (gone,) = book.update([drawing(capacity, 200e3, unknown_devices=2)], now=NOON + 60.0)
    assert "hide their watts" in gone["reason"]


def test_a_feeder_that_left_and_a_planned_stop(book, capacity):
    """Offers of feeders that are gone, and all offers before a stop, are taken back."""
    book.update([drawing(capacity, 200e3)], now=NOON)
    assert "no longer in the configuration" in book.update([], now=NOON + 1.0)[0]["reason"]
    book.update([drawing(capacity, 200e3)], now=NOON + 2.0)
    assert ["it stops"] == [gone["reason"] for gone in book.withdraw_all(now=NOON + 3.0, reason="it stops")]


def test_after_a_long_stop_the_expired_is_taken_back_first(book, capacity):
    """An offer that expired while nobody watched is withdrawn, and a new one is made."""
    (first,) = book.update([drawing(capacity, 200e3)], now=NOON)
    later = OfferBook(site="north", smallest_w=100e3, lifetime_s=3600.0)
    later.load(book.dump())
    gone, again = later.update([drawing(capacity, 200e3)], now=NOON + 7200.0)
    assert (first["id"], True) == (gone["id"], gone["withdrawn"])
    assert (False, True) == (again["withdrawn"], again["id"] != first["id"])


def test_a_book_of_another_kind_is_refused(book):
    """What is not a book of offers raises ValueError."""
    with pytest.raises(ValueError, match="book of offers"):
        book.load(b"{}")


def test_nothing_displaced_is_promised_against_a_reserve(book, capacity):
    """When the stop is refused, neither the watts nor the devices appear in the offer."""
    load = {"devices_w": 350e3, "freed_w": 100e3, "unprofitable": ("m1",)}
    (offer,) = book.update([capacity(plan={"award_w": 300e3}, load=load)], now=NOON)
    assert (0.0, [], 130.0, "curtailable") == (
        offer["kw_freed"], offer["displaces"], offer["kw_offered"], offer["firmness"],
    )  # fmt: skip
