"""H-06: a device does less work than its present setting promises, by more than chance explains. Pure."""

from math import sqrt

from collectors.reading import Reading
from daemon.fleet import DeviceState
from daemon.rules.context import Context
from daemon.rules.history.devices import DAY, SETTLING_S, TICKET_HASHES
from daemon.rules.rule import BETWEEN, FINE, HOUR, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.wording import hashrate, share

NO_HASHRATE = unknown("Its hashrate is not known.")
NO_EXPECTATION = unknown("What it should hash is not known: give `hashrate` in the configuration.")
WINDOWS_S = {
    "24h": DAY, "12h": 43200.0, "6h": 21600.0, "1h": 3600.0, "30m": 1800.0, "15m": 900.0, "10m": 600.0,
    "5m": 300.0, "1m": 60.0, "60s": 60.0, "20s": 20.0, "15s": 15.0, "5s": 5.0,
}  # fmt: skip


def hash_deficit(device: DeviceState, context: Context, p: Parameters) -> Judgement | None:
    """Hold while the mean of hashing time is below a share of the expected, and beyond three times its noise.

    Our own mean of the last day counts once there is one, until then the longest window that the device gives.
    Sleeping, idle and starting time counts for nothing.
    """
    reading = device.reading
    if (
        reading is None
        or reading.state != "hashing"
        or (reading.uptime_s is not None and reading.uptime_s < SETTLING_S)
    ):
        return BETWEEN
    expected = device.expected_hs
    if not expected:
        return NO_EXPECTATION
    device_id = device.entry.id
    mean = context.history.mean_hashrate_hs(device_id)
    if mean is None:
        mean, counted = _longest(reading)
        if mean is None:
            return NO_HASHRATE
    else:
        counted = -1.0
    ratio = mean / expected
    if ratio > p["clear_ratio"]:
        return FINE
    if ratio >= p["ratio"]:
        return BETWEEN
    if counted < 0.0:
        counted = context.history.counted(device_id)
    noise = p["sigmas"] / sqrt(counted) if counted > 0.0 else 1.0
    if 1.0 - ratio <= noise:
        return BETWEEN
    return Judgement(
        holds=True,
        value=ratio,
        threshold=p["ratio"],
        unit="ratio",
        message=(
            f"Hashes {hashrate(mean)} where its setting promises {hashrate(expected)}: {share(1.0 - ratio)} less, and "
            f"chance explains {share(noise)} at most."
        ),
        evidence={
            "mean_hs": mean,
            "expected_hs": expected,
            "noise_ratio": noise,
            "hashrate_hs": reading.hashrate_hs,
            "errors": "; ".join(error.message for error in reading.errors[:3]) or None,
        },
    )


def _longest(reading: Reading) -> tuple[float | None, float]:
    """Give the longest window's hashrate that fits into the uptime, and the results counted in it."""
    uptime = DAY if reading.uptime_s is None else reading.uptime_s
    for name, seconds in WINDOWS_S.items():
        rate = reading.hashrate_averages_hs.get(name)
        if rate is not None and seconds <= uptime:
            return rate, rate * seconds / TICKET_HASHES
    rate = reading.hashrate_hs
    return rate, 0.0 if rate is None else rate * 60.0 / TICKET_HASHES


RULE = Rule(
    id="H-06",
    scope="device",
    group="health",
    title="hash deficit",
    severity="warn",
    judge=hash_deficit,
    for_s=6 * HOUR,
    clear_for_s=6 * HOUR,
    what="Over hours of hashing it did clearly less work than its present preset promises.",
    why="It takes its power and brings less than it should.",
    do="Look at boards, chips, temperature and errors of the device; then retune or restart it.",
    needs=(Need(text="hashrate, and what the device should hash at its present setting"),),
    parameters=(
        Parameter(name="ratio", default=0.92, dimension="ratio", low=0.0, high=1.0, text="share of the expected"),
        Parameter(name="clear_ratio", default=0.95, dimension="ratio", low=0.0, high=1.2, text="share that clears"),
        Parameter(name="sigmas", default=3.0, dimension="number", low=0.0, high=10.0, text="times its noise"),
    ),
)
