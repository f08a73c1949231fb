"""S-05: unexplained load rose in a step and stayed. Pure."""

from daemon.rules.rule import BETWEEN, DAY, FINE, HOUR, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.snapshot import FeederFacts, Snapshot
from daemon.rules.wording import power

LEARNING = unknown("Two days of the feeder's meter against its devices are not known yet.")


def load_step(feeder: FeederFacts, snapshot: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while the last day's unexplained load is a step above the day before, with the same inventory."""
    if not feeder.has_meter:
        return None
    step, sd = feeder.step_w, feeder.step_sd_w
    if step is None or sd is None:
        return LEARNING
    changed = feeder.inventory_changed_at
    if changed is not None and snapshot.now - changed < 2 * DAY:
        return BETWEEN
    if step <= p["step"] or step <= p["sigmas"] * sd:
        return FINE if step < 0.5 * p["step"] else BETWEEN
    return Judgement(
        holds=True,
        value=step,
        threshold=p["step"],
        unit="W",
        message=f"Unexplained load on {feeder.id} rose by {power(step)} from one day to the next, and stayed.",
        evidence={"step_w": step, "step_sd_w": sd, "inventory_changed_at": changed},
    )


RULE = Rule(
    id="S-05",
    scope="feeder",
    group="site",
    title="step in the load",
    severity="warn",
    judge=load_step,
    for_s=0.0,
    clear_for_s=6 * HOUR,
    what="Since yesterday the feeder draws more than its devices explain, by a step, with no device added.",
    why="Machines that appear overnight begin as such a step.",
    do="Look at what changed in the last day on this feeder: heating, fans, guests.",
    needs=(Need(text="feeders.meter for two days, and watts of the devices"),),
    parameters=(
        Parameter(name="step", default=2000.0, dimension="power", low=100.0, high=1e9, text="least step"),
        Parameter(name="sigmas", default=3.0, dimension="number", low=0.0, high=20.0, text="times its error"),
    ),
    quiet=("maintenance",),
)
