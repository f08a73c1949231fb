"""Keep a table of several pools on the terminal, drawn anew every second until Ctrl-C."""

import asyncio
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

_CLEAR = "\x1b[2J\x1b[H"
_SATS_PER_BTC = 100_000_000
_HEADS = ("pool", "state", "latency", "height", "job age", "lag", "fees", "share diff", "tag")
_NUMBERS = frozenset({"latency", "height", "job age", "lag", "fees", "share diff"})
_WIDEST = 32


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
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(observer.run()) for observer in observers]
        drawn = 0
        while not stop.is_set() and drawn != rounds:
            try:
                async with asyncio.timeout(every_s):
                    await stop.wait()
            except TimeoutError:
                drawn += 1
                lines = table([observer.state for observer in observers], now=clock.now())
                out.write((_CLEAR if out.isatty() else "") + "\n".join(lines) + "\n")
                out.flush()
        for task in tasks:
            task.cancel()


def table(states: Sequence[PoolState], *, now: float) -> list[str]:
    """Give the table's lines; what is not known is a dash, and a pool that is down says why."""
    rows = [_HEADS, *(_row(state, now=now) for state in states)]
    widths = [min(max(len(row[column]) for row in rows), _WIDEST) for column in range(len(_HEADS))]
    lines = []
    for row in rows:
        cells = [
            cell[:width].rjust(width) if head in _NUMBERS else cell[:width].ljust(width)
            for head, cell, width in zip(_HEADS, row, widths, strict=True)
        ]
        lines.append("  ".join(cells).rstrip())
    return lines


def _row(state: PoolState, *, now: float) -> tuple[str, ...]:
    job = state.job
    if state.up:
        condition = "up"
    elif state.last_error is not None:
        condition = f"down: {state.last_error_reason}"
    else:
        condition = "connecting" if not state.connected else "no job yet"
    tag = "-" if job is None else job.pool_tag or "-"
    if job is not None and job.chain != "main":
        tag += f" ({job.chain})"
    return (
        state.id,
        condition,
        _ms(state.rtt_s if state.rtt_s is not None else state.tcp_rtt_s or state.connect_s),
        "-" if job is None or job.height is None else str(job.height),
        "-" if state.last_job_at is None else f"{max(now - state.last_job_at, 0):.0f} s",
        _ms(state.new_block_lag_s),
        "-" if job is None or job.fees_sats is None else f"{job.fees_sats / _SATS_PER_BTC:.4f} BTC",
        "-" if state.difficulty is None else f"{state.difficulty:,.6g}",
        "empty block" if job is not None and job.empty else tag,
    )


def _ms(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds * 1e3:.1f} ms"
