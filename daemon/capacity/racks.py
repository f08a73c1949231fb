"""Racks that stand side by side and are free, or would be: scattered gaps are worth little. Pure."""

from collections.abc import Iterable, Mapping

import msgspec

from daemon.capacity.plan import RackCount, RackPlan

EMPTY = RackCount()


class RackRun(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Neighbouring racks of one row and feeder that are empty, or whose devices are all unprofitable.

    `first` and `last` are positions. `power_w` is what the racks can take together, None when one does not say.
    """

    row: str
    feeder: str
    first: int
    last: int
    empty: int
    displaced_devices: int
    power_w: float | None
    cooling: str | None

    @property
    def racks(self) -> int:
        """How many racks stand in the run."""
        return self.last - self.first + 1


def free_runs(racks: Iterable[RackPlan], *, counts: Mapping[str, RackCount]) -> tuple[RackRun, ...]:
    """Find the runs, longest first. Racks without feeder, row or position are left out: nobody knows their place.

    A run ends where the next position is taken, missing, on another feeder, or cooled in another way.
    """
    placed = [
        (rack, row, rack.position) for rack in racks if rack.feeder and (row := rack.row) and rack.position is not None
    ]
    placed.sort(key=lambda one: (one[1], one[2]))
    runs: list[list[RackPlan]] = []
    for rack, row, position in placed:
        count = counts.get(rack.id, EMPTY)
        if count.devices != count.unprofitable:
            continue
        last = runs[-1][-1] if runs else None
        together = (
            last is not None
            and last.row == row
            and last.feeder == rack.feeder
            and last.cooling == rack.cooling
            and last.position == position - 1
        )
        if together:
            runs[-1].append(rack)
        else:
            runs.append([rack])
    return tuple(sorted((_run(run, counts) for run in runs), key=lambda run: (-run.racks, run.row, run.first)))


def _run(racks: list[RackPlan], counts: Mapping[str, RackCount]) -> RackRun:
    first, last = racks[0], racks[-1]
    told = [rack.power_w for rack in racks if rack.power_w is not None]
    mine = [counts.get(rack.id, EMPTY) for rack in racks]
    return RackRun(
        row=first.row or "",
        feeder=first.feeder or "",
        first=first.position or 0,
        last=last.position or 0,
        empty=sum(1 for count in mine if not count.devices),
        displaced_devices=sum(count.devices for count in mine),
        power_w=sum(told) if len(told) == len(racks) else None,
        cooling=first.cooling,
    )
