"""The unit's confinement leaves the daemon what it needs: no memory both written and run, few system calls."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.servers.process import free_port

HEADFRAME = Path(sys.executable).with_name("headframe")
# prctl(2): what MemoryDenyWriteExecute= and NoNewPrivileges= ask of a kernel that has them, then the program.
CONFINED = """
import ctypes, os, sys
PR_SET_MDWE, REFUSE_EXEC_GAIN, PR_SET_NO_NEW_PRIVS = 65, 1, 38
libc = ctypes.CDLL(None)
if libc.prctl(PR_SET_MDWE, REFUSE_EXEC_GAIN, 0, 0, 0) or libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
    sys.exit(77)
os.execv(sys.argv[1], sys.argv[1:])
"""
CANNOT = 77
# SQLite gives its files to the account of the directory, and only where it runs as root.
AS_ROOT_ONLY = {"fchown"}
WATCHED_S = 4.0


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A small site that has most things to do: a ledger, a page, a pool, a device, a hook; nobody answers."""
    path = tmp_path / "site.yaml"
    document = {
        "version": 1,
        "site": {"id": "north"},
        "feeders": [{"id": "f1", "contracted": "50 kW"}],
        "devices": [{"id": "m1", "host": "127.64.0.1", "family": "antminer", "feeder": "f1"}],
        "pools": [{"id": "p1", "url": f"stratum+tcp://127.0.0.1:{free_port()}", "user": "a.b"}],
        "tariff": {"price": "0.06 USD/kWh"},
        "polling": {"interval": "1s", "timeout": "1s"},
        "ledger": {"path": str(tmp_path / "ledger.sqlite")},
        "web": {"listen": f"127.0.0.1:{free_port()}"},
    }
    path.write_text(yaml.safe_dump(document))
    return path


def until_ready(process: "subprocess.Popen[str]", log: Path) -> Iterator[None]:
    """Let the daemon work for some seconds, then end it as systemd would."""
    until = time.monotonic() + 60.0
    while "page at" not in log.read_text():
        if process.poll() == CANNOT:
            pytest.skip("this kernel cannot refuse memory that is both written and run")
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.1)
    time.sleep(WATCHED_S)
    yield
    process.wait(20)


def test_daemon_runs_without_memory_that_is_written_and_run(config: Path, tmp_path: Path) -> None:
    """Neither interpreter nor libraries need memory that is both writable and executable."""
    log = tmp_path / "log"
    command = [str(HEADFRAME), "run", "--config", str(config)]
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, "-c", CONFINED, *command], stderr=output, text=True)
    for _ in until_ready(process, log):
        process.send_signal(signal.SIGTERM)

    assert 0 == process.returncode, log.read_text()
    assert "Traceback" not in log.read_text()


@pytest.mark.server
def test_system_calls_are_those_that_the_unit_allows(config: Path, tmp_path: Path, deploy: Path, tool) -> None:
    """A daemon that starts, polls, serves and ends makes no call that the unit's filter would refuse."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    allowed = filtered(deploy / "systemd/headframe.service", tool)
    log, trace = tmp_path / "log", tmp_path / "trace"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["strace", "-f", "-qq", "-o", str(trace), str(HEADFRAME), "run", "--config", str(config)],
            stderr=output,
            text=True,
            start_new_session=True,
        )
    for _ in until_ready(process, log):
        os.killpg(process.pid, signal.SIGTERM)

    refused: dict[str, str] = {}
    for line in trace.read_text().splitlines():
        found = re.match(r"\d+\s+(\w+)\((.*)", line)
        if found and found[1] not in allowed:
            refused.setdefault(found[1], found[2][:80])
    assert {} == {name: call for name, call in refused.items() if name not in AS_ROOT_ONLY}


def filtered(unit: Path, tool) -> set[str]:
    """Give the system calls that the unit's SystemCallFilter lines leave."""
    allowed: set[str] = set()
    for line in unit.read_text().splitlines():
        if line.startswith("SystemCallFilter="):
            words = line.removeprefix("SystemCallFilter=").split()
            if words[0].startswith("~"):
                for word in words:
                    allowed -= calls(word.removeprefix("~"), tool)
            else:
                for word in words:
                    allowed |= calls(word, tool)
    return allowed


def calls(group: str, tool) -> set[str]:
    """Give the system calls of a group, those of the groups within it included."""
    listed = tool("systemd-analyze", "syscall-filter", group).stdout.splitlines()[1:]
    words = {line.strip() for line in listed if line.strip() and not line.strip().startswith("#")}
    inner = {word for word in words if word.startswith("@")}
    return (words - inner).union(*(calls(word, tool) for word in inner))
