"""Keeps the garbage collector's pauses short on a large site, and the memory that it takes the same.

A full collection looks at every object that lives: at 10,000 devices it holds the event loop for more than 100 ms.
Nearly all of them stay for as long as the daemon does, so they are taken out of the collector's sight, a few at a time
while the site is being met. What is dropped later is freed by its reference count all the same.
"""

import asyncio
import ctypes
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

EVERY_S = 1.0
# The polls under way hold some thousand objects that the collector could look at, and hardly any is ever its garbage.
YOUNG = 10_000
# The second poll brings what is asked once and kept: versions, addresses, the slow lane.
POLLS_EACH = 2
# Pieces from this size on are had from the system one by one; so much may lie unused at the end of the heap.
LARGE_BYTES = 256 * 1024
SPARE_BYTES = 512 * 1024
# As `malloc.h` of the GNU C library has them.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3


def give_back_large_pieces() -> None:
    """Have the C library give large pieces back to the system when they are freed, in this whole process.

    By itself it does so only for pieces larger than the largest that was ever freed. So what is written down every
    minute, megabytes at a time, would lie among what stays, and leave holes there. Other C libraries than GNU's have
    no such switch, and nothing is done.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        set_option(_M_MMAP_THRESHOLD, LARGE_BYTES)
        set_option(_M_TRIM_THRESHOLD, SPARE_BYTES)


def look_seldom() -> None:
    """Let the collector look at young objects at every ten thousandth that is made and not freed, not every 700th.

    Else the polls that are under way at once would be looked at again and again while they are: their objects are
    freed by reference count as soon as each poll is over.
    """
    _, older, oldest = gc.get_threshold()
    gc.set_threshold(YOUNG, older, oldest)


async def settle(*, devices: Callable[[], int], polls: Callable[[], int]) -> None:
    """Set aside what has come to stay, every second until each device was asked twice, and again when devices join.

    `devices` counts those under watch, `polls` those completed so far. Goes on until cancelled.
    """
    known, until = -1, 0
    while True:
        if devices() > known:
            until = polls() + POLLS_EACH * devices()
        # While a reload is made undisturbed, all that it makes on its way would be looked at here.
        if gc.isenabled():
            if devices() > known or polls() < until:
                set_aside()
            known = devices()
        await asyncio.sleep(EVERY_S)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Collect nothing while the block makes much that will stay, and set it aside at the end.

    A large configuration is some hundred thousand objects on its way to become what the daemon needs. The collector
    would look at all of them several times, in whatever thread they are made, and hold every other thread meanwhile.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        set_aside()


def set_aside() -> None:
    """Take what lives now out of the collector's sight; garbage goes first, for it would never be looked at again."""
    gc.collect()
    gc.freeze()
