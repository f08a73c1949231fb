"""One real server process on loopback: started on a free port, awaited until it answers, stopped with SIGTERM."""

import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

READY_WITHIN_S = 30.0
STOP_WITHIN_S = 10.0
STARTS = 5


def find_binary(name: str) -> str:
    """Find a command, also in the sbin folders that an ordinary user's PATH leaves out; skip the test without it."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"])
    found = shutil.which(name, path=path)
    if found is None:
        pytest.skip(f"{name} is not installed (tests/servers/install.sh installs it when run as root)")
    return found


def free_port() -> int:
    """Pick a loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """A server that can be stopped, killed and started again on the port that it had at first.

    `command` gives the argument list for a port; `ready` is a path that answers 200 when the server is up, or None
    when an accepted TCP connection is enough.
    """

    host = "127.0.0.1"

    def __init__(
        self, *, name: str, directory: Path, command: Callable[[int], Sequence[str]], ready: str | None
    ) -> None:
        self.name = name
        self.directory = directory
        self.port = 0
        self._command = command
        self._ready = ready
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Give the server's address without a path."""
        return f"http://{self.host}:{self.port}"

    @property
    def log(self) -> str:
        """Read what the server has printed so far, over all its starts."""
        return (self.directory / "output.log").read_text(errors="replace")

    def start(self) -> "Server":
        """Start and wait until the server answers; a port that somebody took meanwhile is exchanged for another."""
        again = self.port != 0
        for _ in range(STARTS):
            if not again:
                self.port = free_port()
            with (self.directory / "output.log").open("ab") as output:
                self._process = subprocess.Popen(
                    list(self._command(self.port)), stdout=output, stderr=subprocess.STDOUT, cwd=self.directory
                )
            if self._wait_ready(self._process):
                return self
            self.kill()
            time.sleep(0.2)
        raise AssertionError(f"{self.name} did not start:\n{self.log[-2000:]}")

    def stop(self) -> None:
        """Ask the server to end, and insist after a while."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """End the server without giving it a chance to say goodbye."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def get(self, path: str) -> bytes:
        """Fetch a path of the server with a plain blocking client (call it outside the event loop)."""
        with urllib.request.urlopen(self.url + path, timeout=10) as reply:
            body: bytes = reply.read()
            return body

    def _wait_ready(self, process: subprocess.Popen[bytes]) -> bool:
        deadline = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline and process.poll() is None:
            if self._answers():
                # Somebody else's server may answer on that port while ours is still failing to bind it.
                time.sleep(0.02)
                return process.poll() is None
            time.sleep(0.02)
        return False

    def _answers(self) -> bool:
        try:
            if self._ready is None:
                socket.create_connection((self.host, self.port), timeout=1).close()
                return True
            self.get(self._ready)
        except (OSError, urllib.error.URLError):
            return False
        return True
