"""Keeps the garbage collector's pauses short on a large site.

A full collection looks at every object that lives: at 10,000 devices it holds the event loop for more than 100 ms.
Nearly all of them stay for as long as the daemon does, so they are taken out of the collector's sight, a few at a time
while the site is being met. What is dropped later is freed by its reference count all the same.
"""

import asyncio
import gc
from collections.abc import Callable

EVERY_S = 1.0
# The second poll brings what is asked once and kept: versions, addresses, the slow lane.
POLLS_EACH = 2


async def settle(*, devices: Callable[[], int], polls: Callable[[], int]) -> None:
    """Set aside what has come to stay, every second until each device was asked twice, and again when devices join.

    `devices` counts those under watch, `polls` those completed so far. Goes on until cancelled.
    """
    known, until = -1, 0
    while True:
        if devices() > known:
            until = polls() + POLLS_EACH * devices()
        if devices() > known or polls() < until:
            # Garbage has to go first: what is set aside is never looked at again.
            gc.collect()
            gc.freeze()
        known = devices()
        await asyncio.sleep(EVERY_S)
