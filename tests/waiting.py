"""How tests wait for what another task or process brings about."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

PATIENCE_S = 25.0


async def until(holds: Callable[[], Awaitable[Any]], *, of: str, patience_s: float = PATIENCE_S) -> Any:
    """Wait for something to become true; gives it, and fails with the words `of` after the patience."""
    try:
        async with asyncio.timeout(patience_s):
            while not (found := await holds()):
                await asyncio.sleep(0.05)
            return found
    except TimeoutError:
        raise AssertionError(f"waited in vain: {of}") from None
