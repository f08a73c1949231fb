"""The cgminer API (TCP 4028, one JSON object each way) that most firmware speaks, and what its answers share.

Answers keep one body in a list under the command's name (`SUMMARY`, `STATS`, `POOLS` …) beside `STATUS`, which is a
list on cgminer descendants, a plain letter on Whatsminer's own commands and an object on Bitmain's web pages.
"""

import functools
from collections.abc import Mapping
from typing import Any

import msgspec
import orjson

from collectors.layout import by_keys
from collectors.plain import Amount, Count, Text, plain
from collectors.reading import Board, PoolSlot
from collectors.value import MOST, Fields, first, listing, mapping, shown, text

PORT = 4028
_ACCESS_DENIED = 45
# STATUS letters: S success, I info, W warning, E error, F fatal
_REFUSALS = frozenset(("E", "F"))
# key words of rate windows, as they stand after "MHS "/"GHS ", shortest first
WINDOWS = (
    ("5s", "5s"),
    ("10s", "10s"),
    ("15s", "15s"),
    ("20s", "20s"),
    ("30s", "30s"),
    ("1m", "1m"),
    ("5m", "5m"),
    ("10m", "10m"),
    ("15m", "15m"),
    ("30m", "30m"),
    ("1h", "1h"),
    ("24h", "24h"),
    ("av", "lifetime"),
)
_RATE_UNITS = (("GHS", 1e9), ("MHS", 1e6), ("KHS", 1e3), ("THS", 1e12), ("HS", 1.0))
_WINDOW_KEYS = {f"{unit} {word}": (name, factor) for unit, factor in _RATE_UNITS for word, name in WINDOWS}
_WINDOW_ORDER = tuple(name for _, name in WINDOWS)
# how far a unit can be mistaken, and how far the mean may be off the work done over the same time
_SLIPS = (1e-6, 1e-3, 1e3, 1e6)
_SLIP_TOLERANCE = 0.1
_LONGEST_S = 10 * 365 * 86400.0
_CLOCK = (1, 60, 3600, 86400)
_CLOCK_DIGITS = 9
_CLOCK_LENGTH = len(_CLOCK) * (_CLOCK_DIGITS + 1) - 1
_ALIVE = frozenset(("alive", "rejecting", "working", "active"))
_SCHEMELESS_FEE = "devfee"


def request(command: str, *, parameter: str | None = None, extra: Mapping[str, Any] | None = None) -> bytes:
    """Give the bytes of one command; `extra` adds members beside `command`."""
    question: dict[str, Any] = {"command": command}
    if parameter is not None:
        question["parameter"] = parameter
    if extra:
        question.update(extra)
    return orjson.dumps(question)


def is_refusal(reply: Mapping[str, Any]) -> bool:
    """Tell whether an answer only says that the command failed or is unknown."""
    try:
        # as cgminer and nearly all that descends from it write it
        return reply["STATUS"][0]["STATUS"] in _REFUSALS
    except (KeyError, IndexError, TypeError):
        status = reply.get("STATUS")
    if type(status) is list and status:
        status = status[0]
    if type(status) is dict:
        status = status.get("STATUS")
    return type(status) is str and status in _REFUSALS


def is_denial(reply: Mapping[str, Any]) -> bool:
    """Tell whether an answer refuses because of who asks (`api-allow`, a read-only or locked API)."""
    status = first(reply.get("STATUS")) or reply
    words = status.get("Msg")
    return is_refusal(reply) and (status.get("Code") == _ACCESS_DENIED or "denied" in str(words).lower())


def when(fields: Fields, reply: Mapping[str, Any]) -> float | None:
    """Give the device's own time of an answer in epoch seconds, None when it has none.

    A device without a clock counts from its boot or from 1970; the value is still the right one to take ages from.
    """
    status = first(reply.get("STATUS"))
    found = fields.positive(status if "When" in status or "when" in status else reply, "When", "when")
    return found or None


def section(reply: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Give the first object of a section (`SUMMARY`, `VERSION` …); an empty one when the answer has none."""
    return first(reply.get(name))


def numbered(reply: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Give the entries of old firmware that has a section for each of them: `STATS0`, `STATS1` …, `POOL0` and so on."""
    found = {int(key[len(name) :]): key for key in reply if key.startswith(name) and key[len(name) :].isdecimal()}
    return [first(reply[found[number]]) for number in sorted(found)]


def windows(fields: Fields, source: Mapping[str, Any], *, ghs: float = 1e9) -> dict[str, float]:
    """Give every rate window of a summary or device in H/s, by the unit in each key (`GHS 5s`, `MHS av`).

    `ghs` is what a key labelled GHS counts where firmware for slower algorithms kept the label and not the unit.
    """
    found: dict[str, float] = {}
    for key, name, factor in _rate_keys(source):
        if name not in found:
            value, unit = source[key], ghs if factor == 1e9 else factor
            if type(value) is float and 0.0 <= value <= MOST:
                found[name] = value * unit
                continue
            rate = fields.amount(key, value, unit)
            if rate is not None:
                found[name] = rate
    return found


@by_keys
def _rate_keys(keys: tuple[str, ...]) -> tuple[tuple[str, str, float], ...]:
    """Give those of an object's keys that are rates, each with its window and factor, shortest first."""
    rates = [(key, *_WINDOW_KEYS[key]) for key in keys if key in _WINDOW_KEYS]
    return tuple(sorted(rates, key=lambda rate: _WINDOW_ORDER.index(rate[1])))


def unit_slip(fields: Fields, summary: Mapping[str, Any], windows: Mapping[str, float]) -> float:
    """Give what the labelled rates must be multiplied by to agree with the work done; 1 when they do, or none tells.

    `Total MH` over `Elapsed` is the mean rate in MH/s. Firmware that was carried over to another algorithm or chip is
    known to keep a label (`GHS av`) and not its unit.
    """
    total, elapsed = fields.positive(summary, "Total MH", times=1e6), fields.positive(summary, "Elapsed")
    mean = windows.get("lifetime")
    if not total or not elapsed or not mean:
        return 1.0
    return next((slip for slip in _SLIPS if abs(mean * slip * elapsed / total - 1.0) < _SLIP_TOLERANCE), 1.0)


def scaled(
    windows: Mapping[str, float], boards: tuple[Board, ...], *, slip: float
) -> tuple[dict[str, float], tuple[Board, ...]]:
    """Give rate windows and boards in the unit that `unit_slip` found."""
    if slip == 1.0:
        return dict(windows), boards
    return {name: rate * slip for name, rate in windows.items()}, tuple(
        board if board.hashrate_hs is None else msgspec.structs.replace(board, hashrate_hs=board.hashrate_hs * slip)
        for board in boards
    )


def pools(fields: Fields, reply: Mapping[str, Any]) -> tuple[PoolSlot, ...]:
    """Give the pool slots of a `pools` answer, in the device's order, without a firmware's own fee pool."""
    asked_at = when(fields, reply)
    slots: list[PoolSlot] = []
    entries = listing(reply.get("POOLS")) or listing(mapping(reply.get("Msg")).get("POOLS"))
    for entry in entries or numbered(reply, "POOL"):
        if type(entry) is not dict:
            continue
        said = plain(entry, _Entry)
        url = None if said is None or said.url is None else shown(said.url)
        if url is None:
            url = fields.text(entry, "URL", "url")
        if is_fee_pool(entry) or not (url or fields.text(entry, "User", "user")):
            continue
        if said is None or said.status is None or said.user is None:
            said = _with_care(fields, entry)
        slots.append(
            PoolSlot(
                index=len(slots),
                url=url,
                user=None if said.user is None else shown(said.user),
                active=said.active,
                alive=None if said.status is None else _is_alive(said.status),
                accepted=said.accepted,
                rejected=said.rejected,
                stale=said.stale,
                difficulty=said.set_difficulty
                or said.last_difficulty
                or said.work_difficulty
                or said.listed_difficulty
                or _rounded_difficulty(fields, entry),
                last_share_age_s=last_share_age(fields, entry, asked_at=asked_at),
            )
        )
    return tuple(slots)


class _Entry(msgspec.Struct, gc=False):
    """An entry of `POOLS`, as nearly all firmware writes it."""

    status: Text | None = msgspec.field(name="Status")
    user: Text | None = msgspec.field(name="User")
    accepted: Count | None = msgspec.field(name="Accepted")
    rejected: Count | None = msgspec.field(name="Rejected")
    stale: Count | None = msgspec.field(name="Stale")
    url: Text | None = msgspec.field(name="URL", default=None)
    active: bool | None = msgspec.field(name="Stratum Active", default=None)
    set_difficulty: Amount | None = msgspec.field(name="Stratum Difficulty", default=None)
    last_difficulty: Amount | None = msgspec.field(name="Last Share Difficulty", default=None)
    work_difficulty: Amount | None = msgspec.field(name="Work Difficulty", default=None)
    listed_difficulty: Amount | None = msgspec.field(name="lsdiff", default=None)


def _with_care(fields: Fields, entry: Mapping[str, Any]) -> _Entry:
    return _Entry(
        status=fields.text(entry, "Status", "status"),
        active=fields.truth(entry, "Stratum Active"),
        user=fields.text(entry, "User", "user"),
        accepted=fields.count(entry, "Accepted", "accepted"),
        rejected=fields.count(entry, "Rejected", "rejected"),
        stale=fields.count(entry, "Stale", "stale"),
        set_difficulty=_exact_difficulty(fields, entry),
    )


@functools.lru_cache(maxsize=256)
def _is_alive(status: str) -> bool | None:
    word = text(status)
    return None if word is None else word.lower() in _ALIVE


def shares(fields: Fields, summary: Mapping[str, Any], slots: tuple[PoolSlot, ...], *, name: str) -> int | None:
    """Give a share counter (`Accepted`, `Rejected`, `Stale`) over all pools: the summary's, else the pools' sum."""
    total = fields.count(summary, name)
    return pool_shares(slots, name=name) if total is None else total


def pool_shares(slots: tuple[PoolSlot, ...], *, name: str) -> int | None:
    """Give the sum of a share counter over the operator's pools; None when no pool has one."""
    counts = [count for count in (getattr(slot, name.lower()) for slot in slots) if count is not None]
    return sum(counts) if counts else None


def has_fee_pool(reply: Mapping[str, Any]) -> bool:
    """Tell whether a `pools` answer lists a fee pool, whose shares the summary then counts in."""
    return any(is_fee_pool(mapping(entry)) for entry in listing(reply.get("POOLS")))


def is_fee_pool(entry: Mapping[str, Any]) -> bool:
    """Tell the firmware maker's own pool, which is listed beside the operator's."""
    url = entry.get("URL")
    return type(url) is str and _is_fee_url(url[:64])


@functools.lru_cache(maxsize=1024)
def _is_fee_url(start: str) -> bool:
    return _SCHEMELESS_FEE in start.lower().replace(" ", "").replace("-", "")


def difficulty(fields: Fields, entry: Mapping[str, Any]) -> float | None:
    """Give a pool's share difficulty: an exact number before the rounded text (`524K`); None while it has none."""
    return _exact_difficulty(fields, entry) or _rounded_difficulty(fields, entry)


def _exact_difficulty(fields: Fields, entry: Mapping[str, Any]) -> float | None:
    for name in ("Stratum Difficulty", "Last Share Difficulty", "Work Difficulty", "lsdiff"):
        exact = fields.positive(entry, name)
        if exact:
            return exact
    return None


def _rounded_difficulty(fields: Fields, entry: Mapping[str, Any]) -> float | None:
    return fields.quantity(entry, "Diff", "diff") or None


def last_share_age(fields: Fields, entry: Mapping[str, Any], *, asked_at: float | None) -> float | None:
    """Give seconds since a pool's last share, from an epoch time or from an age written as `0:00:27`.

    An epoch time counts from the answer's own `When`: the device's clock may be years off. None when there was none.
    """
    value = entry.get("Last Share Time", entry.get("lstime"))
    if value is None or value == "0":
        return None
    if type(value) is str and ":" in value:
        age = clock_text(value)
        if age is None:
            fields.missed("Last Share Time")
        return age
    stamp = fields.positive(entry, "Last Share Time", "lstime")
    if not stamp or asked_at is None:
        return None
    age = max(0.0, asked_at - stamp)
    return age if age < _LONGEST_S else None  # some firmware counts shares from its boot and answers by the calendar


def clock_text(value: str) -> float | None:
    """Give the seconds of `H:MM:SS`, `D:HH:MM:SS` or `MM:SS`; None for anything else."""
    return _clock(value) if len(value) <= _CLOCK_LENGTH else None


@functools.lru_cache(maxsize=1 << 12)
def _clock(value: str) -> float | None:
    parts = value.split(":")
    if not 2 <= len(parts) <= len(_CLOCK):
        return None
    total = 0
    for size, part in zip(_CLOCK, reversed(parts), strict=False):
        if not (part.isdecimal() and part.isascii() and len(part) <= _CLOCK_DIGITS):
            return None
        total += int(part) * size
    return float(total)
