"""G-03: each bitcoin of this month cost more carbon than the target. Pure."""

from daemon.rules.rule import BETWEEN, DAY, FINE, Judgement, Need, Parameter, Parameters, Rule, unknown
from daemon.rules.snapshot import Snapshot

TOO_LITTLE = unknown("The month's energy, carbon or bitcoin is not known, or it has only begun.")


def carbon(snapshot: Snapshot, _: Snapshot, p: Parameters) -> Judgement | None:
    """Hold while tonnes per bitcoin of the month so far are above the target; None as long as none is set."""
    target = p["target"]
    if not target:
        return None
    history = snapshot.history
    grams, btc = history.month_carbon_g, history.month_mined_btc
    if grams is None or not btc:
        return TOO_LITTLE
    now = grams / 1e6 / btc
    if now <= target:
        return FINE if now < 0.95 * target else BETWEEN
    energy = history.month_energy_kwh
    return Judgement(
        holds=True,
        value=now,
        threshold=target,
        unit="t/BTC",
        message=f"{now:.0f} t of carbon dioxide for each bitcoin this month; the target is {target:.0f} t.",
        evidence={
            "carbon_t": grams / 1e6,
            "mined_btc": btc,
            "energy_kwh": energy,
            "kwh_per_btc": None if energy is None else energy / btc,
        },
    )


RULE = Rule(
    id="G-03",
    scope="site",
    group="compliance",
    title="carbon above target",
    severity="info",
    judge=carbon,
    for_s=DAY,
    clear_for_s=DAY,
    what="Carbon dioxide per mined bitcoin is above the target that you set.",
    why="Reports and lenders ask for it; during the month something can still be done.",
    do="Shift load to cleaner hours or feeders, or to more efficient machines.",
    needs=(Need(text="carbon_intensity or site.carbon, and the month's energy and bitcoin"),),
    parameters=(
        Parameter(
            name="target", default=0.0, dimension="number", low=0.0, high=1e6, text="tonnes per bitcoin; 0 sets none"
        ),
    ),
    quiet=(),
)
