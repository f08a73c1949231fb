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
    """M60S VK43 is of the M60S VK40, with the labels of every M60S; a chip bin that nobody knows is an M60S."""
    assert "M60S VK40" == models.find("Whatsminer", "M60S VK43").name
    assert models.find("Whatsminer", "M60S").bins == models.find("Whatsminer", "M60S_VK40").bins
    assert "M60S" == models.find("Whatsminer", "M60S VZ99").name
    assert "M3" == models.find("Whatsminer", "M3").name
    assert [12.5e12] == [one.hashrate_hs for one in models.find("Whatsminer", "M3v2").bins]


@pytest.mark.parametrize(
    ("make", "written", "name"),
    [
        ("Antminer", "S19j Pro+", "S19j Pro+"),
        ("Antminer", "S19 XP Hyd.", "S19 XP Hyd"),
        ("Antminer", "Antminer S19 XP Hydro", "S19 XP Hyd"),
        ("Antminer", "S21e XP Hyd", "S21e XP Hyd"),
        ("Antminer", "Bitmain Antminer T21", "T21"),
        ("Antminer", "S21 XP Imm.", "S21 XP Immersion"),
        ("Antminer", "KS5 Pro", "KS5 Pro"),
        ("Antminer", "L7", "L7"),
        ("Whatsminer", "M30S++ VH40", "M30S++ VH40"),
        ("Whatsminer", "M30S++_VH40", "M30S++ VH40"),
        ("Whatsminer", "M30S++VH42", "M30S++ VH40"),
        ("Whatsminer", "WhatsMiner M60S_VK40", "M60S VK40"),
        ("Whatsminer", "M66S++", "M66S++"),
        ("Avalon", "1246", "1246"),
        ("Avalon", "A1246", "1246"),
        ("Avalon", "AvalonMiner 1346", "1346"),
        ("Avalon", "A15XP", "A15XP"),
        ("Avalon", "Nano 3s", "Nano 3S"),
        ("Avalon", "Avalon Mini3", "Mini 3"),
        ("Sealminer", "SEALMINER A2 Pro Hyd", "A2 Pro Hydro"),
        ("Elphapex", "DG1+", "DG1+"),
        ("Goldshell", "KDMAX", "KD Max"),
        ("IceRiver", "KS0PRO", "KS0 Pro"),
    ],
)
def test_names_as_devices_write_them_find_their_row(make, written, name):
    """Makes in front, Hydro for Hyd, blanks, dots, case and an Avalon's A make no other model."""
    assert name == models.find(make, written).name


@pytest.mark.parametrize(
    ("make", "model", "boards", "chips"),
    [
        ("Whatsminer", "M66S++ VL52", 4, (240,)),
        ("Whatsminer", "M66S++ VZ10", None, ()),
        ("Whatsminer", "M70S VM99", 3, ()),
        ("Whatsminer", "M79S_VM30", 8, (304,)),
        ("IceRiver", "AL3", 3, (18, 156)),
        ("NerdAxe", "NerdOCTAXEGamma", 1, (8,)),
        ("Antminer", "S23 Hyd.", 3, (84,)),
    ],
)
def test_a_model_of_several_builds_promises_what_they_have_in_common(make, model, boards, chips):
    """Where bins of one model differ in their boards, an unknown bin has no number of them."""
    found = models.find(make, model)
    assert (boards, chips) == (found.boards, found.chips_per_board)


@pytest.mark.parametrize(
    ("expected_hs", "power_w"), [(104e12, 3068.0), (103.2e12, 3068.0), (100e12, 3050.0), (80e12, None), (None, None)]
)
def test_the_expected_rate_picks_the_bin(expected_hs, power_w):
    """Label power comes from the bin that the device expects of itself; none fits, none is given."""
    done = models.completed(reading(hashrate_expected_hs=expected_hs))
    assert (power_w, "unknown" if power_w is None else "spec") == (done.power_w, done.power_grade)


def test_a_model_with_one_bin_needs_no_hint():
    """The only label there is gives rate and power."""
    done = models.completed(reading(model="S21 XP"))
    assert (270e12, 3645.0, "spec") == (done.hashrate_expected_hs, done.power_w, done.power_grade)


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


def test_a_label_whose_watts_are_disputed_gives_none():
    """Where sources of equal standing are more than a tenth apart, the rate is known and the wattage is not."""
    done = models.completed(reading(model="S19j", hashrate_expected_hs=90e12))
    assert (90e12, None, "unknown") == (done.hashrate_expected_hs, done.power_w, done.power_grade)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['make']} {row['model']} {row['hashrate']}")
def test_every_row_is_possible_and_has_a_source(row):
    """Watts per TH/s fit the art of SHA-256 machines, counts are small and whole, and a source stands behind it."""
    assert row["source"]
    assert row["confidence"] in ("A", "B", "C")
    assert row["hashrate"] == "" or float(row["hashrate"]) > 0
    # a row without a label is there for its boards
    assert row["hashrate"] or row["boards"] or row["chips_per_board"]
    assert row["boards"] == "" or 1 <= int(row["boards"]) <= 12
    assert all(1 <= int(chips) <= 500 for chips in row["chips_per_board"].split("|") if chips)
    assert row["cooling"] in ("air", "hydro", "immersion", "")
    if row["algorithm"] == "sha256d" and row["power_w"]:
        assert 5 < float(row["power_w"]) / float(row["hashrate"]) < 300


def test_efficiency_recomputed_is_what_the_sources_state():
    """Watts by TH/s agree with the stated J/TH to 3 %: no figure slipped into the wrong row or column."""
    stated = [row for row in ROWS if row["stated_j_per_th"]]
    wrong = [
        f"{row['make']} {row['model']} {row['hashrate']}"
        for row in stated
        if float(row["power_w"]) / float(row["hashrate"]) != pytest.approx(float(row["stated_j_per_th"]), rel=0.03)
    ]
    assert [] == wrong
    assert len(stated) > 200


def test_the_table_is_as_wide_as_promised():
    """At least 200 labelled SHA-256 models, and the common machines of the other algorithms."""
    labelled = {(row["make"], row["model"]) for row in ROWS if row["algorithm"] == "sha256d" and row["hashrate"]}
    assert len(labelled) >= 200
    others = {row["algorithm"] for row in ROWS}
    assert {"scrypt", "kheavyhash", "equihash", "blake2s", "blake3", "eaglesong"} <= others


def test_no_label_stands_twice():
    """A model has one row for each of its bins, and no two models answer to one name."""
    labels = [(models.key(row["make"], row["model"]), row["hashrate"], row["unit"]) for row in ROWS]
    assert len(set(labels)) == len(labels)
    names = {}
    for row in ROWS:
        for name in (row["model"], *filter(None, row["aliases"].split("|"))):
            names.setdefault(models.key(row["make"], name), set()).add(row["model"])
    assert {} == {name: found for name, found in names.items() if len(found) > 1}


@pytest.mark.shared
def test_the_table_agrees_with_the_collected_specifications(shared):
    """Every label that the independent list has with high confidence is in the table, to 3 % of its watts."""
    makes = {"Bitmain": "Antminer", "MicroBT": "Whatsminer", "Canaan": "Avalon", "Bitdeer": "Sealminer"}
    lost = []
    for row in csv.DictReader((shared / "data/asic-specs.csv").read_text(encoding="utf-8").splitlines()):
        if row["confidence"] == "C" or row["flag"] or row["make"] not in makes:
            continue
        model = models.find(makes[row["make"]], row["model"])
        known = model and model.bin(float(row["th_s"]) * 1e12)
        if not known or known.power_w != pytest.approx(float(row["watts"]), rel=0.03):
            lost.append(f"{row['model']} {row['th_s']} {row['watts']}")
    assert [] == lost


def test_a_rate_that_no_machine_reaches_is_in_another_unit():
    """A Z15 of 420 kSol/s that writes its Sol/s under a label of kSol/s is put right, its boards with it."""
    given = reading(
        model="Z15",
        hashrate_hs=380.1e6,
        hashrate_averages_hs={"5s": 380.1e6, "lifetime": 386.5e6},
        boards=(Board(index=0, hashrate_hs=126.7e6),),
    )
    got = models.completed(given)
    assert (pytest.approx(380.1e3), pytest.approx(386.5e3)) == (got.hashrate_hs, got.hashrate_averages_hs["lifetime"])
    assert pytest.approx(126.7e3) == got.boards[0].hashrate_hs


def test_what_a_machine_expects_of_itself_is_put_right_both_ways():
    """An L9 that expects 17 GH/s under a label of MH/s, and one that expects a thousand times too much."""
    for factor in (1e-3, 1e3):
        got = models.completed(
            reading(
                model="L9", hashrate_hs=16.5e9, hashrate_averages_hs={"5s": 16.5e9}, hashrate_expected_hs=17e9 * factor
            )
        )
        assert (pytest.approx(17e9), 16.5e9) == (got.hashrate_expected_hs, got.hashrate_hs)


@pytest.mark.parametrize("rate", [1e9, 1e11, 1e13, 5e14])
def test_a_low_rate_is_a_fault_and_no_unit(rate):
    """A machine at a thousandth of its label may be in trouble: nothing is made of it, nor of an overclocked one."""
    given = reading(hashrate_hs=rate, hashrate_averages_hs={"5s": rate}, hashrate_expected_hs=1e14)
    got = models.completed(given)
    assert (rate, 1e14) == (got.hashrate_hs, got.hashrate_expected_hs)
