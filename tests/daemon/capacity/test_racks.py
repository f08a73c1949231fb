"""Racks side by side: runs of what is empty or would be, within a row, a feeder and a kind of cooling."""

from hypothesis import given
from hypothesis import strategies as st

from daemon.capacity.plan import RackCount, RackPlan
from daemon.capacity.racks import free_runs

FULL = RackCount(devices=20)
LOSING = RackCount(devices=20, unprofitable=20, unprofitable_w=60e3)
MIXED = RackCount(devices=20, unprofitable=19, unprofitable_w=57e3)


def row(*counts, name="A", feeder="f1", power_w=80e3, cooling="hydro"):
    racks = [
        RackPlan(id=f"{name}{place}", feeder=feeder, row=name, position=place, power_w=power_w, cooling=cooling)
        for place in range(len(counts))
    ]
    return racks, {f"{name}{place}": count for place, count in enumerate(counts) if count is not None}


def spans(runs):
    return [(run.row, run.first, run.last) for run in runs]


def test_empty_and_losing_racks_make_runs():
    """Neighbours that are empty or hold only what loses money belong together; one that earns parts them."""
    racks, counts = row(None, LOSING, None, MIXED, FULL, None, LOSING)
    runs = free_runs(racks, counts=counts)
    assert [("A", 0, 2), ("A", 5, 6)] == spans(runs)
    assert (3, 2, 20, 240e3, "hydro") == (
        runs[0].racks, runs[0].empty, runs[0].displaced_devices, runs[0].power_w, runs[0].cooling,
    )  # fmt: skip


def test_rows_feeders_and_cooling_part_runs():
    """A run does not go around a corner, over two feeders, or through two kinds of cooling."""
    first, _ = row(None, None)
    second, _ = row(None, None, name="B")
    third = [RackPlan(id="A2", feeder="f2", row="A", position=2), RackPlan(id="B2", feeder="f1", row="B", position=2)]
    assert [("A", 0, 1), ("B", 0, 1), ("A", 2, 2), ("B", 2, 2)] == spans(
        free_runs([*third, *second, *first], counts={})
    )


def test_a_gap_in_the_row_parts_a_run():
    """A position without a rack is no space that anybody promised."""
    racks, counts = row(None, None, None, None)
    assert [("A", 2, 3), ("A", 0, 0)] == spans(free_runs([racks[0], *racks[2:]], counts=counts))


def test_a_rack_without_place_or_power():
    """A rack whose place nobody knows is left out; power is only summed when every rack tells it."""
    lost = [
        RackPlan(id="x", feeder="f1"),
        RackPlan(id="y", row="A", position=1),
        RackPlan(id="z", feeder="f1", row="A"),
    ]
    assert () == free_runs(lost, counts={})
    racks, _ = row(None, None, power_w=None)
    assert None is free_runs(racks, counts={})[0].power_w


@given(st.lists(st.sampled_from([None, FULL, LOSING, MIXED]), max_size=20))
def test_runs_hold_exactly_what_is_free(counts):
    """Every free rack is in one run, no other is, and no two runs touch."""
    racks, known = row(*counts)
    runs = free_runs(racks, counts=known)
    held = sorted(place for run in runs for place in range(run.first, run.last + 1))
    assert [place for place, count in enumerate(counts) if count in {None, LOSING}] == held
    ends = {run.last for run in runs}
    assert not ends & {run.first - 1 for run in runs}
