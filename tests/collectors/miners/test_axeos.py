"""AxeOS: which Bitaxe a board is where its firmware does not name it."""

import pytest

from collectors.miners import axeos
from collectors.value import Fields


@pytest.mark.parametrize(
    ("board", "chip", "model"),
    [
        ("0.11", "BM1366", "Ultra"),
        ("2.2", "BM1397", "Max"),
        ("102", "BM1397", "Max"),
        ("207", "BM1366", "Ultra"),
        ("303", "BM1366", "Hex"),
        ("403", "BM1368", "Supra"),
        ("602", "BM1370", "Gamma"),
        ("650", "BM1370", "Gamma Duo"),
        ("702", "BM1368", "Supra Hex"),
        ("801", "BM1370", "Gamma Turbo"),
        ("1201", "BM1372/BM1373", "Naja Duo"),
        ("1300", "BM1370", "Gamma Hex"),
        (None, "BM1368", "Supra"),
        ("900", "BM9999", None),
    ],
)
def test_a_board_that_is_not_named_is_known_by_its_version_else_by_its_chip(board, chip, model):
    """The first boards count otherwise than the later ones, and there only the chip tells."""
    page = {"boardVersion": board, "ASICModel": chip}
    assert ("Bitaxe", model) == axeos.model_name(Fields(), page, {})


def test_several_chips_without_a_known_board_are_no_single_chip_model():
    """Two BM1370 are no Gamma."""
    assert ("Bitaxe", None) == axeos.model_name(Fields(), {"ASICModel": "BM1370", "asicCount": 2}, {})
