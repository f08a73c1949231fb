"""What meters teach of a model's watts: what counts as a witness, how sure it gets, and what it never does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.reading import Reading
from daemon.economics.bias import METER_ERROR_RATIO, Bias
from daemon.economics.money import Appraiser, Terms
from daemon.economics.verdict import COMMON_ERROR_RATIO, POWER_ERROR_RATIO
from daemon.fleet import DeviceEntry, DeviceState
from daemon.rules.history.bias import PowerBias
from daemon.rules.history.claims import Claims, group_of, plain_claims
from daemon.rules.history.metered import KNOWN_S

STEP = 60.0
NAME = "Antminer S19 / 2023, reported"


def machine(power_w=3000.0, *, grade="reported", model="S19", **said):
    device = DeviceState(DeviceEntry(id="m1", host="h", **said.pop("entry", {})), index=0)
    told = {"family": "antminer", "make": "Antminer", "model": model, "firmware_version": "2023", "state": "hashing"}
    device.accept(Reading(**(told | {"power_w": power_w, "power_grade": grade} | said)), now=0.0)
    return device


def claims_of(*devices):
    claims = Claims()
    for device in devices:
        claims.add(device)
    return claims


class Watching:
    """Feeders that are surveyed each minute."""

    def __init__(self):
        self.bias = PowerBias()
        self.now = 0.0

    def watch(self, feeders, seconds=2 * KNOWN_S, **more):
        until = self.now + seconds
        given = {"auxiliary_w": 0.0, "loss_ratio": 0.0} | more
        while self.now < until:
            self.now += STEP
            for name, (claims, meter_w) in feeders.items():
                self.bias.feed(name, claims, now=self.now, meter_w=meter_w, **given)
        self.bias.learn(self.now + 1e6)
        return {name: bias for name, bias in self.bias.biases.items() if bias.is_used}

    def darken(self, feeders, seconds=3600.0):
        until = self.now + seconds
        while self.now < until:
            self.now += STEP
            for name, (claims, meter_w) in feeders.items():
                self.bias.feed_dark(name, claims, now=self.now, meter_w=meter_w)


FULL = claims_of(*[machine() for _ in range(100)])


def test_one_meter_teaches_one_models_bias():
    """A meter that shows 8 % more than a hundred machines of one model claim: the bias is nearly all of that."""
    found = Watching().watch({"f1": (FULL, 324_000.0)})[NAME]
    assert pytest.approx(0.08, abs=0.009) == found.ratio
    assert 0.0 < found.error_ratio < COMMON_ERROR_RATIO["reported"]
    assert NAME == found.name


def test_more_feeders_make_it_surer():
    """Independent meters that agree leave less doubt; looking longer at one does not."""
    one = Watching().watch({"f1": (FULL, 324_000.0)})[NAME]
    longer = Watching().watch({"f1": (FULL, 324_000.0)}, 6 * KNOWN_S)[NAME]
    four = Watching().watch({f"f{number}": (FULL, 324_000.0) for number in range(4)})[NAME]
    assert pytest.approx(one.error_ratio) == longer.error_ratio
    assert four.error_ratio < 0.7 * one.error_ratio


def test_a_dark_window_tells_other_load_from_bias():
    """What the meter shows while all sleep is no model's: the bias shrinks by it, and gets surer than without."""
    asleep = claims_of(*[machine(None, state="sleeping", grade="unknown") for _ in range(100)])
    blind, seen = Watching(), Watching()
    without = blind.watch({"f1": (FULL, 324_000.0)})[NAME]
    seen.darken({"f1": (asleep, 9000.0 + 2500.0)})
    found = seen.watch({"f1": (FULL, 324_000.0)})[NAME]
    assert pytest.approx(9000.0) == seen.bias.dark("f1").load_w
    assert pytest.approx(0.05, abs=0.005) == found.ratio
    assert METER_ERROR_RATIO <= found.error_ratio < 0.85 * without.error_ratio


def test_what_is_listed_and_dark_is_believed_as_listed():
    """Fans of 6 kW that stop with the devices, and of which 2 kW run on, are 6 kW all the same."""
    asleep = claims_of(*[machine(20.0, state="sleeping") for _ in range(100)])
    watching = Watching()
    watching.darken({"f1": (asleep, 2000.0 + 2000.0)})
    found = watching.watch({"f1": (FULL, 321_000.0)}, auxiliary_w=6000.0)[NAME]
    assert pytest.approx(0.05, abs=0.005) == found.ratio


def test_a_moment_of_darkness_is_not_enough():
    """A quarter of an hour after the cooling is needed, and gaps are not filled."""
    asleep = claims_of(machine(20.0, state="sleeping"))
    watching = Watching()
    watching.darken({"f1": (asleep, 900.0)}, 600.0)
    assert watching.bias.dark("f1") is None
    watching.now += 7200.0
    watching.darken({"f1": (asleep, 900.0)}, STEP)
    assert watching.bias.dark("f1") is None
    assert watching.bias.dark("f2") is None


def test_curtailing_one_model_tells_it_from_the_other():
    """Two models behind one meter are told apart once one of them has slept for hours, and not before."""
    s9 = [machine(model="S9") for _ in range(50)]
    both = claims_of(*[machine() for _ in range(50)], *s9)
    half = claims_of(*[machine() for _ in range(50)], *[machine(25.0, state="sleeping") for _ in range(50)])
    watching = Watching()
    asleep = claims_of(*[machine(25.0, state="sleeping") for _ in range(100)])
    watching.darken({"f1": (asleep, 2500.0)})
    assert {} == watching.watch({"f1": (both, 324_000.0)})
    found = watching.watch({"f1": (half, 172_500.0 + 1250.0)}, KNOWN_S)
    assert pytest.approx(0.15, abs=0.02) == found[NAME].ratio
    assert NAME.replace("S19", "S9") not in found


def test_two_models_behind_one_meter_stay_unsure():
    """One meter over two models never claims to know both."""
    mixed = claims_of(*[machine() for _ in range(50)], *[machine(model="S9") for _ in range(50)])
    assert {} == Watching().watch({"f1": (mixed, 324_000.0)})


def test_a_day_is_needed():
    """Before a day has been seen nothing is corrected."""
    assert {} == Watching().watch({"f1": (FULL, 324_000.0)}, KNOWN_S / 2)


def test_losses_auxiliaries_and_meters_of_their_own_are_taken_off():
    """What is not the group's is no part of its bias."""
    claims = claims_of(*[machine() for _ in range(100)], machine(50_000.0, grade="metered"))
    meter = (300_000.0 * 1.05 + 50_000.0) * 1.02 + 10_000.0
    found = Watching().watch({"f1": (claims, meter)}, auxiliary_w=10_000.0, loss_ratio=0.02)[NAME]
    assert pytest.approx(0.05, abs=0.008) == found.ratio


def test_a_fault_is_no_bias():
    """A meter that shows half as much again is wrongly wired, and nothing is corrected by it."""
    assert {} == Watching().watch({"f1": (FULL, 450_000.0)})


def test_gaps_between_surveys_are_not_filled():
    """Surveys that are hours apart say nothing of the hours between."""
    watching = Watching()
    for _ in range(200):
        watching.now += 3600.0
        watching.bias.feed("f1", FULL, now=watching.now, meter_w=324_000.0, auxiliary_w=0.0, loss_ratio=0.0)
    assert not watching.bias.learn(watching.now)
    assert {} == watching.bias.biases


@pytest.mark.parametrize(
    ("device", "group"),
    [
        (machine(), NAME),
        (machine(firmware_version=None, grade="spec"), "Antminer S19 / any firmware, spec"),
        (machine(grade="metered"), None),
        (machine(state="sleeping", power_w=20.0), None),
        (machine(model=None), None),
        (machine(entry={"power_w": 3000.0}), None),
    ],
)
def test_who_shares_a_bias(device, group):
    """Model, firmware and grade together; metered, configured, sleeping and nameless devices have none."""
    assert group == group_of(device)


def test_a_feeder_full_of_others_is_no_witness():
    """Where the groups are the smaller part, their share of the meter is too small to learn from."""
    mixed = claims_of(machine(), machine(9000.0, grade="metered"))
    assert None is plain_claims({"f1": mixed}, "f1")
    assert None is plain_claims({}, "f1")
    assert FULL is plain_claims({"f1": FULL}, "f1")


def test_what_was_learnt_survives_a_restart():
    """Witnesses are taken up as they were, those of feeders that are gone are not; anything else is refused."""
    watching = Watching()
    before = watching.watch({"f1": (FULL, 324_000.0), "f2": (FULL, 324_000.0)})
    again = PowerBias()
    again.restore_state(watching.bias.export_state())
    assert again.learn(0.0)
    assert before == {name: bias for name, bias in again.biases.items() if bias.is_used}
    assert not again.learn(1.0)
    again.keep_feeders(frozenset({"f2"}))
    assert again.learn(1e6)
    assert before[NAME].error_ratio < again.biases[NAME].error_ratio
    for wrong in (b"", b"\x80", b"\x81\xa7version\x09"):
        with pytest.raises(ValueError, match="biases"):
            again.restore_state(wrong)


TERMS = Terms(currency="USD", hashprice_per_ph_day=41.22, price_per_kwh=0.06)


@given(
    st.floats(2e13, 2e14),
    st.floats(500.0, 6000.0),
    st.sampled_from(["reported", "estimated", "spec"]),
    st.floats(-0.2, 0.2),
    st.tuples(st.floats(0.0, 0.05), st.floats(0.0, 0.05)),
)
def test_a_less_sure_bias_never_decides(hashrate, power_w, grade, ratio, errors):
    """With the same correction, more doubt about it never turns undecided into decided."""
    appraiser = Appraiser(TERMS)
    sure, unsure = (
        appraiser.money(
            hashrate_hs=hashrate, power_w=power_w, power_grade=grade, bias=Bias(ratio=ratio, error_ratio=error)
        )
        for error in sorted(errors)
    )
    assert sure.margin_per_day == unsure.margin_per_day
    assert sure.margin_sd_per_day <= unsure.margin_sd_per_day
    if sure.verdict == "undecided":
        assert "undecided" == unsure.verdict


@given(st.sampled_from(["reported", "estimated", "spec"]), st.floats(0.0, 1.0))
def test_a_bias_that_is_used_is_never_less_sure_than_the_grade(grade, share):
    """What is sure enough to be used leaves at most the grade's own error, and never none."""
    error = share * COMMON_ERROR_RATIO[grade]
    found = Appraiser(TERMS).money(
        hashrate_hs=1e14, power_w=3000.0, power_grade=grade, bias=Bias(ratio=0.0, error_ratio=error)
    )
    assert 0.8 * POWER_ERROR_RATIO[grade] < found.power_error_ratio <= POWER_ERROR_RATIO[grade] * (1 + 1e-12)


def test_watts_without_an_origin_stay_unknown():
    """A correction does not make watts known whose grade nobody told."""
    found = Appraiser(TERMS).money(
        hashrate_hs=1e14, power_w=3000.0, power_grade="unknown", bias=Bias(ratio=0.1, error_ratio=0.0)
    )
    assert ("unknown", 3000.0, None) == (found.verdict, found.power_w, found.power_error_ratio)
