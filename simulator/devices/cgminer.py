"""The forms of cgminer's port 4028: JSON and joined commands, the old text form, and its errors by code."""

from collections.abc import Callable
from typing import Any

import orjson

INVALID_COMMAND = 14
INVALID_JSON = 23
MISSING_COMMAND = 24
ACCESS_DENIED = 45

PRIVILEGED = frozenset(
    (
        "switchpool", "enablepool", "addpool", "poolpriority", "disablepool", "removepool", "save", "quit", "restart",
        "privileged", "setconfig", "failover-only", "ascenable", "ascdisable", "ascset", "zero", "hotplug", "lockstats",
    )
)  # fmt: skip
"""Commands that change the miner: refused to everyone who is not on its access list."""


class BadCommand(ValueError):
    """The request is not a command; `code` is cgminer's number for why."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Command:
    """One request as understood: the words of a joined command, whether it came in the text form, and its flags."""

    __slots__ = ("fields", "names", "text")

    def __init__(self, names: tuple[str, ...], *, fields: dict[str, Any], text: bool) -> None:
        self.names = names
        self.fields = fields
        self.text = text


def read_command(request: bytes, *, keys: tuple[str, ...] = ("command",)) -> Command:
    """Read a request: JSON with a command under one of `keys`, or a bare word; BadCommand when it is neither."""
    word = request.strip(b"\0\r\n\t ")
    if not word.startswith((b"{", b"[")):
        name = word.decode("latin-1").partition("|")[0]
        return Command((name,), fields={}, text=True)
    try:
        fields = orjson.loads(word)
    except orjson.JSONDecodeError as error:
        raise BadCommand(INVALID_JSON, "Invalid JSON") from error
    wanted = next((fields[key] for key in keys if key in fields), None) if isinstance(fields, dict) else None
    if not isinstance(wanted, str) or not wanted:
        raise BadCommand(MISSING_COMMAND, "Missing JSON 'command'")
    return Command(tuple(wanted.split("+")), fields=fields, text=False)


def status(code: int, message: str, *, when: float, description: str, letter: str = "S") -> list[dict[str, Any]]:
    """Give the STATUS list that stands before every answer."""
    return [{"STATUS": letter, "When": int(when), "Code": code, "Msg": message, "Description": description}]


def refusal(code: int, message: str, *, when: float, description: str) -> dict[str, Any]:
    """Give the answer to a command that is not obeyed."""
    return {"STATUS": status(code, message, when=when, description=description, letter="E"), "id": 1}


def joined(names: tuple[str, ...], part: Callable[[str], bytes]) -> bytes:
    """Give the answer to a joined command: each part's whole answer in a list under the part's name."""
    parts = b",".join(b'"%b":[%b]' % (name.encode(), part(name)) for name in names)
    return b"{%b,%b}" % (parts, b'"id":1')


def as_text(answer: bytes) -> bytes:
    """Turn a JSON answer into the old form for programs that sent a bare word: `STATUS=S,...|POOL=0,...|`."""
    sections = []
    for name, items in orjson.loads(answer).items():
        for item in items if isinstance(items, list) else []:
            head = [name] if name in {"SUMMARY", "VERSION"} else []
            sections.append(",".join([*head, *(f"{key}={_plain(value)}" for key, value in item.items())]))
    return ("|".join(sections) + "|").encode()


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def short_difficulty(difficulty: float) -> str:
    """Write a difficulty the way cgminer's `Diff` does: 524288 as `524K`."""
    for size, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "K")):
        if difficulty >= size:
            return f"{int(difficulty / size)}{letter}"
    return str(int(difficulty))


def host_of(url: str) -> str:
    """Give the host name within a pool URL."""
    return url.rpartition("//")[2].partition("/")[0].partition(":")[0]
