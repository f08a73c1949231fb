"""Which class plays which model. A new family adds its models to `models.py` and one line here."""

from collections.abc import Callable

from simulator.devices.antminer import Antminer
from simulator.devices.apollo import Apollo
from simulator.devices.auradine import Auradine
from simulator.devices.avalon import Avalon
from simulator.devices.axeos import AxeOS
from simulator.devices.blackminer import Hammer, VolcMiner
from simulator.devices.bosminer import Bosminer
from simulator.devices.braiins_graphql import BraiinsGraphql
from simulator.devices.braiins_rest import BraiinsRest
from simulator.devices.cgminer_plain import PlainBfgminer, PlainCgminer
from simulator.devices.device import Device, Identity, World
from simulator.devices.ebang import Ebang
from simulator.devices.elphapex import Elphapex
from simulator.devices.epic import Epic
from simulator.devices.fluminer import Fluminer
from simulator.devices.goldshell import Goldshell, GoldshellWeb
from simulator.devices.hiveon import Hiveon
from simulator.devices.iceriver import IceRiver
from simulator.devices.innosilicon import DragonMint, Innosilicon
from simulator.devices.luxos import LuxOS
from simulator.devices.marafw import Marafw
from simulator.devices.mskminer import MskMiner
from simulator.devices.proto import Proto
from simulator.devices.sealminer import Sealminer
from simulator.devices.strongu import StrongU
from simulator.devices.vnish import VNish
from simulator.devices.whatsminer import Whatsminer
from simulator.devices.whatsminer_v3 import WhatsminerBoth, WhatsminerFrames

PLAYERS: dict[str, Callable[[Identity, World], Device]] = {
    "antminer": Antminer,
    "whatsminer": Whatsminer,
    "whatsminer/3": WhatsminerBoth,
    "whatsminer/3-only": WhatsminerFrames,
    "epic": Epic,
    "marafw": Marafw,
    "proto": Proto,
    "iceriver": IceRiver,
    "apollo": Apollo,
    "fluminer": Fluminer,
    "auradine": Auradine,
    "goldshell": Goldshell,
    "goldshell/byte": GoldshellWeb,
    "sealminer": Sealminer,
    "axeos": AxeOS,
    "nerdaxe": AxeOS,
    "hiveon": Hiveon,
    "mskminer": MskMiner,
    "luxos": LuxOS,
    "braiins": BraiinsRest,
    "braiins/api": Bosminer,
    "braiins/24.09": BraiinsGraphql,
    "braiins/25.05": BraiinsGraphql,
    "vnish": VNish,
    "avalon": Avalon,
    "blackminer": Hammer,
    "blackminer/volcminer": VolcMiner,
    "elphapex": Elphapex,
    "innosilicon": Innosilicon,
    "innosilicon/dragonmint": DragonMint,
    "strongu": StrongU,
    "ebang": Ebang,
    "cgminer": PlainCgminer,
    "bfgminer": PlainBfgminer,
}
"""By family, or by `family/dialect` where one dialect of a family needs a class of its own."""


def play(identity: Identity, world: World) -> Device:
    """Make the device that an identity describes."""
    model = identity.model
    player = PLAYERS.get(f"{model.family}/{model.dialect}") or PLAYERS[model.family]
    return player(identity, world)
