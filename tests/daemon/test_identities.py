"""Who is who by serial number and MAC, whatever the address."""

import pytest

from daemon.identities import OWN, WAIT, Identities, Moved, marks_of

A, B, C = "02:00:00:00:00:0A", "02:00:00:00:00:0B", "02:00:00:00:00:0C"


class Floor:
    """Some ids and what answers at the address of each; `asked` polls them all in order and gives the verdicts."""

    def __init__(self, *ids, **configured):
        self.who = Identities()
        self.at = dict.fromkeys((*ids, *configured))
        self.now = 1000.0
        self.who.take({name: marks_of(configured.get(name), None) for name in self.at})

    def asked(self, **answers):
        self.at |= answers
        self.now += 30.0
        return {name: self.one(name) for name in list(self.at)}

    def one(self, name):
        answer = self.at[name]
        if answer is None:
            self.who.lost(name)
            return None
        mac, serial = answer if isinstance(answer, tuple) else (answer, None)
        verdict = self.who.hear(name, mac=mac, serial=serial, now=self.now)
        if isinstance(verdict, Moved):
            other = verdict.known_as
            self.at[name], self.at[other] = self.at[other], self.at[name]
            self.who.moved(name, other)
        return verdict

    def settled(self, rounds=8, **answers):
        """Poll until nothing is open; gives what answers for each id then."""
        verdicts = self.asked(**answers)
        for _ in range(rounds):
            verdicts = self.asked()
        assert set(verdicts.values()) <= {OWN, None}
        return dict(self.at)


def test_the_same_device_is_its_own_at_every_poll():
    """Who says the same as ever is taken for it, and so is one that says nothing of itself."""
    floor = Floor("m1")
    assert [OWN, OWN, OWN, OWN] == [floor.asked(m1=said)["m1"] for said in (A, A, ("", None), (A, "SN-1"))]
    assert OWN == floor.asked(m1=(None, "SN-1"))["m1"]


def test_a_device_that_changes_its_address_is_asked_there():
    """It answers at an address of its network that was silent: its id moves there, after its own was missed twice."""
    floor = Floor("m1", "m2")
    floor.asked(m1=A)
    verdicts = [floor.asked(m1=None, m2=A)["m2"], floor.asked()["m2"]]
    assert [WAIT, Moved("m1")] == verdicts
    assert {"m1": A, "m2": None} == floor.settled()


@pytest.mark.parametrize("after", [(B, A, C), (B, C, A), (C, A, B), (None, C, A), (A, None, B)])
def test_addresses_that_are_dealt_anew(after):
    """However the addresses are dealt, every id ends with its own device, and with no other."""
    floor = Floor("m1", "m2", "m3")
    floor.asked(m1=A, m2=B, m3=C)
    there = floor.settled(m1=after[0], m2=after[1], m3=after[2])
    home = {"m1": A, "m2": B, "m3": C}
    assert {name: mac if mac in after else None for name, mac in home.items()} == there


def test_a_swap_is_never_booked_to_the_wrong_device():
    """From the moment of the change no answer counts for an id that it does not belong to."""
    floor = Floor("m1", "m2")
    floor.asked(m1=A, m2=B)
    floor.at = {"m1": B, "m2": A}
    for _ in range(6):
        floor.now += 30.0
        for name, mac in (("m1", A), ("m2", B)):
            there = floor.at[name]
            assert OWN != floor.one(name) or there == mac
    assert {"m1": A, "m2": B} == floor.at


def test_a_stranger_takes_the_place_after_a_while():
    """A device that nobody knows is waited with, should the old one turn up elsewhere, and then takes the id."""
    floor = Floor("m1")
    floor.asked(m1=A)
    assert [WAIT, WAIT, OWN, OWN] == [floor.asked(m1=B)["m1"] for _ in range(4)]


def test_who_turns_up_while_a_stranger_is_waited_with():
    """The old device found at another address in the meantime takes its id there; the stranger has the other."""
    floor = Floor("m1", "m2")
    floor.asked(m1=A)
    assert {"m1": A, "m2": B} == floor.settled(m1=B, m2=A)


def test_two_that_answer_with_one_identity():
    """Both answer for themselves: both are taken, and told as duplicates until one falls silent for a while."""
    floor = Floor("m1", "m2")
    floor.asked(m1=A)
    assert WAIT == floor.asked(m2=A)["m2"]
    assert {"m1": OWN, "m2": OWN} == floor.asked()
    (found,) = floor.who.duplicates(floor.now)
    assert (f"mac {A}", ("m1", "m2")) == (found.identity, found.devices)
    floor.asked(m2=None)
    floor.now += 1000.0
    floor.asked()
    assert () == floor.who.duplicates(floor.now)
    floor.asked(m2=A)
    assert 1 == len(floor.who.duplicates(floor.now))


def test_a_serial_number_that_all_share_moves_nobody():
    """Devices with MACs of their own and one serial number between them keep their ids; the number is told."""
    floor = Floor("m1", "m2", "m3")
    floor.settled(m1=(A, "FACTORY"), m2=(B, "FACTORY"), m3=(C, "FACTORY"))
    assert {"m1": (A, "FACTORY"), "m2": (B, "FACTORY"), "m3": (C, "FACTORY")} == floor.at
    (found,) = floor.who.duplicates(floor.now)
    assert ("serial FACTORY", ("m1", "m2", "m3")) == (found.identity, found.devices)


def test_the_inventory_says_who_belongs_where():
    """A device with a MAC in the inventory is found at another listed address from the first poll on."""
    floor = Floor("m2", m1=A)
    assert {"m1": A, "m2": None} == floor.settled(m1=None, m2=A)


def test_a_stranger_never_becomes_whom_the_inventory_names():
    """Another device at the place of a named one is watched there, and gives way when the named one turns up."""
    floor = Floor("m2", m1=A)
    assert {"m1": B, "m2": None} == floor.settled(m1=B)
    assert {"m1": A, "m2": B} == floor.settled(m2=A)


def test_who_everybody_is_outlives_a_restart():
    """What was learnt is written down and holds from the first poll after a restart; nonsense is refused."""
    floor = Floor("m1", "m2")
    floor.asked(m1=A, m2=B)
    after = Floor()
    after.who.restore_state(floor.who.export_state())
    after.who.take({"m1": frozenset(), "m2": frozenset()})
    assert {"m1": A, "m2": B} == after.settled(m1=B, m2=A)
    with pytest.raises(ValueError, match="Expected"):
        after.who.restore_state(b"[]")


@pytest.mark.parametrize(
    ("mac", "serial"), [("00:00:00:00:00:00", None), (None, "0000"), (None, "123"), (None, "Unknown"), (None, None)]
)
def test_what_firmware_makes_up_is_no_identity(mac, serial):
    """Zeros, words and stumps tell nobody from anybody."""
    assert frozenset() == marks_of(mac, serial)


def test_who_left_is_forgotten():
    """An id that is no longer under watch owns no identity any more."""
    floor = Floor("m1", "m2")
    floor.asked(m1=A)
    floor.who.take({"m2": frozenset()})
    assert OWN == floor.who.hear("m2", mac=A, serial=None, now=floor.now)
    assert OWN == floor.who.hear("m1", mac=A, serial=None, now=floor.now)
