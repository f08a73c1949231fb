"""The table of pools, fitted to terminals of any width, and the live screen in a real terminal."""

import fcntl
import os
import pty
import re
import signal
import socket
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.pools.job import Header, without_coinbase
from collectors.pools.state import PoolChange, PoolState
from daemon.commands.pool_table import remarks, table, title

ROOT = Path(__file__).resolve().parents[3]
URL = "stratum+tcp://pool.example:3333"
SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def pool(name="p1", **facts):
    header = Header(id="1", previous_block="00" * 32, clean=True, version=1, ntime=1, nbits=0x17023AA6)
    usual = {"up": True, "job": without_coinbase(header), "last_job_at": 90.0, "rtt_s": 0.0123, "difficulty": 65536.0}
    return PoolState(id=name, url=URL, protocol="sv1", **(usual | facts))


def down(name="p2", **facts):
    facts = {"last_error_reason": "unreachable", "last_error": "connection refused", "next_try_s": 4.0} | facts
    return PoolState(id=name, url=URL, protocol="sv1", **facts)


POOLS = [pool(), down(), pool("a-name-that-is-longer-than-the-terminal-is-wide:3333", new_block_lag_s=1.5)]


@given(width=st.integers(1, 250), colours=st.booleans())
def test_no_line_is_wider_than_the_terminal(width, colours):
    """From forty columns on everything fits, whatever it is; columns go one after the other."""
    lines = [SEQUENCE.sub("", line) for line in table(POOLS, now=100.0, width=width, colours=colours)]
    assert 1 + len(POOLS) == len(lines)
    if width >= 40:
        assert max(map(len, lines)) <= width
        assert lines[0].startswith("pool")
        for head in ("state", "height", "job age"):
            assert head in lines[0]
    if width >= 72:
        for head in ("latency", "lag", "tag"):
            assert head in lines[0]


def test_a_wide_terminal_shows_everything():
    """With room every name and reason is whole, and without a width as well."""
    for lines in (table(POOLS, now=100.0, width=200), table(POOLS, now=100.0)):
        assert "down: unreachable" in lines[2]
        assert "share diff" in lines[0]
        for text in ("up", "12.3 ms", "10 s", "1.50 s", "65,536"):
            assert text in lines[3]
    assert "down " in table(POOLS, now=100.0, width=60)[2]


def test_colours_say_what_is_wrong():
    """What is down is red, an old job yellow, and nothing is coloured that was not asked for."""
    lines = table([down(), pool(last_job_at=0.0)], now=1000.0, colours=True)
    assert "\x1b[31mdown" in lines[1]
    assert "\x1b[33m" in lines[2]
    assert not any("\x1b" in line for line in table([down(), pool()], now=1000.0))


def test_what_is_told_below():
    """Reasons, changes of the last hour, a pool's own words and missing proof are told in full, wrapped."""
    changes = [PoolChange(kind="payout", before="bc1qold", after="bc1qnew", at=at) for at in (90.0, -9000.0)]
    told = remarks([down(), pool("p3", message="maintenance", authenticated=False), pool()], now=100.0, width=60)
    assert "p2: unreachable, connection refused; next try in 4 s or less" == told[0]
    assert ['p3 says "maintenance"', "p3: encrypted, but it has not proved who it is"] == told[1:]
    changed = pool()
    changed.changes.extend(changes)
    assert ["p1: payout was bc1qold, is bc1qnew"] == remarks([changed], now=100.0, width=80)
    assert all(len(line) <= 30 for line in remarks([down(last_error="word " * 40)], now=0.0, width=30))


def test_the_line_above():
    """How many give work, and the time, cut to the width."""
    assert "1 of 2 pools give work - 12:00:00 - Ctrl-C ends" == title([pool(), down()], clock="12:00:00", width=80)
    assert 20 == len(title([pool(), down()], clock="12:00:00", width=20))


@pytest.mark.parametrize("columns", [80, 140])
def test_the_live_screen(columns):
    """In a terminal it draws on the other screen, follows a change of size, and ends with Ctrl-C as it began."""
    with socket.socket() as plug:
        plug.bind(("127.0.0.1", 0))
        url = f"stratum+tcp://127.0.0.1:{plug.getsockname()[1]}"
        ours, theirs = pty.openpty()
        resize(ours, columns, 12)
        words = [sys.executable, "-m", "headframe", "pool", "watch", url, "--every", "0.2"]
        environment = {key: value for key, value in os.environ.items() if key not in {"COLUMNS", "LINES", "NO_COLOR"}}
        with subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT, env=environment) as process:
            os.close(theirs)
            seen = read_until(ours, "connection refused")
            assert "\x1b[?1049h" in seen
            assert "\x1b[31mdown" in seen
            assert max(len(line) for line in SEQUENCE.sub("", seen).splitlines()) <= columns
            resize(ours, 50, 12)
            read_until(ours, "\x1b[H")
            after = read_until(ours, "\x1b[J") + read_until(ours, "\x1b[J")
            assert max(len(line) for line in SEQUENCE.sub("", after).splitlines()) <= 50
            process.send_signal(signal.SIGINT)
            rest = read_until(ours, "\x1b[?1049l")
            assert "\x1b[?25h" in rest
            if "down" not in rest.partition("\x1b[?1049l")[2]:
                read_until(ours, "down")
            assert 0 == process.wait(20)
            os.close(ours)


def resize(terminal, columns, rows):
    """Give a terminal another size."""
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def read_until(terminal, text):
    """Read what is drawn until a text is there."""
    drawn = ""
    until = time.monotonic() + 30
    while text not in drawn and time.monotonic() < until:
        try:
            drawn += os.read(terminal, 65536).decode("utf-8", "replace")
        except OSError:
            break
    assert text in drawn
    return drawn
