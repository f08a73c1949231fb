"""What a model's own watts are wrong by, learnt from meters, and watts brought from the board to the wall."""

from collections.abc import Mapping, Sequence
from math import sqrt

import msgspec

from daemon.economics.verdict import COMMON_ERROR_RATIO, POWER_ERROR_RATIO

# How far a model's own figure is off in common before any meter has been seen, one standard deviation.
PRIOR_RATIO = 0.05
# What a power supply loses between wall and board, and how sure that is.
SUPPLY_LOSS_RATIO = 0.075
SUPPLY_LOSS_ERROR = 0.015


class Observation(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A meter's power at one time beside what each group behind it said it drew, in watts.

    `metered_w` is what is left for the devices: losses and auxiliaries taken off. Groups are named by model and
    firmware. `sd_w` is one standard deviation of the meter and of all that is independent from device to device.
    """

    metered_w: float
    claimed_w: Mapping[str, float]
    sd_w: float


class Bias(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What to add to a group's own watts, as a share of them, and one standard deviation of that share.

    `name` says whose bias it is: model, firmware and grade.
    """

    ratio: float
    error_ratio: float
    name: str = ""


class Wall(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Watts at the wall, and one relative standard deviation of them."""

    power_w: float
    error_ratio: float


def learnt_biases(observations: Sequence[Observation], *, prior_ratio: float = PRIOR_RATIO) -> dict[str, Bias]:
    """Learn the common bias of each group from meters, also where several groups share one.

    A linear model `metered = Σ claimed·(1 + bias)` with every bias expected near zero beforehand; what the meters
    cannot tell apart keeps its wide error, so one meter over two models never claims to know both. Observations with
    no error given, or none claimed, teach nothing.
    """
    usable = [seen for seen in observations if seen.sd_w > 0.0 and any(seen.claimed_w.values())]
    names = sorted({name for seen in usable for name in seen.claimed_w})
    if not names:
        return {}
    place = {name: index for index, name in enumerate(names)}
    size = len(names)
    precision = [[1.0 / prior_ratio**2 if row == column else 0.0 for column in range(size)] for row in range(size)]
    pull = [0.0] * size
    for seen in usable:
        weight = 1.0 / seen.sd_w**2
        residual = seen.metered_w - sum(seen.claimed_w.values())
        for name, claimed in seen.claimed_w.items():
            pull[place[name]] += weight * claimed * residual
            for other, claimed_there in seen.claimed_w.items():
                precision[place[name]][place[other]] += weight * claimed * claimed_there
    covariance = _inverse(precision)
    return {
        name: Bias(
            ratio=sum(covariance[row][column] * pull[column] for column in range(size)),
            error_ratio=sqrt(covariance[row][row]),
        )
        for name, row in place.items()
    }


def at_wall(power_w: float, *, error_ratio: float, bias: Bias | None = None, is_at_board: bool = False) -> Wall:
    """Bring a device's own watts to the wall: add what its supply loses, and what its model is known to be off by.

    The errors of both are added to `error_ratio` in squares.
    """
    error = error_ratio**2
    if is_at_board:
        power_w *= 1.0 + SUPPLY_LOSS_RATIO
        error += SUPPLY_LOSS_ERROR**2
    if bias is not None:
        power_w *= 1.0 + bias.ratio
        error += bias.error_ratio**2
    return Wall(power_w=power_w, error_ratio=sqrt(error))


def corrected(power_w: float, *, grade: str, bias: Bias) -> Wall | None:
    """Correct a device's own watts by the learnt bias; None for a grade without an error.

    What was learnt takes the place of the part of the grade's error that such devices share; the rest stays, for a
    bias says nothing of one device among many.
    """
    whole = POWER_ERROR_RATIO.get(grade)
    if whole is None:
        return None
    common = COMMON_ERROR_RATIO.get(grade, 0.0)
    own = sqrt(max(0.0, whole**2 - common**2))
    return at_wall(power_w, error_ratio=own, bias=bias)


def _inverse(matrix: list[list[float]]) -> list[list[float]]:
    """Invert a symmetric matrix with a prior on its diagonal, which is never singular, by Gauss and Jordan."""
    size = len(matrix)
    rows = [[*row, *(1.0 if index == column else 0.0 for column in range(size))] for index, row in enumerate(matrix)]
    for index in range(size):
        pivot = max(range(index, size), key=lambda row: abs(rows[row][index]))
        rows[index], rows[pivot] = rows[pivot], rows[index]
        divisor = rows[index][index]
        rows[index] = [value / divisor for value in rows[index]]
        for row in range(size):
            factor = rows[row][index]
            if row != index and factor != 0.0:
                rows[row] = [value - factor * top for value, top in zip(rows[row], rows[index], strict=True)]
    return [row[size:] for row in rows]
