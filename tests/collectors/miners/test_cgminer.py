"""The plain programs: whatever answers on port 4028 is read, and a refusal is no device."""

import pytest

from collectors.cgminer import scaled, unit_slip
from collectors.evidence import Evidence
from collectors.family import LIKELY, POSSIBLE
from collectors.miners import bfgminer, cgminer
from collectors.reading import Board
from collectors.value import Fields


def test_anything_that_answers_is_possible_and_a_refusal_is_not():
    """One good answer makes a device of it; `Invalid command` throughout does not."""
    evidence = Evidence()
    evidence.replies["rpc version"] = {"STATUS": [{"STATUS": "E", "Code": 14}]}
    assert 0 == cgminer.recognises(evidence)
    evidence.replies["rpc summary"] = {"STATUS": [{"STATUS": "S"}], "SUMMARY": [{}]}
    assert POSSIBLE == cgminer.recognises(evidence)
    evidence.replies["rpc devs"] = {"STATUS": [{"STATUS": "S", "Description": "bfgminer 5.4"}], "DEVS": []}
    assert (LIKELY, POSSIBLE) == (bfgminer.recognises(evidence), cgminer.recognises(evidence))


@pytest.mark.parametrize(
    ("total", "slip"), [(504.0 * 100, 1e-3), (504e3 * 100, 1.0), (504e6 * 100, 1e3), (3.3e6, 1.0), (0, 1.0)]
)
def test_the_work_done_proves_the_unit(total, slip):
    """`GHS av` of 504 is GH/s, MH/s or TH/s by what was hashed since the start; a rough match proves nothing."""
    summary = {"Total MH": total, "Elapsed": 100}
    assert slip == unit_slip(Fields(), summary, {"lifetime": 504e9})


def test_boards_are_put_right_with_the_totals():
    """A unit that is wrong for the machine is wrong for its boards; a board that said nothing still says nothing."""
    windows, boards = scaled({"5s": 1e12}, (Board(index=0, hashrate_hs=5e11), Board(index=1)), slip=1e-3)
    assert ({"5s": 1e9}, [5e8, None]) == (windows, [board.hashrate_hs for board in boards])
