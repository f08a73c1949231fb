"""Fleet files: CSV and JSON rows, with units or bare numbers, and every mistake by its line."""

from pathlib import Path

import pytest

from daemon.economics.batch import Batch
from daemon.fleet_file import FleetFileError, read_fleet


def written(folder: Path, text: str, name: str = "fleet.csv") -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


def test_csv_with_units(tmp_path: Path) -> None:
    """Quantities carry their units, a count and a grade may be left out, other columns do not matter."""
    path = written(
        tmp_path, "Model,count,hashrate,power,grade,rack\nA,3,104 TH/s,3.068 kW,metered,r1\nB,,1 PH/s,20 kW,,\n"
    )
    assert (
        Batch(model="A", count=3, hashrate_hs=104e12, power_w=3068.0, grade="metered"),
        Batch(model="B", count=1, hashrate_hs=1e15, power_w=20000.0, grade="spec"),
    ) == read_fleet(path)


def test_csv_with_bare_numbers(tmp_path: Path) -> None:
    """Columns whose names say the unit hold plain numbers; an empty cell is not known."""
    path = written(tmp_path, '\ufeffmodel,th_s,watts\r\n"S19, Pro",104,3068\r\nM50,118,\r\n')
    first, second = read_fleet(path)
    assert ("S19, Pro", 104e12, 3068.0) == (first.model, first.hashrate_hs, first.power_w)
    assert (None, None) == (second.power_w, second.j_per_th)


def test_json(tmp_path: Path) -> None:
    """A list of objects, or an object that has it under `devices`."""
    row = '{"model": "A", "count": 2, "th_s": 100, "power": "3 kW", "grade": "reported"}'
    expected = (Batch(model="A", count=2, hashrate_hs=1e14, power_w=3000.0, grade="reported"),)
    assert expected == read_fleet(written(tmp_path, f"[{row}]", "a.json"))
    assert expected == read_fleet(written(tmp_path, f'{{"devices": [{row}]}}', "b.json"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no devices"),
        ("model,count\nA,1\n", "line 2: needs `hashrate`"),
        ("model,th_s,watts\nA,1\n", "line 2: 2 cells where the first line has 3"),
        ("model,th_s,watts\nA,100,3000\nB,fast,3000\n", "line 3:"),
        ("model,th_s,watts\nA,-100,3000\n", "negative"),
        ("model,count,th_s,watts\nA,0,100,3000\n", "count '0'"),
        ("model,count,th_s,watts\nA,1.5,100,3000\n", "count '1.5'"),
        ("model,grade,th_s,watts\nA,sure,100,3000\n", "grade 'sure'"),
        ('model,th_s,watts\n"A,1,2\n', "line 2, column 1"),
        ("[1]", "device 1: expected an object"),
        ("[", "not JSON"),
        ('{"fleet": []}', "`devices`"),
        ("[]", "has no devices"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, said: str) -> None:
    """Each mistake is refused with its place and what is wrong."""
    with pytest.raises(FleetFileError) as caught:
        read_fleet(written(tmp_path, text))
    assert said in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """The path and the system's reason are in the message; so it is for bytes that are no text."""
    with pytest.raises(FleetFileError, match="cannot be read"):
        read_fleet(str(tmp_path / "none.csv"))
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FleetFileError, match="UTF-8"):
        read_fleet(str(tmp_path / "bytes"))
