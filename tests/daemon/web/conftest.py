"""A server over a small, fixed source, on a free loopback port."""

from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from daemon.web.events import Events
from daemon.web.server import Server

DEVICE: dict[str, Any] = {
    "id": "m<1>",
    "rack": "r1",
    "slot": "4",
    "feeder": "f1",
    "stale": False,
    "missed": 0,
    "reason": None,
    "power_w": 3068.0,
    "power_grade": "spec",
    "reading": {
        "model": "<script>alert(1)</script>",
        "state": "hashing",
        "hashrate_hs": 1.04e14,
        "efficiency_j_per_th": 29.5,
        "boards": [],
        "pools": [],
    },
    "money": {"margin_per_day": -0.5, "verdict": "unprofitable", "verdict_reason": "costs more than it earns"},
}


class FixedSource:
    """A site of three devices that never changes."""

    def __init__(self) -> None:
        self.acknowledged: list[tuple[str, str]] = []
        self.ready = True

    def metrics(self, *, openmetrics: bool) -> Generator[bytes, None, None]:
        yield b"# HELP a_total A.\n"
        yield b"a_total 1\n"
        if openmetrics:
            yield b"# EOF\n"

    def site_document(self) -> dict[str, Any]:
        return {
            "id": "north",
            "currency": "USD",
            "devices": 3,
            "up": 2,
            "hashrate_hs": 1e15,
            "power_w": 9000.0,
            "margin_per_day": -1.5,
            "margin_sd_per_day": 0.4,
            "hashprice_per_ph_day": 41.22,
            "verdicts": {"profitable": 0, "unprofitable": 1, "undecided": 1, "unknown": 1},
            "notices": ["the disk is full"],
        }

    def device_ids(self, *, worst_first: bool) -> list[str]:
        return ["m3", "m<1>"] if worst_first else ["m<1>", "m3"]

    def device_document(self, device_id: str) -> dict[str, Any] | None:
        return {**DEVICE, "id": device_id} if device_id in ("m<1>", "m3") else None

    def setting_documents(self, device_id: str) -> list[dict[str, Any]] | None:
        return [{"name": "eco"}] if device_id == "m3" else None

    def offer_documents(self) -> list[dict[str, Any]]:
        return [{"schema": "capacity-offer/1", "feeder": "f1"}]

    def finding_documents(self) -> list[dict[str, Any]]:
        return [
            {
                "id": "f-1",
                "rule": "P-01",
                "subject": "m<1>",
                "severity": "warn",
                "state": "open",
                "scope": "device",
                "message": "loses <b>money</b>",
                "rack": "r1",
                "slot": "4",
                "acknowledged_by": None,
                "silenced_until": None,
            }
        ]

    def finding_counts(self) -> dict[str, int]:
        return {"open": 1, "pending": 0}

    def pool_documents(self) -> list[dict[str, Any]]:
        return [{"id": "p1", "url": "stratum+tcp://127.0.0.1:3333", "up": True, "first_job_s": 0.004}]

    def network_document(self) -> dict[str, Any]:
        return {
            "height": 925_000,
            "difficulty": 1.5e14,
            "fees_mean_btc": 0.03,
            "fees_heights": 144,
            "epoch_progress": 0.25,
            "blocks_to_change": 1512,
            "next_change_ratio": -0.021,
            "next_change_at": 1_700_000_000.0,
            "hashprice_btc_per_ph_day": 0.00045,
            "hashprice_per_ph_day": 41.22,
            "currency": "USD",
            "decided_by": "majority",
            "sources": ["p1", "p2"],
            "disagreeing": ["<p3>"],
            "other_chain": [],
            "age_s": 12.0,
        }

    def capacity_documents(self) -> list[dict[str, Any]]:
        return []

    def payout_documents(self) -> list[dict[str, Any]]:
        return [{"pool": "p1", "scheme": "fpps"}]

    def change_documents(self) -> list[dict[str, Any]]:
        return [{"number": 1, "way": "first", "actor": "root (uid 0)"}]

    async def stress_document(self) -> dict[str, Any]:
        return {"currency": "USD", "basis": "cash", "treasury": None, "scenarios": []}

    async def tiers_document(self) -> dict[str, Any]:
        return {"currency": "USD", "basis": "cash", "cut_off_j_per_th": 28.6, "tiers": [], "unknown_devices": 2}

    async def truth_documents(self) -> list[dict[str, Any]]:
        return [{"host": "pool.example", "account": "acct", "devices": 2, "1h": None, "24h": None, "workers": []}]

    def explanation(self, device_id: str) -> str:
        return "revenue < cost"

    def failures(self, device_id: str) -> list[dict[str, Any]]:
        return [{"at_text": "03:12", "reason": "timed_out", "detail": "no answer <within> 10 s"}]

    def is_ready(self) -> bool:
        return self.ready

    async def acknowledge(self, finding_id: str, *, by: str) -> bool:
        self.acknowledged.append((finding_id, by))
        return finding_id == "f-1"

    async def silence(self, finding_id: str, *, seconds: float, by: str) -> bool:
        return finding_id == "f-1"


class Served:
    """A running server and a client of it."""

    def __init__(self, server: Server, source: FixedSource, events: Events, session: aiohttp.ClientSession, port: int):
        self.server, self.source, self.events, self.session, self.port = server, source, events, session, port

    async def get(self, path: str, **options: Any) -> tuple[int, str]:
        async with self.session.get(path, **options) as answer:
            return answer.status, await answer.text()

    async def post(self, path: str, **options: Any) -> tuple[int, str]:
        async with self.session.post(path, **options) as answer:
            return answer.status, await answer.text()


@asynccontextmanager
async def serving(**options: Any) -> AsyncIterator[Served]:
    source = FixedSource()
    events = Events(dropped=lambda: None)
    server = Server(source=source, events=events, **options)
    async with (
        server.serve(host="127.0.0.1", port=0) as port,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session,
    ):
        yield Served(server, source, events, session, port)


@pytest.fixture
def serve() -> Any:
    return serving
