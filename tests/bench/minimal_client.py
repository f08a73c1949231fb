"""The least that a poll can cost in asyncio: one joined command, decoded and normalised, nothing kept, nothing checked.

It has a deadline and a limit of the answer's size, without which no client can be left alone with a device, but no
errors of its own, no identification and no second request. It is here to be measured against.
"""

import asyncio
from typing import Any

import orjson

REQUEST = b'{"command":"summary+stats+pools"}'
TIMEOUT_S = 10.0
MAX_BYTES = 1 << 20


class Miner:
    """What one answer said, in base units."""

    __slots__ = (
        "accepted",
        "average_hs",
        "boards",
        "expected_hs",
        "fans",
        "hashrate_hs",
        "pools",
        "rejected",
        "stale",
        "uptime_s",
    )

    def __init__(self, summary: dict[str, Any], stats: dict[str, Any], pools: list[dict[str, Any]]) -> None:
        self.hashrate_hs = float(summary["GHS 5s"]) * 1e9
        self.average_hs = float(summary["GHS av"]) * 1e9
        self.uptime_s = summary["Elapsed"]
        self.accepted = summary["Accepted"]
        self.rejected = summary["Rejected"]
        self.stale = summary["Stale"]
        self.expected_hs = float(stats["total_rateideal"]) * 1e9
        self.fans = [stats[f"fan{number}"] for number in range(1, 5)]
        self.boards = [
            (
                float(stats[f"chain_rate{number}"]) * 1e9,
                max(map(int, stats[f"temp_pcb{number}"].split("-"))),
                max(map(int, stats[f"temp_chip{number}"].split("-"))),
                stats[f"chain_acn{number}"],
                stats[f"freq{number}"] * 1e6,
            )
            for number in range(1, 5)
            if stats.get(f"chain_rate{number}")
        ]
        self.pools = [
            (pool["URL"], pool["User"], pool["Status"], pool["Accepted"], pool["Rejected"], pool["Stale"])
            for pool in pools
        ]


class _Question(asyncio.Protocol):
    __slots__ = ("_answer", "_received", "_transport")

    def __init__(self, answer: "asyncio.Future[bytes]") -> None:
        self._answer = answer
        self._received = b""
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._transport.write(REQUEST)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if data[-1] == 0 and not self._answer.done():
            self._answer.set_result(self._received[:-1])
            self._transport.abort()
        elif len(self._received) > MAX_BYTES:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError())


async def poll(host: str, port: int) -> Miner:
    """Ask one miner once."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[bytes] = loop.create_future()
    async with asyncio.timeout(TIMEOUT_S):
        await loop.create_connection(lambda: _Question(answer), host, port)
        document = orjson.loads(await answer)
    return Miner(document["summary"][0]["SUMMARY"][0], document["stats"][0]["STATS"][1], document["pools"][0]["POOLS"])
