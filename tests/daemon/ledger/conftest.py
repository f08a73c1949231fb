"""A ledger that is closed after the test, and findings to put into it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from daemon.findings import Finding
from daemon.ledger import Ledger

OpenLedger = Callable[..., Awaitable[Ledger]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger.db"


@pytest.fixture
async def open_ledger(path: Path) -> AsyncIterator[OpenLedger]:
    """Open a ledger at `path`, or elsewhere; quick to try a failed disk again."""
    opened: list[Ledger] = []

    async def open_one(where: Path | str | None = path, **settings: Any) -> Ledger:
        settings.setdefault("first_retry_s", 0.05)
        ledger = await Ledger.open(where, **settings)
        opened.append(ledger)
        return ledger

    yield open_one
    for ledger in opened:
        await ledger.close()


@pytest.fixture
def finding() -> Callable[..., Finding]:
    def make(number: int = 1, **changes: Any) -> Finding:
        values: dict[str, Any] = {
            "id": f"P-01-{number:06x}",
            "rule": "P-01",
            "subject": f"m{number}",
            "severity": "warn",
            "state": "open",
            "message": "loses 0.13 USD a day",
            "since": 1000.0,
            "opened_at": 1300.0 + number,
            "updated_at": 1300.0 + number,
        }
        return Finding(**{**values, **changes})

    return make
