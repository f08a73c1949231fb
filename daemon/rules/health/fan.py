"""H-03: a fan stands still, or turns far more slowly than the others of its device. Pure."""

from daemon.fleet import DeviceState
from daemon.rules.context import Context
from daemon.rules.rule import BETWEEN, FINE, MINUTE, Judgement, Need, Parameter, Parameters, Rule

# Below this duty a fan may rightly stand still.
RESTING_DUTY = 0.1
# Fans driven this differently are no measure of each other.
SAME_DUTY = 0.05


def fan(device: DeviceState, context: Context, p: Parameters) -> Judgement | None:
    """Hold while a driven fan of a hashing, air-cooled device stands still or lags its fellows at the same duty."""
    reading = device.reading
    if reading is None or not reading.fans:
        return None
    if reading.state != "hashing":
        return BETWEEN
    slowest = fastest = None
    for one in reading.fans:
        rpm, duty = one.rpm, one.duty_ratio
        if rpm is None or (duty is not None and duty < RESTING_DUTY):
            continue
        if slowest is None or fastest is None:
            slowest = fastest = one
        elif rpm < (slowest.rpm or 0.0):
            slowest = one
        elif rpm > (fastest.rpm or 0.0):
            fastest = one
    if slowest is None or fastest is None:
        return None
    low, high = slowest.rpm or 0.0, fastest.rpm or 0.0
    if low > 0.0:
        if low >= p["clear_ratio"] * high:
            return FINE
        ours, theirs = slowest.duty_ratio, fastest.duty_ratio
        if ours is not None and theirs is not None and abs(ours - theirs) > SAME_DUTY:
            return FINE
        if low >= p["ratio"] * high:
            return BETWEEN
    entry = device.entry
    cooling = context.cooling.get(entry.id) or context.cooling.get(entry.feeder or "")
    if cooling in {"hydro", "immersion"}:
        # Without air there is nothing to turn; firmware often shows a fan that is not there.
        return None
    stands = f"Fan {slowest.index} stands still" if not low else f"Fan {slowest.index} turns at {low:.0f} rpm"
    others = f", the fastest at {high:.0f} rpm" if high else ""
    return Judgement(
        holds=True,
        value=low,
        threshold=p["ratio"] * high,
        unit="rpm",
        message=f"{stands}{others}.",
        evidence={"fan": float(slowest.index), "rpm": low, "fastest_rpm": high, "duty_ratio": slowest.duty_ratio},
    )


RULE = Rule(
    id="H-03",
    scope="device",
    group="health",
    title="fan fault",
    severity="high",
    judge=fan,
    for_s=3 * MINUTE,
    clear_for_s=5 * MINUTE,
    what="A fan of the device stands still, or lags clearly behind the others.",
    why="The chips behind it run hot, and the firmware will stop the device.",
    do="Replace the fan; check its plug first.",
    needs=(Need(text="fan speeds in the reading; feeders.cooling, so that hydro and immersion are left out"),),
    parameters=(
        Parameter(
            name="ratio", default=0.60, dimension="ratio", low=0.05, high=1.0, text="share of the fastest fan's speed"
        ),
        Parameter(
            name="clear_ratio", default=0.70, dimension="ratio", low=0.05, high=1.0, text="share at which it clears"
        ),
    ),
    rests_on=("condition", "fans"),
)
