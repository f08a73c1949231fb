"""What a model's own watts are wrong by, learnt from meters, and watts brought from the board to the wall."""

from collections.abc import Mapping, Sequence
from math import sqrt

import msgspec

from daemon.economics.verdict import COMMON_ERROR_RATIO, DECIDED_SD, POWER_ERROR_RATIO

# How far a model's own figure is off in common before any meter has been seen, one standard deviation.
PRIOR_RATIO = 0.05
# A meter of accuracy class 1, and its transformers: nothing that it teaches is surer than this.
METER_ERROR_RATIO = 0.01
# What a power supply loses between wall and board, and how sure that is.
SUPPLY_LOSS_RATIO = 0.075
SUPPLY_LOSS_ERROR = 0.015


class Mix(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A meter's power while its devices ran in one composition, beside what each group of them said it drew, in watts.

    `left_w` is what the meter leaves for the groups: losses, auxiliaries and what is known better are taken off.
    `meter_w` is all that it showed. Groups are named by model, firmware and grade. `noise_w` is one standard deviation
    of what differs from one mix to the next, above zero.
    """

    left_w: float
    meter_w: float
    claimed_w: Mapping[str, float]
    noise_w: float


class Witness(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One feeder's mixes, and what is wrong in all of them alike.

    `gain_ratio` is the meter's own error, which no time cures. `offset_w` is load that is on no list, with its error
    `offset_sd_w`. `own_ratio` has by group how far this feeder's devices may stray, on average, from their kind.
    """

    mixes: tuple[Mix, ...]
    gain_ratio: float = METER_ERROR_RATIO
    offset_w: float = 0.0
    offset_sd_w: float = 0.0
    own_ratio: Mapping[str, float] = {}


class Bias(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What to add to a group's own watts, as a share of them, and one standard deviation of that share.

    `name` says whose bias it is: model, firmware and grade. One that is not `is_used` corrects nothing: it cannot be
    told from none, or it is a fault and no bias; how large it may be widens the error instead.
    """

    ratio: float
    error_ratio: float
    name: str = ""
    is_used: bool = True


class Wall(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Watts at the wall, and one relative standard deviation of them."""

    power_w: float
    error_ratio: float


def learnt_biases(witnesses: Sequence[Witness], *, prior_ratio: float = PRIOR_RATIO) -> dict[str, Bias]:
    """Learn the common bias of each group from meters, also where several groups share one.

    Least squares with every bias expected near zero beforehand: `left = Σ claimed · (1 + bias) + offset`, weighted by
    the covariance of a feeder's mixes, in which its meter's error, its unlisted load and its own devices' straying are
    common. What changes from mix to mix therefore tells groups apart, and what is the same in all of them teaches once.
    What the meters cannot tell apart keeps its wide error, and none gets smaller than a meter's own. Mixes without an
    error or without a claim teach nothing.
    """
    witnesses = [
        msgspec.structs.replace(
            seen, mixes=tuple(mix for mix in seen.mixes if mix.noise_w > 0.0 and any(mix.claimed_w.values()))
        )
        for seen in witnesses
    ]
    names = sorted({name for seen in witnesses for mix in seen.mixes for name in mix.claimed_w})
    if not names:
        return {}
    place = {name: index for index, name in enumerate(names)}
    size = len(names)
    precision = [[1.0 / prior_ratio**2 if row == column else 0.0 for column in range(size)] for row in range(size)]
    pull = [0.0] * size
    for seen in witnesses:
        _count(seen, place=place, precision=precision, pull=pull)
    covariance = _inverse(precision)
    return {
        name: Bias(
            ratio=sum(covariance[row][column] * pull[column] for column in range(size)),
            error_ratio=max(METER_ERROR_RATIO, sqrt(covariance[row][row])),
            name=name,
        )
        for name, row in place.items()
    }


def judged(bias: Bias, *, grade: str, largest: float) -> Bias:
    """Use a bias where it is surer than what its grade leaves in doubt, differs from none, and is no fault."""
    is_sure = bias.error_ratio < COMMON_ERROR_RATIO.get(grade, 0.0)
    is_told = abs(bias.ratio) > DECIDED_SD * bias.error_ratio
    return msgspec.structs.replace(bias, is_used=is_sure and is_told and abs(bias.ratio) <= largest)


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
    bias says nothing of one device among many. A bias that is not used leaves the watts and widens that error by what
    it may be, so far that no margin is decided which the correction would have left undecided.
    """
    whole = POWER_ERROR_RATIO.get(grade)
    if whole is None:
        return None
    if bias.is_used:
        return at_wall(power_w, error_ratio=own_error_ratio(grade), bias=bias)
    common = common_error_ratio(grade, bias=bias)
    suspected = abs(bias.ratio) / DECIDED_SD
    error = (1.0 + abs(bias.ratio)) * sqrt(own_error_ratio(grade) ** 2 + (common - suspected) ** 2) + suspected
    return Wall(power_w=power_w, error_ratio=error)


def own_error_ratio(grade: str) -> float:
    """Give the part of a grade's error that differs from device to device; zero for an unknown grade."""
    whole, common = POWER_ERROR_RATIO.get(grade, 0.0), COMMON_ERROR_RATIO.get(grade, 0.0)
    return sqrt(max(0.0, whole**2 - common**2))


def common_error_ratio(grade: str, *, bias: Bias | None) -> float:
    """Give the part of the error that all devices of one kind share: the grade's, or what meters have left of it."""
    common = COMMON_ERROR_RATIO.get(grade, 0.0)
    if bias is None:
        return common
    if bias.is_used:
        return bias.error_ratio
    return min(bias.error_ratio, common) + abs(bias.ratio) / DECIDED_SD


def _count(seen: Witness, *, place: Mapping[str, int], precision: list[list[float]], pull: list[float]) -> None:
    """Add one feeder's information to the normal equations."""
    mixes = seen.mixes
    names = sorted({name for mix in mixes for name in mix.claimed_w})
    covariance = [
        [
            seen.gain_ratio**2 * one.meter_w * other.meter_w
            + seen.offset_sd_w**2
            + (one.noise_w**2 if one is other else 0.0)
            + sum(
                seen.own_ratio.get(name, 0.0) ** 2 * one.claimed_w.get(name, 0.0) * other.claimed_w.get(name, 0.0)
                for name in names
            )
            for other in mixes
        ]
        for one in mixes
    ]
    weights = _inverse(covariance)
    residuals = [mix.left_w - seen.offset_w - sum(mix.claimed_w.values()) for mix in mixes]
    weighed = [sum(weight * residual for weight, residual in zip(row, residuals, strict=True)) for row in weights]
    for name in names:
        claimed = [mix.claimed_w.get(name, 0.0) for mix in mixes]
        pull[place[name]] += sum(watts * residual for watts, residual in zip(claimed, weighed, strict=True))
        leaning = [
            sum(watts * row[column] for watts, row in zip(claimed, weights, strict=True))
            for column in range(len(mixes))
        ]
        for other in names:
            precision[place[name]][place[other]] += sum(
                weight * mix.claimed_w.get(other, 0.0) for weight, mix in zip(leaning, mixes, strict=True)
            )


def _inverse(matrix: list[list[float]]) -> list[list[float]]:
    """Invert a symmetric matrix with something of each row's own on its diagonal, by Gauss and Jordan."""
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
