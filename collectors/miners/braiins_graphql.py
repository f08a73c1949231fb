"""Braiins OS 21.09 to 25.05: GraphQL, which reads without a login.

One query has everything. A version that does not know one of its fields refuses all of it: then the plain fields are
asked for, and what is still missing in parts. Model, appeals and MAC are asked seldom.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from collectors import cgminer, opening
from collectors.condition import by_rate
from collectors.errors import CollectError, Denied, Garbled
from collectors.miners.braiins_boards import board_state, first_index, identity
from collectors.miners.braiins_fans import fans
from collectors.rate import shortest
from collectors.reading import Board, DeviceCondition, DeviceError, PoolSlot, Reading
from collectors.target import Ask
from collectors.told import first_told
from collectors.value import Fields, hottest, listing, mapping, temperature, text

_GRAPHQL = "/graphql"
_LUCI = "/cgi-bin/luci"
_INTERFACE = f"{_LUCI}/admin/network/iface_status/lan"
_PLAIN_RATES = "realHashrate{mhs5S}"
_RICH_RATES = "realHashrate{mhs5S mhs1M mhs5M mhs15M mhs24H mhsAv}"
_HEAD = "bos{hostname info{version{full}} uptime{durationS}} "
_TOTAL = "bosminer{info{fans{name rpm speed} summary{power{approxConsumptionW limitW}} workSolver{nominalMhs "
_BOARD = "bosminer{info{workSolver{childSolvers{name nominalMhs temperatures{name degreesC} "
_DETAILS = " hwDetails{chips frequencyMhz voltageV"
_POOLS = "bosminer{info{poolGroups{name pools{url user status active shares{acceptedSolutions rejectedSolutions}}}}}"
_PARTS = (
    "{" + _HEAD + _TOTAL + _PLAIN_RATES + "}}}}",
    "{" + _BOARD + _PLAIN_RATES + _DETAILS + "}}}}}}",
    "{" + _POOLS + "}",
)
_RICH = (
    "{"
    + _HEAD
    + _TOTAL
    + _RICH_RATES
    + "}}} "
    + _BOARD
    + _RICH_RATES
    + _DETAILS
    + " hbSerialNumber}}}}} "
    + _POOLS
    + "}"
)
_PLAIN = "{" + _HEAD + _TOTAL + _PLAIN_RATES + "}}} " + _BOARD + _PLAIN_RATES + _DETAILS + "}}}}} " + _POOLS + "}"
_SERIALS = "{bosminer{info{workSolver{childSolvers{name hwDetails{hbSerialNumber}}}}}}"
_MODEL = "{bosminer{info{modelName}}}"
_APPEALS = "{events{appeals{id kind message timestamp}}}"
_APPEALS_EVERY_S = 60.0
_WINDOWS = (
    ("mhs5S", "5s"),
    ("mhs1M", "1m"),
    ("mhs5M", "5m"),
    ("mhs15M", "15m"),
    ("mhs24H", "24h"),
    ("mhsAv", "lifetime"),
)
_WATER = "WATER_"

REQUESTS = frozenset(
    {f"POST {_GRAPHQL}", f"POST {_LUCI}", f"GET {_INTERFACE}", "rpc summary", "rpc version", "rpc devdetails"}
)


async def read(ask: Ask) -> Reading | None:
    """Read one device; None where it has no GraphQL."""
    data = await _everything(ask)
    if data is None:
        return None
    fields = ask.fields
    bos, info = mapping(data.get("bos")), mapping(mapping(data.get("bosminer")).get("info"))
    solver = mapping(info.get("workSolver"))
    power = mapping(mapping(info.get("summary")).get("power"))
    summary = await _summary(ask)
    windows = {**_rates(fields, solver), **_without_unknown(cgminer.windows(fields, summary))}
    children = [mapping(one) for one in listing(solver.get("childSolvers"))]
    if "5s" not in windows and (
        of_boards := [rate for rate in (_rates(fields, one).get("5s") for one in children) if rate]
    ):
        windows = {"5s": sum(of_boards), **windows}
    nominal = [found for found in (fields.positive(one, "nominalMhs", times=1e6) for one in children) if found]
    rate = shortest(windows)
    uptime = first_told(fields.positive(summary, "Elapsed"), fields.positive(mapping(bos.get("uptime")), "durationS"))
    pools = _pools(fields, listing(info.get("poolGroups")))
    appeals = mapping((await _seldom(ask, "appeals", _APPEALS, every_s=_APPEALS_EVERY_S)).get("events"))
    errors = _faults(fields, listing(appeals.get("appeals")))
    state = _condition(rate, uptime_s=uptime, pools=pools, has_faults=bool(errors))
    boards = _boards(
        fields,
        children,
        serials=await _serials(ask, children),
        is_running=state in ("hashing", "fault"),
    )
    inlet, outlet = _flow(children)
    name = fields.text(mapping(mapping((await _seldom(ask, "model", _MODEL)).get("bosminer")).get("info")), "modelName")
    if name is None:
        details = listing((await ask.seldom_rpc("devdetails")).get("DEVDETAILS"))
        name = next(filter(None, (fields.text(mapping(one), "Model") for one in details)), None)
    make, model = identity(name)
    watts = fields.positive(power, "approxConsumptionW")
    is_s9 = model == "S9" or first_index(_numbers(fields, children)) > 1
    return Reading(
        family="braiins",
        make=make,
        model=model,
        firmware="Braiins OS",
        firmware_version=fields.text(mapping(mapping(bos.get("info")).get("version")), "full"),
        mac=await _mac(ask),
        hostname=fields.text(bos, "hostname"),
        algorithm="sha256d",
        state=state,
        hashrate_hs=rate,
        hashrate_averages_hs=windows,
        hashrate_expected_hs=fields.positive(solver, "nominalMhs", times=1e6) or sum(nominal) or None,
        power_w=watts,
        power_grade="unknown" if watts is None else "estimated",
        power_limit_w=fields.positive(power, "limitW") or None,
        uptime_s=uptime,
        temperature_inlet_c=inlet,
        temperature_outlet_c=outlet,
        accepted=cgminer.shares(fields, summary, pools, name="Accepted"),
        rejected=cgminer.shares(fields, summary, pools, name="Rejected"),
        stale=fields.count(summary, "Stale"),
        hardware_errors=fields.count(summary, "Hardware Errors"),
        boards=boards,
        fans=fans(fields, listing(info.get("fans")), is_s9=is_s9),
        pools=pools,
        errors=errors,
        unread=fields.unread,
    )


async def _everything(ask: Ask) -> Mapping[str, Any] | None:
    """Ask one query for all, then parts for what did not come with it; None where there is no GraphQL."""
    way = ask.memory.get("graphql", "rich")
    data: dict[str, Any] = {}
    if way == "rich":
        found = await _query(ask, _RICH)
        if found is None:
            return None
        data = found
        way = "rich" if data else "plain"
    if way == "plain":
        data = await _query(ask, _PLAIN) or {}
    if way == "parts" or not _is_whole(data):
        way = "parts"
        for query in _PARTS:
            _merge(data, await _query(ask, query) or {})
    if not ("bosminer" in data or "bos" in data):
        raise Garbled(f"{_GRAPHQL} answers without anything of Braiins OS")
    ask.memory["graphql"] = way
    return data


async def _query(ask: Ask, query: str) -> dict[str, Any] | None:
    """Give the `data` of a query, an empty one when it was refused; None when there is no such page."""
    answer = await ask.fetch("POST", _GRAPHQL, json={"query": query})
    if answer.status in (400, 422) and answer.body.lstrip()[:1] == b"{":
        return {}  # a field that this version does not know
    document = ask.judged(answer, path=_GRAPHQL)
    return None if document is None else mapping(mapping(document).get("data"))


def _is_whole(data: Mapping[str, Any]) -> bool:
    info = mapping(mapping(data.get("bosminer")).get("info"))
    return "poolGroups" in info and "childSolvers" in mapping(info.get("workSolver")) and "bos" in data


def _merge(into: dict[str, Any], other: Mapping[str, Any]) -> None:
    for key, value in other.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        elif value is not None or key not in into:
            into[key] = value


async def _seldom(ask: Ask, key: str, query: str, *, every_s: float = 600.0) -> Mapping[str, Any]:
    async def fetch() -> Any:
        return await _query(ask, query)

    return mapping(await ask.seldom(f"graphql {key}", fetch, every_s=every_s))


async def _summary(ask: Ask) -> Mapping[str, Any]:
    """Give port 4028's summary: the process's uptime, longer windows and stale shares. Firewalls often shut it."""
    until: float = ask.memory.get("no summary", 0.0)
    if ask.loop.time() < until:
        return {}
    try:
        reply = await ask.rpc("summary", share=0.3)
    except CollectError:
        reply = {}
    if cgminer.is_refusal(reply) or not reply:
        ask.memory["no summary"] = ask.loop.time() + 600.0
        return {}
    return cgminer.section(reply, "SUMMARY")


async def _serials(ask: Ask, solvers: list[dict[str, Any]]) -> dict[str, str]:
    """Give board serials by board name; versions before 25 have none and refuse the query."""
    if any("hbSerialNumber" in mapping(mapping(one).get("hwDetails")) for one in solvers):
        own = solvers
    else:
        data = await _seldom(ask, "serials", _SERIALS)
        info = mapping(mapping(data.get("bosminer")).get("info"))
        own = listing(mapping(info.get("workSolver")).get("childSolvers"))
    found = {}
    for value in own:
        solver = mapping(value)
        name = ask.fields.text(solver, "name")
        serial = ask.fields.text(mapping(solver.get("hwDetails")), "hbSerialNumber")
        if name is not None and serial is not None:
            found[name] = serial
    return found


async def _mac(ask: Ask) -> str | None:
    """Give the hardware address from LuCI's page of the network, which wants a login of its own kind."""
    page = await opening.got_seldom(ask, _INTERFACE, login=_log_in)
    return next(filter(None, (ask.fields.mac(mapping(one), "macaddr") for one in listing(page))), None)


async def _log_in(ask: Ask) -> Mapping[str, str]:
    username, password = ask.credentials()
    answer = await ask.fetch("POST", _LUCI, form={"luci_username": username, "luci_password": password})
    cookies = [one.partition(";")[0] for one in answer.headers.get("set-cookie", "").split("\n")]
    cookie = "; ".join(one for one in cookies if "=" in one)
    if answer.status >= 400 or not cookie:
        raise Denied(f"{_LUCI} gives no session: {ask.login.denial}")
    return {"Cookie": cookie}


def _rates(fields: Fields, solver: Mapping[str, Any]) -> dict[str, float]:
    source = mapping(solver.get("realHashrate"))
    found = {name: fields.positive(source, key, times=1e6) for key, name in _WINDOWS}
    return {name: rate for name, rate in found.items() if rate is not None}


def _without_unknown(windows: dict[str, float]) -> dict[str, float]:
    """Leave out the short windows, which GraphQL has itself and of the same moment as all the rest."""
    return {name: rate for name, rate in windows.items() if name != "5s"}


def _condition(
    rate: float | None, *, uptime_s: float | None, pools: tuple[PoolSlot, ...], has_faults: bool
) -> DeviceCondition:
    is_idle = bool(pools) and not any(pool.alive for pool in pools)
    return by_rate(rate, uptime_s=uptime_s, at_zero="fault" if has_faults else "idle" if is_idle else "unknown")


def _numbers(fields: Fields, solvers: Iterable[Any]) -> list[int | None]:
    return [fields.count(mapping(one), "name") for one in solvers]


def _boards(fields: Fields, solvers: list[Any], *, serials: Mapping[str, str], is_running: bool) -> tuple[Board, ...]:
    numbers = _numbers(fields, solvers)
    start = first_index(numbers)
    boards = []
    for at, (number, value) in enumerate(zip(numbers, solvers, strict=True)):
        solver = mapping(value)
        details = mapping(solver.get("hwDetails"))
        rate = shortest(_rates(fields, solver))
        chips = fields.count(details, "chips")
        sensors = [mapping(one) for one in listing(solver.get("temperatures"))]
        boards.append(
            Board(
                index=at if number is None or number < start else number - start,
                hashrate_hs=rate,
                hashrate_expected_hs=fields.positive(solver, "nominalMhs", times=1e6) or None,
                board_temperature_c=_hottest(fields, sensors, what="CHIP", is_wanted=False),
                chip_temperature_c=_hottest(fields, sensors, what="CHIP", is_wanted=True),
                chips=chips,
                frequency_hz=fields.positive(details, "frequencyMhz", times=1e6) or None,
                voltage_v=fields.positive(details, "voltageV") or None,
                state=board_state(rate, chips=chips, is_enabled=None, is_running=is_running),
                serial=serials.get(fields.text(solver, "name") or ""),
            )
        )
    return tuple(boards)


def _hottest(fields: Fields, sensors: list[dict[str, Any]], *, what: str, is_wanted: bool) -> float | None:
    """Give the hottest sensor of the chips, or of the board: `Chip`, `MAX_CHIP`; `Board`, `MAX_BOARD`, `OUTLET`."""
    names = [(fields.text(one, "name") or "").upper() for one in sensors]
    chosen = [
        one
        for one, name in zip(sensors, names, strict=True)
        if (what in name) is is_wanted and not name.startswith(_WATER)
    ]
    return hottest([one.get("degreesC") for one in chosen])


def _flow(solvers: list[dict[str, Any]]) -> tuple[float | None, float | None]:
    """Give what flows in and out: the water's warmest where there is water, else the air's coolest and hottest."""
    found: dict[str, list[float]] = {}
    for solver in solvers:
        for one in map(mapping, listing(solver.get("temperatures"))):
            degrees, name = temperature(one.get("degreesC")), (text(one.get("name")) or "").upper()
            if degrees is not None:
                found.setdefault(name, []).append(degrees)
    water_in, water_out = found.get(f"{_WATER}INLET"), found.get(f"{_WATER}OUTLET")
    if water_in or water_out:
        return max(water_in or (), default=None), max(water_out or (), default=None)
    return min(found.get("INLET", ()), default=None), max(found.get("OUTLET", ()), default=None)


def _pools(fields: Fields, groups: list[Any]) -> tuple[PoolSlot, ...]:
    slots: list[PoolSlot] = []
    for group in groups:
        for value in listing(mapping(group).get("pools")):
            entry = mapping(value)
            url, user = fields.text(entry, "url"), fields.text(entry, "user")
            if cgminer.is_fee_pool({"URL": url}) or not (url or user):
                continue
            status = fields.text(entry, "status")
            shares = mapping(entry.get("shares"))
            slots.append(
                PoolSlot(
                    index=len(slots),
                    url=url,
                    user=user,
                    active=fields.truth(entry, "active"),
                    alive=None if status is None else status.upper() in ("ALIVE", "RUNNING"),
                    accepted=fields.count(shares, "acceptedSolutions"),
                    rejected=fields.count(shares, "rejectedSolutions"),
                )
            )
    return tuple(slots)


def _faults(fields: Fields, appeals: list[Any]) -> tuple[DeviceError, ...]:
    found = []
    for value in appeals:
        appeal = mapping(value)
        kind = fields.text(appeal, "kind") or "appeal"
        found.append(DeviceError(code=kind, message=fields.text(appeal, "message") or "the device asks for attention"))
    return tuple(found)
