"""Who is a stranger: by MAC, by network, by worker's name; over absence, restarts and what is expected."""

import msgspec
import pytest

from daemon.rules.survey.strangers import (
    MOST,
    NAMES_S,
    PRESENT_S,
    REMEMBERED_S,
    Inventory,
    Search,
    Sighting,
    Strangers,
    StrangersMemory,
    macs_of,
    worker_of,
)

NOW = 1_700_000_000.0
OURS, THEIRS, LAPTOP = "28:E2:97:00:00:01", "28:E2:97:00:00:99", "3C:22:FB:00:00:01"
KNOWN = Inventory(
    hosts=frozenset({"10.20.0.1", "rig2.site"}),
    macs=frozenset({OURS}),
    ids=frozenset({"m1"}),
    workers=frozenset({"rig1"}),
)


def lease(address="10.20.0.99", mac=THEIRS, hostname=None):
    return Sighting(name=address, where="by leases", mac=mac, hostname=hostname)


def worker(name):
    return Sighting(name=name, where="worker at p1")


def seen(strangers, *sightings, now=NOW, inventory=KNOWN, **search):
    return strangers.look(sightings, inventory=inventory, search=Search(**search), now=now)


def test_a_miners_hardware_is_told_by_its_maker():
    """What begins with a listed device's maker counts; a laptop does not, unless the network is for miners."""
    (found,) = seen(Strangers(), lease(), lease("10.20.0.98", LAPTOP))
    assert ("10.20.0.99", THEIRS, "by leases", NOW) == (found.name, found.mac, found.where, found.since)
    assert 2 == len(seen(Strangers(), lease(), lease("10.20.0.98", LAPTOP), networks=("10.20.0.0/24",)))
    assert 1 == len(seen(Strangers(), lease("10.21.0.98", LAPTOP), makers=("3C:22:FB",)))


def test_a_mac_that_somebody_made_up_names_no_maker():
    """The begin of a local address is chance; it makes no maker of whoever else has it."""
    local = msgspec.structs.replace(KNOWN, macs=frozenset({"02:11:22:00:00:01"}))
    assert () == seen(Strangers(), lease(mac="02:11:22:00:00:99"), inventory=local)


@pytest.mark.parametrize(
    "sighting",
    [
        lease("10.20.0.77", OURS),  # a listed device at another address
        lease("10.20.0.1", THEIRS),  # another control board at a listed address
        lease(hostname="rig2.site"),  # listed by its name
        worker("rig1"),
        worker("m1"),
    ],
)
def test_the_inventory_is_known_however_it_shows(sighting):
    """By MAC, by address, by name, by worker, by id."""
    assert () == seen(Strangers(), sighting, networks=("10.20.0.0/24",))


@pytest.mark.parametrize("pattern", ["10.20.0.9*", "28:e2:97:00:00:99", "loaner-*"])
def test_loaners_and_repairs_are_expected(pattern):
    """A pattern of an address, a MAC or a name lets it stay."""
    assert () == seen(Strangers(), lease(hostname="loaner-7"), expected=(pattern,))


def test_a_worker_is_told_without_any_hardware():
    """What mines for the account as nobody we know is a stranger, wherever it stands."""
    (found,) = seen(Strangers(), worker("thief"))
    assert ("thief", None) == (found.name, found.mac)


def test_it_is_the_same_one_at_another_address():
    """A stranger whose lease is renewed elsewhere has been there since its first."""
    strangers = Strangers()
    seen(strangers, lease())
    (found,) = seen(strangers, lease("10.20.0.50"), now=NOW + 1000.0)
    assert ("10.20.0.50", NOW) == (found.name, found.since)


def test_who_is_away_is_not_told_and_not_forgotten_at_once():
    """An hour unseen it is no finding; back within a week it has been there since its first sight."""
    strangers = Strangers()
    seen(strangers, lease())
    assert 1 == len(seen(strangers, now=NOW + PRESENT_S))
    assert () == seen(strangers, now=NOW + PRESENT_S + 1.0)
    (back,) = seen(strangers, lease(), now=NOW + 86_400.0)
    assert NOW == back.since
    seen(strangers, now=NOW + 86_400.0 + REMEMBERED_S + 1.0)
    (anew,) = seen(strangers, lease(), now=NOW + 10 * 86_400.0)
    assert NOW + 10 * 86_400.0 == anew.since


def test_who_was_listed_is_none_any_more():
    """Once the inventory has it, it is gone at once."""
    strangers = Strangers()
    seen(strangers, lease())
    listed = msgspec.structs.replace(KNOWN, hosts=frozenset({"10.20.0.99"}))
    assert () == seen(strangers, inventory=listed, now=NOW + 10.0)


def test_a_device_in_repair_still_owns_its_worker():
    """The pool shows it for a while after the device fell silent; a month later nobody knows whose it is."""
    strangers = Strangers()
    seen(strangers)
    silent = msgspec.structs.replace(KNOWN, workers=frozenset())
    assert () == seen(strangers, worker("rig1"), inventory=silent, now=NOW + NAMES_S)
    assert 1 == len(seen(strangers, worker("rig1"), inventory=silent, now=NOW + NAMES_S + 1.0))


def test_begins_are_kept_over_a_restart():
    """A restart does not give a stranger another day."""
    strangers = Strangers()
    seen(strangers, lease())
    kept = msgspec.msgpack.decode(msgspec.msgpack.encode(strangers.memory()), type=StrangersMemory)
    (found,) = seen(Strangers(kept), lease(), now=NOW + 500.0)
    assert NOW == found.since


def test_a_network_full_of_strangers_is_bounded():
    """Who floods the leases fills a bounded memory, and those that were there first stay."""
    strangers = Strangers()
    seen(strangers, lease())
    flood = [lease(f"10.20.{n // 250}.{n % 250}", f"28:E2:97:01:{n // 256:02X}:{n % 256:02X}") for n in range(2 * MOST)]
    found = seen(strangers, *flood, now=NOW + 1.0)
    assert MOST == len(found)
    assert THEIRS == found[0].mac


def test_names_and_marks_are_cut_to_what_counts():
    """An account before the worker is cut, and of the marks only MACs are taken."""
    assert ["rig7", "rig7", "other.rig7"] == [
        worker_of(name, account="Acct") for name in ("acct.Rig7", "RIG7", "other.rig7")
    ]
    assert frozenset({OURS}) == macs_of(["mac 28:E2:97:00:00:01", "serial ABC", "mac nonsense"])
