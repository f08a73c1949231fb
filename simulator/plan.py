"""What stands where: from a number of devices, a mix and a seed to models, identities, racks and feeders. Pure."""

import ipaddress
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import get_args

import msgspec

from simulator.devices.device import Account, Identity
from simulator.models import CoolingKind, Model, of_family
from simulator.physics.dice import Dice
from simulator.wire.listening import require_loopback

DEFAULT_MIX: Mapping[str, float] = {"antminer": 60.0, "whatsminer": 30.0, "axeos": 10.0}
_RACKS_A_FEEDER = 20
_SPARE = 1.25


class FeederPlan(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One feeder: what is contracted, what is kept free, and what hangs on it beside the devices."""

    id: str
    contracted_w: float
    reserve_w: float
    auxiliary_w: float


class RackPlan(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One rack on a feeder."""

    id: str
    feeder: str
    row: str
    position: int
    slots: int
    cooling: CoolingKind


class SitePlan(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The whole of a site, before anything listens."""

    identities: tuple[Identity, ...]
    feeders: tuple[FeederPlan, ...]
    racks: tuple[RackPlan, ...]


def choose(count: int, *, mix: Mapping[str, float] = DEFAULT_MIX, seed: int | str) -> list[Model]:
    """Pick the models of a site; families, or models by key, come in the proportions of `mix`.

    ValueError when the mix is empty, KeyError when there is no such family or model.
    """
    total = sum(mix.values())
    if total <= 0:
        raise ValueError("the mix has no devices in it")
    dice = Dice(f"models {seed}")
    wanted = {name: count * weight / total for name, weight in mix.items()}
    names = [name for name, parts in wanted.items() for _ in range(round(parts))]
    # what rounding left over goes to those it cost the most, the larger part first
    short = sorted(wanted, key=lambda name: (round(wanted[name] - round(wanted[name]), 6), wanted[name]), reverse=True)
    names += itertools.islice(itertools.cycle(short), max(0, count - len(names)))
    choices = {name: of_family(name) for name in mix}
    return [choices[name][dice.below(len(choices[name]))] for name in names][:count]


def arrange(
    models: Sequence[Model], *, seed: int | str, base: str, accounts: Sequence[Account], slots: int | None = None
) -> SitePlan:
    """Put models into racks, all of a rack cooled alike, racks onto feeders, and give each device who and where it is.

    Every device mines at all `accounts`, its own id behind the user's. ValueError when the addresses leave loopback.
    """
    slots = slots or (6 if len(models) <= 48 else 24 if len(models) <= 1000 else 48)
    cooled = [[model for model in models if model.cooling == kind] for kind in get_args(CoolingKind)]
    shelves = [group[at : at + slots] for group in cooled for at in range(0, len(group), slots)]
    feeders = max(1, min(len(shelves), max(2, math.ceil(len(shelves) / _RACKS_A_FEEDER))))
    dice, places = Dice(f"site {seed}"), addresses(base)
    racks: list[RackPlan] = []
    identities: list[Identity] = []
    loads = [0.0] * feeders
    for number, shelf in enumerate(shelves):
        feeder = number * feeders // len(shelves)
        row = chr(ord("A") + feeder % 26)
        rack = RackPlan(
            id=f"r{number + 1}",
            feeder=f"f{feeder + 1}",
            row=row,
            position=number + 1,
            slots=slots,
            cooling=shelf[0].cooling,
        )
        racks.append(rack)
        inlet_offset_c = dice.uniform(-1.5, 1.5)
        for slot, model in enumerate(shelf, start=1):
            loads[feeder] += model.power_w
            number_of = len(identities) + 1
            identities.append(
                Identity(
                    id=f"m{number_of}",
                    address=next(places),
                    model=model,
                    mac=_mac(dice),
                    serial=_serial(model, dice),
                    seed=f"{seed}/{number_of}",
                    feeder=rack.feeder,
                    rack=rack.id,
                    slot=slot,
                    accounts=tuple(
                        msgspec.structs.replace(account, user=f"{account.user}.m{number_of}") for account in accounts
                    ),
                    inlet_offset_c=inlet_offset_c,
                    up_s=dice.uniform(2.0, 720.0) * 3600.0,
                )
            )
    plans = tuple(_feeder(f"f{index + 1}", load_w) for index, load_w in enumerate(loads))
    return SitePlan(identities=tuple(identities), feeders=plans, racks=tuple(racks))


def addresses(base: str) -> Iterator[str]:
    """Give one loopback address after another, from `base` on, without those that end in 0 or 255."""
    require_loopback(base)
    number = int(ipaddress.IPv4Address(base))
    while True:
        if number & 0xFF not in {0, 0xFF}:
            yield require_loopback(str(ipaddress.IPv4Address(number)))
        number += 1


def _feeder(name: str, load_w: float) -> FeederPlan:
    contracted_w = 1000.0 * max(1, math.ceil(load_w * _SPARE / 1000.0))
    return FeederPlan(
        id=name,
        contracted_w=contracted_w,
        reserve_w=round(0.04 * contracted_w),
        auxiliary_w=round(0.015 * load_w),
    )


def _mac(dice: Dice) -> str:
    """Draw a MAC that is marked as locally administered: no maker's."""
    octets = [0x02, *(dice.below(256) for _ in range(5))]
    return ":".join(f"{octet:02X}" for octet in octets)


def _serial(model: Model, dice: Dice) -> str:
    return f"PT{model.key.upper().replace('-', '').replace('+', 'P')[:6]}{dice.below(10**10):010d}"
