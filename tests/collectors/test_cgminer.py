"""What all answers of the cgminer API share."""

import pytest

from collectors import cgminer
from collectors.value import Fields


def test_a_request_is_one_object():
    """Flags stand beside the command, parameters under their own key."""
    assert b'{"command":"stats","new_api":true}' == cgminer.request("stats", extra={"new_api": True})
    assert b'{"command":"x","parameter":"0"}' == cgminer.request("x", parameter="0")


@pytest.mark.parametrize(
    ("reply", "refused"),
    [
        ({"STATUS": [{"STATUS": "E", "Code": 14}]}, True),
        ({"STATUS": "E", "Msg": "no"}, True),
        ({"STATUS": [{"STATUS": "F"}]}, True),
        ({"STATUS": [{"STATUS": "S"}]}, False),
        ({"STATUS": "S"}, False),
        ({"STATUS": {"STATUS": "S"}}, False),
        ({"STATUS": [{"STATUS": "W"}], "SUMMARY": [{}]}, False),
        ({"STATUS": []}, False),
        ({}, False),
    ],
)
def test_refusals_are_known_in_every_shape(reply, refused):
    """STATUS is a list, a letter or an object; E and F refuse, warnings do not."""
    assert refused == cgminer.is_refusal(reply)


def test_windows_are_taken_by_the_unit_in_their_key():
    """Each key says its own unit; a longer list of windows keeps the shortest first."""
    source = {"MHS av": 95e6, "GHS 5s": "96000.5", "MHS 1m": "", "THS 24h": 94, "HS 30m": 9.5e13, "GHS 15m": -1}
    expected = {"5s": 9.60005e13, "30m": 9.5e13, "24h": 9.4e13, "lifetime": 9.5e13}
    assert expected == cgminer.windows(Fields(), source)
    assert list(expected) == list(cgminer.windows(Fields(), source))


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"Diff": "524K", "Last Share Difficulty": 524288.0}, 524288.0),
        ({"Diff": "65.5K", "Stratum Difficulty": 131072.0, "Last Share Difficulty": 65536.0}, 131072.0),
        ({"Diff": "524K", "Last Share Difficulty": 0.0}, 524000.0),
        ({"Diff": ""}, None),
        ({}, None),
    ],
)
def test_an_exact_difficulty_beats_a_rounded_one(entry, expected):
    """What the pool set now comes first, the text for people last; 0 stands for none yet."""
    assert expected == cgminer.difficulty(Fields(), entry)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1000, 500.0),
        ("1400", 100.0),
        (0, None),
        ("0", None),
        ("", None),
        ("0:00:27", 27.0),
        ("1:01:01", 3661.0),
        ("2:00:00:01", 172801.0),
        (9999, 0.0),
        ("soon:", None),
    ],
)
def test_a_share_is_as_old_as_the_device_says(value, expected):
    """Epoch times count from the answer's own When, ages are taken as they are, a time ahead is no age."""
    assert expected == cgminer.last_share_age(Fields(), {"Last Share Time": value}, asked_at=1500.0)


def test_fee_pools_and_empty_slots_are_left_out():
    """The firmware maker's pool is not the operator's, and an unused slot is no pool."""
    reply = {
        "POOLS": [
            {"URL": "stratum+tcp://a.test:1", "User": "u", "Status": "Alive", "Stratum Active": True},
            {"URL": "DevFee", "User": "x", "Status": "Alive"},
            {"URL": "", "User": "", "Status": "Dead"},
            "nonsense",
            {"URL": "stratum+tcp://b.test:1", "User": "u", "Status": "Rejecting", "Stratum Active": False},
        ]
    }
    slots = cgminer.pools(Fields(), reply)
    assert [(0, True, True), (1, False, True)] == [(slot.index, slot.active, slot.alive) for slot in slots]
