"""L-14: a device says that it hashes, and no share of it comes. Pure."""

from math import log

from daemon.economics.network import TWO32
from daemon.economics.work import DOUBLE_SHA256
from daemon.fleet import DeviceState
from daemon.rules.context import Context
from daemon.rules.pool.foreign_pool import without_secrets
from daemon.rules.rule import BETWEEN, FINE, MINUTE, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.wording import duration, hashrate

NO_SLOT = unknown("The reading does not name the active pool and its share difficulty.")
NO_AGE = unknown("When it last found a share is not known.")


def absent(device: DeviceState, context: Context, p: Parameters) -> Judgement | None:
    """Hold while the last share is older than hashrate and difficulty let happen by chance.

    The time between shares is exponential: one longer than `m · ln(1/chance)` comes with that chance, where `m` is
    difficulty · 2^32 / hashrate. A device that gives no age of its last share is watched by its counter. None for
    other algorithms, whose difficulties count differently.
    """
    reading = device.reading
    if reading is None or reading.state != "hashing" or not reading.hashrate_hs:
        return BETWEEN
    if reading.algorithm not in DOUBLE_SHA256:
        return None
    slot = None
    for one in reading.pools:
        if one.active:
            slot = one
            break
    if slot is None or not slot.difficulty:
        return NO_SLOT
    age = slot.last_share_age_s
    if age is None:
        age = context.work.without_share_s(device.entry.id, now=context.now)
        if age is None:
            return NO_AGE
    if age < 0.5 * p["least"]:
        return FINE
    mean = slot.difficulty * TWO32 / reading.hashrate_hs
    limit = max(p["least"], -log(p["chance"]) * mean)
    if age <= limit:
        return FINE if age < 0.5 * limit else BETWEEN
    return Judgement(
        holds=True,
        value=age,
        threshold=limit,
        unit="s",
        message=(
            f"Says that it hashes {hashrate(reading.hashrate_hs)}, but its last share is {duration(age)} old; one is "
            f"due every {duration(max(1.0, mean))}, and chance explains {duration(limit)} at most."
        ),
        evidence={
            "last_share_age_s": age,
            "mean_interval_s": mean,
            "difficulty": slot.difficulty,
            "hashrate_hs": reading.hashrate_hs,
            "pool": without_secrets(slot.url),
        },
    )


RULE = Rule(
    id="L-14",
    scope="device",
    group="pool",
    title="green here, absent at the pool",
    severity="high",
    judge=absent,
    for_s=2 * MINUTE,
    clear_for_s=MINUTE,
    what="The device answers and reports a hashrate, and the pool has had no share of it for too long.",
    why="It draws its full power for nothing, and every page that asks only the device shows it green.",
    do="See whether its pool is reached from there; restart the mining process; try another pool.",
    needs=(Need(text="share difficulty of the active pool, and the last share's age or a share counter"),),
    parameters=(
        Parameter(name="chance", default=1e-6, dimension="ratio", low=1e-12, high=0.1, text="chance of being wrong"),
        Parameter(name="least", default=5 * MINUTE, dimension="duration", low=10.0, high=86400.0, text="least age"),
    ),
    upstream=("L-07/site",),
)
