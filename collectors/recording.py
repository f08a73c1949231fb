"""Recordings: what a device answered, request by request, and a conversation that takes its answers from one."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from collectors.errors import Unreachable
from collectors.family import Family
from collectors.jsontext import decode_object
from collectors.poll import converse
from collectors.reading import Reading
from collectors.target import Ask, Auth, Target
from collectors.web import Answer

Recorded = Mapping[str, Any]  # transport, port, request, and `reply` (JSON) or `raw` (text as on the wire)
_UNKNOWN = b'{"STATUS":[{"STATUS":"E","When":1,"Code":14,"Msg":"Invalid command","Description":"cgminer"}],"id":1}'


def body_of(one: Recorded) -> bytes:
    """Give the bytes that were answered."""
    if "raw" in one:
        return str(one["raw"]).encode("latin-1" if one.get("is_latin") else "utf-8")
    return orjson.dumps(one["reply"])


class Replay(Ask):
    """A conversation without a network: requests are held against the family's list and answered from a recording."""

    __slots__ = ("_joins", "_recorded")

    def __init__(self, recording: Mapping[str, Any], *, family: Family) -> None:
        super().__init__(
            Target("192.0.2.1", **recording.get("credentials", {})),
            ports=family.ports,
            requests=family.requests,
            timeout_s=60.0,
            credentials=family.credentials,
            family=family.name,
        )
        self._recorded: Sequence[Recorded] = recording["requests"]
        self._joins: bool = recording.get("joins", True)

    async def _exchange(self, request: bytes, *, port: str, share: float = 1.0) -> bytes:  # noqa: ARG002
        question = decode_object(request)
        names = str(question["command"]).split("+")
        if len(names) == 1:
            return self._answer("rpc", question, port=port) or _UNKNOWN
        if not self._joins:
            return _UNKNOWN
        parts = (
            orjson.dumps(name) + b":[" + (self._answer("rpc", {"command": name}, port=port) or _UNKNOWN) + b"]"
            for name in names
        )
        return b"{" + b",".join(parts) + b',"id":1}'

    async def framed(
        self,
        command: str,
        *,
        parameter: str | None = None,
        port: str = "framed",
        share: float = 1.0,  # noqa: ARG002
    ) -> dict[str, Any]:
        """Give the recorded answer of a length-prefixed command."""
        self._hold(f"framed {command}")
        request = " ".join(filter(None, (command, parameter)))
        reply = decode_object(self._answer("framed", request, port=port) or b'{"code":-1,"msg":"unknown"}')
        self.has_answered = self.has_answered or isinstance(reply.get("msg"), dict)
        return reply

    async def fetch(
        self,
        method: str,
        path: str,
        *,
        port: str = "http",
        auth: Auth = "none",  # noqa: ARG002
        headers: Mapping[str, str] | None = None,  # noqa: ARG002
        query: Mapping[str, str] | None = None,  # noqa: ARG002
        body: bytes | None = None,  # noqa: ARG002
        json: Any = None,  # noqa: ARG002
        form: Mapping[str, str] | None = None,  # noqa: ARG002
        share: float = 1.0,  # noqa: ARG002
    ) -> Answer:
        """Give the recorded answer of a page, 404 for any other."""
        request = f"{method} {path}"
        self._hold(request)
        found = self._find("http", request, port=port) or self._find("http", request.partition("?")[0], port=port)
        if found is None:
            return Answer(status=404, headers={}, body=b"")
        headers_of = {name.lower(): value for name, value in found.get("headers", {}).items()}
        return Answer(status=found.get("status", 200), headers=headers_of, body=body_of(found))

    def _answer(self, transport: str, request: Any, *, port: str) -> bytes | None:
        found = self._find(transport, request, port=port)
        return None if found is None else body_of(found)

    def _find(self, transport: str, request: Any, *, port: str) -> Recorded | None:
        number = self.port(port)
        there = [one for one in self._recorded if one["transport"] == transport and one["port"] == number]
        if not there:
            raise Unreachable(f"nothing was recorded on port {number}")
        for one in there:
            known = one["request"]
            if transport == "rpc":
                known = {"command": known} if isinstance(known, str) else known
                if known.items() <= request.items():
                    return one
            elif known == request:
                return one
        return None


async def read_again(recording: Mapping[str, Any], *, family: Family) -> Reading:
    """Give the reading that a recording makes today; raises CollectError as a device would."""
    return await converse(Replay(recording, family=family), family)
