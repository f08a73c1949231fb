"""Load that was sold as a reserve must keep running: a plan that would stop too much of it is refused. Pure."""

import msgspec


class Refusal(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Why a plan must not be carried out; watts."""

    feeder: str
    award_w: float
    load_w: float
    after_w: float
    message: str


def refusal(feeder: str, *, load_w: float | None, stopped_w: float, award_w: float) -> Refusal | None:
    """Hold a plan that stops `stopped_w` against the award; None when it leaves enough running, or nothing is sold.

    A load that is not known is counted as nothing: an award is no place for hope.
    """
    if award_w <= 0.0 or stopped_w <= 0.0:
        return None
    load = load_w or 0.0
    after = load - stopped_w
    if after >= award_w:
        return None
    return Refusal(
        feeder=feeder,
        award_w=award_w,
        load_w=load,
        after_w=after,
        message=(
            f"Stopping {stopped_w / 1000:.1f} kW would leave {max(after, 0.0) / 1000:.1f} kW on {feeder}, "
            f"but {award_w / 1000:.1f} kW are sold as a reserve and must be running to be interrupted."
        ),
    )
