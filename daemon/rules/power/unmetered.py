"""E-05: too much of the site's power rests on data sheets. Pure."""

from daemon.rules.rule import BETWEEN, DAY, FINE, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.snapshot import Snapshot
from daemon.rules.wording import many, power, share

NOBODY = unknown("No device answers.")


def unmetered(snapshot: Snapshot, _: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while watts of grade spec, and devices without any, are more than a share of the whole."""
    fleet = snapshot.fleet
    known = sum(1 for watts in fleet.power_w_by_grade.values() if watts > 0.0)
    if not known and not fleet.unknown_devices:
        return NOBODY
    counted = fleet.hashing - fleet.unknown_devices
    each = fleet.power_w / counted if counted > 0 else 0.0
    # A device that hides its watts is taken to draw what the others draw on average; only for this share.
    hidden = fleet.unknown_devices * each
    whole = fleet.power_w + hidden
    spec = fleet.power_w_by_grade.get("spec", 0.0)
    part = (spec + hidden) / whole if whole > 0.0 else 1.0
    if part <= p["share"]:
        return FINE if part < 0.9 * p["share"] else BETWEEN
    return Judgement(
        holds=True,
        value=part,
        threshold=p["share"],
        unit="ratio",
        message=(
            f"{share(part)} of the site's power is known from data sheets only ({power(spec)}), or not at all "
            f"({many(fleet.unknown_devices, 'device')})."
        ),
        evidence={"spec_w": spec, "unknown_devices": float(fleet.unknown_devices), "known_w": fleet.power_w},
    )


RULE = Rule(
    id="E-05",
    scope="site",
    group="power",
    title="power known from paper",
    severity="info",
    judge=unmetered,
    for_s=7 * DAY,
    clear_for_s=DAY,
    what="A large part of the watts behind every verdict comes from data sheets, or is not known.",
    why="Errors of a data sheet are shared by all machines of the model: they do not average out.",
    do="Meter where it decides most: see the undecided models (P-02) first.",
    needs=(Need(text="grades of the devices' watts"),),
    parameters=(
        Parameter(name="share", default=0.20, dimension="ratio", low=0.0, high=1.0, text="share of the site's power"),
    ),
)
