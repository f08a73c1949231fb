"""A Stratum V1 pool: answers configure, subscribe and authorize, sends jobs, and ignores what it does not know."""

import asyncio
import ssl
from collections.abc import Callable
from types import MappingProxyType
from typing import Any, cast

import msgspec
import orjson

from simulator.physics.dice import Dice
from simulator.pool.chain import Chain, Template, Tip
from simulator.pool.job import Coinbase, Payout, notify, witness_key_script

KINDS = MappingProxyType(
    {
        "silent": "accepts and never answers",
        "stale": "keeps sending jobs on the block before",
        "empty": "sends jobs without transactions only",
        "no-jobs": "answers, but sends no jobs",
        "reconnect": "tells its clients to go to somebody else's pool",
        "other-chain": "sends jobs of a chain with a hundredth of the difficulty and no witnesses",
        "refuses-authorize": "lets nobody in",
        "low-reward": "pays out a tenth less than the block is worth",
        "other-payout": "pays somebody else",
        "garbage": "sends bytes of no protocol",
        "drops": "closes every connection after its first job",
    }
)
VERSION_MASK = "1fffe000"
_MOST_LINE = 16 * 1024
_OTHER_NBITS = 0x1803A30C


class PoolPlan(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a pool is: its id, tag, share difficulty, fee; how it takes a new block; how late it hears of one.

    `empty_first` sends an empty job at once and the full one after `gather_s`; `waits` sends jobs only after authorize.
    """

    id: str
    tag: str
    difficulty: float = 65536.0
    fee: str = "2%"
    empty_first: bool = True
    gather_s: float = 0.25
    late_s: float = 0.0
    waits: bool = False
    refresh_s: float = 30.0


class Pool:
    """One pool on one port. `open` and `close` bracket its life; `tip_changed` tells it of a block."""

    def __init__(self, plan: PoolPlan, chain: Chain, *, now: Callable[[], float], seed: int | str) -> None:
        dice = Dice(f"pool {seed} {plan.id}")
        key_hash = b"".join(dice.bits().to_bytes(8, "big") for _ in range(3))[:20]
        self.plan = plan
        self.kind: str | None = None
        self.clients: set[Client] = set()
        self.seen = 0
        """How many connections there have been."""
        self.address = ("", 0)
        self.tls = False
        self._chain = chain
        self._now = now
        self._dice = dice
        self._coinbase = Coinbase(tag=plan.tag, payouts=(Payout(script=witness_key_script(key_hash)),))
        self._server: asyncio.Server | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._jobs = 0
        self._tip: Tip = chain.tip
        self._job: list[Any] = []

    async def open(self, host: str, port: int, *, tls: ssl.SSLContext | None = None) -> None:
        """Begin to listen and to make jobs. OSError when the port is taken."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Client(self), host, port, ssl=tls)
        self.address = self._server.sockets[0].getsockname()[:2]
        self.tls = tls is not None
        self._renew(clean=True)

    def close(self) -> None:
        """Stop listening and reset every client."""
        if self._timer is not None:
            self._timer.cancel()
        if self._server is not None:
            self._server.close()
        for client in list(self.clients):
            client.drop()

    @property
    def url(self) -> str:
        """Where clients find it."""
        return f"stratum+{'ssl' if self.tls else 'tcp'}://{self.address[0]}:{self.address[1]}"

    def misbehave(self, kind: str | None) -> None:
        """Take on a misbehaviour in place of the last one; None makes it well. ValueError on unknown kinds."""
        if kind is not None and kind not in KINDS:
            raise ValueError(f"unknown pool misbehaviour {kind!r}; there are: {', '.join(KINDS)}")
        self.kind = kind
        if kind == "reconnect":
            self._tell_all("client.reconnect", ["pool.elsewhere.example", "3333", 0])
        elif self._timer is not None:
            self._renew(clean=True)

    def tip_changed(self) -> None:
        """Hear of a new block, as late as this pool always does."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = asyncio.get_running_loop().call_later(self.plan.late_s, self._new_block)

    def _new_block(self) -> None:
        if self.kind == "stale":
            self._renew(clean=False)
        elif self.plan.empty_first:
            self._tip = self._chain.tip
            self._publish(self._chain.empty(self._now()), clean=True)
            self._timer = asyncio.get_running_loop().call_later(self.plan.gather_s, self._renew)
        else:
            self._renew(clean=True)

    def _renew(self, *, clean: bool = False) -> None:
        """Send a job with fresh transactions, and again after a while."""
        if self.kind != "stale":
            self._tip = self._chain.tip
        elif self._tip is self._chain.tip:
            self._tip = self._chain.previous_tip
        now = self._now()
        template = self._chain.template(now, tip=self._tip)
        if self.kind == "empty":
            template = msgspec.structs.replace(template, fees_sats=0, branches=(), commitment=None)
        self._publish(template, clean=clean)
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(self.plan.refresh_s, self._renew)

    def _publish(self, template: Template, *, clean: bool) -> None:
        self._jobs += 1
        self._job = self._notify(template, clean=clean)
        for client in list(self.clients):
            client.send_job()

    def _notify(self, template: Template, *, clean: bool) -> list[Any]:
        coinbase = self._coinbase
        if self.kind == "other-chain":
            tip = msgspec.structs.replace(template.tip, nbits=_OTHER_NBITS)
            template = msgspec.structs.replace(template, tip=tip, commitment=None)
        elif self.kind == "low-reward":
            template = msgspec.structs.replace(template, fees_sats=-int(template.reward_sats * 0.1))
        elif self.kind == "other-payout":
            stranger = Payout(script=witness_key_script(b"\x5a" * 20))
            coinbase = msgspec.structs.replace(coinbase, payouts=(stranger,))
        job_id = f"{int(self._now()):08x}{self._jobs & 0xFFFF:04x}"
        return notify(template, coinbase, job_id=job_id, clean=clean)

    def job(self, *, clean: bool = True) -> list[Any]:
        """Give the newest job, as a client that has just come must take it."""
        return [*self._job[:-1], clean]

    def newest(self) -> list[Any]:
        """Give the newest job with the clean flag that it was published with."""
        return self._job

    def extranonce1(self) -> str:
        """Draw an extranonce for a client."""
        self.seen += 1
        return f"{self._dice.bits() & 0xFFFFFFFF:08x}"

    def _tell_all(self, method: str, params: list[Any]) -> None:
        for client in list(self.clients):
            client.tell(method, params)


class Client(asyncio.Protocol):
    """One connection to the pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._received = bytearray()
        self._transport: asyncio.Transport
        self.subscribed = False
        self.user: str | None = None
        self.submitted = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Join the pool."""
        self._transport = cast("asyncio.Transport", transport)
        self._pool.clients.add(self)
        if self._pool.kind == "garbage":
            self._transport.write(b"\x16\x03\x01\x00\xff not a pool\n" * 8)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Leave the pool."""
        self._pool.clients.discard(self)

    def drop(self) -> None:
        """Reset the connection."""
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take every whole line; what is no JSON object ends the connection."""
        self._received += data
        while (end := self._received.find(b"\n")) >= 0:
            line = bytes(self._received[:end])
            del self._received[: end + 1]
            try:
                request = orjson.loads(line)
            except orjson.JSONDecodeError:
                request = None
            if not isinstance(request, dict):
                self._transport.close()
                return
            self._take(request)
        if len(self._received) > _MOST_LINE:
            self.drop()

    def tell(self, method: str, params: list[Any]) -> None:
        """Send a notification."""
        self._send({"id": None, "method": method, "params": params})

    def send_job(self) -> None:
        """Send the newest job to a client that is owed one."""
        pool = self._pool
        if self.subscribed and (self.user is not None or not pool.plan.waits) and pool.kind != "no-jobs":
            self.tell("mining.notify", pool.newest())

    def _take(self, request: dict[str, Any]) -> None:
        number, params = request.get("id"), request.get("params")
        words = params if isinstance(params, list) else []
        match request.get("method"):
            case "mining.configure":
                self._configure(number, words)
            case "mining.subscribe" if not self.subscribed:
                self._subscribe(number)
            case "mining.authorize":
                self._authorize(number, words)
            case "mining.submit":
                self.submitted += 1
                self._answer(number, result=None, error=[21, "Job not found", None])

    def _configure(self, number: Any, words: list[Any]) -> None:
        asked = words[0] if words and isinstance(words[0], list) else []
        result: dict[str, Any] = {str(name): False for name in asked}
        if "version-rolling" in asked:
            result |= {"version-rolling": True, "version-rolling.mask": VERSION_MASK}
        self._answer(number, result=result)

    def _subscribe(self, number: Any) -> None:
        extranonce1 = self._pool.extranonce1()
        topics = [["mining.set_difficulty", extranonce1], ["mining.notify", extranonce1]]
        self._answer(number, result=[topics, extranonce1, 8])
        self.subscribed = True
        if not self._pool.plan.waits:
            self._begin()

    def _authorize(self, number: Any, words: list[Any]) -> None:
        user = words[0] if words and isinstance(words[0], str) else ""
        if self._pool.kind == "refuses-authorize" or not user:
            self._answer(number, result=False, error=[24, "Unauthorized worker", None])
            return
        known, self.user = self.user, user
        self._answer(number, result=True)
        if self._pool.plan.waits and self.subscribed and known is None:
            self._begin()

    def _begin(self) -> None:
        """Send what a fresh client needs; its first job is always a clean one."""
        pool = self._pool
        self.tell("mining.set_difficulty", [pool.plan.difficulty])
        if pool.kind != "no-jobs":
            self.tell("mining.notify", pool.job())
        if pool.kind == "drops":
            self._transport.close()

    def _answer(self, number: Any, *, result: Any, error: Any = None) -> None:
        self._send({"id": number, "result": result, "error": error})

    def _send(self, message: dict[str, Any]) -> None:
        if self._pool.kind != "silent":
            self._transport.write(orjson.dumps(message) + b"\n")
