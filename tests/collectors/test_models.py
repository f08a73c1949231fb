"""The model table, and what it adds to a reading."""

import csv
from importlib.resources import files

import pytest

from collectors import models
from collectors.reading import Board, Reading

ROWS = list(csv.DictReader(files("collectors.miners").joinpath("models.csv").read_text(encoding="utf-8").splitlines()))


def reading(**more):
    given = {"family": "antminer", "make": "Antminer", "model": "S19j Pro", "state": "hashing", "hashrate_hs": 1e14}
    return Reading(**{**given, **more})


def boards(*indices, chips=126):
    return tuple(Board(index=index, chips=chips, state="ok") for index in indices)


@pytest.mark.parametrize("written", ["S19j Pro", "s19jpro", "S19J-PRO", "Antminer S19j Pro", "S19j  Pro "])
def test_a_model_is_found_however_it_is_written(written):
    """Case, blanks, hyphens and the make do not matter; a plus does."""
    assert "S19j Pro" == models.find("Antminer", written).name
    assert "S19j Pro+" == models.find("Antminer", "S19j Pro+").name
    assert models.find("Antminer", "S19j Pro++") is None
    assert models.find("Whatsminer", "S19j Pro") is None
    assert models.find(None, None) is None


def test_whatsminers_are_found_whatever_their_chip_bin():
    """M60S VK43 is an M60S."""
    assert "M60S" == models.find("Whatsminer", "M60S VK43").name


@pytest.mark.parametrize(
    ("expected_hs", "power_w"), [(104e12, 3068.0), (103.2e12, 3068.0), (100e12, 3050.0), (80e12, None), (None, None)]
)
def test_the_expected_rate_picks_the_bin(expected_hs, power_w):
    """Label power comes from the bin that the device expects of itself; none fits, none is given."""
    done = models.completed(reading(hashrate_expected_hs=expected_hs))
    assert (power_w, "unknown" if power_w is None else "spec") == (done.power_w, done.power_grade)


def test_a_model_with_one_bin_needs_no_hint():
    """The only label there is gives rate and power."""
    done = models.completed(reading(model="T21"))
    assert (190e12, 3610.0, "spec") == (done.hashrate_expected_hs, done.power_w, done.power_grade)


@pytest.mark.parametrize("state", ["sleeping", "fault", "starting", "unknown"])
def test_only_what_hashes_gets_label_power(state):
    """A label says nothing of a device that does not hash."""
    assert models.completed(reading(state=state, hashrate_hs=0.0, hashrate_expected_hs=104e12)).power_w is None


def test_what_the_device_says_is_left_alone():
    """A measured wattage, however odd, is not replaced."""
    done = models.completed(reading(hashrate_expected_hs=104e12, power_w=2900.0, power_grade="reported"))
    assert (2900.0, "reported") == (done.power_w, done.power_grade)


def test_missing_boards_are_named():
    """A board that the model has and the device does not list is missing, at its own place."""
    done = models.completed(reading(boards=boards(0, 2)))
    assert [(0, "ok"), (1, "missing"), (2, "ok")] == [(board.index, board.state) for board in done.boards]
    assert {126} == {board.chips_expected for board in done.boards}
    assert () == models.completed(reading(boards=())).boards


def test_a_board_with_more_chips_is_another_build():
    """The build with the fewest chips that fits is meant; when none fits nothing is expected."""
    s19 = {"model": "S19"}
    assert 88 == models.completed(reading(**s19, boards=boards(0, 1, 2, chips=88))).boards[0].chips_expected
    assert 76 == models.completed(reading(**s19, boards=boards(0, 1, 2, chips=70))).boards[0].chips_expected
    assert models.completed(reading(**s19, boards=boards(0, 1, 2, chips=99))).boards[0].chips_expected is None


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['make']} {row['model']} {row['hashrate']}")
def test_every_row_is_possible_and_has_a_source(row):
    """Watts per TH/s fit the art of SHA-256 machines, counts are small and whole, and a source stands behind it."""
    assert row["source"]
    assert row["confidence"] in ("A", "B", "C")
    assert float(row["hashrate"]) > 0
    assert row["boards"] == "" or 1 <= int(row["boards"]) <= 12
    if row["algorithm"] == "sha256d" and row["power_w"]:
        assert 5 < float(row["power_w"]) / float(row["hashrate"]) < 300
