"""Stock Antminer firmware, old (S9, S17, L3) and new (S19 to S23, L7, KS), air, hydro and immersion.

Port 4028 gives rates, boards, fans and pools to anyone. The web pages, behind digest authentication, add MAC and
serial number, the work mode, and on newer firmware watts and a list of faults; they are asked seldom, and stand in
where port 4028 is shut or leaves something out. No request is indispensable: any of either makes a partial reading.
"""

import functools
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from collectors import bitmain, cgminer
from collectors.bitmain import Stats
from collectors.errors import CollectError, Denied, Garbled, TimedOut, Unreachable
from collectors.evidence import Evidence
from collectors.family import LIKELY, SURE, Family
from collectors.plain import Count, plain
from collectors.rate import shortest
from collectors.reading import DeviceError, PoolSlot, Reading
from collectors.slow_lane import DUE
from collectors.target import Ask
from collectors.value import Fields, first, mapping

_STATS, _SUMMARY, _POOLS = "/cgi-bin/stats.cgi", "/cgi-bin/summary.cgi", "/cgi-bin/pools.cgi"
_SYSTEM = ("/cgi-bin/get_system_info.cgi", "/cgi-bin/system_info.cgi")
_CONFIGURATION = "/cgi-bin/get_miner_conf.cgi"
_REALM = "antminer configuration"
# firmware made by others says so somewhere in `version` or `stats`, while copying all the rest
_FOREIGN = (
    "BOSER", "BOSMINER", "BRAIINS", "LUXMINER", "VNISH", "ANTHILL", "HIVEON", "RWGLR", "KAONSU", "MARAFW", "GCMINER",
    "FLUXOS", "WHATSMINER", "BTMINER", "BITMICRO", "AVALON", "BDMINER", "HAMMER", "BLACKMINER", "VOLCMINER",
    "INTCHAINS", "INNOMINER", "EPIC",
)  # fmt: skip
_FAULTS = f"GET {_SUMMARY}"
_FAULTS_EVERY_S = 60.0
_MODE_EVERY_S = 60.0
_ALGORITHMS = (
    (re.compile(r"^(?:S|T|R|V)\d", re.IGNORECASE), "sha256d"),
    (re.compile(r"^L\d", re.IGNORECASE), "scrypt"),
    (re.compile(r"^KS\d", re.IGNORECASE), "kheavyhash"),
    (re.compile(r"^K\d", re.IGNORECASE), "eaglesong"),
    (re.compile(r"^Z\d", re.IGNORECASE), "equihash"),
    (re.compile(r"^D\d", re.IGNORECASE), "x11"),
    (re.compile(r"^HS\d", re.IGNORECASE), "handshake"),
    (re.compile(r"^E\d", re.IGNORECASE), "etchash"),
    (re.compile(r"^AL\d", re.IGNORECASE), "blake3"),
)
_UNITS = {"scrypt": 1e6, "etchash": 1e6, "equihash": 1e3}
_FAULT_WORDS = {
    "rate": "the hashrate is below what it should be",
    "network": "no connection to the network or to any pool",
    "fans": "a fan is missing or too slow",
    "temp": "a temperature is too high or a sensor cannot be read",
}


def recognises(evidence: Evidence) -> int:
    """Weigh `version`, `stats` and the web page's realm; firmware by others that copies them is left to its family."""
    said = evidence.says("version") + evidence.says("stats")
    if any(mark in said for mark in _FOREIGN):
        return 0
    if evidence.kind.upper().startswith("ANTMINER"):
        return SURE if "CompileTime" in str(evidence.reply("version")) or "rpc stats" in evidence.replies else LIKELY
    for path in (_STATS, _SYSTEM[0], _SYSTEM[1]):
        page = evidence.document(path)
        if "ANTMINER" in f"{mapping(page.get('INFO')).get('type', '')}{page.get('minertype', '')}".upper():
            return SURE
    if evidence.realm.lower() == _REALM:
        return LIKELY
    # Bitmain's own words for boards, without a model: the first firmware, and firmware by others built on it
    if "BMMINER" in said or (not evidence.kind and "'CHAIN_ACN" in said and "'MINER_COUNT'" in said):
        return LIKELY
    return 0


class _Version(msgspec.Struct, frozen=True, gc=False):
    """What `version` says."""

    kind: str | None
    compiled: str | None


class _Identity(msgspec.Struct, frozen=True, gc=False):
    """What the web page about the system says."""

    version: str | None
    mac: str | None
    serial: str | None
    hostname: str | None
    kind: str | None


class _Counters(msgspec.Struct, frozen=True, gc=False):
    """The counters of `summary`, as nearly all firmware writes them."""

    accepted: Count | None = msgspec.field(name="Accepted", default=None)
    rejected: Count | None = msgspec.field(name="Rejected", default=None)
    stale: Count | None = msgspec.field(name="Stale", default=None)
    hardware_errors: Count | None = msgspec.field(name="Hardware Errors", default=None)


_NO_COUNTERS = _Counters()


async def collect(ask: Ask) -> Reading:
    """Read one device: port 4028 first, the web pages for what it leaves out."""
    # what is kept is taken without a coroutine: this runs once a poll of every device
    about = ask.kept_taken("rpc version", _version, port="api")
    if about is DUE:
        about = await ask.seldom_taken("rpc version", lambda: ask.rpc("version"), _version, port="api")
    answers, failure = await _api(ask)
    fields = ask.fields
    kind = about.kind or bitmain.kind(answers.get("stats", {}))
    stats = bitmain.stats(fields, answers["stats"], factor=unit(kind)) if "stats" in answers else None
    if stats is None or not (stats.boards or stats.windows):
        try:
            stats = await _web_stats(ask, kind=kind) or stats or Stats()
        except CollectError as error:
            if failure is not None and not answers:
                raise (error if isinstance(failure, Unreachable) else failure) from error
            ask.failure = error
            stats = stats or Stats()
    summary = cgminer.section(answers.get("summary", {}), "SUMMARY")
    counters = plain(summary, _Counters) or _NO_COUNTERS
    known = ask.kept_taken("system", _identity)
    if known is DUE:
        known = await ask.seldom_taken("system", lambda: _system(ask), _identity)
    windows = {**cgminer.windows(fields, summary, ghs=stats.factor), **stats.windows}
    rate = shortest(windows)
    mode = stats.mode if stats.mode is not None or rate else await _mode(ask)
    told = faults(fields, answers["summary"]) if "status" in summary else ()
    if not told:
        told = ask.kept_taken(_FAULTS, faults)
        if told is DUE:
            told = await ask.seldom_taken(_FAULTS, lambda: _fault_page(ask), faults, every_s=_FAULTS_EVERY_S)
    pools = cgminer.pools(fields, answers["pools"]) if "pools" in answers else await _web_pools(ask)
    model = model_name(kind or stats.kind or known.kind)
    uptime = stats.uptime_s if stats.uptime_s is not None else fields.positive(summary, "Elapsed")
    is_dry = model is not None and "hyd" in model.lower()
    return Reading(
        family="antminer",
        make="Antminer",
        model=model,
        firmware="stock",
        firmware_version=known.version or about.compiled or stats.compiled,
        mac=known.mac,
        serial=known.serial,
        hostname=known.hostname,
        algorithm=algorithm(model),
        state=bitmain.condition(rate_hs=rate, mode=mode, uptime_s=uptime, has_faults=bool(told)),
        hashrate_hs=rate,
        hashrate_averages_hs=windows,
        hashrate_expected_hs=stats.expected_hs,
        power_w=stats.power_w,
        power_grade="unknown" if stats.power_w is None else "reported",
        uptime_s=uptime,
        temperature_inlet_c=stats.inlet_c if stats.inlet_c is not None else stats.ambient_c,
        temperature_outlet_c=stats.outlet_c,
        accepted=_shares(fields, summary, pools, name="Accepted") if counters.accepted is None else counters.accepted,
        rejected=_shares(fields, summary, pools, name="Rejected") if counters.rejected is None else counters.rejected,
        stale=_shares(fields, summary, pools, name="Stale") if counters.stale is None else counters.stale,
        hardware_errors=_first(fields.count(summary, "Hardware Errors"), stats.hardware_errors)
        if counters.hardware_errors is None
        else counters.hardware_errors,
        boards=stats.boards,
        fans=() if is_dry and not any(fan.rpm for fan in stats.fans) else stats.fans,
        pools=pools,
        errors=told,
        unread=fields.unread,
    )


def _version(fields: Fields, reply: object) -> _Version:
    body = mapping(reply)
    section = {} if cgminer.is_refusal(body) else cgminer.section(body, "VERSION")
    return _Version(kind=fields.text(section, "Type"), compiled=fields.text(section, "CompileTime"))


def _identity(fields: Fields, page: object) -> _Identity:
    system = mapping(page)
    return _Identity(
        version=fields.text(system, "system_filesystem_version"),
        mac=fields.mac(system, "macaddr"),
        serial=fields.text(system, "serinum", "serial_no"),
        hostname=fields.text(system, "hostname"),
        kind=fields.text(system, "minertype"),
    )


@functools.lru_cache(maxsize=256)
def model_name(kind: str | None) -> str | None:
    """Give the model from `Antminer S19j Pro (88)`: without make, remark and final dot."""
    if kind is None:
        return None
    plain = kind.partition(" (")[0].strip()
    if plain[:8].lower() == "antminer":
        plain = plain[8:]
    return plain.strip(" .") or None


@functools.lru_cache(maxsize=256)
def algorithm(model: str | None) -> str | None:
    """Give the algorithm that a model's series hashes; None for an unknown series."""
    return next((name for series, name in _ALGORITHMS if model and series.match(model)), None)


@functools.lru_cache(maxsize=256)
def unit(kind: str | None) -> float:
    """Give the H/s of what old firmware labels GHS: slower algorithms kept the label for MH/s or kSol/s."""
    return _UNITS.get(algorithm(model_name(kind)) or "", 1e9)


async def _api(ask: Ask) -> tuple[dict[str, dict[str, Any]], CollectError | None]:
    """Ask port 4028; nothing, and why, when it is shut or closed to us and the web pages have to do."""
    stats: dict[str, Any] | None = None
    try:
        if ask.memory.get("new_api") is not False:
            stats = await _rich_stats(ask)
        if stats is None:
            return await ask.commands(("summary", "stats", "pools")), None
        answers = await ask.commands(("summary", "pools"))
    except (Unreachable, Garbled, Denied) as error:
        return {} if stats is None else {"stats": stats}, error
    return {**answers, "stats": stats}, None


async def _rich_stats(ask: Ask) -> dict[str, Any] | None:
    """Ask for `stats` in the shape of the web page, which newer firmware gives to a flag: watts, mode and serials.

    It is asked for each time only where it measures watts; None when it is not to be had.
    """
    is_known = bool(ask.memory.get("new_api"))
    try:
        stats = await ask.rpc("stats", extra={"new_api": True}, share=0.5)
    except (Garbled, TimedOut):
        if is_known:
            # firmware may have been replaced: the next poll finds out again
            del ask.memory["new_api"]
            raise
        ask.memory["new_api"] = False
        return None
    body = first(stats.get("STATS"))
    ask.memory["new_api"] = type(body.get("chain")) is list and bool(body.get("watt"))
    return None if cgminer.is_refusal(stats) else stats


async def _web_stats(ask: Ask, *, kind: str | None) -> Stats | None:
    page = await ask.get(_STATS, auth="digest")
    if not isinstance(page, dict):
        return None
    return bitmain.stats(ask.fields, page, factor=unit(kind or bitmain.kind(page)))


async def _system(ask: Ask) -> Any:
    for path in _SYSTEM:
        page = await ask.get(path, auth="digest")
        if page is not None:
            return page
    return None


async def _mode(ask: Ask) -> int | None:
    """Give the work mode, wanted only when nothing is hashed: only it tells sleep from a fault."""
    page = await ask.seldom_get(_CONFIGURATION, auth="digest", every_s=_MODE_EVERY_S)
    return bitmain.work_mode(ask.fields, mapping(page))


async def _fault_page(ask: Ask) -> Any:
    return await ask.get(_SUMMARY, auth="digest")


def faults(fields: Fields, page: object) -> tuple[DeviceError, ...]:
    """Give the checks that are not fine from `summary` in its web shape."""
    found = []
    checks = first(mapping(page).get("SUMMARY")).get("status")
    for check in checks if type(checks) is list else ():
        check = mapping(check)
        verdict = fields.text(check, "status")
        if verdict is None or verdict.lower() == "s":
            continue
        kind = fields.text(check, "type") or "check"
        words = fields.text(check, "msg") or _FAULT_WORDS.get(kind, "a check of the device failed")
        code = fields.text(check, "code")
        found.append(DeviceError(code=kind if code in (None, "0") else f"{kind}:{code}", message=words))
    return tuple(found)


async def _web_pools(ask: Ask) -> tuple[PoolSlot, ...]:
    try:
        page = await ask.get(_POOLS, auth="digest")
    except CollectError as error:
        ask.warn(_POOLS, str(error))
        return ()
    return cgminer.pools(ask.fields, mapping(page))


def _shares(fields: Fields, summary: Mapping[str, Any], pools: tuple[PoolSlot, ...], *, name: str) -> int | None:
    total = fields.count(summary, name)
    if total is not None:
        return total
    counts = [count for count in (getattr(pool, name.lower()) for pool in pools) if count is not None]
    return sum(counts) if counts else None


def _first(*counts: int | None) -> int | None:
    return next((count for count in counts if count is not None), None)


FAMILY = Family(
    name="antminer",
    make="Antminer",
    ports={"api": cgminer.PORT, "http": 80},
    requests=frozenset(
        {
            "rpc version",
            "rpc summary",
            "rpc stats",
            "rpc pools",
            *(f"GET {path}" for path in (_STATS, _SUMMARY, _POOLS, *_SYSTEM, _CONFIGURATION)),
        }
    ),
    collect=collect,
    recognises=recognises,
    clues=(_STATS, *_SYSTEM),
    credentials=(("root", "root"),),
)
