"""H-09: a device, a feeder of devices, or the whole site does not answer any more. Pure."""

from daemon.fleet import DeviceState
from daemon.rules.context import Context
from daemon.rules.rule import BETWEEN, FINE, MINUTE, Judgement, Need, Parameter, Parameters, Rule
from daemon.rules.snapshot import FeederFacts, Snapshot
from daemon.rules.wording import duration, many, power, share

WORDS = {
    "unreachable": "nobody there",
    "timed_out": "too slow",
    "denied": "refuses our credentials",
    "garbled": "answers nonsense",
    "unsupported": "not a model we know",
}
POLLS = Parameter(
    name="polls", default=3.0, dimension="number", low=0.0, high=1000.0, text="lost polls that are no finding yet"
)
LOST = Parameter(
    name="lost", default=0.5, dimension="ratio", low=0.1, high=1.0, text="share of the devices that must be lost"
)
CLEAR_LOST = Parameter(
    name="clear_lost", default=0.2, dimension="ratio", low=0.0, high=1.0, text="share of lost devices that clears"
)
LEAST = Parameter(
    name="least", default=3.0, dimension="number", low=2.0, high=1000.0, text="least number of lost devices"
)
NEEDS = (Need(text="polls of the devices"),)


def silent(device: DeviceState, context: Context, p: Parameters) -> Judgement | None:
    """Hold from the first lost poll on; the number of polls in a row decides when that is a finding."""
    if not device.missed:
        return FINE
    reason = device.reason or "lost"
    since = device.answered_at
    last = "has never answered" if since is None else f"last answered {duration(context.now - since)} ago"
    detail = f" ({device.detail})" if device.detail else ""
    # The count of the device goes on over a restart of ours; the distance to the limit is what the engine waits for.
    return Judgement(
        holds=True,
        polls=round(device.missed - p["polls"]),
        value=float(device.missed),
        threshold=p["polls"],
        unit="polls",
        message=f"{many(device.missed, 'poll')} lost, {WORDS.get(reason, reason)}{detail}; it {last}.",
        evidence={"missed": float(device.missed), "reason": reason, "host": device.entry.host, "answered_at": since},
    )


def silent_feeder(feeder: FeederFacts, _: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while most devices of the feeder have lost two polls or more: that has one cause, not hundreds."""
    load = feeder.load
    if load.devices < p["least"]:
        return None
    part = load.lost / load.devices
    if part < p["lost"] or load.lost < p["least"]:
        return FINE if part < p["clear_lost"] else BETWEEN
    meter = "" if feeder.meter_w is None else f" Its meter shows {power(feeder.meter_w)}."
    return Judgement(
        holds=True,
        value=part,
        threshold=p["lost"],
        unit="ratio",
        message=(
            f"{load.lost} of {load.devices} devices of {feeder.id} do not answer ({share(part)}), mostly: "
            f"{WORDS.get(load.lost_reason, load.lost_reason)}.{meter}"
        ),
        evidence={
            "lost": float(load.lost),
            "devices": float(load.devices),
            "reason": load.lost_reason,
            "meter_w": feeder.meter_w,
        },
    )


def silent_site(snapshot: Snapshot, _: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while most devices of several feeders, or of none, are lost; one feeder alone is that feeder's finding."""
    fleet = snapshot.fleet
    if fleet.devices < p["least"]:
        return None
    part = fleet.lost / fleet.devices
    if part < p["lost"] or fleet.lost < p["least"]:
        return FINE if part < p["clear_lost"] else BETWEEN
    if fleet.lost_feeders < 2 and fleet.lost_without_feeder < p["lost"] * fleet.lost:
        return FINE
    where = f", {fleet.lost_feeders} feeders among them" if fleet.lost_feeders > 1 else ""
    return Judgement(
        holds=True,
        value=part,
        threshold=p["lost"],
        unit="ratio",
        message=(
            f"{fleet.lost} of {fleet.devices} devices of the site do not answer{where}, mostly: "
            f"{WORDS.get(fleet.lost_reason, fleet.lost_reason)}."
        ),
        evidence={"lost": float(fleet.lost), "devices": float(fleet.devices), "reason": fleet.lost_reason},
    )


RULE = Rule(
    id="H-09",
    scope="device",
    group="health",
    title="device lost",
    severity="high",
    judge=silent,
    for_s=0.0,
    clear_for_s=0.0,
    clear_polls=3,
    what="The device has not given a reading for more than three polls.",
    why="Nobody knows what it does: it may be off, cut off, or hashing for somebody else.",
    do="Check power and network at its place; the reason says whether it is gone, slow, or refuses us.",
    needs=NEEDS,
    parameters=(POLLS,),
    upstream=("H-09/feeder", "H-09/site"),
    on_silence=True,
    rests_on=(),
)
FEEDER_RULE = Rule(
    id="H-09",
    scope="feeder",
    group="health",
    title="feeder lost",
    severity="crit",
    judge=silent_feeder,
    for_s=0.5 * MINUTE,
    clear_for_s=2 * MINUTE,
    what="Most devices of a feeder stopped answering together.",
    why="A breaker, a transformer or a switch is the likely cause; the devices' own findings are held back.",
    do="Check the breaker and the meter of the feeder, then its network switch.",
    needs=NEEDS,
    parameters=(LOST, CLEAR_LOST, LEAST),
    quiet=("maintenance", "idle"),
    upstream=("H-09/site",),
)
SITE_RULE = Rule(
    id="H-09",
    scope="site",
    group="health",
    title="site lost",
    severity="crit",
    judge=silent_site,
    for_s=0.5 * MINUTE,
    clear_for_s=2 * MINUTE,
    what="Most devices of the site stopped answering together.",
    why="The network between here and there, or the grid, is the likely cause; all other findings of silence wait.",
    do="Check the network from this machine on, then the supply.",
    needs=NEEDS,
    parameters=(LOST, CLEAR_LOST, LEAST),
)
