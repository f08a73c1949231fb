"""C-06: a reserve was sold, and the load behind it is not there, or a plan would take it away. Pure."""

from daemon.rules.rule import FINE, Judgement, Need, Parameters, Rule, unknown
from daemon.rules.snapshot import FeederFacts, Snapshot
from daemon.rules.wording import power

NO_LOAD = unknown("What the feeder draws is not known, so whether the reserve stands cannot be said.")


def reserve_conflict(feeder: FeederFacts, _: Snapshot, __: Parameters) -> Judgement | None:
    """Hold while less runs than was sold, or a plan would leave less: stopping the unprofitable, or a planned stop.

    None without an award.
    """
    capacity = feeder.capacity
    if feeder.award_clash and capacity is not None:
        return Judgement(
            holds=True,
            message=(
                f"The planned stop {feeder.award_clash} of {feeder.id} falls into an award of reserve: what stands "
                f"still cannot be interrupted."
            ),
            evidence={"curtailment": feeder.award_clash, "award_w": capacity.award_w, "drawn_w": capacity.drawn_w},
        )
    if capacity is None or capacity.award_w <= 0.0:
        return None
    if capacity.drawn_w is None:
        return NO_LOAD
    award = capacity.award_w
    short = capacity.drawn_w < award
    if not short and capacity.refusal is None:
        return FINE
    after = capacity.drawn_w - capacity.freed_w
    if short:
        message = (
            f"{power(award)} of {feeder.id} are sold as a reserve, and it draws only {power(capacity.drawn_w)}: "
            f"what does not run cannot be interrupted."
        )
    else:
        message = capacity.refusal.message if capacity.refusal is not None else ""
    return Judgement(
        holds=True,
        value=capacity.drawn_w if short else after,
        threshold=award,
        unit="W",
        message=message,
        evidence={
            "award_w": award,
            "drawn_w": capacity.drawn_w,
            "after_stopping_w": after,
            "unprofitable_devices": float(len(capacity.unprofitable)),
        },
    )


RULE = Rule(
    id="C-06",
    scope="feeder",
    group="capacity",
    title="reserve conflict",
    severity="crit",
    judge=reserve_conflict,
    for_s=0.0,
    clear_for_s=0.0,
    what="Load that was sold to the grid as a reserve is not running, or would not be after stopping the unprofitable.",
    why="A breach of an award costs more than the losses of a few machines, and may cost the licence.",
    do="Do not stop them, or move the planned stop; run enough load until the award ends, or buy the reserve back.",
    needs=(Need(text="capacity.reserve_awards, and the draw of the feeder"),),
    quiet=(),
)
