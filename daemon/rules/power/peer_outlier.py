"""E-02: a device needs more energy for its work than others of its model. Pure."""

from daemon.fleet import DeviceState
from daemon.rules.context import Context
from daemon.rules.rule import BETWEEN, FINE, HOUR, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.survey.models import model_key
from daemon.rules.wording import share

NO_MEAN = unknown("Its J/TH of the last day is not known.")
# Where all peers agree to the digit, their deviation says nothing; half a percent is as even as machines get.
EVEN = 0.005


def peer_outlier(device: DeviceState, context: Context, p: Parameters) -> Judgement | None:
    """Hold while its J/TH lies many robust deviations above the median of enough peers."""
    reading = device.reading
    if reading is None or not context.peers:
        return None
    peers = context.peers.get(model_key(reading))
    if peers is None or peers.devices < p["peers"]:
        return None
    now = context.history.mean_efficiency_j_per_th(device.entry.id)
    if now is None:
        return NO_MEAN
    median = peers.median_j_per_th
    z = (now - median) / max(peers.deviation_j_per_th, EVEN * median)
    if z < p["clear_z"]:
        return FINE
    if z <= p["z"] or now <= median * (1.0 + p["least"]):
        return BETWEEN
    return Judgement(
        holds=True,
        value=now,
        threshold=median + p["z"] * max(peers.deviation_j_per_th, EVEN * median),
        unit="J/TH",
        message=(
            f"Needs {now:.1f} J/TH; {peers.devices} devices of its model need {median:.1f} "
            f"({share(now / median - 1.0)} less; z {z:.1f})."
        ),
        evidence={
            "mean_24h_j_per_th": now,
            "median_j_per_th": median,
            "deviation_j_per_th": peers.deviation_j_per_th,
            "peers": float(peers.devices),
            "z": z,
            "power_grade": device.power_grade,
        },
    )


RULE = Rule(
    id="E-02",
    scope="device",
    group="power",
    title="outlier among its peers",
    severity="warn",
    judge=peer_outlier,
    for_s=6 * HOUR,
    clear_for_s=6 * HOUR,
    what="It takes clearly more energy for each terahash than most devices of the same model here.",
    why="What ails it costs money every hour and is easy to see beside its neighbours.",
    do="Compare bin and preset first: one name may cover several; then look at the device.",
    needs=(Need(text="watts of grade reported, branch or metered, of at least eight devices of one model"),),
    parameters=(
        Parameter(name="z", default=3.5, dimension="number", low=1.0, high=20.0, text="robust deviations to hold"),
        Parameter(
            name="clear_z", default=2.5, dimension="number", low=0.0, high=20.0, text="robust deviations to clear"
        ),
        Parameter(name="peers", default=8.0, dimension="number", low=3.0, high=1000.0, text="least number of peers"),
        Parameter(
            name="least", default=0.03, dimension="ratio", low=0.0, high=1.0, text="least distance from the median"
        ),
    ),
)
