"""G-08: a meter says that somebody opened it. Pure."""

from daemon.rules.rule import FINE, Judgement, Need, Parameters, Rule, unknown
from daemon.rules.snapshot import FeederFacts, Snapshot

TAMPER = Need(
    text="the meter's tamper flag: 0 is sealed", signal="meter_tamper_FEEDER", dimension="number", max_age_s=3600.0
)
NO_FLAG = unknown("The meter's tamper flag is missing or too old.")


def meter_tamper(feeder: FeederFacts, snapshot: Snapshot, _: Parameters) -> Judgement | None:
    """Hold while the flag is anything but zero; None without such a signal."""
    if not snapshot.is_configured(TAMPER, feeder.id):
        return None
    flag = snapshot.signal(TAMPER, feeder.id)
    if flag is None:
        return NO_FLAG
    if not flag:
        return FINE
    return Judgement(
        holds=True,
        value=flag,
        threshold=0.0,
        message=f"The meter of {feeder.id} reports that it was opened.",
        evidence={"flag": flag},
    )


RULE = Rule(
    id="G-08",
    scope="feeder",
    group="compliance",
    title="meter opened",
    severity="crit",
    judge=meter_tamper,
    for_s=0.0,
    clear_for_s=0.0,
    what="A meter's own contact says that its cover or seal was opened.",
    why="Everything behind this meter is doubtful until somebody has looked, and the utility will ask.",
    do="Check the seal and its number, and tell the utility.",
    needs=(TAMPER,),
    quiet=(),
)
