"""A series is read with its units, its time zone, and its holes."""

import gzip
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
        ("start_utc,price_usd_per_mwh", {}),
        ("interval_start (UTC),Price [USD/MWh]", {}),
    ],
)
def test_units_are_taken_from_the_head_or_given(tmp_path, head, units) -> None:
    """Whatever the way, a price per MWh becomes one per kWh."""
    series = read(tmp_path, f"{head}\n2026-01-01T00:00:00Z,50\n2026-01-01T01:00:00Z,-3.5\n", units=units)
    assert [0.05, -0.0035] == pytest.approx(series.values["power_price"])
    assert (3600.0, [3600.0, 3600.0]) == (series.interval_s, series.holds_s)


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


def test_a_zone_in_the_head_goes_before_the_sites(tmp_path) -> None:
    """Times in UTC, by name or in brackets, or of another zone, are not the site's; a column in UTC goes first."""
    begun = [
        read(tmp_path, f"{head}\n{cells}\n").times[0]
        for head, cells in (
            ("start_utc,btc_price", "2026-01-01T00:00,1"),
            ("time (UTC),btc_price", "2026-01-01,1"),
            ("time (Europe/Berlin),btc_price", "2026-01-01T01:00,1"),
            ("date,interval_start_utc,btc_price", "2025-12-31,2026-01-01T00:00:00Z,1"),
        )
    ]
    assert [1767225600.0] * 4 == begun


def test_the_money_is_the_files_where_nobody_says_otherwise(tmp_path) -> None:
    """Without a currency that of the power price holds, then the others', then US dollars."""
    heads = ("time,price_eur_per_mwh", "time,hashprice (GBP/PH/day)", "time,difficulty")
    assert ["EUR", "GBP", "USD"] == [
        read(tmp_path, f"{head}\n2026-01-01,1\n", currency=None).currency for head in heads
    ]


def test_a_compressed_series_is_read_as_it_is(tmp_path) -> None:
    """By what it holds, not by its name; half of one is refused."""
    packed = gzip.compress(b"time,btc_price\n2026-01-01,1\n")
    path = tmp_path / "series.csv"
    path.write_bytes(packed)
    assert [1.0] == read_series(str(path), zone=CHICAGO, currency="USD").values["btc_price"]
    path.write_bytes(packed[:-9])
    with pytest.raises(SeriesError, match="whole gzip"):
        read_series(str(path), zone=CHICAGO, currency="USD")


def test_the_hour_that_never_was_may_be_left_empty(tmp_path) -> None:
    """In spring a local calendar of 24 rows has one too many: empty it is left out, with a figure it is refused."""
    rows = ["2026-03-08T01:00,1", "2026-03-08T02:00,{}", "2026-03-08T03:00,3"]
    text = "\n".join(["time,btc_price", *rows, ""])
    series = read(tmp_path, text.format(""))
    assert ([1.0, 3.0], 0) == (series.values["btc_price"], series.gaps)
    with pytest.raises(SeriesError, match=r"line 3.*never was in America/Chicago"):
        read(tmp_path, text.format("2"))


def test_a_row_said_twice_counts_once(tmp_path) -> None:
    """The same time with the same figures is left out and counted; with others nobody can tell which one holds."""
    text = "time,btc_price\n2026-10-25T00:00Z,1\n2026-10-25T01:00Z,2\n2026-10-25T01:00Z,{}\n2026-10-25T02:00Z,3\n"
    series = read(tmp_path, text.format(2))
    assert ([1.0, 2.0, 3.0], 1) == (series.values["btc_price"], series.repeated)
    with pytest.raises(SeriesError, match="line 4: a second row for 2026-10-25T01:00:00Z"):
        read(tmp_path, text.format(5))


def test_a_gap_belongs_to_nobody(tmp_path) -> None:
    """The row before missing ones holds as long as its neighbours, and the rest is counted as missing."""
    hours = (0, 1, 2, 3, 6, 7, 8)
    series = read(tmp_path, "time,btc_price\n" + "".join(f"2026-01-01T{hour:02d}:00Z,1\n" for hour in hours))
    assert ([3600.0] * 7, 1, 7200.0) == (series.holds_s, series.gaps, series.gap_s)


def test_rows_may_change_their_length_on_the_way(tmp_path) -> None:
    """A market that goes from hours to quarter-hours has no gap there."""
    hours = "".join(f"2026-01-01T{hour:02d}:00Z,1\n" for hour in range(5))
    quarters = "".join(f"2026-01-01T{5 + n // 4:02d}:{15 * (n % 4):02d}Z,1\n" for n in range(40))
    series = read(tmp_path, "time,btc_price\n" + hours + quarters)
    assert ([3600.0] * 5 + [900.0] * 40, 0) == (series.holds_s, series.gaps)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "rows", "currency"),
    [
        ("ercot-hubavg-rt-15min-2024.csv.gz", 35_136, "USD"),
        ("ercot-hubavg-rt-week-2025-04-07.csv", 672, "USD"),
        ("entsoe-de-dayahead-hourly-2020-2022.csv.gz", 26_304, "EUR"),
        ("entsoe-de-dayahead-sample-2023-07.csv", 336, "EUR"),
    ],
)
def test_markets_are_read_as_they_publish(shared, name, rows, currency) -> None:
    """Compressed or not, every row of whole years, and no gap where the clocks change."""
    series = read_series(str(shared / "data" / name), zone=CHICAGO, currency=None)
    assert (rows, currency, 0, 0) == (len(series.times), series.currency, series.gaps, series.repeated)
    assert None not in series.values["power_price"]
    assert min(value or 0.0 for value in series.values["power_price"]) < 0.0


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
        ("time,btc_price\n2026-01-02,1\n2026-01-01,1\n", "line 3.*oldest first"),
        ("time;btc_price\n2026-01-02;1\n", "semicolons"),
        ("time (Mars),btc_price\n2026-01-02,1\n", "no time zone"),
        ("time,price_eur_per_mwh,price_usd_per_mwh\n2026-01-02,1,2\n", "several"),
        ("time,price_eur_per_mwh\n2026-01-02,1\n", "--currency EUR"),
        ("time,btc_price\n2026-01-02,1,2\n", "line 2"),
        ('time,btc_price\n"2026-01-02,1\n', "series.csv"),
    ],
)
def test_mistakes_are_named_with_their_place(tmp_path, text, word) -> None:
    """A series that cannot be used says where and why."""
    with pytest.raises(SeriesError, match=word):
        read(tmp_path, text)
