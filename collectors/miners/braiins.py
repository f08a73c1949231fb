"""Braiins OS, of every generation: the REST interface of today, GraphQL before that, BOSminer's port 4028 at first.

Which one a device has is found out once and remembered. REST wants a login; a device that gets none is read through
what older interfaces it still leaves open. No single request is indispensable: details, figures or boards tell REST,
and where neither REST nor GraphQL answers, any command of port 4028 makes a partial reading. What the tuner has
measured at each of its targets is asked for a few times a day.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from collectors import cgminer, opening
from collectors.condition import by_rate
from collectors.errors import CollectError, Denied, Garbled
from collectors.evidence import Evidence
from collectors.family import SURE, Family
from collectors.miners import braiins_api, braiins_graphql, braiins_profiles
from collectors.miners.braiins_boards import board_state, first_index, identity
from collectors.partial import optional
from collectors.rate import shortest
from collectors.reading import Board, DeviceCondition, DeviceError, Fan, PoolSlot, Reading
from collectors.target import Ask
from collectors.told import highest, lowest
from collectors.value import Fields, listing, mapping

_ROOT = "/api/v1"
_LOGIN = f"{_ROOT}/auth/login"
_DETAILS, _STATS, _BOARDS = f"{_ROOT}/miner/details", f"{_ROOT}/miner/stats", f"{_ROOT}/miner/hw/hashboards"
_COOLING, _POOLS, _ERRORS = f"{_ROOT}/cooling/state", f"{_ROOT}/pools", f"{_ROOT}/miner/errors"
_TUNER, _CONFIGURATION = f"{_ROOT}/performance/tuner-state", f"{_ROOT}/configuration/miner"
_DETECTION_SHARE = 0.4
_TUNER_EVERY_S, _ERRORS_EVERY_S = 60.0, 120.0
_RATES = (
    ("gigahash_per_second", 1e9),
    ("terahash_per_second", 1e12),
    ("megahash_per_second", 1e6),
    ("petahash_per_second", 1e15),
    ("hash_per_second", 1.0),
)
_WINDOWS = (*((f"last_{word}", name) for word, name in cgminer.WINDOWS if word != "av"), ("since_restart", "lifetime"))
_STATES: dict[str, DeviceCondition] = {
    "1": "idle",
    "3": "sleeping",
    "4": "fault",
    "not_started": "idle",
    "paused": "sleeping",
    "suspended": "fault",
}
_MOST_ERRORS = 20


def recognises(evidence: Evidence) -> int:
    """Weigh what port 4028 says of itself, the front page's title, and the page of details, which nobody else has."""
    said = evidence.says("version") + evidence.says("summary")
    if any(mark in said for mark in ("BOSER", "BOSMINER", "BRAIINS")):
        return SURE
    details = evidence.document(_DETAILS)
    if "bos_version" in details or "bosminer_uptime_s" in details:
        return SURE
    return SURE if "BRAIINS OS" in evidence.page().upper() else 0


async def collect(ask: Ask) -> Reading:
    """Read one device through the newest interface that lets us."""
    known: str | None = ask.memory.get("braiins")
    failure: CollectError | None = None
    for name, read in _GENERATIONS:
        if known not in (None, name):
            continue
        try:
            reading = await read(ask)
        except CollectError as error:
            # a shut port says nothing of the other one, and a refusal keeps no older interface from answering
            if known is not None and not isinstance(error, Denied):
                raise
            if failure is None or (isinstance(error, Denied) and not isinstance(failure, Denied)):
                failure = error
            known = None
            continue
        if reading is not None:
            is_refused = isinstance(failure, Denied)
            if not is_refused:
                ask.memory["braiins"] = name
            ask.warn("login", str(failure) if is_refused else None)
            return reading
        known = None
    ask.memory.pop("braiins", None)
    raise failure or Garbled("neither REST, GraphQL nor BOSminer answers as Braiins OS does")


async def _log_in(ask: Ask) -> Mapping[str, str]:
    username, password = ask.credentials()
    answer = await ask.fetch("POST", _LOGIN, json={"username": username, "password": password})
    token = ask.fields.text(mapping(ask.judged(answer, path=_LOGIN)), "token")
    if token is None:
        raise Denied(f"{_LOGIN} gives no token: {ask.login.denial}")
    return {"Authorization": token}


async def _rest(ask: Ask) -> Reading | None:
    """Read the REST interface; None where the device has none."""
    is_known = ask.memory.get("braiins") == "rest"
    share = 1.0 if is_known else _DETECTION_SHARE
    details = mapping(await opening.asked(ask, "GET", _DETAILS, login=_log_in, share=share))
    has_details = "bos_version" in details or "miner_identity" in details or "bosminer_uptime_s" in details
    stats = mapping(await _page(ask, _STATS))
    if not (has_details or "miner_stats" in stats or is_known):
        return None
    hardware = mapping(await _page(ask, _BOARDS))
    cooling = mapping(await _page(ask, _COOLING))
    groups = listing(await _page(ask, _POOLS))
    if not (has_details or stats or hardware or cooling or groups):
        return None
    log = mapping(await opening.got_seldom(ask, _ERRORS, login=_log_in, every_s=_ERRORS_EVERY_S))
    fields = ask.fields
    figures, shares = mapping(stats.get("miner_stats")), mapping(stats.get("pool_stats"))
    windows = rates(fields, mapping(figures.get("real_hashrate")))
    rate = shortest(windows)
    uptime = fields.positive(details, "bosminer_uptime_s")
    state = _condition(fields, details, rate=rate, uptime_s=uptime)
    boards = _boards(fields, listing(hardware.get("hashboards")), is_running=state in ("hashing", "fault"))
    power = fields.positive(mapping(mapping(stats.get("power_stats")).get("approximated_consumption")), "watt")
    make, model = identity(fields.text(mapping(details.get("miner_identity")), "miner_model", "name"))
    inlets, outlets = _air(fields, listing(hardware.get("hashboards")))
    return Reading(
        family="braiins",
        make=make,
        model=model,
        firmware="Braiins OS",
        firmware_version=fields.text(mapping(details.get("bos_version")), "current", "major"),
        mac=fields.mac(details, "mac_address"),
        serial=fields.text(details, "serial_number"),
        hostname=fields.text(details, "hostname"),
        algorithm="sha256d",
        state=state,
        hashrate_hs=rate,
        hashrate_averages_hs=windows,
        hashrate_expected_hs=rate_of(fields, details.get("sticker_hashrate"))
        or rate_of(fields, figures.get("nominal_hashrate")),
        power_w=power,
        power_grade="unknown" if power is None else "estimated",
        power_limit_w=await _limit(ask),
        uptime_s=uptime,
        temperature_inlet_c=inlets,
        temperature_outlet_c=outlets,
        accepted=fields.count(shares, "accepted_shares"),
        rejected=fields.count(shares, "rejected_shares"),
        stale=fields.count(shares, "stale_shares"),
        boards=boards,
        fans=_fans(fields, cooling),
        pools=_pools(fields, groups),
        errors=_faults(fields, listing(log.get("errors")), shares=shares, uptime_s=uptime),
        settings=await braiins_profiles.every_profile(ask, login=_log_in),
        unread=fields.unread,
    )


async def _page(ask: Ask, path: str) -> Any:
    return await optional(ask, path, opening.got(ask, path, login=_log_in))


def rates(fields: Fields, source: Mapping[str, Any]) -> dict[str, float]:
    """Give every window of a `real_hashrate` in H/s."""
    found = {name: rate_of(fields, source[key]) for key, name in _WINDOWS if key in source}
    return {name: rate for name, rate in found.items() if rate is not None}


def rate_of(fields: Fields, value: object) -> float | None:
    """Give the H/s of `{"gigahash_per_second": 1.0}` in whichever unit it comes; None for any other shape."""
    source = mapping(value)
    for name, factor in _RATES:
        if name in source:
            return fields.positive(source, name, times=factor)
    return None


def _condition(
    fields: Fields, details: Mapping[str, Any], *, rate: float | None, uptime_s: float | None
) -> DeviceCondition:
    status = (fields.text(details, "status") or "").lower().removeprefix("miner_status_")
    said = _STATES.get(status)
    if said is not None:
        return said
    return by_rate(rate, uptime_s=uptime_s, at_zero="fault")


def _boards(fields: Fields, entries: list[Any], *, is_running: bool) -> tuple[Board, ...]:
    numbers = [fields.count(mapping(entry), "id") for entry in entries]
    start = first_index(numbers)
    boards = []
    for at, (number, value) in enumerate(zip(numbers, entries, strict=True)):
        entry = mapping(value)
        stats = mapping(entry.get("stats"))
        rate = shortest(rates(fields, mapping(stats.get("real_hashrate"))))
        chips = fields.count(entry, "chips_count")
        is_enabled = fields.truth(entry, "enabled")
        boards.append(
            Board(
                index=at if number is None or number < start else number - start,
                hashrate_hs=rate,
                hashrate_expected_hs=rate_of(fields, stats.get("nominal_hashrate")) or None,
                board_temperature_c=fields.temperature(mapping(entry.get("board_temp")), "degree_c"),
                chip_temperature_c=fields.temperature(
                    mapping(mapping(entry.get("highest_chip_temp")).get("temperature")), "degree_c"
                ),
                chips=chips,
                frequency_hz=fields.positive(mapping(entry.get("current_frequency")), "hertz") or None,
                voltage_v=fields.positive(mapping(entry.get("current_voltage")), "volt") or None,
                state=board_state(rate, chips=chips, is_enabled=is_enabled, is_running=is_running),
                serial=fields.text(entry, "serial_number"),
            )
        )
    return tuple(boards)


def _air(fields: Fields, entries: list[Any]) -> tuple[float | None, float | None]:
    """Give the air's temperature before and behind the boards: their coolest inlet and hottest outlet sensor."""
    return (
        lowest(fields.temperature(mapping(mapping(one).get("lowest_inlet_temp")), "degree_c") for one in entries),
        highest(fields.temperature(mapping(mapping(one).get("highest_outlet_temp")), "degree_c") for one in entries),
    )


def _fans(fields: Fields, cooling: Mapping[str, Any]) -> tuple[Fan, ...]:
    fans = []
    for at, value in enumerate(listing(cooling.get("fans"))):
        fan = mapping(value)
        position = fields.count(fan, "position")
        fans.append(
            Fan(
                index=at if position is None else position,
                rpm=fields.positive(fan, "rpm"),
                duty_ratio=fields.number(fan, "target_speed_ratio", low=0.0, high=1.0),
            )
        )
    return tuple(fans)


def _pools(fields: Fields, groups: list[Any]) -> tuple[PoolSlot, ...]:
    slots: list[PoolSlot] = []
    for group in groups:
        for value in listing(mapping(group).get("pools")):
            entry = mapping(value)
            url, user = fields.text(entry, "url"), fields.text(entry, "user")
            if cgminer.is_fee_pool({"URL": url}) or not (url or user):
                continue
            stats = mapping(entry.get("stats"))
            slots.append(
                PoolSlot(
                    index=len(slots),
                    url=url,
                    user=user,
                    active=fields.truth(entry, "active"),
                    alive=fields.truth(entry, "alive"),
                    accepted=fields.count(stats, "accepted_shares"),
                    rejected=fields.count(stats, "rejected_shares"),
                    stale=fields.count(stats, "stale_shares"),
                    difficulty=fields.positive(stats, "last_difficulty") or None,
                )
            )
    return tuple(slots)


async def _limit(ask: Ask) -> float | None:
    """Give the watts that the tuner aims at now, which scaling moves below the configured target."""
    tuner = mapping(await opening.got_seldom(ask, _TUNER, login=_log_in, every_s=_TUNER_EVERY_S))
    for name, mode in mapping(tuner.get("mode_state")).items():
        if "power" in str(name).lower():
            target = mapping(mapping(mode).get("current_target")) or mapping(
                mapping(mapping(mode).get("profile")).get("target")
            )
            return ask.fields.positive(target, "watt") or None
    if tuner.get("mode_state"):
        return None
    configuration = mapping(await opening.got_seldom(ask, _CONFIGURATION, login=_log_in))
    chosen = mapping(configuration.get("tuner"))
    if ask.fields.truth(chosen, "enabled") is False:
        return None
    return ask.fields.positive(mapping(chosen.get("power_target")), "watt") or None


def _faults(
    fields: Fields, log: list[Any], *, shares: Mapping[str, Any], uptime_s: float | None
) -> tuple[DeviceError, ...]:
    """Give the coded faults since the miner started; the log goes back for months and is full of lost connections.

    The device's clock is not known: the last share, or the newest entry where that is later, stands for now.
    """
    entries = [(mapping(one), _epoch(mapping(one).get("timestamp"))) for one in log]
    moments = [moment for _, moment in entries if moment is not None]
    now = max([*moments, fields.positive(mapping(shares.get("last_share_time")), "seconds") or 0.0])
    found: dict[str, DeviceError] = {}
    for entry, moment in entries:
        if uptime_s is not None and moment is not None and moment < now - uptime_s:
            continue
        for value in listing(entry.get("error_codes")):
            coded = mapping(value)
            code = fields.text(coded, "code")
            words = fields.text(coded, "reason") or fields.text(entry, "message")
            if code is not None and len(found) < _MOST_ERRORS:
                found[code] = DeviceError(code=code, message=words or "a fault without words")
    return tuple(found.values())


def _epoch(value: object) -> float | None:
    if not isinstance(value, str) or not re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", value):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


_GENERATIONS: tuple[tuple[str, Callable[[Ask], Awaitable[Reading | None]]], ...] = (
    ("rest", _rest),
    ("graphql", braiins_graphql.read),
    ("api", braiins_api.read),
)

FAMILY = Family(
    name="braiins",
    make="Antminer",
    ports={"api": cgminer.PORT, "http": 80},
    requests=frozenset(
        {
            f"POST {_LOGIN}",
            *(f"GET {page}" for page in (_DETAILS, _STATS, _BOARDS, _COOLING, _POOLS, _ERRORS)),
            f"GET {_TUNER}",
            f"GET {_CONFIGURATION}",
            f"GET {braiins_profiles.PAGE}",
            *braiins_graphql.REQUESTS,
            *braiins_api.REQUESTS,
        }
    ),
    collect=collect,
    recognises=recognises,
    clues=(_DETAILS,),
    credentials=(("root", "root"), ("root", "")),
)
