"""A recording of any family knows nothing of whose device it is: what tells on somebody is put in, and looked for."""

import copy
import json
import random
import re
from pathlib import Path

import pytest

from collectors import identify
from collectors.poll import collect
from collectors.record import record
from collectors.recording import read_again
from collectors.registry import TABLE
from collectors.registry import family as family_named
from collectors.target import Target
from simulator.models import MODELS
from simulator.site import Site

FOLDER = Path(__file__).resolve().parents[1] / "fixtures"
NAMES = sorted(f"{path.parent.name}/{path.stem}" for path in FOLDER.glob("*/*.json") if path.parent.name in TABLE)
MAC = re.compile(r"(?i)(?<![0-9a-f:-])(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}(?![0-9a-f:-])")
ADDRESS = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d)")
POOL = re.compile(r"(?i)(stratum[a-z0-9+]*://)([\w.-]+)")
# names under which devices say what is private, in any spelling: this test's own, not those of the redaction
KEYS = {
    "user": re.compile(r"(?i)(?:^|_|pool|miner)(?:user|worker|wallet|account|username|workername)(?:name)?\d?$"),
    "serial": re.compile(
        r"(?i)(?:^|[ _-])(?:sn|serial|dna|serialnumber|serial_no|minersn|pcbsn\d?|psusn|chipid)$|serinum$"
    ),
    "secret": re.compile(r"(?i)(?:pass|password|pwd|psw|token|passwd)\d?$"),
    "host": re.compile(r"(?i)(?:hostname|ssid|email)$"),
}
# what the same word tells of every device of its kind
COMMON = re.compile(r"(?i)(?:antminer|whatsminer|avalon|bitaxe|miner|root|admin|x|123|unknown|n/a|)$")


class Plant:
    """Puts something of the same kind, and unmistakable, in place of each private thing; `all` is what it put there."""

    def __init__(self, seed):
        self.dice = random.Random(seed)
        self.known = {}
        self.all = set()

    def of(self, kind, old):
        if (kind, old) not in self.known:
            new = getattr(self, f"new_{kind}")(old)
            self.known[kind, old] = new
            self.all.add(new)
        return self.known[kind, old]

    def letters(self, count, alphabet="abcdefghjkmnpqrstuvwxyz023456789"):
        return "".join(self.dice.choices(alphabet, k=count))

    def new_mac(self, old):
        pairs = [f"{self.dice.randrange(256):02x}" for _ in range(4)]
        made = ("-" if "-" in old else ":").join(["a4", "5e", *pairs])
        return made.upper() if old.isupper() or old == old.upper() else made

    def new_address(self, _):
        return f"10.{self.dice.randrange(1, 250)}.{self.dice.randrange(1, 250)}.{self.dice.randrange(2, 250)}"

    def new_pool(self, _):
        return f"stratum.{self.letters(9, 'abcdefghjk')}-farm.net"

    def new_user(self, _):
        wallet = self.dice.choice((f"bc1q{self.letters(38)}", f"farm{self.letters(6, 'abcdefghjk')}"))
        return f"{wallet}.{self.letters(7)}"

    def new_serial(self, old):
        return "".join(
            self.dice.choice("0123456789")
            if one.isdigit()
            else self.dice.choice("ABCDEFGHJK")
            if one.isalpha()
            else one
            for one in (old if len(old) >= 8 else old + "JK3A9571")
        )

    def new_secret(self, _):
        return f"s3cret{self.letters(8)}"

    def new_host(self, _):
        return f"row-{self.letters(4, 'abcdef')}-shelf-{self.dice.randrange(100, 999)}"

    def into(self, value, key=""):
        if isinstance(value, dict):
            return {name: self.into(part, name) for name, part in value.items()}
        if isinstance(value, list):
            return [self.into(part, key) for part in value]
        return self.text(value, key) if isinstance(value, str) else value

    def text(self, text, key=""):
        for kind, pattern in KEYS.items():
            if pattern.search(key) and "://" not in text and not COMMON.match(text) and not MAC.search(text):
                return self.of(kind, text)
        text = MAC.sub(lambda match: self.of("mac", match[0]), text)
        text = POOL.sub(lambda match: match[1] + self.of("pool", match[2]), text)
        if not re.search(r"(?i)version|firmware|fw|build|compile|^miner$", key):
            text = ADDRESS.sub(lambda match: self._kept(match[0]) or self.of("address", match[0]), text)
        return text

    @staticmethod
    def _kept(address):
        return address if address.startswith(("0.", "127.", "255.", "224.")) or address.endswith(".255") else None


def planted(recording, seed):
    """Give a recording with private things put in, and what was put in."""
    plant = Plant(seed)
    made = copy.deepcopy(recording)
    for one in made["requests"]:
        for name in ("reply", "raw"):
            if name in one:
                one[name] = plant.into(one[name])
        if "headers" in one:
            one["headers"] = {name: plant.text(text) for name, text in one["headers"].items()}
    return made, plant.all


def shape(document):
    """Give a reading without what is private or changes from one second to the next."""
    plain = {name: value for name, value in document.items() if name not in ("warnings", "vendor_login")}
    for name in ("mac", "serial", "hostname"):
        plain[name] = plain[name] is not None
    plain["pools"] = [
        {**pool, "url": pool["url"] is not None, "user": pool["user"] is not None, "last_share_age_s": None}
        for pool in document["pools"]
    ]
    plain["boards"] = [{**board, "serial": board["serial"] is not None} for board in document["boards"]]
    return plain


def spellings(word):
    """Give the ways to write one private thing: a MAC's without marks too."""
    bare = re.sub(r"[:-]", "", word) if MAC.fullmatch(word) else word
    parts = [part for part in word.split(".") if len(part) > 5 and part != "stratum"] if "." in word else []
    return {word, word.lower(), word.upper(), bare, bare.lower(), bare.upper(), *parts}


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", NAMES)
async def test_nothing_private_is_recorded(name, seed, recordings, device):
    """Wallets, users, MACs, serials, addresses, names and passwords in every corner are gone, all else stays."""
    recording, private = planted(recordings[name], f"{name} {seed}")
    family = family_named(recording["family"])
    pretend = await device(recording["requests"], joins=recording.get("joins", True))
    known = {port: pretend.ports.get(number, 1) for port, number in identify.PORTS.items()}
    more = recording.get("credentials", {})
    wanted = await collect(Target("127.0.0.1", ports=pretend.ports_of(family), **more), family, timeout_s=5)
    target = Target("127.0.0.1", ports={**known, **pretend.ports_of(family)}, **more)
    made = await record(target, family=family, timeout_s=20)
    text = json.dumps(made.document, ensure_ascii=False) + "\n".join(made.notes)
    assert [] == sorted(word for word in private if any(one in text for one in spellings(word)))
    again = await read_again(made.document, family=family)
    assert shape(wanted.document()) == shape(again.document())


@pytest.mark.parametrize("key", MODELS)
async def test_nothing_private_of_a_simulated_device_is_recorded(key):
    """A pretend device of each model: neither its MAC and serial number nor its account are in it."""
    async with Site([MODELS[key]]) as site:
        device = site.devices["m1"]
        ports = {role: site.port("m1", role) for role in device.wires}
        username, password = device.credentials
        target = Target(device.identity.address, ports={**dict.fromkeys(identify.PORTS, 1), **ports},
                        username=username, password=password)  # fmt: skip
        family = family_named(device.identity.model.family)
        wanted = await collect(target, family, timeout_s=5)
        target.memory.clear()
        made = await record(target, family=family, timeout_s=20)
    identity = device.identity
    private = {identity.mac, identity.serial, *(account.user for account in identity.accounts)}
    private |= {wanted.mac, wanted.serial, *(board.serial for board in wanted.boards)} - {None}
    private |= {pool.user for pool in wanted.pools if pool.user}
    text = json.dumps(made.document, ensure_ascii=False) + "\n".join(made.notes)
    assert [] == sorted(word for word in private if word and any(one in text for one in spellings(word)))
