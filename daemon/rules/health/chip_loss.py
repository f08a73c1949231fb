"""H-05: chips of a device no longer answer. Pure."""

from daemon.fleet import DeviceState
from daemon.rules.context import Context
from daemon.rules.rule import BETWEEN, FINE, HOUR, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.wording import money, share

NO_COUNT = unknown("The reading does not count its chips, or nobody knows how many there should be.")


def chip_loss(device: DeviceState, _: Context, p: Parameters) -> Judgement | None:
    """Hold while enough chips of boards that work are silent; boards that are missing or dead are left to H-04."""
    reading = device.reading
    if reading is None:
        return NO_COUNT
    if reading.state != "hashing":
        return BETWEEN
    seen = expected = 0
    for board in reading.boards:
        chips, full = board.chips, board.chips_expected
        if chips and full and board.state not in {"missing", "fault"}:
            seen += chips
            expected += full
    if not expected:
        return NO_COUNT
    down = expected - seen
    if down <= 0:
        return FINE
    if down < p["chips"] and down < p["share"] * expected:
        return BETWEEN
    earned = device.money
    revenue = None if earned is None else earned.revenue_per_day
    lost = None if revenue is None else revenue * down / max(seen, 1)
    cost = "" if earned is None or lost is None else f" They would earn {money(lost, earned.currency)} a day."
    return Judgement(
        holds=True,
        value=float(down),
        threshold=min(p["chips"], p["share"] * expected),
        unit="chips",
        message=f"{down} of {expected} chips ({share(down / expected)}) do not answer.{cost}",
        evidence={"chips": float(seen), "chips_expected": float(expected), "lost_per_day": lost},
    )


RULE = Rule(
    id="H-05",
    scope="device",
    group="health",
    title="lost chips",
    severity="warn",
    judge=chip_loss,
    for_s=HOUR,
    clear_for_s=HOUR,
    what="Some chips of boards that still work do not answer any more.",
    why="They take hashrate now, and a chain often breaks where the first chip went.",
    do="Put it into the repair queue by the money that it loses a day.",
    needs=(Need(text="chips answering and chips expected, per board"),),
    parameters=(
        Parameter(name="share", default=0.02, dimension="ratio", low=0.0, high=1.0, text="share of all chips"),
        Parameter(name="chips", default=5.0, dimension="number", low=1.0, high=10000.0, text="number of chips"),
    ),
    rests_on=("condition", "boards"),
)
