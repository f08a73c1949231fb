"""What stands where: racks of one cooling, feeders with room, a mix as asked for."""

import collections

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.devices.device import Account
from simulator.models import FAMILIES, MODELS, of_family
from simulator.plan import arrange, choose

PICKED = sorted({model.picked_as or model.family for model in MODELS.values()})
ACCOUNT = Account(url="stratum+tcp://127.0.0.1:3333", user="acct")


@given(
    count=st.integers(1, 400),
    mix=st.dictionaries(st.sampled_from(PICKED), st.integers(1, 100), min_size=1).map(
        lambda mix: {name: float(parts) for name, parts in mix.items()}
    ),
    seed=st.integers(0, 100),
)
def test_a_mix_is_kept_to(count: int, mix: dict[str, float], seed: int) -> None:
    """There are as many devices as asked for, each family by its part, within what rounding does."""
    models = choose(count, mix=mix, seed=seed)
    counted = collections.Counter(model.picked_as or model.family for model in models)
    assert count == len(models)
    for family, parts in mix.items():
        assert abs(counted[family] - count * parts / sum(mix.values())) <= len(mix)


def test_a_mix_of_many_takes_turns() -> None:
    """With fewer devices than families none comes twice, and a model may be asked for by its key."""
    mix = dict.fromkeys(("antminer", "whatsminer", "bitaxe-gamma"), 1.0)
    assert [2, 3] == [len({model.family for model in choose(count, mix=mix, seed=1)}) for count in (2, 3)]
    assert ["s21"] * 3 == [model.key for model in choose(3, mix={"s21": 1.0}, seed=1)]


def test_an_empty_mix_is_refused() -> None:
    """No family at all, or no part of any, makes no site."""
    for mix in ({}, {"antminer": 0.0}):
        with pytest.raises(ValueError, match="no devices"):
            choose(5, mix=mix, seed=1)


@given(count=st.integers(1, 300), seed=st.integers(0, 50))
def test_a_site_fits_together(count: int, seed: int) -> None:
    """Every device has an address, a MAC and a slot of its own in a rack that exists, and every feeder can carry it."""
    plan = arrange(choose(count, seed=seed), seed=seed, base="127.20.0.0", accounts=[ACCOUNT])
    racks = {rack.id: rack for rack in plan.racks}
    loads: collections.Counter[str] = collections.Counter()
    for identity in plan.identities:
        rack = racks[identity.rack]
        assert (rack.feeder, rack.cooling) == (identity.feeder, identity.model.cooling)
        assert 1 <= identity.slot <= rack.slots
        loads[identity.feeder] += round(identity.model.power_w)
    assert count == len({identity.address for identity in plan.identities})
    assert count == len({(identity.rack, identity.slot) for identity in plan.identities})
    assert count == len({identity.mac for identity in plan.identities})
    assert {feeder.id for feeder in plan.feeders} == set(loads)
    for feeder in plan.feeders:
        assert loads[feeder.id] + feeder.reserve_w < feeder.contracted_w


def test_the_same_seed_is_the_same_site() -> None:
    """Seed and number decide everything; another seed is another site."""
    one, same, other = (
        arrange(choose(40, seed=seed), seed=seed, base="127.20.0.0", accounts=[ACCOUNT]) for seed in (5, 5, 6)
    )
    assert one == same
    assert one != other


def test_models_are_what_their_makers_print() -> None:
    """Keys are unique, efficiencies plausible, and every family has something to choose from."""
    for key, model in MODELS.items():
        assert key == model.key
        assert model.algorithm != "sha256d" or 10.0 < model.efficiency_j_per_th < 150.0
    assert all(of_family(family) for family in FAMILIES)
