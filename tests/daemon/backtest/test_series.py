"""A series is read with its units, its time zone, and its holes."""

import itertools
from zoneinfo import ZoneInfo

import pytest

from daemon.backtest.series import SeriesError, read_series

CHICAGO = ZoneInfo("America/Chicago")


def read(tmp_path, text: str, **options):
    path = tmp_path / "series.csv"
    path.write_text(text)
    return read_series(str(path), **({"zone": CHICAGO, "currency": "USD"} | options))


@pytest.mark.parametrize(
    ("head", "units"),
    [
        ("time,power_price (USD/MWh)", {}),
        ("Time,Power_Price [USD/MWh]", {}),
        ("timestamp,power_price_usd_per_mwh", {}),
        ("time,power_price", {"power_price": "USD/MWh"}),
    ],
)
def test_units_are_taken_from_the_head_or_given(tmp_path, head, units) -> None:
    """Whatever the way, a price per MWh becomes one per kWh."""
    series = read(tmp_path, f"{head}\n2026-01-01T00:00:00Z,50\n2026-01-01T01:00:00Z,-3.5\n", units=units)
    assert [0.05, -0.0035] == pytest.approx(series.values["power_price"])
    assert (3600.0, 3600.0) == (series.interval_s, series.seconds(1))


def test_all_columns_and_other_names(tmp_path) -> None:
    """Columns that nobody asked for are left alone; a name of the file's own is taken where it is given."""
    text = "start,node,lmp,btc_price,difficulty,hashprice (BTC/PH/day)\n1767225600,HB,40,90000,1.4e14,0.0005\n"
    names, units = {"time": "start", "power_price": "lmp"}, {"power_price": "USD/MWh"}
    series = read(tmp_path, text, names=names, units=units)
    assert (1767225600.0, 0.04, 90000.0, 1.4e14, 0.0005) == (
        series.times[0], *(series.value(name, 0) for name in ("power_price", "btc_price", "difficulty", "hashprice")),
    )  # fmt: skip
    assert {"power_price": "USD", "btc_price": "USD", "hashprice": "BTC"} == series.currencies


def test_what_is_not_there_is_not_known(tmp_path) -> None:
    """Empty cells, NaN and infinity are None."""
    rows = "".join(f"2026-01-01T0{n}:00,{cell}\n" for n, cell in enumerate(["", "nan", "inf", "n/a", "7"]))
    assert [None, None, None, None, 7.0] == read(tmp_path, "time,btc_price\n" + rows).values["btc_price"]


def test_the_hour_that_comes_twice_is_two_hours(tmp_path) -> None:
    """Local times without an offset go on growing when the clocks go back."""
    rows = "".join(f"2026-11-01T{hour}:00,1\n" for hour in ("00", "01", "01", "02"))
    times = read(tmp_path, "time,btc_price\n" + rows).times
    assert [3600.0, 3600.0, 3600.0] == [after - before for before, after in itertools.pairwise(times)]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("time,power_price\n2026-01-01,1\n", "no unit"),
        ("time,power_price (EUR/MWh)\n2026-01-01,1\n", "EUR"),
        ("when,btc_price\n2026-01-01,1\n", "time"),
        ("time,other\n2026-01-01,1\n", "none of the columns"),
        ("time,btc_price\n", "at least one row"),
        ("time,btc_price\nyesterday,1\n", "line 2"),
        ("time,btc_price\n2026-01-01,many\n", "line 2"),
        ("time,btc_price\n2026-01-02,1\n2026-01-01,1\n", "line 3"),
        ("time,btc_price\n2026-01-02,1,2\n", "line 2"),
        ('time,btc_price\n"2026-01-02,1\n', "series.csv"),
    ],
)
def test_mistakes_are_named_with_their_place(tmp_path, text, word) -> None:
    """A series that cannot be used says where and why."""
    with pytest.raises(SeriesError, match=word):
        read(tmp_path, text)
