"""systemd's side of the protocol, played by a datagram socket."""

import os
import socket
from pathlib import Path

import pytest

from daemon import systemd


@pytest.fixture
def init_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(tmp_path / "notify"))
        sock.settimeout(2)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield sock


def test_lines_arrive_in_one_datagram(init_system: socket.socket) -> None:
    """READY and STATUS come together."""
    assert systemd.notify("READY=1", "STATUS=40 of 42 devices answer")
    assert b"READY=1\nSTATUS=40 of 42 devices answer" == init_system.recv(500)


def test_a_reload_carries_the_monotonic_time(init_system: socket.socket) -> None:
    """RELOADING=1 needs the time at which the reload began."""
    assert systemd.reloading()
    first, second = init_system.recv(500).decode().split("\n")
    assert "RELOADING=1" == first
    assert second.removeprefix("MONOTONIC_USEC=").isdigit()


def test_abstract_sockets_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address that begins with @ is an abstract one."""
    name = f"headframe-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind("\0" + name)
        monkeypatch.setenv("NOTIFY_SOCKET", "@" + name)
        assert systemd.notify("WATCHDOG=1")
        assert b"WATCHDOG=1" == sock.recv(100)


@pytest.mark.parametrize("address", [None, "/nowhere/at/all"])
def test_nobody_to_tell_is_no_error(address: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without systemd, or with a socket that has gone, telling it answers False."""
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    if address:
        monkeypatch.setenv("NOTIFY_SOCKET", address)
    assert not systemd.notify("READY=1")


@pytest.mark.parametrize(
    ("usec", "pid", "expected"),
    [("30000000", None, 15.0), ("", None, None), ("0", None, None), ("x", None, None), ("30000000", "1", None)],
)
def test_the_watchdog_is_fed_at_half_its_patience(
    usec: str, pid: str | None, expected: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of WATCHDOG_USEC, and only when it is meant for this process."""
    monkeypatch.setenv("WATCHDOG_USEC", usec)
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    if pid:
        monkeypatch.setenv("WATCHDOG_PID", pid)
    assert expected == systemd.watchdog_interval_s()
