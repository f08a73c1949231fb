"""The command line before any command: overview, version, slips of the finger."""

import json
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from daemon.cli import COMMANDS, main

HEADFRAME = Path(__file__).resolve().parents[2] / "headframe.py"


@pytest.mark.parametrize("word", ["-h", "--help"])
def test_overview_lists_every_command(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Asked for help, it names every command with what it is for."""
    assert 0 == main([word])
    printed = capsys.readouterr().out
    assert [] == [name for name, (_, text) in COMMANDS.items() if f"  {name} " not in printed or text not in printed]


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """The version stands alone on a line."""
    assert 0 == main(["--version"])
    assert ["headframe"] == capsys.readouterr().out.split()[:1]


def test_no_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a word it shows the overview where errors go, and exits as for wrong usage."""
    assert 2 == main([])
    assert "commands:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("word", "meant"), [("prob", "probe"), ("check_config", "check-config"), ("simulator", "simulate")]
)
def test_slip_of_the_finger(word: str, meant: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A command that is nearly one is answered with the one that was meant."""
    assert 2 == main([word])
    assert f"did you mean `{meant}`" in capsys.readouterr().err


def test_unknown_command(capsys: pytest.CaptureFixture[str]) -> None:
    """A word that is like no command is answered with where the list is."""
    assert 2 == main(["xyzzy"])
    assert "--help` lists them" in capsys.readouterr().err


WRONG_WORDS = [
    ("calc", "--bogus"),
    ("calc", "--hashrate"),
    ("probe",),
    ("pool",),
    ("pool", "peek"),
    ("discover",),
    ("once",),
    ("rules",),
    ("report", "--config"),
    ("backtest",),
    ("stress", "--bogus"),
]


@pytest.mark.parametrize("words", WRONG_WORDS, ids=" ".join)
def test_words_that_make_no_sense(words: tuple[str, ...], capfd: pytest.CaptureFixture[str]) -> None:
    """Exit 2: with --json exactly one document on standard output, without it the usage where errors go."""
    assert 2 == main([*words, "--json"])
    told = capfd.readouterr()
    error = json.loads(told.out)["error"]
    assert ("usage", words[0], "") == (error["reason"], error["target"], told.err)
    assert 2 == main([*words])
    told = capfd.readouterr()
    assert "" == told.out
    assert told.err.startswith("usage: headframe ")
    assert error["message"] in told.err


def test_help_imports_next_to_nothing() -> None:
    """The overview needs neither argparse nor any library, so that it is there at once."""
    code = (
        "import sys; from headframe import main; sys.argv = ['headframe', '--help']; main(); print(sorted(sys.modules))"
    )
    loaded = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(HEADFRAME.parent)!r}); {code}"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()[-1]
    assert [] == [
        name for name in ("argparse", "re", "typing", "asyncio", "aiohttp", "pydantic") if f"'{name}'" in loaded
    ]


@pytest.mark.parametrize("module", sorted({module for module, _ in COMMANDS.values()}))
def test_each_command_explains_itself(module: str) -> None:
    """Each command that is there has a description, its words and something to run."""
    if find_spec(f"daemon.commands.{module}") is None:
        pytest.skip("not there yet")
    command = import_module(f"daemon.commands.{module}")
    assert command.__doc__
    assert callable(command.configure)
    assert callable(command.run)
