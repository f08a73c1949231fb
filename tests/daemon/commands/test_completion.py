"""`headframe completion`: scripts that the shells themselves accept, and that know every command."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from daemon.cli import COMMANDS

LAUNCHER = Path(__file__).resolve().parents[3] / "headframe.py"


def script(shell: str) -> str:
    done = subprocess.run(
        [sys.executable, str(LAUNCHER), "completion", shell], capture_output=True, text=True, check=True, timeout=30
    )
    assert "" == done.stderr
    return done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_command_is_offered(shell: str, tmp_path: Path) -> None:
    """Each shell's script names every command, and the shell reads it without complaint where it is installed."""
    text = script(shell)
    assert [] == [name for name in COMMANDS if name not in text]
    if shutil.which(shell):
        path = tmp_path / "completion"
        path.write_text(text)
        done = subprocess.run([shell, "-n", str(path)], capture_output=True, text=True, check=False, timeout=30)
        assert (0, "") == (done.returncode, done.stderr)


def test_bash_completes_commands_and_flags() -> None:
    """In bash, `headframe on` becomes `once`, and `headframe run --` offers what run takes."""

    def complete(*words: str) -> set[str]:
        line = " ".join(words)
        lines = [
            script("bash"),
            f"COMP_WORDS=({' '.join(repr(word) for word in words)}); COMP_CWORD={len(words) - 1}",
            f"COMP_LINE={line!r}; COMP_POINT={len(line)}",
            'function=$(complete -p headframe | sed "s/.*-F \\([^ ]*\\).*/\\1/")',
            f'"$function" headframe {words[-1]!r} {words[-2]!r}',
            'printf "%s\\n" "${COMPREPLY[@]}"',
        ]
        done = subprocess.run(["bash", "-c", "\n".join(lines)], capture_output=True, text=True, check=True, timeout=30)
        return set(done.stdout.split())

    assert {"once"} == complete("headframe", "on")
    assert "--config" in complete("headframe", "run", "--")
    assert {"--device"} == complete("headframe", "once", "--d")


def test_an_unknown_shell_is_a_usage_error() -> None:
    """A shell that is not known is exit code 2, with the known ones named."""
    done = subprocess.run(
        [sys.executable, str(LAUNCHER), "completion", "csh"], capture_output=True, text=True, check=False, timeout=30
    )
    assert (2, True) == (done.returncode, "fish" in done.stderr)
