"""A pretend pool, spoken to line by line."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest

from simulator.pool.certificate import self_signed
from simulator.pool.chain import Chain
from simulator.pool.server import KINDS, Pool, PoolPlan

DEADLINE_S = 20.0


class Miner:
    """A client that sends requests and reads lines."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, method: str, params: list[Any], number: Any = 1) -> None:
        self.writer.write(orjson.dumps({"id": number, "method": method, "params": params}) + b"\n")
        await self.writer.drain()

    async def line(self) -> dict[str, Any]:
        async with asyncio.timeout(DEADLINE_S):
            message: dict[str, Any] = orjson.loads(await self.reader.readuntil(b"\n"))
            return message

    async def until(self, method: str) -> dict[str, Any]:
        while (message := await self.line()).get("method") != method:
            pass
        return message


@asynccontextmanager
async def opened(plan: PoolPlan, *, kind: str | None = None, **how: Any) -> AsyncIterator[tuple[Pool, Chain]]:
    loop = asyncio.get_running_loop()
    chain = Chain(seed=1, at_s=loop.time())
    pool = Pool(plan, chain, now=loop.time, seed=1)
    await pool.open("127.0.0.1", 0, **how)
    try:
        pool.misbehave(kind)
        yield pool, chain
    finally:
        pool.close()
        await asyncio.sleep(0)
        await asyncio.sleep(0)


@asynccontextmanager
async def connected(pool: Pool, **how: Any) -> AsyncIterator[Miner]:
    reader, writer = await asyncio.open_connection(*pool.address, **how)
    try:
        yield Miner(reader, writer)
    finally:
        writer.transport.abort()
        await asyncio.sleep(0)


PLAN = PoolPlan(id="p", tag="/P/", refresh_s=1e6, gather_s=0.0)


async def test_a_client_that_subscribes_gets_difficulty_and_a_job() -> None:
    """The answer has topics, extranonce and its size; then come the difficulty and a clean job, without authorizing."""
    async with opened(PLAN) as (pool, chain), connected(pool) as miner:
        await miner.send("mining.subscribe", ["it/1"])
        answer, difficulty, job = [await miner.line() for _ in range(3)]
        assert (1, 8, 8, None) == (answer["id"], len(answer["result"][1]), answer["result"][2], answer["error"])
        assert ("mining.set_difficulty", [65536.0]) == (difficulty["method"], difficulty["params"])
        assert ("mining.notify", True, f"{chain.tip.nbits:08x}") == (job["method"], job["params"][8], job["params"][6])


async def test_extensions_are_answered_one_by_one() -> None:
    """Version rolling is granted with a mask, the others are not; the id comes back as it was."""
    async with opened(PLAN) as (pool, _), connected(pool) as miner:
        await miner.send("mining.configure", [["version-rolling", "minimum-difficulty"], {}], number="abc")
        assert {
            "id": "abc",
            "result": {"version-rolling": True, "version-rolling.mask": "1fffe000", "minimum-difficulty": False},
            "error": None,
        } == await miner.line()


async def test_unknown_methods_are_ignored_and_shares_are_not_taken() -> None:
    """A second subscribe and an unknown method get no answer; a share gets an error."""
    async with opened(PLAN) as (pool, _), connected(pool) as miner:
        await miner.send("mining.subscribe", [])
        await miner.until("mining.notify")
        await miner.send("mining.subscribe", [], number=2)
        await miner.send("mining.nonsense", [], number=3)
        await miner.send("mining.submit", ["w", "job", "00", "00", "00"], number=4)
        answer = await miner.line()
        assert (4, 21) == (answer["id"], answer["error"][0])
        assert [1] == [client.submitted for client in pool.clients]


async def test_some_pools_wait_for_authorize() -> None:
    """Then the job comes after the user was let in, and not before."""
    async with opened(PoolPlan(id="p", tag="/P/", waits=True)) as (pool, _), connected(pool) as miner:
        await miner.send("mining.subscribe", [])
        await miner.send("mining.authorize", ["acct.watch", "x"], number=2)
        first, second, third, job = [await miner.line() for _ in range(4)]
        assert (1, 2, True) == (first["id"], second["id"], second["result"])
        assert ("mining.set_difficulty", "mining.notify") == (third["method"], job["method"])


async def test_a_new_block_brings_an_empty_job_and_then_a_full_one() -> None:
    """The empty job is clean and on the new block; the full one follows on the same block and is not clean."""
    async with opened(PLAN) as (pool, chain), connected(pool) as miner:
        await miner.send("mining.subscribe", [])
        old = (await miner.until("mining.notify"))["params"]
        chain.found(asyncio.get_running_loop().time())
        pool.tip_changed()
        empty, full = [(await miner.until("mining.notify"))["params"] for _ in range(2)]
        assert old[1] != empty[1] == full[1]
        assert ([], True, False) == (empty[4], empty[8], full[8])
        assert len(full[4]) >= 11


async def test_a_late_pool_sends_one_full_job() -> None:
    """Without empty jobs a new block comes as one clean job with transactions."""
    plan = PoolPlan(id="p", tag="/P/", empty_first=False, late_s=0.01)
    async with opened(plan) as (pool, chain), connected(pool) as miner:
        await miner.send("mining.subscribe", [])
        await miner.until("mining.notify")
        chain.found(asyncio.get_running_loop().time())
        pool.tip_changed()
        job = (await miner.until("mining.notify"))["params"]
        assert (True, True) == (job[8], len(job[4]) >= 11)


async def test_jobs_are_renewed_by_themselves() -> None:
    """After the refresh time there is another job on the same block, which is not clean."""
    async with opened(PoolPlan(id="p", tag="/P/", refresh_s=0.02)) as (pool, _), connected(pool) as miner:
        await miner.send("mining.subscribe", [])
        first, second = [(await miner.until("mining.notify"))["params"] for _ in range(2)]
        assert (first[1], False) == (second[1], second[8])
        assert first[0] != second[0]


async def test_a_stale_pool_stays_on_the_block_before() -> None:
    """While the chain moves on, its jobs do not."""
    async with opened(PLAN) as (pool, chain), connected(pool) as miner:
        await miner.send("mining.subscribe", [])
        old = (await miner.until("mining.notify"))["params"]
        chain.found(asyncio.get_running_loop().time())
        pool.misbehave("stale")
        assert old[1] == (await miner.until("mining.notify"))["params"][1]


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("empty", lambda job: job[4] == []),
        ("other-chain", lambda job: job[6] == "1803a30c" and "aa21a9ed" not in job[3]),
        ("other-payout", lambda job: "5a" * 20 in job[3]),
        (
            "low-reward",
            lambda job: int.from_bytes(bytes.fromhex(job[3].partition("ffffffff02")[2][:16]), "little") < 3e8,
        ),
    ],
)
async def test_jobs_go_wrong_as_asked(kind: str, says: Callable[[list[Any]], bool]) -> None:
    """Each kind of bad job shows its mark, and a pool that is well again sends good ones."""
    async with opened(PLAN, kind=kind) as (pool, _), connected(pool) as miner:
        await miner.send("mining.subscribe", [])
        bad = (await miner.until("mining.notify"))["params"]
        pool.misbehave(None)
        good = (await miner.until("mining.notify"))["params"]
        assert (True, False) == (says(bad), says(good))


async def test_a_pool_may_let_nobody_in() -> None:
    """Authorize is answered with false and an error."""
    async with opened(PLAN, kind="refuses-authorize") as (pool, _), connected(pool) as miner:
        await miner.send("mining.authorize", ["acct.watch", "x"])
        answer = await miner.line()
        assert (False, 24) == (answer["result"], answer["error"][0])


async def test_a_pool_may_send_its_clients_away() -> None:
    """The notification names another host, and its port as text."""
    async with opened(PLAN) as (pool, _), connected(pool) as miner:
        await miner.send("mining.subscribe", [])
        await miner.until("mining.notify")
        pool.misbehave("reconnect")
        assert ["pool.elsewhere.example", "3333", 0] == (await miner.until("client.reconnect"))["params"]


async def test_a_silent_pool_listens_and_says_nothing() -> None:
    """Requests are taken, answers do not come, and the connection stays."""
    async with opened(PLAN, kind="silent") as (pool, _), connected(pool) as miner:
        await miner.send("mining.subscribe", [])
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await miner.reader.read(1)
        assert 1 == len(pool.clients)


async def test_a_pool_may_have_no_jobs_or_drop_its_clients() -> None:
    """Without jobs there is the difficulty and nothing after it; a dropping pool ends after its first job."""
    async with opened(PLAN, kind="no-jobs") as (pool, _), connected(pool) as miner:
        await miner.send("mining.subscribe", [])
        await miner.until("mining.set_difficulty")
        await miner.send("mining.authorize", ["a", "x"], number=5)
        assert 5 == (await miner.line())["id"]
    async with opened(PLAN, kind="drops") as (pool, _), connected(pool) as miner:
        await miner.send("mining.subscribe", [])
        await miner.until("mining.notify")
        assert b"" == await miner.reader.read()


async def test_garbage_of_the_client_ends_the_connection() -> None:
    """What is no JSON object, or a line without end, is not put up with."""
    async with opened(PLAN) as (pool, _):
        for junk in (b"not json\n", b"[1]\n", b"x" * 20_000):
            async with connected(pool) as miner:
                miner.writer.write(junk)
                try:
                    assert b"" == await miner.reader.read()
                except ConnectionResetError:
                    continue


async def test_garbage_of_the_pool_is_of_no_protocol() -> None:
    """The first line is no JSON."""
    async with opened(PLAN, kind="garbage") as (pool, _), connected(pool) as miner:
        with pytest.raises(orjson.JSONDecodeError):
            await miner.line()


async def test_a_pool_can_speak_tls() -> None:
    """With its own certificate it speaks TLS, and the fingerprint is the certificate's."""
    import hashlib

    context, fingerprint = await asyncio.to_thread(self_signed)
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    async with opened(PLAN, tls=context) as (pool, _), connected(pool, ssl=trusting) as miner:
        shown = miner.writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        assert (fingerprint, True) == (hashlib.sha256(shown).hexdigest(), pool.url.startswith("stratum+ssl://"))
        await miner.send("mining.subscribe", [])
        await miner.until("mining.notify")


async def test_every_kind_can_be_asked_for() -> None:
    """All kinds are taken in turn, with a client connected."""
    async with opened(PLAN) as (pool, _), connected(pool) as miner:
        await miner.send("mining.subscribe", [])
        await miner.until("mining.notify")
        for kind in (*KINDS, None):
            pool.misbehave(kind)
            assert kind == pool.kind
