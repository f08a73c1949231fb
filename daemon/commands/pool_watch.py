"""Keep a table of several pools on the terminal, drawn anew every second until Ctrl-C."""

import asyncio
import os
import shutil
import time
from collections.abc import Sequence
from typing import TextIO

import msgspec

from collectors.pools.observer import Observer
from collectors.pools.race import BlockRace
from collectors.pools.state import PoolState
from collectors.pools.tls import TlsPolicy
from config.load import Loaded
from config.secret import resolve
from daemon.clock import Clock
from daemon.commands.pool_table import remarks, table, title

# The alternate screen leaves what was on the terminal as it was; each line is cleared as it is written, so that
# nothing flickers.
_ENTER, _LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
_FIRST_S = 0.3  # the first look comes soon, when most pools have answered
_HOME, _LINE_END, _SCREEN_END = "\x1b[H", "\x1b[K\n", "\x1b[J"


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """One pool to watch: its name in the table, and how to reach it."""

    name: str
    url: str
    user: str | None = None
    password: str | None = None
    policy: TlsPolicy = TlsPolicy()


def configured(loaded: Loaded) -> list[Watched]:
    """Give the pools of a configuration; reads their passwords, raises SecretError."""
    return [
        Watched(
            name=pool.id,
            url=pool.url,
            user=pool.user,
            password=None if pool.password is None else resolve(pool.password, base=loaded.folder),
            policy=TlsPolicy(mode=pool.tls.mode, sha256=pool.tls.sha256),
        )
        for pool in loaded.config.pools
    ]


async def watch(
    pools: Sequence[Watched], *, clock: Clock, out: TextIO, every_s: float, rounds: int | None, stop: asyncio.Event
) -> None:
    """Observe the pools and draw the table every `every_s`, `rounds` times or until `stop` is set."""
    race = BlockRace()
    observers = [
        Observer(
            pool.name,
            pool.url,
            clock=clock,
            user=pool.user,
            password=pool.password,
            policy=pool.policy,
            race=race,
        )
        for pool in pools
    ]
    states = [observer.state for observer in observers]
    on_terminal = out.isatty()
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(observer.run()) for observer in observers]
        drawn = 0
        out.write(_ENTER if on_terminal else "")
        try:
            while not stop.is_set() and drawn != rounds:
                try:
                    async with asyncio.timeout(every_s if drawn or not on_terminal else min(every_s, _FIRST_S)):
                        await stop.wait()
                except TimeoutError:
                    drawn += 1
                    now = clock.now()
                    out.write(screen(states, now=now) if on_terminal else "\n".join([*table(states, now=now), ""]))
                    out.flush()
        finally:
            if on_terminal:  # what was seen last stays
                out.write(_LEAVE + "\n".join([*table(states, now=clock.now(), width=_size()[0]), ""]))
                out.flush()
        for task in tasks:
            task.cancel()


def screen(states: Sequence[PoolState], *, now: float) -> str:
    """Give what is written to a terminal for one look: title, table, remarks, no more of them than there are lines."""
    width, height = _size()
    lines = [title(states, clock=time.strftime("%H:%M:%S", time.localtime(now)), width=width), ""]
    lines += table(states, now=now, width=width, colours="NO_COLOR" not in os.environ)
    told = remarks(states, now=now, width=width)
    lines += ["", *told] if told else []
    if len(lines) > height - 1:
        lines = [*lines[: max(height - 2, 1)], f"... and {len(lines) - height + 2} more lines"]
    return _HOME + "".join(line + _LINE_END for line in lines) + _SCREEN_END


def _size() -> tuple[int, int]:
    size = shutil.get_terminal_size()
    return size.columns, size.lines
