"""The event loop of a command: uvloop where it is installed, and what signals mean to it."""

import asyncio
import resource
import signal
import sys
from collections.abc import Coroutine
from typing import Any

from daemon import memory

SWITCH_S = 0.0005


def run_in_loop(work: Coroutine[Any, Any, Any]) -> None:
    """Run a command's coroutine to its end, with as many open files as the system allows."""
    _allow_open_files()
    # The loop asks for the interpreter again after every wait for the network. While the ledger's thread is at work it
    # would get it back after 5 ms each time, and a hundred short callbacks would take half a second.
    sys.setswitchinterval(SWITCH_S)
    memory.look_seldom()
    try:
        import uvloop
    except ImportError:
        asyncio.run(work)
    else:
        uvloop.run(work)


def stop_on_signals() -> asyncio.Event:
    """Give an event that SIGTERM and Ctrl-C set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


def _allow_open_files() -> None:
    """Raise the soft limit of open files to the hard one: a poll is a socket."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
