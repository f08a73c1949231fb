"""Take out of a device's answers what tells whose it is, and put something of the same kind in its place.

First everything is looked through for what is private, by the name it stands under and by its shape; then each find
is replaced wherever it stands, always by the same word, so that what belonged together still does. Numbers stay.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable
from typing import Any

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_SECRET = frozenset((
    "pass", "password", "passwd", "pwd", "psw", "passphrase", "psk", "secret", "token", "jwt", "cookie", "salt",
    "apikey", "credentials",
))  # fmt: skip
_SERIAL = frozenset((
    "sn", "serial", "serinum", "serialno", "serialnumber", "dna", "uuid", "uid", "fuseid", "hwid", "licence",
    "license",
))  # fmt: skip
_USER = frozenset((
    "user", "username", "worker", "workername", "wallet", "account", "usr", "email", "owner", "uname", "login",
))  # fmt: skip
_HOST = frozenset((
    "hostname", "ssid", "devicename",
))  # fmt: skip
_POOL = frozenset((
    "url", "pool", "addr", "host", "stratum", "server", "address",
))  # fmt: skip
_VERSION = frozenset((
    "version", "ver", "fw", "firmware", "api", "miner", "kernel", "software", "compile", "build",
))  # fmt: skip
# beside one of these, such a name is of a setting or a state
_SETTING = frozenset(("variant", "type", "mode", "status", "alive", "update", "strategy", "count", "diff", "interval"))
_ENDINGS = ((re.compile(r"(?:password|passwd|token|apikey|sessionid)$"), "secret"), (re.compile(r"sn$"), "serial"),
            (re.compile(r"minerid$"), "serial"), (re.compile(r"(?:user|username|worker|wallet|^m?work)$"), "user"),
            (re.compile(r"hostname$|ssid$"), "host"), (re.compile(r"url$|pool$"), "pool"))  # fmt: skip
# words that stand under such names on every device and tell nothing; some of them tell the family
_COMMON = frozenset((
    "root", "admin", "user", "username", "worker", "default", "none", "null", "true", "false", "enabled",
    "disabled", "unknown", "localhost", "password", "antminer", "whatsminer", "avalon", "bitaxe", "nerdaxe",
    "nerdqaxe", "nerdoctaxe", "miner", "braiins", "luxos", "vnish", "hiveon", "goldshell", "iceriver", "epic",
    "auradine", "sealminer", "innosilicon", "elphapex", "futurebit", "apollo", "btminer", "cgminer", "bmminer",
    "bosminer", "bfgminer", "dhcp", "static", "n/a", "devfee", "connected", "disconnected", "alive", "dead",
))  # fmt: skip
_MAKE = re.compile(
    r"(?i)antminer|whatsminer|avalon|bitaxe|nerd\w*axe|lucky-?miner|goldshell|iceriver|blackminer|hammer|volcminer"
)
# names under which a device says what it is; the same word elsewhere is then no secret
_IDENTITY = frozenset(
    ("model", "type", "minertype", "product", "platform", "asic", "board", "version", "prod", "hwtype")
)
_MAC = re.compile(r"(?i)(?<![0-9a-f:])(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}(?![0-9a-f:])")
_BARE_MAC = re.compile(r"(?i)[0-9a-f]{12}")
_URL = re.compile(r"(?i)\b([a-z][a-z0-9+.-]{1,20})://([^\s\"'<>,|\]]+)")
_HOST_PORT = re.compile(r"(?i)(?:[\w-]+\.)+[a-z][a-z0-9-]+(?::\d+)?(?:/\S*)?")
# in a sentence; pages of HTML are full of such words, and of nobody's
_NAMED_HOST = re.compile(
    r"(?i)(?<![\w.@/-])(?:[\w-]+\.)+(?:com|net|org|io|xyz|local|lan|home|internal|farm|pool|tech|eu|co)(?![\w-])"
)
_SENTENCE = 400
_ADDRESS = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d)")
_ADDRESS_6 = re.compile(r"(?i)(?<![\w:])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?![\w:])")
_SHAPES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("secret", re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*")),
    ("email", re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w")),
    ("wallet", re.compile(r"(?i)\b(?:bc1|tb1|ltc1|ckb1|kaspa:|bitcoincash:)[a-z0-9]{20,100}\b")),
    ("wallet", re.compile(r"\b0x[0-9a-fA-F]{40}\b")),
    ("wallet", re.compile(r"\b(?=\w*[a-z])(?=\w*[A-Z])(?=\w*\d)[13LMDAtXR][1-9A-HJ-NP-Za-km-z]{25,34}\b")),
)
# pairs inside of texts: `Key[value]`, `"key": "value"`, `key=value`, and fields of a form
_PAIRS = (
    re.compile(r"([A-Za-z][\w -]{0,30})\[([^\[\]]{1,200})\]"),
    re.compile(r"\"([\w .-]{1,40})\"\s*:\s*\"([^\"]{1,200})\""),
    re.compile(r"\b([A-Za-z]\w{0,30})\s*=\s*[\"']?([^\s,;&|\"']{1,200})"),
    re.compile(r"name=[\"']?([\w.-]+)[\"']?[^<>]*?\bvalue=[\"']([^\"']{1,200})[\"']"),
)
_LEAST, _LEAST_WORD = 4, 6


class Redaction:
    """What was found and what stands in its place; `learn` everything first, then take it out of each with `clean`."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._kinds: dict[str, str] = {}
        self._macs: dict[str, str] = {}
        self._addresses: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._public: set[str] = set()

    def add(self, kind: str, value: str) -> None:
        """Take a value to be private: `secret`, `serial`, `user`, `host`, `pool`, `wallet` or `email`."""
        value = value.strip()
        if value.lower() in _COMMON or value in self._known or len(value) < (1 if kind == "secret" else 2):
            return
        if kind == "host" and _MAKE.fullmatch(value):
            return
        if kind == "user" and not value.replace(".", "").isdigit():
            head, dot, tail = value.partition(".")
            if dot and head and tail:
                self._known[value] = f"{self._named('wallet', head)}.{self._named('worker', tail)}"
                self._kinds[value] = kind
                return
        if kind == "pool":
            host = value.partition("/")[0].partition(":")[0]
            if host and not _is_address(host):
                self._named("pool", host)
            return
        self._named(kind, value)

    def learn(self, value: Any, *, key: str = "") -> None:
        """Look for what is private in an answer, however deep."""
        if isinstance(value, dict):
            for name, part in value.items():
                self.learn(part, key=str(name))
        elif isinstance(value, list):
            for part in value:
                self.learn(part, key=key)
        elif isinstance(value, str) and value:
            self._learn_text(value, key=key)

    def clean(self, value: Any, *, key: str = "") -> Any:
        """Give the same with every find replaced."""
        if isinstance(value, dict):
            return {name: self.clean(part, key=str(name)) for name, part in value.items()}
        if isinstance(value, list):
            return [self.clean(part, key=key) for part in value]
        if isinstance(value, str):
            return self._clean_text(value, key=key)
        if isinstance(value, int) and not isinstance(value, bool) and _kind(key) == "serial" and value > 9999:
            return 100000 + int(self._named("serial", str(value)).rpartition("-")[2])
        return value

    def _learn_text(self, text: str, *, key: str) -> None:
        kind = _kind(key)
        if kind == "pool":
            if "://" not in text and _HOST_PORT.fullmatch(text):
                self.add("pool", text)
            elif key.lower() == "host" and "://" not in text and not _is_address(text):
                self.add("host", text)
        elif kind == "mac":
            if _BARE_MAC.fullmatch(text):
                self._mac(text)
        elif kind == "name":
            if _BARE_MAC.fullmatch(text) and re.search(r"[a-fA-F]", text) and re.search(r"\d", text):
                self._mac(text)
        elif kind is not None and "://" not in text:
            self.add(kind, text)
        elif kind is None and not _IDENTITY.isdisjoint(_words(key)):
            self._public.add(text)
        for match in _URL.finditer(text):
            if not match[1].lower().startswith("http") or kind == "pool":
                self._learn_url(match[2])
        if len(text) < _SENTENCE and "<" not in text and "://" not in text:
            for match in _NAMED_HOST.finditer(text):
                self.add("pool", match[0])
        for match in _MAC.finditer(text):
            self._mac(match[0])
        for shape, pattern in _SHAPES:
            for match in pattern.finditer(text):
                self.add(shape, match[0])
        for pattern in _PAIRS:
            for match in pattern.finditer(text):
                # a form's words are too many kinds of things to guess shapes from; its names are what counts
                inner = _kind(match[1].strip())
                if inner is not None and "://" not in match[2] and not (inner == "pool" and "=" in match[0]):
                    self._learn_pair(inner, match[2])

    def _learn_pair(self, kind: str, value: str) -> None:
        if kind == "mac":
            if _BARE_MAC.fullmatch(value):
                self._mac(value)
        elif kind == "pool":
            if _HOST_PORT.fullmatch(value):
                self.add("pool", value)
        elif kind != "name" and not value.startswith(("{", "[", "<", "$", "document", "function")):
            self.add(kind, value)

    def _learn_url(self, rest: str) -> None:
        login, at, host = rest.rpartition("@")
        if at:
            user, _, password = login.partition(":")
            self.add("user", user)
            if password:
                self.add("secret", password)
        self.add("pool", host)

    def _clean_text(self, text: str, *, key: str) -> str:
        if _kind(key) == "secret" and text.lower() not in _COMMON:
            return "x" if text else text
        text = _URL.sub(lambda match: self._clean_url(match, key=key), text)
        for known in sorted(self._known, key=len, reverse=True):
            if len(known) < _LEAST or (known.isdigit() and len(known) < 6):
                # too short to be looked for anywhere; it is replaced where it is the whole value
                if text == known and _kind(key) == self._kinds[known]:
                    return self._known[known]
                continue
            if self._kinds[known] == "user" != _kind(key) and known.isalpha() and len(known) < _LEAST_WORD:
                continue  # a worker called "test" is no reason to rename other things so called
            if known not in text:
                continue
            if self._kinds[known] == "secret" and len(known) >= _LEAST_WORD and not known.isdigit():
                text = text.replace(known, self._known[known])  # glued to another word it would still open the door
            elif known not in self._public:
                text = re.sub(rf"(?<![^\W_]){re.escape(known)}(?![^\W_])", self._known[known], text)
        text = self._clean_macs(text)
        if _is_version(key):
            return text
        text = _ADDRESS.sub(lambda match: self._address(match[0]), text)
        return _ADDRESS_6.sub(lambda match: self._address(match[0]), text)

    def _clean_url(self, match: re.Match[str], *, key: str) -> str:
        scheme, rest = match[1], match[2]
        host = rest.rpartition("@")[2].partition("/")[0]
        name, _, port = host.rpartition(":") if re.search(r":\d+$", host) else (host, "", "")
        if _is_address(name):
            new = self._address(name)
        elif name in self._known:
            new = self._known[name]
        elif scheme.lower().startswith("http") and _kind(key) != "pool":
            return match[0]
        else:
            new = self._named("pool", name)
        return f"{scheme}://{new}{f':{port}' if port else ''}"

    def _clean_macs(self, text: str) -> str:
        for digits, new in self._macs.items():
            pattern = "([:-]?)".join(digits[at : at + 2] for at in range(0, 12, 2))

            def formed(match: re.Match[str], *, new: str = new) -> str:
                pairs = [new[at : at + 2] for at in range(0, 12, 2)]
                made = "".join(pair + mark for pair, mark in zip(pairs, (*match.groups(), ""), strict=True))
                return made.upper() if match[0].isupper() else made

            text = re.sub(rf"(?i)(?<![0-9a-f]){pattern}(?![0-9a-f])", formed, text)
        return text

    def _mac(self, text: str) -> None:
        digits = re.sub(r"[:-]", "", text).lower()
        if digits not in ("0" * 12, "f" * 12) and digits not in self._macs:
            self._macs[digits] = f"0200000000{len(self._macs) + 1:02x}"

    def _address(self, text: str) -> str:
        if not _is_address(text):
            return text
        address = ipaddress.ip_address(text)
        if address.is_unspecified or address.is_loopback or address.is_multicast or text.startswith("255."):
            return text
        if text not in self._addresses:
            number = len(self._addresses) + 1
            self._addresses[text] = f"192.0.2.{number}" if address.version == 4 else f"2001:db8::{number:x}"
        return self._addresses[text]

    def _named(self, kind: str, value: str) -> str:
        if value not in self._known:
            number = self._counts[kind] = self._counts.get(kind, 0) + 1
            self._kinds[value] = "user" if kind in ("wallet", "worker") else kind
            make = _MAKE.search(value) if kind == "host" else None
            if make is not None:
                self._known[value] = f"{make[0]}-unit{number}"
            elif kind == "pool" and "devfee" in re.sub(r"[ -]", "", value.lower()):
                self._known[value] = f"devfee-{number}.example"
            else:
                self._known[value] = _NAMES[kind](number)
        return self._known[value]


_NAMES: dict[str, Callable[[int], str]] = {
    "secret": lambda _: "x",
    "serial": lambda number: f"SERIAL-{number:04}",
    "user": lambda number: f"wallet{number}",
    "wallet": lambda number: f"wallet-{number}",
    "worker": lambda number: f"worker{number}",
    "host": lambda number: f"miner-{number}",
    "pool": lambda number: f"pool-{number}.example",
    "email": lambda number: f"somebody-{number}@example.org",
}


def _words(key: str) -> Iterable[str]:
    return [word.lower() for word in _WORD.findall(key)]


def _kind(key: str) -> str | None:
    """Say what stands under a name, as far as the name tells."""
    words = frozenset(_words(key))
    if not _SETTING.isdisjoint(words):
        return None
    plain = "".join(_words(key))
    if "mac" in words or plain.startswith(("macaddr", "ethaddr")):
        return "mac"
    for kind, names in (("secret", _SECRET), ("serial", _SERIAL), ("host", _HOST), ("user", _USER), ("pool", _POOL)):
        if not names.isdisjoint(words):
            return kind
    for ending, kind in _ENDINGS:
        if ending.search(plain):
            return kind
    return "name" if plain in ("name", "minerid", "hwid", "deviceid") else None


def _is_version(key: str) -> bool:
    return not _VERSION.isdisjoint(_words(key))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
