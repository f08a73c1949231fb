"""Ask a device everything that may be asked of it, and make one recording of the answers that tells on nobody."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import orjson

from collectors import cgminer, identify
from collectors.errors import CollectError, Denied, Garbled, Unsupported
from collectors.family import Family
from collectors.jsontext import decode, decode_object
from collectors.recording import read_again
from collectors.redact import Redaction
from collectors.target import Ask, Auth, Target
from collectors.web import Answer

_LONGEST = 32_768  # characters of an answer that is no JSON: a page's head tells the family, its scripts nothing
_HEADERS = ("www-authenticate", "location", "set-cookie", "server")
_FIRST = ("version", "devdetails", "stats", "summary", "devs")
_STEP_SHARE = 0.2


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """A recording as it is written to a file, and in words what did not go well."""

    document: dict[str, Any]
    notes: tuple[str, ...]


class Listening(Ask):
    """A conversation that keeps every answer as it came."""

    __slots__ = ("_names", "heard")

    def __init__(self, target: Target, *, family: Family | None, timeout_s: float) -> None:
        known = {} if family is None else family.ports
        requests = identify.requests() if family is None else family.requests | identify.requests()
        credentials = () if family is None else family.credentials
        super().__init__(
            target,
            ports={**identify.PORTS, **known},
            requests=requests,
            timeout_s=timeout_s,
            credentials=credentials,
            family=None if family is None else family.name,
        )
        self._names: Mapping[str, int] = {**identify.PORTS, **known}
        self.heard: dict[tuple[str, int, str], dict[str, Any]] = {}

    async def _exchange(self, request: bytes, *, port: str, share: float = 1.0) -> bytes:
        raw = await super()._exchange(request, port=port, share=share)
        question = decode_object(request)
        if "+" not in question["command"]:
            asked = question["command"] if len(question) == 1 else question
            self._keep("rpc", port, asked, _spelled(raw.rstrip(b"\0\n")))
        return raw

    async def framed(
        self, command: str, *, parameter: str | None = None, port: str = "framed", share: float = 1.0
    ) -> dict[str, Any]:
        """Ask as usual and keep the answer."""
        reply = await super().framed(command, parameter=parameter, port=port, share=share)
        self._keep("framed", port, " ".join(filter(None, (command, parameter))), {"reply": reply})
        return reply

    async def fetch(self, method: str, path: str, *, port: str = "http", **more: Any) -> Answer:
        """Ask as usual and keep the answer unless there is no such page; a better one takes the place of a worse."""
        answer = await super().fetch(method, path, port=port, **more)
        key = ("http", self._names[port], f"{method} {path}")
        is_better = key not in self.heard or self.heard[key].get("status", 200) >= 300
        if (answer.is_fine and is_better) or (
            answer.status in (301, 302, 303, 307, 308, 401, 403) and key not in self.heard
        ):
            spelled = _spelled(answer.body)
            headers = {name: answer.headers[name] for name in _HEADERS if name in answer.headers}
            self.heard.pop(key, None)
            self._keep("http", port, key[2], {"status": answer.status, "headers": headers, **spelled})
        return answer

    def has(self, transport: str, request: str) -> bool:
        """Tell whether a request was answered."""
        asked = orjson.dumps(request).decode()
        return any(one[0] == transport and one[2] in (asked, request) for one in self.heard)

    def _keep(self, transport: str, port: str, request: Any, answer: dict[str, Any]) -> None:
        reply = answer.get("reply")
        if (
            transport == "rpc"
            and isinstance(reply, dict)
            and cgminer.is_refusal(reply)
            and not cgminer.is_denial(reply)
        ):
            return
        if answer.get("status") == 200:
            del answer["status"]
        if not answer.get("headers", True):
            del answer["headers"]
        number = self._names[port]
        key = request if transport == "http" else orjson.dumps(request).decode()
        one = {"transport": transport, "port": number, "request": request, **answer}
        self.heard.setdefault((transport, number, key), one)


async def record(target: Target, *, family: Family | None = None, timeout_s: float = 30.0) -> Recording:
    """Make a recording of one device; of an unknown one, of what identification hears.

    Sends nothing but the reading requests of its family and of identification. Raises CollectError when not a single
    answer came. `expected` is our own reading of the redacted answers, for somebody to look over.
    """
    notes: list[str] = []
    if family is None:
        try:
            family = (await identify.identify(target, timeout_s=timeout_s / 3)).family
        except (Unsupported, Denied, Garbled) as error:
            notes.append(f"not identified: {error}")
        target.memory.clear()
    ask = Listening(target, family=family, timeout_s=timeout_s)
    # asked one by one, an answer stands by itself and as it came
    ask.memory["joined"] = False
    failure: CollectError | None = None
    if family is not None:
        try:
            await family.collect(ask)
        except CollectError as error:
            failure = error
            notes.append(f"not read: {error}")
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
            notes.append(f"not read: an answer of an unknown shape ({type(error).__name__})")
    await _ask_the_rest(ask, family)
    if not ask.heard:
        raise failure or Unsupported("it answered nothing that could be recorded")
    joins = await _joins(ask)
    notes += ask.warnings
    return await _finished(ask, family=family, joins=joins, notes=notes)


async def _ask_the_rest(ask: Listening, family: Family | None) -> None:
    """Ask what collecting left out, and what identification would; a port that does not answer is left alone."""
    wanted = [f"rpc {command}" for command in _FIRST]
    wanted += ["GET /", *(sorted(identify.requests()) if family is None else ())]
    if family is not None:
        wanted += [*(f"GET {path}" for path in family.clues), *sorted(family.requests)]
    is_web_only = family is not None and cgminer.PORT not in family.ports.values()
    silent: set[str] = set()
    for request in dict.fromkeys(wanted):
        kind, _, what = request.partition(" ")
        if kind == "rpc" and not is_web_only and not ask.has("rpc", what):
            await _try(ask, "api", silent, kind=kind, what=what)
        elif kind == "framed" and not ask.has("framed", what):
            await _try(ask, "framed", silent, kind=kind, what=what)
        elif kind == "GET" and not ask.has("http", request):
            for port in _web_ports(family):
                await _try(ask, port, silent, kind=kind, what=what)


def _web_ports(family: Family | None) -> Iterable[str]:
    if family is None:
        return ("http",)
    return [name for name in family.ports if name not in ("api", "framed")] or ["http"]


async def _try(ask: Listening, port: str, silent: set[str], *, kind: str, what: str) -> None:
    if port in silent or ask.remaining_s <= 0:
        return
    try:
        if kind == "rpc":
            await ask.rpc(what, port=port, share=_STEP_SHARE)
        elif kind == "framed":
            await ask.framed(what, port=port, share=_STEP_SHARE)
        else:
            is_digest = ask.login.challenge(port) is not None
            auth: Auth = "digest" if is_digest and what != "/" else "none"
            await ask.fetch("GET", what, port=port, auth=auth, headers=ask.memory.get("session"), share=_STEP_SHARE)
    except Garbled:
        return  # that is an answer too, and was kept where it could be
    except CollectError:
        silent.add(port)


async def _joins(ask: Listening) -> bool:
    names = [request for transport, _, request in ask.heard if transport == "rpc" and request.startswith('"')]
    plain = [decode(name.encode()) for name in names[:2]]
    if len(plain) < 2:
        return True
    try:
        document = await ask.rpc("+".join(plain), share=0.5)
    except CollectError:
        return False
    return all(name in document for name in plain)


async def _finished(ask: Listening, *, family: Family | None, joins: bool, notes: list[str]) -> Recording:
    redaction = Redaction()
    for kind, given in (("secret", ask.target.password), ("user", ask.target.username)):
        if given:
            redaction.add(kind, given)
    heard = list(ask.heard.values())
    for one in heard:
        redaction.learn(one.get("reply", one.get("raw")))
        redaction.learn(_location(one))
    requests = [_cleaned(one, redaction) for one in heard]
    document: dict[str, Any] = {"family": None if family is None else family.name, "model": None, "requests": requests}
    if not joins:
        document["joins"] = False
    if any(one["request"].startswith("POST ") for one in requests if one["transport"] == "http") and ask.login.is_own:
        document["credentials"] = {"username": "user", "password": "x"}
    document["expected"] = {}
    if family is not None:
        try:
            reading = (await read_again(document, family=family)).document()
        except CollectError as error:
            notes.append(f"the recording gives no reading: {error}")
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
            notes.append(f"the recording gives no reading: an unknown shape ({type(error).__name__})")
        else:
            document["model"] = reading["model"]
            document["expected"] = _expected(reading)
    return Recording(document=document, notes=tuple(dict.fromkeys(redaction.clean(notes))))


def _expected(reading: dict[str, Any]) -> dict[str, Any]:
    """Give what the recording should read as; ages count from now and are left out, as is what nobody said."""
    for pool in reading["pools"]:
        del pool["last_share_age_s"]
    left_out = ("family", "warnings", "vendor_login", "efficiency_j_per_th")
    return {name: value for name, value in reading.items() if name not in left_out and value not in (None, [], {}, ())}


def _location(one: Mapping[str, Any]) -> str:
    return str(one.get("headers", {}).get("location", ""))


def _cleaned(one: dict[str, Any], redaction: Redaction) -> dict[str, Any]:
    made = dict(one)
    for name in ("reply", "raw"):
        if name in made:
            made[name] = redaction.clean(made[name])
    if "headers" in made:
        made["headers"] = {name: _header(name, value, redaction) for name, value in made["headers"].items()}
    return made


def _header(name: str, value: str, redaction: Redaction) -> str:
    if name == "set-cookie":
        return "; ".join(f"{cookie.partition('=')[0]}=x" for cookie in value.split("\n"))
    if name == "www-authenticate":
        # the nonce is good for one conversation; the realm tells the family
        scheme = value.partition(" ")[0]
        realm = value.partition('realm="')[2].partition('"')[0]
        return f'{scheme} realm="{redaction.clean(realm)}"'
    return str(redaction.clean(value))


def _spelled(raw: bytes) -> dict[str, Any]:
    """Give an answer as `reply` where it is sound JSON, else as the text that it is."""
    try:
        reply = orjson.loads(raw)
    except orjson.JSONDecodeError:
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            return {"raw": raw.decode("latin-1")[:_LONGEST], "is_latin": True}
        looks_like_json = text.lstrip()[:1] in ("{", "[")
        return {"raw": text if looks_like_json else text[:_LONGEST]}
    return {"reply": reply} if isinstance(reply, dict | list) else {"raw": raw.decode("utf-8")}
