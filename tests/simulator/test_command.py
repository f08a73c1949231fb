"""`headframe simulate` as an operator runs it."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import orjson
import pytest

from config.load import load, load_text

HEADFRAME = [sys.executable, "-c", "import sys; from daemon.cli import main; sys.exit(main())", "simulate"]
ROOT = Path(__file__).resolve().parents[2]


class Command:
    """A running `simulate`; what it says on standard error is read line by line."""

    def __init__(self, *words: str) -> None:
        base = f"127.{30 + os.getpid() % 5}.{os.getpid() // 5 % 256}.0"
        self.process = subprocess.Popen(
            [*HEADFRAME, "--base", base, "--pool-port", "0", "--services-port", "0", *words],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stderr is not None
        self.said = self.process.stderr.readline()

    @property
    def url(self) -> str:
        return self.said.strip().rpartition(" ")[2]

    def fetch(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=20) as response:
            return orjson.loads(response.read())

    def end(self, number: int) -> tuple[int, str, str]:
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_a_valid_configuration_and_serves_until_told_to_stop(number: int) -> None:
    """The configuration on standard output is valid, the site is there, and an interrupt ends it with 0."""
    command = Command("--devices", "5", "--misbehave", "m2=hot,p1=stale", "--block-interval", "30")
    state = command.fetch("/state")
    code, out, err = command.end(number)
    assert (5, "hot", "stale") == (len(state["devices"]), state["devices"]["m2"]["kind"], state["pools"]["p1"]["kind"])
    assert (0, "", 5) == (code, err, len(load_text(out, file="printed").entries))


def test_it_writes_a_configuration_with_its_secrets(tmp_path: Path) -> None:
    """With --write nothing is printed, and the file is valid together with what lies beside it."""
    file = tmp_path / "pretend.yaml"
    command = Command("--devices", "3", "--mix", "axeos=1,whatsminer=2", "--fast", "--pool-tls", "--write", str(file))
    command.fetch("/state")
    code, out, _ = command.end(signal.SIGTERM)
    loaded = load(file, secrets=True)
    assert (0, "", 3) == (code, out, len(loaded.entries))
    assert {"axeos": 1, "whatsminer": 2} == {
        family: sum(entry.family in {family, "nerdaxe" if family == "axeos" else family} for entry in loaded.entries)
        for family in ("axeos", "whatsminer")
    }


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--devices", "0"], "expected 1 to"),
        (["--mix", "antminer=some"], "whole number of parts"),
        (["--mix", "toaster=5"], "no family or model 'toaster'"),
        (["--mix", "antminer=0"], "no devices in it"),
        (["--misbehave", "m1=sulking"], "there are: silent"),
        (["--misbehave", "m99=hot"], "there is no 'm99'"),
        (["--base", "10.0.0.0"], "loopback only"),
        (["--http-port", "99999"], "expected a port"),
    ],
)
def test_senseless_wishes_are_usage_errors(words: list[str], says: str) -> None:
    """What makes no sense is told with exit code 2."""
    done = subprocess.run(
        [*HEADFRAME, "--pool-port", "0", *words],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (2, True) == (done.returncode, says in done.stderr), done.stderr


def test_a_port_that_is_taken_is_named() -> None:
    """Exit code 1, and the message says which port."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [*HEADFRAME, "--devices", "1", "--pool-port", str(port)],
            cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert (1, True) == (done.returncode, str(port) in done.stderr)
