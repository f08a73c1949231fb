"""Blackminer, Hammer and Volcminer: three names on one old control board that copies Bitmain's.

Port 4028 answers as an old Antminer does, with the unit in the name of each total (`MHS 5s`, `GHS av`) that its
chains share. The summary's `Accepted` and `Rejected` are one and the same wrong figure, so shares are counted over
the pools. The web page behind digest authentication adds the MAC, and stands in on devices that shut port 4028. None
of these is indispensable.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from collectors import bitmain, cgminer
from collectors.bitmain import Stats
from collectors.condition import condition
from collectors.errors import CollectError, Garbled, Unreachable
from collectors.evidence import Evidence
from collectors.family import LIKELY, SURE, Family
from collectors.jsontext import decode_object
from collectors.partial import optional
from collectors.rate import shortest
from collectors.reading import Board, Fan, PoolSlot, Reading
from collectors.target import Ask
from collectors.value import Fields, hottest, listing, mapping, number, text

_SYSTEM, _STATUS = "/cgi-bin/get_system_info.cgi", "/cgi-bin/get_miner_status.cgi"
_CONFIGURATION = "/cgi-bin/get_miner_conf.cgi"
_REALM = "blackminer configuration"
_MAKES = (("HAMMER", "Hammer"), ("VOLCMINER", "Volcminer"), ("BLACKMINER", "Blackminer"))
_COINS = {
    "ltc": "scrypt", "doge": "scrypt", "dash": "x11", "ckb": "eaglesong", "btc": "sha256d", "kda": "blake2s",
    "kas": "kheavyhash", "sc": "blake2b", "dcr": "blake256r14",
}  # fmt: skip
_SCRYPT = frozenset(("Hammer", "Volcminer"))  # both made nothing else
_COMMENT = re.compile(r"(?m)^\s*//.*$")
_MEMBER = re.compile(r"(\w+)\s*=\s*([^,]*)")
_ASLEEP = frozenset((1, 5))


def recognises(evidence: Evidence) -> int:
    """Weigh `version` and `stats`, then the web page's realm and the model on its system page."""
    said = evidence.says("version") + evidence.says("stats")
    said += str(evidence.document(_SYSTEM).get("minertype", "")).upper()
    if any(mark in said for mark, _ in _MAKES):
        return SURE
    if evidence.realm.lower() == _REALM:
        return SURE
    return LIKELY if "VOLCMINER" in evidence.page().upper() else 0


async def collect(ask: Ask) -> Reading:
    """Read one device: port 4028 first, its web page where that is shut."""
    version = cgminer.section(await ask.seldom_rpc("version"), "VERSION")
    answers = await _api(ask)
    system = mapping(await ask.seldom_get(_SYSTEM, auth="digest"))
    fields = ask.fields
    if "stats" in answers:
        stats, windows = _flat(fields, answers["stats"])
        pools = cgminer.pools(fields, answers.get("pools", {}))
    else:
        status = await _status(ask) if not answers else mapping(await optional(ask, _STATUS, _status(ask)))
        stats, windows, pools = _page(fields, status)
        pools = pools or cgminer.pools(fields, answers.get("pools", {}))
    summary = cgminer.section(answers.get("summary", {}), "SUMMARY")
    windows = {**cgminer.windows(fields, summary), **windows}
    windows, boards = cgminer.scaled(windows, stats.boards, slip=cgminer.unit_slip(fields, summary, windows))
    kind = fields.text(version, "Type") or stats.kind or fields.text(system, "minertype")
    make, model = _model(kind)
    rate = shortest(windows)
    mode = stats.mode if stats.mode is not None or rate else await _mode(ask)
    uptime = stats.uptime_s if stats.uptime_s is not None else fields.positive(summary, "Elapsed")
    errors = fields.count(summary, "Hardware Errors")
    built, image = fields.text(version, "CompileTime"), fields.text(system, "system_filesystem_version")
    return Reading(
        family="blackminer",
        make=make,
        model=model,
        firmware="stock",
        firmware_version=(image if make == "Volcminer" else None) or built or stats.compiled or image,
        mac=fields.mac(system, "macaddr"),
        serial=fields.text(system, "serinum", "serial_no"),
        hostname=fields.text(system, "hostname"),
        algorithm="scrypt" if make in _SCRYPT else await _coin(ask),
        state=condition(
            rate_hs=rate, uptime_s=uptime, is_asleep=None if mode is None else mode in _ASLEEP and not rate, pools=pools
        ),
        hashrate_hs=rate,
        hashrate_averages_hs=windows,
        hashrate_expected_hs=stats.expected_hs,
        power_w=stats.power_w,
        power_grade="unknown" if stats.power_w is None else "reported",
        uptime_s=uptime,
        temperature_inlet_c=stats.inlet_c if stats.inlet_c is not None else stats.ambient_c,
        temperature_outlet_c=stats.outlet_c,
        accepted=_counted(fields, summary, pools, name="Accepted"),
        rejected=_counted(fields, summary, pools, name="Rejected"),
        stale=_counted(fields, summary, pools, name="Stale"),
        hardware_errors=stats.hardware_errors if errors is None else errors,
        boards=boards,
        fans=stats.fans,
        pools=pools,
        unread=fields.unread,
    )


def _counted(fields: Fields, summary: Mapping[str, Any], pools: tuple[PoolSlot, ...], *, name: str) -> int | None:
    found = cgminer.pool_shares(pools, name=name)
    return fields.count(summary, name) if found is None else found


def _model(kind: str | None) -> tuple[str, str | None]:
    """Give make and model from `Hammer D10` or `VolcMiner D1`."""
    if kind is None:
        return "Blackminer", None
    for mark, make in _MAKES:
        if mark in kind.upper():
            return make, re.sub(mark, "", kind, flags=re.IGNORECASE).strip(" -_") or None
    return "Blackminer", kind


async def _api(ask: Ask) -> dict[str, dict[str, Any]]:
    try:
        return await ask.commands(("summary", "stats", "pools"))
    except (Unreachable, Garbled):
        return {}


def _flat(fields: Fields, reply: Mapping[str, Any]) -> tuple[Stats, dict[str, float]]:
    """Read `stats`, whose totals are labelled with the unit that its chains are in."""
    body = next((mapping(one) for one in listing(reply.get("STATS")) if "chain_acn1" in mapping(one)), {})
    factor = 1e9 if any(key.startswith("GHS ") for key in body) else 1e6
    stats = bitmain.stats(fields, reply, factor=factor)
    windows = {**stats.windows, **cgminer.windows(fields, body)}
    usual = fields.positive(body, "frequency", times=1e6) or None
    boards = tuple(
        msgspec.structs.replace(
            board,
            frequency_hz=board.frequency_hz or usual,
            chip_temperature_c=_chips(body.get(f"chipTemp{board.index + 1}"))
            if board.chip_temperature_c is None
            else board.chip_temperature_c,
        )
        for board in stats.boards
    )
    return msgspec.structs.replace(stats, boards=boards), windows


def _chips(value: object) -> float | None:
    """Give the hottest of `[67.30, 0.00, …]`, which runs on into memory that is no temperature."""
    return hottest(value.strip("[] ").replace(" ", "")) if isinstance(value, str) else hottest(value)


async def _status(ask: Ask) -> Mapping[str, Any]:
    """Give the web page's own figures: JSON with remarks in it."""
    answer = await ask.fetch("GET", _STATUS, auth="digest")
    if not answer.is_fine:
        ask.judged(answer, path=_STATUS)
        ask.failure = Garbled(f"no such page: {_STATUS}")
        return {}
    page = decode_object(_COMMENT.sub("", answer.text()).encode())
    ask.has_answered = True
    return page


def _page(fields: Fields, page: Mapping[str, Any]) -> tuple[Stats, dict[str, float], tuple[PoolSlot, ...]]:
    """Read the page: totals and chains in MH/s (for all that their names say), fans within a text of the chains."""
    summary = mapping(page.get("summary"))
    windows = {}
    for name, window in (("ghs5s", "5s"), ("ghsav", "lifetime")):
        rate = fields.positive(summary, name, times=1e6)
        if rate is not None:
            windows[window] = rate
    chains = [mapping(one) for one in listing(page.get("devs"))]
    members: dict[str, Any] = dict(_MEMBER.findall(text(chains[0].get("freq")) or "")) if chains else {}
    # newer pages have the fans beside the chains
    turning: Mapping[str, Any] = members if "fan1" in members else page
    fan_count = int(number(members.get("fan_num")) or 8)
    fans = [turning[name] for fan in range(1, min(fan_count, 8) + 1) if (name := f"fan{fan}") in turning]
    stats = Stats(
        uptime_s=_clock(fields, summary),
        boards=tuple(_chain(fields, chain, at=at, members=members) for at, chain in enumerate(chains)),
        fans=tuple(Fan(index=index, rpm=fields.positive({"fan": rpm}, "fan")) for index, rpm in enumerate(fans)),
    )
    return stats, windows, cgminer.pools(fields, {"POOLS": page.get("pools")})


def _clock(fields: Fields, summary: Mapping[str, Any]) -> float | None:
    elapsed = summary.get("elapsed")
    if isinstance(elapsed, str) and ":" in elapsed:
        return cgminer.clock_text(elapsed.strip())
    return fields.positive(summary, "elapsed")


def _chain(fields: Fields, chain: Mapping[str, Any], *, at: int, members: Mapping[str, Any]) -> Board:
    index = fields.count(chain, "index")
    rate = fields.positive(chain, "chain_rate", "rate", times=1e6)
    return Board(
        index=at if not index else index - 1,
        hashrate_hs=rate,
        board_temperature_c=fields.hottest(chain, "temp"),
        chip_temperature_c=fields.hottest(chain, "temp2"),
        chips=fields.count(chain, "chain_acn"),
        frequency_hz=fields.positive(members or chain, "frequency", "freq", times=1e6) or None,
        state="ok" if rate else "unknown" if rate is None else "fault",
    )


async def _mode(ask: Ask) -> int | None:
    page = await ask.seldom_get(_CONFIGURATION, auth="digest", every_s=60.0)
    return bitmain.work_mode(ask.fields, mapping(page))


async def _coin(ask: Ask) -> str | None:
    """Give the algorithm of the coin that a Blackminer is set to: its chips can be programmed."""
    try:
        page = mapping(await ask.seldom_get(_CONFIGURATION, auth="digest"))
    except CollectError:
        return None
    return _COINS.get((ask.fields.text(page, "coin-type") or "").lower())


FAMILY = Family(
    name="blackminer",
    make="Blackminer",
    ports={"api": cgminer.PORT, "http": 80},
    requests=frozenset(
        {
            "rpc version",
            "rpc summary",
            "rpc stats",
            "rpc pools",
            *(f"GET {path}" for path in (_SYSTEM, _STATUS, _CONFIGURATION)),
        }
    ),
    collect=collect,
    recognises=recognises,
    clues=(_SYSTEM,),
    credentials=(("root", "root"), ("root", "ltc@dog")),
)
