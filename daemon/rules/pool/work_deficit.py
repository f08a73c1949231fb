"""L-16: a device's accepted shares prove less work than it reports, by more than chance explains. Pure."""

from daemon.economics.work import truth_of
from daemon.fleet import DeviceState
from daemon.rules.context import Context
from daemon.rules.rule import BETWEEN, FINE, HOUR, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.wording import duration, hashrate, share

NOT_KNOWN = unknown("Hashrate and shares have not been seen together for an hour yet.")
LEAST_S = HOUR


def work_deficit(device: DeviceState, context: Context, p: Parameters) -> Judgement | None:
    """Hold while the reported mean of the day lies above the interval of what its shares prove, and by a share.

    The interval is one-sided at `sigmas`: at 4 an honest device is above it at three looks of a hundred thousand.
    """
    device_id = device.entry.id
    gap = context.work.gap(device_id, least_s=LEAST_S)
    if gap is None:
        return NOT_KNOWN
    if gap < p["clear_gap"]:
        return FINE
    work = context.work.settled_day(device_id)
    truth = None if work is None else truth_of(work, z=p["sigmas"])
    if truth is None or gap <= p["gap"] or truth.reported_hs <= truth.share_high_hs:
        return BETWEEN
    return Judgement(
        holds=True,
        severity="high" if gap > p["high_gap"] else None,
        value=gap,
        threshold=max(p["gap"], 1.0 - truth.share_hs / truth.share_high_hs),
        unit="ratio",
        message=(
            f"Reports {hashrate(truth.reported_hs)} over {duration(truth.seconds)}, but its accepted shares prove "
            f"{hashrate(truth.share_hs)}, {hashrate(truth.share_low_hs)} to {hashrate(truth.share_high_hs)} with "
            f"chance: {share(gap)} are missing."
        ),
        evidence={
            "reported_hs": truth.reported_hs,
            "share_hs": truth.share_hs,
            "share_low_hs": truth.share_low_hs,
            "share_high_hs": truth.share_high_hs,
            "shares": truth.shares,
            "seconds": truth.seconds,
        },
    )


RULE = Rule(
    id="L-16",
    scope="device",
    group="pool",
    title="shares prove less than it reports",
    severity="warn",
    judge=work_deficit,
    for_s=HOUR,
    clear_for_s=HOUR,
    what="Over a day the device's accepted shares stand for clearly less hashrate than it claims.",
    why="It counts work that is not paid: errors, refused shares, a hidden fee of the firmware, or plain boasting.",
    do="Compare rejects and hardware errors; then the firmware's fee; then what the pool shows for this worker.",
    needs=(Need(text="hashrate, share difficulty and accepted shares of the active pool in the readings"),),
    parameters=(
        Parameter(name="gap", default=0.05, dimension="ratio", low=0.0, high=1.0, text="share that is missing"),
        Parameter(name="high_gap", default=0.25, dimension="ratio", low=0.0, high=1.0, text="share for high"),
        Parameter(name="clear_gap", default=0.03, dimension="ratio", low=0.0, high=1.0, text="share that clears"),
        Parameter(name="sigmas", default=4.0, dimension="number", low=0.0, high=10.0, text="deviations of chance"),
    ),
)
