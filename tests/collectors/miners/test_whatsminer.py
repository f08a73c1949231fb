"""Whatsminers: which API is spoken, faults in words, and units that labels get wrong."""

import pytest

from collectors.errors import CollectError
from collectors.miners import whatsminer, whatsminer_faults, whatsminer_parts
from collectors.poll import collect
from collectors.target import Target


async def test_an_update_to_another_api_costs_one_poll(recordings, device):
    """A device whose old port is gone after an update is read over the new one by the second poll."""
    family = whatsminer.FAMILY
    old = await device(recordings["whatsminer/m30s-api-1"]["requests"])
    new = await device(recordings["whatsminer/m63s-api-3"]["requests"])
    target = Target("127.0.0.1", ports={**old.ports_of(family), "framed": 1})
    assert "M30S VE40" == (await collect(target, family, timeout_s=5)).model
    target.ports.update(new.ports_of(family))
    with pytest.raises(CollectError):
        await collect(target, family, timeout_s=5)
    assert "M63S VL50" == (await collect(target, family, timeout_s=5)).model


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([{"541": "2026-01-01"}, {"110": "2026-01-01"}], ["541", "110"]),
        ({"541": "2026-01-01", "110": "2026-01-02"}, ["541", "110"]),
        ([110, 600, 110], ["110", "600"]),
        ("110,600", ["110", "600"]),
        (["110"], ["110"]),
        (264, ["264"]),
        ([{"264": "t", "reason": "words"}], ["264"]),
        ([{"code": 264}], ["264"]),
        ([], []),
        (None, []),
        ([0, "0", "", None, True, {"x": 1}], []),
    ],
)
def test_faults_are_found_in_every_shape(codes, expected):
    """Lists of numbers, texts or objects, an object, or one text: each fault once, in the device's order."""
    assert expected == [fault.code for fault in whatsminer_faults.faults(codes)]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("110", "intake fan"),
        ("218", "230 V"),
        ("541", "board 1"),
        ("5212", "board 1: chip 2"),
        ("520045", "board 0: chip 45"),
        ("234", "too hot"),
        ("100003", "malware"),
    ],
)
def test_codes_have_words(code, words):
    """A code is told in words, with the board and chip that its digits count."""
    assert words in whatsminer_faults.meaning(code)


def test_an_unknown_code_keeps_the_devices_own_words():
    """What stands in no table is told as the device tells it."""
    assert "Pump lost" == whatsminer_faults.faults([{"77001": "t", "reason": "Pump lost"}])[0].message


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("M50S_VH50", "M50S VH50"), ("WhatsMiner M30S++_VG40", "M30S++ VG40"), ("M20S", "M20S"), ("", None), (None, None)],
)
def test_a_model_is_written_without_underscores(kind, expected):
    """The make is left out and the underscore is a blank."""
    assert expected == whatsminer_parts.model_name(kind)


@pytest.mark.parametrize(
    ("rate", "is_off", "uptime", "faults", "state"),
    [
        (1e14, None, 10, False, "hashing"),
        (0.0, True, 5000, False, "sleeping"),
        (None, True, None, False, "sleeping"),
        (0.0, False, 60, False, "starting"),
        (0.0, False, 5000, False, "fault"),
        (0.0, None, 5000, True, "fault"),
        (0.0, None, 5000, False, "unknown"),
        (None, None, None, False, "unknown"),
    ],
)
def test_states_are_told_apart(rate, is_off, uptime, faults, state):
    """Off on purpose, ramping up, or at zero for no stated reason."""
    assert state == whatsminer_parts.condition(rate_hs=rate, is_off=is_off, uptime_s=uptime, has_faults=faults)
