"""What meters teach about a model's own watts, when that is used, and what it never does."""

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from daemon.economics.bias import (
    METER_ERROR_RATIO,
    SUPPLY_LOSS_RATIO,
    Bias,
    Mix,
    Witness,
    at_wall,
    common_error_ratio,
    corrected,
    judged,
    learnt_biases,
)
from daemon.economics.money import Appraiser, Terms
from daemon.economics.verdict import COMMON_ERROR_RATIO, POWER_ERROR_RATIO

GRADES = st.sampled_from(["reported", "estimated", "spec"])
TERMS = Terms(currency="USD", hashprice_per_ph_day=41.22, price_per_kwh=0.06)


def witness(*mixes: tuple[float, dict[str, float]], noise: float = 0.002, **said: object) -> Witness:
    """A feeder whose meter shows what is left for the groups and nothing else."""
    return Witness(
        mixes=tuple(
            Mix(left_w=left, meter_w=left, claimed_w=claimed, noise_w=noise * abs(left)) for left, claimed in mixes
        ),
        **said,  # type: ignore[arg-type]
    )


def test_a_bias_is_learnt_from_its_meter() -> None:
    """Devices that claim 100 kW where a meter of 1 % shows 106 are known to be about 6 % low, to about 1 %."""
    bias = learnt_biases([witness((106_000, {"M50/stock": 100_000}))])["M50/stock"]
    assert pytest.approx(0.06, abs=0.004) == bias.ratio
    assert pytest.approx(0.0105, abs=0.0005) == bias.error_ratio


def test_one_meter_over_two_models_knows_neither() -> None:
    """Half of the surplus goes to each and their errors stay wide; a second feeder with one of them parts them."""
    both = witness((212_000, {"a": 100_000, "b": 100_000}))
    found = learnt_biases([both])
    assert pytest.approx(found["a"].ratio) == found["b"].ratio
    assert found["a"].error_ratio > 0.03
    parted = learnt_biases([both, witness((110_000, {"a": 100_000}))])
    assert pytest.approx(0.10, abs=0.006) == parted["a"].ratio
    assert pytest.approx(0.02, abs=0.006) == parted["b"].ratio


def test_another_mix_on_the_same_meter_parts_two_models() -> None:
    """With one of them asleep the same meter tells them apart, better than two looks at the same mix."""
    whole = (214_000.0, {"a": 100_000.0, "b": 100_000.0})
    twice = learnt_biases([witness(whole, whole)])
    parted = learnt_biases([witness(whole, (111_000.0, {"a": 100_000.0}))])
    assert twice["a"].error_ratio > 0.03
    assert pytest.approx(0.11, abs=0.008) == parted["a"].ratio
    assert pytest.approx(0.03, abs=0.008) == parted["b"].ratio
    assert max(parted[name].error_ratio for name in "ab") < 0.5 * twice["a"].error_ratio


def test_looking_twice_at_the_same_mix_is_no_second_witness() -> None:
    """A meter's own error, unlisted load and straying devices are the same in both looks."""
    seen = (324_000.0, {"a": 300_000.0})
    said = {"offset_sd_w": 3000.0, "own_ratio": {"a": 0.005}}
    once, often = (learnt_biases([witness(*[seen] * n, **said)])["a"].error_ratio for n in (1, 6))
    assert often > 0.97 * once


def test_unlisted_load_is_nobodys_bias() -> None:
    """Load known from the dark is taken off; while it is unknown the bias is unsure by it."""
    mix = (315_000.0, {"a": 300_000.0})
    known = learnt_biases([witness(mix, offset_w=15_000.0, offset_sd_w=300.0)])["a"]
    unknown = learnt_biases([witness(mix, offset_sd_w=6000.0)])["a"]
    assert pytest.approx(0.0, abs=1e-9) == known.ratio
    assert unknown.ratio > 0.035
    assert unknown.error_ratio > 1.5 * known.error_ratio


def test_nothing_is_learnt_from_nothing() -> None:
    """No witness, no mix, no error given, nothing claimed: no bias."""
    assert {} == learnt_biases([])
    assert {} == learnt_biases([Witness(mixes=())])
    assert {} == learnt_biases([witness((1.0, {"a": 1.0}), noise=0.0)])
    assert {} == learnt_biases([witness((1.0, {"a": 0.0}))])


@given(true=st.floats(-0.1, 0.1), claims=st.lists(st.floats(1e3, 1e6), min_size=1, max_size=8))
def test_more_meters_never_know_less(true: float, claims: list[float]) -> None:
    """Each further feeder leaves the error smaller or as it is, and the bias no further from the truth than before."""
    seen = [witness((watts * (1 + true), {"a": watts}), noise=0.02) for watts in claims]
    errors = [learnt_biases(seen[: n + 1])["a"].error_ratio for n in range(len(seen))]
    assert all(after <= before * (1 + 1e-9) for before, after in pairwise(errors))
    assert abs(learnt_biases(seen)["a"].ratio - true) <= abs(true) + 1e-12


@given(
    claims=st.lists(st.dictionaries(st.sampled_from("abc"), st.floats(1e3, 1e6), min_size=1), min_size=1, max_size=4),
    errors=st.tuples(*[st.tuples(st.floats(0.001, 0.1), st.floats(0.0, 0.1))] * 3),
)
def test_more_uncertainty_never_teaches_more(
    claims: list[dict[str, float]], errors: tuple[tuple[float, float], ...]
) -> None:
    """Noise, meter error and unlisted load leave every bias as unsure as before, or less sure; none beats a meter."""
    (noise, more_noise), (gain, more_gain), (unseen, more_unseen) = errors
    whole = max(sum(groups.values()) for groups in claims)

    def learnt(noise: float, gain: float, unseen: float) -> dict[str, Bias]:
        mixes = [(sum(groups.values()), groups) for groups in claims]
        return learnt_biases([witness(*mixes, noise=noise, gain_ratio=gain, offset_sd_w=unseen * whole)])

    sure, unsure = learnt(noise, gain, unseen), learnt(noise + more_noise, gain + more_gain, unseen + more_unseen)
    for name, bias in sure.items():
        assert bias.error_ratio >= METER_ERROR_RATIO
        assert unsure[name].error_ratio >= bias.error_ratio * (1 - 1e-6)


@pytest.mark.parametrize(
    ("ratio", "error", "is_used"),
    [(0.05, 0.015, True), (-0.05, 0.015, True), (0.02, 0.015, False), (0.05, 0.021, False), (0.30, 0.015, False)],
)
def test_a_bias_is_used_when_it_is_told_from_none(ratio: float, error: float, is_used: bool) -> None:
    """Beyond its 1.645 deviations, surer than the grade's common part, and small enough to be no fault."""
    assert is_used is judged(Bias(ratio=ratio, error_ratio=error), grade="reported", largest=0.25).is_used


@given(
    hashrate=st.floats(2e13, 2e14),
    power_w=st.floats(500.0, 6000.0),
    grade=GRADES,
    ratio=st.floats(-0.3, 0.3),
    errors=st.tuples(st.floats(0.01, 0.08), st.floats(0.0, 0.08)),
)
def test_doubt_about_a_bias_never_decides(
    hashrate: float, power_w: float, grade: str, ratio: float, errors: tuple[float, float]
) -> None:
    """The same bias known less well, also so little that it is not used any more, turns no undecided into decided."""
    appraiser = Appraiser(TERMS)
    error, more = errors
    sure, unsure = (
        appraiser.money(
            hashrate_hs=hashrate,
            power_w=power_w,
            power_grade=grade,
            bias=judged(Bias(ratio=ratio, error_ratio=known), grade=grade, largest=0.25),
        )
        for known in (error, error + more)
    )
    if sure.verdict == "undecided":
        assert "undecided" == unsure.verdict


@given(grade=GRADES, ratio=st.floats(-0.3, 0.3), error=st.floats(0.01, 0.08))
def test_an_unused_bias_leaves_the_watts(grade: str, ratio: float, error: float) -> None:
    """It only widens the error by what it may be, and never leaves less than the devices' own straying."""
    bias = judged(Bias(ratio=ratio, error_ratio=error), grade=grade, largest=0.25)
    assume(not bias.is_used)
    found = corrected(3000.0, grade=grade, bias=bias)
    assert found is not None
    assert 3000.0 == found.power_w
    own = (POWER_ERROR_RATIO[grade] ** 2 - COMMON_ERROR_RATIO[grade] ** 2) ** 0.5
    assert found.error_ratio >= own + abs(ratio) / 1.645
    assert common_error_ratio(grade, bias=bias) >= min(error, COMMON_ERROR_RATIO[grade])


def test_watts_at_the_wall() -> None:
    """A board's 100 W are more at the wall, a known bias is added, and every error counts."""
    assert (100.0, pytest.approx(0.05)) == (lambda w: (w.power_w, w.error_ratio))(at_wall(100, error_ratio=0.05))
    board = at_wall(100, error_ratio=0.05, is_at_board=True)
    assert pytest.approx(100 * (1 + SUPPLY_LOSS_RATIO)) == board.power_w
    assert board.error_ratio > 0.05
    known = at_wall(100, error_ratio=0.01, bias=Bias(ratio=0.06, error_ratio=0.02))
    assert (pytest.approx(106.0), pytest.approx(0.05**0.5 / 10)) == (known.power_w, known.error_ratio)
