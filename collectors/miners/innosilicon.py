"""Innosilicon: DragonMint T1 and its kin, and A9 on.

Port 4028 gives rates, chips and pools to anyone. The web interface adds watts, temperatures, MAC and the fault code
after a login; its reads are POSTs.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from collectors import cgminer, opening
from collectors.condition import condition
from collectors.errors import CollectError, Denied, Garbled
from collectors.evidence import Evidence
from collectors.family import LIKELY, SURE, Family
from collectors.rate import proven, shortest
from collectors.reading import Board, DeviceError, Fan, PoolSlot, Reading
from collectors.target import Ask
from collectors.told import highest
from collectors.value import Fields, listing, mapping

_LOGIN, _ALL, _OVERVIEW, _ERRORS = "/api/auth", "/api/getAll", "/api/overview", "/api/getErrorDetail"
_COMMANDS = ("summary", "stats", "devs", "pools")
_OVERVIEW_GET = f"GET {_OVERVIEW}"
_ERRORS_EVERY_S = 60.0
_MARKS = ("INNOMINER", "DRAGONMINT", "INNOSILICON")
_ALGORITHMS = (
    ("T", "sha256d"),
    ("A10", "ethash"),
    ("A11", "ethash"),
    ("A4", "scrypt"),
    ("A5", "x11"),
    ("A6", "scrypt"),
    ("A8", "cryptonight"),
    ("A9", "equihash"),
)
_SOLUTIONS = "equihash"
# the description of every answer names the model: `innominer a9-1.1.0`
_NAMED = re.compile(r"innominer ([at]\d+)(?=-)", re.IGNORECASE)


def recognises(evidence: Evidence) -> int:
    """Weigh port 4028, the front page's title, and the overview where it is open."""
    said = evidence.says("version") + evidence.says("devdetails") + evidence.says("summary")
    if any(mark in said for mark in _MARKS):
        return SURE
    front = evidence.page().upper()
    if any(mark in front for mark in _MARKS):
        return SURE
    overview = evidence.document(_OVERVIEW)
    if "ethaddr" in mapping(overview.get("version")) or "total_hash" in mapping(overview.get("all")):
        return SURE
    return LIKELY if "Num active chips" in str(evidence.reply("stats")) else 0


async def collect(ask: Ask) -> Reading:
    """Read one device: port 4028, and the web interface for what it leaves out."""
    answers, failure = await _api(ask)
    page, refusal = await _web(ask, is_needed=not answers)
    fields = ask.fields
    whole = mapping(page.get("all")) or page
    # a page of figures that is gone says nothing of the others; one that is shut or wants a login, all
    is_open = bool(page) or isinstance(refusal, Garbled)
    overview = mapping(await ask.seldom(_OVERVIEW, lambda: _post(ask, _OVERVIEW))) if is_open else {}
    if not (answers or page or overview):
        raise refusal or failure or Garbled("neither port 4028 nor the web interface gives figures")
    version = mapping(overview.get("version"))
    summary = cgminer.section(answers.get("summary", {}), "SUMMARY")
    total = mapping(whole.get("total_hash")) or whole
    own = _web_rate(fields, total)
    model = _model(fields, overview, answers)
    algorithm = next((name for start, name in _ALGORITHMS if (model or "").upper().startswith(start)), None)
    unit = 1e-6 if algorithm == _SOLUTIONS else 1.0  # those are counted one by one under a label of MHS
    said = cgminer.windows(fields, summary)
    windows = {name: proven(rate * unit, reference_hs=own) or 0.0 for name, rate in said.items()}
    if own is not None:
        windows["realtime"] = own
    rate = shortest(windows)
    uptime = fields.positive(summary, "Elapsed")
    errors = await _faults(ask) if page else ()
    state = condition(rate_hs=rate, uptime_s=uptime, has_faults=bool(errors))
    chains = [mapping(one) for one in listing(whole.get("chain"))]
    stats = _stats(answers)
    power = fields.positive(whole, "power") or next(
        filter(None, (fields.positive(one, "power") for one in stats)), None
    )
    pools = _pools(fields, answers.get("pools", {}), page=page)
    duty = highest(
        fields.number(one, name, low=0.0, high=100.0)
        for one, name in ((whole, "fansSpeed"), *((one, "Fan duty") for one in stats))
    )
    return Reading(
        family="innosilicon",
        make="Innosilicon",
        model=model,
        firmware="stock",
        firmware_version=fields.text(version, "fwver", "firmware"),
        mac=fields.mac(whole, "mac") or fields.mac(version, "ethaddr"),
        hostname=fields.text(version, "hostname"),
        algorithm=algorithm,
        state=state,
        hashrate_hs=rate,
        hashrate_averages_hs=windows,
        power_w=power,
        power_grade="unknown" if power is None else "reported",
        uptime_s=uptime,
        accepted=cgminer.shares(fields, summary, pools, name="Accepted"),
        rejected=cgminer.shares(fields, summary, pools, name="Rejected"),
        stale=fields.count(summary, "Stale"),
        hardware_errors=fields.count(summary, "Hardware Errors"),
        boards=_boards(
            fields,
            chains,
            stats=stats,
            devices=[mapping(one) for one in listing(answers.get("devs", {}).get("DEVS"))],
            is_running=state in ("hashing", "fault"),
        ),
        fans=() if duty is None else (Fan(index=0, duty_ratio=duty / 100),),
        pools=pools,
        errors=errors,
        unread=fields.unread,
    )


async def _api(ask: Ask) -> tuple[dict[str, dict[str, Any]], CollectError | None]:
    try:
        return await ask.commands(_COMMANDS, share=0.5), None
    except CollectError as error:
        return {}, error


async def _web(ask: Ask, *, is_needed: bool) -> tuple[Mapping[str, Any], CollectError | None]:
    """Give the page of everything; without it there is still port 4028."""
    if not is_needed and ask.loop.time() < ask.memory.get("no web", 0.0):
        return {}, None
    try:
        page = mapping(await _post(ask, _ALL))
        if not page:
            raise Garbled(f"there is no page {_ALL}")
    except CollectError as error:
        if not isinstance(error, Denied):
            ask.memory["no web"] = ask.loop.time() + 600.0
        ask.warn(_ALL, ask.login.denial if isinstance(error, Denied) else f"{_ALL}: {error}")
        return {}, error
    ask.warn(_ALL, None)
    return page, None


async def _post(ask: Ask, path: str) -> Any:
    """Send one of the vendor's reading POSTs; an answer without success is a wish for a login."""
    page = await opening.asked(ask, "POST", path, login=_log_in, form={}, share=0.5)
    if mapping(page).get("success") is not False:
        return page
    # some versions refuse with 200; a session that has run out is dropped, and the login tried once more
    ask.memory.pop("session", None)
    page = await ask.authorised("POST", path, login=_log_in, form={})
    if mapping(page).get("success") is False:
        ask.login.note_refused()
        raise Denied(f"{path}: {ask.login.denial}")
    return page


async def _log_in(ask: Ask) -> Mapping[str, str]:
    username, password = ask.credentials()
    answer = await ask.fetch("POST", _LOGIN, form={"username": username, "password": password})
    token = ask.fields.text(mapping(ask.judged(answer, path=_LOGIN)), "jwt", "token")
    if token is None:
        raise Denied(f"{_LOGIN} gives no token: {ask.login.denial}")
    return {"Authorization": f"Bearer {token}"}


def _web_rate(fields: Fields, source: Mapping[str, Any]) -> float | None:
    rate = fields.positive(source, "Hash Rate H")
    return fields.positive(source, "Hash Rate", times=1e6) if rate is None else rate


def _model(fields: Fields, overview: Mapping[str, Any], answers: Mapping[str, Mapping[str, Any]]) -> str | None:
    name = fields.text(overview, "type", "model")
    if name is None:
        name = next(filter(None, (fields.text(one, "Type", "type") for one in _stats(answers))), None)
    if name is None:
        words = str([mapping(reply).get("STATUS") for reply in answers.values()])
        named = _NAMED.search(words)
        return None if named is None else named[1].upper()
    for make in ("Innosilicon", "DragonMint"):
        if name.lower().startswith(make.lower()):
            name = name[len(make) :]
    return name.strip(" -_") or None


def _boards(
    fields: Fields,
    chains: list[dict[str, Any]],
    *,
    stats: list[Mapping[str, Any]],
    devices: list[dict[str, Any]],
    is_running: bool,
) -> tuple[Board, ...]:
    """Join by number what the web interface, `devs` and `stats` say of each board."""
    on_web, in_devs = _by_number(fields, chains, name="ASC"), _by_number(fields, devices, name="ASC")
    chips = _by_number(fields, [one for one in stats if "Num active chips" in one], name="Chain ID")
    boards = []
    for index in sorted({*on_web, *in_devs, *chips}):
        chain, device, parts = on_web.get(index, {}), in_devs.get(index, {}), chips.get(index, {})
        rate = _web_rate(fields, chain)
        if rate is None:
            rate = shortest(cgminer.windows(fields, device))
        active = fields.count(parts, "Num active chips")
        boards.append(
            Board(
                index=index,
                hashrate_hs=rate,
                board_temperature_c=fields.temperature(chain, "Temp min", "Temp avg"),
                chip_temperature_c=fields.temperature(chain, "Temp max")
                or fields.temperature(device, "Temperature", "TempMAX")
                or fields.temperature(parts, "Temp max", "Temp"),
                chips=active,
                chips_expected=fields.count(parts, "Num chips") or None,
                state="missing"
                if active == 0 and not rate
                else "ok"
                if rate
                else "fault"
                if rate is not None and is_running
                else "unknown",
            )
        )
    return tuple(boards)


def _stats(answers: Mapping[str, Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    reply = answers.get("stats", {})
    return [mapping(one) for one in listing(reply.get("STATS"))] or cgminer.numbered(reply, "STATS")


def _by_number(fields: Fields, entries: Iterable[Mapping[str, Any]], *, name: str) -> dict[int, Mapping[str, Any]]:
    found: dict[int, Mapping[str, Any]] = {}
    for at, entry in enumerate(entries):
        number = fields.count(entry, name)
        found[at if number is None else number] = entry
    return found


def _pools(fields: Fields, reply: Mapping[str, Any], *, page: Mapping[str, Any]) -> tuple[PoolSlot, ...]:
    """Give the pools of port 4028, or those of the web page, which has them in the same shape."""
    return cgminer.pools(fields, reply) or cgminer.pools(fields, page)


async def _faults(ask: Ask) -> tuple[DeviceError, ...]:
    page = mapping(await ask.seldom(_ERRORS, lambda: _post(ask, _ERRORS), every_s=_ERRORS_EVERY_S))
    code = ask.fields.count(page, "code")
    if not code:
        return ()
    words = ask.fields.text(page, "message", "msg", "error") or f"the device reports its fault number {code}"
    return (DeviceError(code=str(code), message=words),)


FAMILY = Family(
    name="innosilicon",
    make="Innosilicon",
    ports={"api": cgminer.PORT, "http": 80},
    requests=frozenset(
        {
            *(f"rpc {command}" for command in ("version", *_COMMANDS)),
            *(f"POST {page}" for page in (_LOGIN, _ALL, _OVERVIEW, _ERRORS)),
            _OVERVIEW_GET,
        }
    ),
    collect=collect,
    recognises=recognises,
    clues=(_OVERVIEW,),
    credentials=(("admin", "admin"),),
)
