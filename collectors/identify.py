"""Find out which family a device is, in as few requests as will tell.

The cheapest question comes first (4028 `version`), each further one only while no family is sure; what was answered
is kept in the device's memory, so that the first poll does not ask it again.
"""

from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing

import msgspec

from collectors import cgminer, registry
from collectors.errors import CollectError, Denied, Garbled, TimedOut, Unreachable, Unsupported
from collectors.evidence import Evidence
from collectors.family import POSSIBLE, SURE, Family
from collectors.jsontext import decode
from collectors.target import Ask, Target

# asked in this order while nobody is sure; the later ones also stand in for a `version` that says nothing
_COMMANDS = ("version", "devdetails", "stats", "summary", "devs")
PORTS = {"api": cgminer.PORT, "http": 80, "framed": 4433, "apollo": 5000}
_FRAMED = "get.device.info"
# FutureBit's own API answers this without a login, and nothing else on port 5000 does
_GRAPHQL, _OPEN_QUERY = "/api/graphql", "{Auth{status{result{status}}}}"
_STEP_SHARE = 0.4
_STEP_S = 5.0


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """What a device turned out to be."""

    family: Family
    score: int


async def identify(target: Target, *, timeout_s: float = 10.0, among: Collection[str] = frozenset(PORTS)) -> Identity:
    """Tell a device's family; ports may be overridden by name (`api`, `http`, `framed`).

    `among` names the ports worth asking, when it is known which are open.

    Raises Unreachable when nothing listens, TimedOut when it listens and is silent, Garbled for what is no miner's
    protocol, Denied when it shows nothing without credentials, Unsupported when it answers well and is not known.
    """
    evidence = Evidence()
    ask = Ask(target, ports=PORTS, requests=requests(), timeout_s=timeout_s)
    best: tuple[int, Family] | None = None
    async with aclosing(_gather(ask, evidence, among=among)) as questions:
        async for _ in questions:
            best = _best(evidence)
            if best is not None and best[0] >= SURE:
                break
    if best is None or best[0] < POSSIBLE:
        raise _failure(evidence)
    _keep(ask, evidence)
    return Identity(family=best[1], score=best[0])


def requests() -> frozenset[str]:
    """Give every request that identification may send: the first questions and all families' clues."""
    clues = {f"GET {path}" for family in registry.families() for path in family.clues}
    firsts = (f"rpc {command}" for command in _COMMANDS)
    return frozenset({*firsts, "GET /", f"POST {_GRAPHQL}", f"framed {_FRAMED}", *clues})


def _best(evidence: Evidence) -> tuple[int, Family] | None:
    best: tuple[int, Family] | None = None
    for family in registry.families():
        score = family.recognises(evidence)
        if score > 0 and (best is None or score > best[0]):
            best = (score, family)
    return best


async def _gather(ask: Ask, evidence: Evidence, *, among: Collection[str]) -> AsyncGenerator[None]:
    """Ask one question after another; yields after each that was answered."""
    web_ports = ["http"] if "http" in among else []
    garbled = 0
    for command in _COMMANDS if "api" in among else ():
        if await _rpc(ask, evidence, command=command):
            yield
            continue
        failure = evidence.failures[f"rpc {command}"]
        if isinstance(failure, TimedOut):
            # a web server may be there and wait for the rest of what it takes for a request
            web_ports.append("api")
        if not isinstance(failure, Garbled):
            break
        garbled += 1
        if garbled > 1:
            # HTTP on the port of the cgminer API: some control boards, or an operator's --port of a web family
            web_ports.insert(0, "api")
            break
    for port in web_ports:
        if not await _page(ask, evidence, path="/", port=port):
            continue
        yield
        # whoever has something going for it has its pages tried first
        for family in sorted(registry.families(), key=lambda family: -family.recognises(evidence)):
            for path in family.clues:
                if f"GET {path}" not in evidence.pages and await _page(ask, evidence, path=path, port=port):
                    yield
    if "apollo" in among and await _graphql(ask, evidence):
        yield
    if "framed" in among and await _framed(ask, evidence):
        yield


async def _rpc(ask: Ask, evidence: Evidence, *, command: str) -> bool:
    key = f"rpc {command}"
    try:
        evidence.replies[key] = await ask.rpc(command, share=_share(ask))
    except CollectError as error:
        evidence.failures[key] = error
        return False
    return True


async def _page(ask: Ask, evidence: Evidence, *, path: str, port: str) -> bool:
    key = f"GET {path}"
    try:
        answer = await ask.fetch("GET", path, port=port, share=_share(ask))
    except CollectError as error:
        evidence.failures.setdefault(key, error)
        return False
    evidence.pages[key] = answer
    if answer.is_fine and answer.body.lstrip()[:1] in (b"{", b"["):
        try:
            document = decode(answer.body)
        except Garbled as error:
            evidence.failures[key] = error
        else:
            evidence.replies[key] = document if isinstance(document, dict) else {"list": document}
    return True


async def _graphql(ask: Ask, evidence: Evidence) -> bool:
    key = f"POST {_GRAPHQL}"
    try:
        answer = await ask.fetch("POST", _GRAPHQL, port="apollo", json={"query": _OPEN_QUERY}, share=_share(ask))
        document = answer.json() if answer.is_fine else None
    except CollectError as error:
        evidence.failures[key] = error
        return False
    if isinstance(document, dict):
        evidence.replies[key] = document
    return isinstance(document, dict)


async def _framed(ask: Ask, evidence: Evidence) -> bool:
    key = f"framed {_FRAMED}"
    try:
        evidence.replies[key] = await ask.framed(_FRAMED, share=_share(ask))
    except CollectError as error:
        evidence.failures[key] = error
        return False
    return True


def _share(ask: Ask) -> float:
    """Give how much of the time one question may take, so that a port which says nothing leaves some to the others."""
    remaining = ask.remaining_s
    return min(_STEP_SHARE, _STEP_S / remaining) if remaining > 0 else 1.0


def _keep(ask: Ask, evidence: Evidence) -> None:
    for key, reply in evidence.replies.items():
        if key.startswith(("rpc version", "rpc devdetails", "framed ")):
            ask.remember(key, reply)


def _failure(evidence: Evidence) -> CollectError:
    """Say why nothing was recognised: the most telling of what went wrong."""
    if any(answer.status in (401, 403) for answer in evidence.pages.values()):
        return Denied(f"the web page wants credentials (realm {evidence.realm or 'none'!r}) and nothing else answers")
    if any(cgminer.is_denial(reply) for reply in evidence.replies.values()):
        return Denied("the device does not let this address ask")
    failures = [error for error in evidence.failures.values() if isinstance(error, CollectError)]
    garbled = [error for error in failures if isinstance(error, Garbled)]
    # a page on port 80 says little where the miners' own port speaks gibberish, unless that is the page's protocol
    if (evidence.replies or evidence.pages) and not (garbled and not evidence.speaks_cgminer and not evidence.has_page):
        heard = ", ".join(sorted({*evidence.replies, *evidence.pages}))
        return Unsupported(f"it answers ({heard}), but as no family that is known")
    for kind in (Garbled, TimedOut, Unreachable):
        for error in failures:
            if isinstance(error, kind):
                return error
    return failures[0] if failures else Unreachable("no port answers")
