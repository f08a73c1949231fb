"""A Stratum V1 session without sockets: bytes in, events out, and bytes to send.

The session only watches: it configures, subscribes, authorizes when it has a user, and answers what the pool asks.
It has no way to send a share.

    session = Session(agent="headframe/1", user="account.watch", password="x")
    for message in session.outgoing():      # what to send now
        ...
    events = session.receive(data)          # what came of it; then look at outgoing() again

Real pools send things early, late or not at all: difficulty and jobs before the answers they belong to, errors as
lists, objects or plain text, answers without `result` or `error`. Nothing here expects an order.
"""

import math
from collections.abc import Mapping
from typing import Any

import orjson

from collectors.errors import Garbled
from collectors.pools import events
from collectors.pools.job import decode_notify
from collectors.pools.opening import OPENING_BYTES, remedy, spoken_in
from collectors.pools.subsidy import BLOCKS_PER_PERIOD

AGENT = "headframe/0.1 (pool watcher)"
MAX_LINE_BYTES = 256 << 10  # the longest honest job seen, with hundreds of payouts, is a tenth of this
MAX_JUNK_LINES = 16
_CONFIGURE = [
    ["version-rolling", "minimum-difficulty", "subscribe-extranonce", "info"],
    {"version-rolling.mask": "ffffffff", "version-rolling.min-bit-count": 2, "info.hw-version": "watcher"},
]
_UNKNOWN_METHOD = [-3, "Method not found", None]


class Session:
    """One connection's conversation.

    `configure` set to False leaves out `mining.configure`, for pools that hang up on it. `learned` is the memory of
    difficulty periods proved by jobs (see `decode_notify`); the session adds to it.
    """

    def __init__(
        self,
        *,
        user: str | None = None,
        password: str | None = None,
        agent: str = AGENT,
        configure: bool = True,
        learned: dict[int, int] | None = None,
    ) -> None:
        self.user = user
        self.subscribed = False
        self.heard = False
        self.extranonce1: str | None = None
        self.extranonce2_size: int | None = None
        self._password = password
        self._agent = agent
        self._learned: dict[int, int] = {} if learned is None else learned
        self._outgoing: list[events.Outgoing] = []
        self._pending: dict[int, events.Step] = {}
        self._next_id = 1
        self._line = bytearray()
        self._opening = bytearray()
        self._junk = 0
        self._answers_configure = False
        self._asked_to_subscribe = False
        if configure:
            self._ask("configure", "mining.configure", _CONFIGURE)
        else:
            self._subscribe()

    @property
    def configuring(self) -> bool:
        """True while only the answer to `mining.configure` is waited for."""
        return not self._asked_to_subscribe

    def outgoing(self) -> list[events.Outgoing]:
        """Take what is to be sent, in order."""
        taken, self._outgoing = self._outgoing, []
        return taken

    def hurry(self) -> None:
        """Go on without the answer to `mining.configure`: old servers stay silent on it."""
        self._subscribe()

    def ping(self) -> bool:
        """Ask a harmless question, whose answer is an `Echoed`; False when the pool is not known to answer one.

        `mining.configure` again, with the same words: every server that answered it once answers it again, if only
        with an error, and nothing changes by it.
        """
        if not self.subscribed or not self._answers_configure or "ping" in self._pending.values():
            return False
        self._ask("ping", "mining.configure", _CONFIGURE)
        return True

    def forget_ping(self) -> None:
        """Stop waiting for the answer to `ping`; it will not be asked again on this connection."""
        self._answers_configure = False

    def receive(self, data: bytes) -> list[events.Event]:
        """Take bytes from the pool; Garbled when they cannot be one's: another protocol, endless line, only junk."""
        found: list[events.Event] = []
        if not self.heard and len(self._opening) < OPENING_BYTES:
            self._opening += data[:OPENING_BYTES]
            spoken = spoken_in(bytes(self._opening))
            if spoken is not None and spoken != "stratum v1":
                raise Garbled(remedy(spoken, bytes(self._opening)))
        start = 0
        while (end := data.find(b"\n", start)) >= 0:
            self._line += data[start:end]
            if len(self._line) > MAX_LINE_BYTES:
                break
            self._take(bytes(self._line), found)
            self._line.clear()
            start = end + 1
        else:
            self._line += data[start:]
        if len(self._line) > MAX_LINE_BYTES:
            raise Garbled(f"a line of more than {MAX_LINE_BYTES} bytes")
        return found

    def _take(self, line: bytes, found: list[events.Event]) -> None:
        """Read one line; empty ones are a keep-alive of some servers."""
        line = line.strip(b" \t\r\0")
        if not line:
            return
        message = _message(line)
        if not isinstance(message, dict):
            self._discard(line, found)
            return
        method, identity = message.get("method"), message.get("id")
        step = self._step_of(identity)
        if isinstance(method, str) and not (step and ("result" in message or "error" in message)):
            params = message.get("params")
            self._heard_method(method, params if isinstance(params, list) else [], identity, found)
        elif step is not None:
            self._heard_answer(step, message, found)
        elif not ("result" in message or "error" in message):
            self._discard(line, found)
            return
        elif identity is None and message.get("error"):
            # Some servers refuse without saying what: nobody can tell which question it was, but the words help.
            found.append(events.MessageShown(text=error_text(message["error"])))
        self.heard = True
        self._junk = 0

    def _discard(self, line: bytes, found: list[events.Event]) -> None:
        self._junk += 1
        if self._junk > MAX_JUNK_LINES:
            raise Garbled(f"{self._junk} lines in a row that are no messages")
        found.append(events.Junk(sample=events.words(line[:80].decode("utf-8", "replace"))))

    def _step_of(self, identity: Any) -> events.Step | None:
        """Find which question an id answers; some servers give numbers back as text."""
        if isinstance(identity, str) and identity.isascii() and identity.isdigit() and len(identity) < 10:
            identity = int(identity)
        if isinstance(identity, bool) or not isinstance(identity, int):
            return None
        return self._pending.get(identity)

    def _heard_answer(self, step: events.Step, message: Mapping[str, Any], found: list[events.Event]) -> None:
        identity = int(message["id"])
        del self._pending[identity]
        result, error = message.get("result"), message.get("error")
        match step:
            case "configure":
                self._answers_configure = True
                found.append(_configured(result) if isinstance(result, dict) else _refusal(step, result, error))
                self._subscribe()
            case "subscribe":
                self._heard_subscription(result, error, found)
            case "authorize":
                accepted = result is True or (bool(result) and not error)
                found.append(events.Authorized() if accepted else _refusal(step, result, error))
            case _:
                found.append(events.Echoed())

    def _heard_subscription(self, result: Any, error: Any, found: list[events.Event]) -> None:
        """Read the subscription: mostly its last two items, for the list before them differs from pool to pool."""
        told = result if isinstance(result, list) else []
        extranonce = _extranonce(told[-2:]) or _extranonce(told[:2])
        if extranonce is None:
            found.append(_refusal("subscribe", result, error))
            return
        self.subscribed = True
        self._set_extranonce(extranonce)
        found += [events.Subscribed(), extranonce]
        if self.user is not None:
            self._ask("authorize", "mining.authorize", [self.user, "x" if self._password is None else self._password])

    def _heard_method(self, method: str, params: list[Any], identity: Any, found: list[events.Event]) -> None:
        match method:
            case "mining.notify":
                found.append(self._job(params))
            case "mining.set_difficulty":
                difficulty = _positive(params[0] if params else None)
                found.append(
                    events.Junk(sample=f"set_difficulty {events.words(params)}")
                    if difficulty is None
                    else events.DifficultySet(difficulty=difficulty)
                )
            case "mining.set_extranonce":
                size = params[1] if len(params) > 1 and params[1] is not None else self.extranonce2_size
                extranonce = _extranonce([*params[:1], size])
                if extranonce is not None:
                    self._set_extranonce(extranonce)
                    found.append(extranonce)
            case "mining.set_version_mask":
                if params and isinstance(params[0], str):
                    found.append(events.VersionMaskSet(mask=events.words(params[0])))
            case "client.reconnect":
                found.append(_reconnect(params))
            case "client.show_message":
                found.append(events.MessageShown(text=events.words(params[0] if params else "")))
            case "client.get_version":
                self._answer(identity, result=self._agent)
                found.append(events.Questioned(method=method))
            case "mining.ping" | "client.ping":
                self._answer(identity, result="pong")
                found.append(events.Questioned(method=method))
            case _ if identity is not None:
                self._answer(identity, result=None, error=_UNKNOWN_METHOD)
                found.append(events.Questioned(method=events.words(method)))
            case _:
                pass

    def _job(self, params: list[Any]) -> events.Event:
        try:
            job = decode_notify(
                params,
                extranonce1=self.extranonce1,
                extranonce2_size=self.extranonce2_size,
                learned=self._learned,
            )
        except Garbled as error:
            return events.JobGarbled(message=str(error))
        if job.chain == "main" and job.height is not None:
            self._learned[job.height // BLOCKS_PER_PERIOD] = int(job.nbits, 16)
            while len(self._learned) > 4:
                del self._learned[next(iter(self._learned))]
        return events.JobReceived(job=job)

    def _set_extranonce(self, extranonce: events.ExtranonceSet) -> None:
        self.extranonce1, self.extranonce2_size = extranonce.extranonce1, extranonce.extranonce2_size

    def _subscribe(self) -> None:
        """Subscribe, once: a late answer to an earlier question must not do it again."""
        if self._asked_to_subscribe:
            return
        self._asked_to_subscribe = True
        self._ask("subscribe", "mining.subscribe", [self._agent])

    def _ask(self, step: events.Step, method: str, params: list[Any]) -> None:
        self._pending[self._next_id] = step
        self._send(step, {"id": self._next_id, "method": method, "params": params})
        self._next_id += 1

    def _answer(self, identity: Any, *, result: Any, error: Any = None) -> None:
        if identity is not None:
            self._send("answer", {"id": identity, "result": result, "error": error})

    def _send(self, step: events.Step, message: dict[str, Any]) -> None:
        self._outgoing.append(events.Outgoing(step=step, data=orjson.dumps(message) + b"\n"))


def _message(line: bytes) -> Any:
    """Read a line's JSON; None when it is none. Some pools put words in other encodings than UTF-8 into it."""
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        if line.isascii():
            return None
    try:
        return orjson.loads(line.decode("utf-8", "replace"))
    except orjson.JSONDecodeError:
        return None


def error_text(error: Any) -> str:
    """Give an error's words, whatever its form: a list with a code, an object, plain text."""
    if isinstance(error, str) and error:
        return events.words(error)
    if isinstance(error, dict):
        error = [error.get("code"), error.get("message")]
    if isinstance(error, list):
        said = [part for part in error[1:2] if isinstance(part, str)] or [part for part in error if part is not None]
        return events.words(str(said[0])) if said else "no reason given"
    return "no reason given"


def _refusal(step: events.Step, result: Any, error: Any) -> events.Refused:
    """Make a refusal of an answer; the reason may stand in either place."""
    return events.Refused(step=step, message=error_text(error or (result if isinstance(result, str) else None)))


def _configured(result: Mapping[str, Any]) -> events.Configured:
    mask = result.get("version-rolling.mask")
    rolling = result.get("version-rolling") is True and isinstance(mask, str)
    return events.Configured(version_mask=events.words(mask) if rolling else None)


def _extranonce(told: list[Any]) -> events.ExtranonceSet | None:
    """Read the pool's extranonce and the size of ours; None when they are not that."""
    if len(told) != 2 or not isinstance(told[0], str):
        return None
    try:
        size = int(told[1]) if not isinstance(told[1], bool | float) else -1
        length = len(bytes.fromhex(told[0]))
    except (TypeError, ValueError):
        return None
    if not 0 <= size <= 64 or length > 64:
        return None
    return events.ExtranonceSet(extranonce1=told[0].lower(), extranonce2_size=size)


def _reconnect(params: list[Any]) -> events.ReconnectAsked:
    """Read `[]`, `[host]`, `[host, port]` or `[host, port, wait]`; port and wait may be text."""
    host = params[0].strip(" []") if params and isinstance(params[0], str) else None
    port = _positive(params[1] if len(params) > 1 else None)
    wait = _positive(params[2] if len(params) > 2 else None)
    return events.ReconnectAsked(
        host=events.words(host) if host else None,
        port=int(port) if port is not None and port <= 65535 else None,
        wait_s=min(wait or 0.0, 3600.0),
    )


def _positive(value: Any) -> float | None:
    """Read a number above zero, given as number or text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if number > 0 and math.isfinite(number) else None
