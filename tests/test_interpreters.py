"""The other Pythons that are promised: where one is present, the locks install on it and the plain commands work."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
OFFLINE = (
    "Could not find a version",
    "Temporary failure in name resolution",
    "NewConnectionError",
    "Network is unreachable",
)
OTHERS = [minor for minor in range(11, 15) if minor != sys.version_info.minor]


def interpreter(minor: int) -> str:
    """Find a working Python 3.`minor` on the PATH or among pyenv's; without one the test skips and says so."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    for candidate in (shutil.which(f"python3.{minor}"), *root.glob(f"versions/3.{minor}.*/bin/python")):
        if candidate is None:
            continue
        probe = [candidate, "-c", "import sys, venv, ensurepip; print(sys.version_info.minor)"]
        if subprocess.run(probe, check=False, capture_output=True, text=True).stdout.strip() == str(minor):
            return str(candidate)
    pytest.skip(f"no Python 3.{minor} with venv on this machine")


@pytest.mark.parametrize("minor", OTHERS)
def test_lock_installs_and_commands_run(minor: int, tmp_path: Path) -> None:
    """A fresh environment from the lock computes a device's money and reads the example configuration."""
    python = interpreter(minor)
    subprocess.run([python, "-m", "venv", str(tmp_path / "venv")], check=True, timeout=60)
    pip = [str(tmp_path / "venv/bin/pip"), "--disable-pip-version-check", "install", "--quiet"]
    lock = [*pip, "--require-hashes", "--requirement", str(REPOSITORY / "requirements/run.txt")]
    installed = subprocess.run(lock, check=False, capture_output=True, text=True, timeout=110)
    if installed.returncode and any(sign in installed.stderr for sign in OFFLINE):
        pytest.skip("the package index cannot be reached")
    assert 0 == installed.returncode, installed.stderr

    def headframe(*words: str) -> subprocess.CompletedProcess[str]:
        command = [str(tmp_path / "venv/bin/python"), "-W", "error", str(REPOSITORY / "headframe.py"), *words]
        return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)

    money = headframe(
        "calc", "--hashrate", "100 TH/s", "--power", "3 kW", "--hashprice", "50 USD/PH/day", "--price", "0.05 USD/kWh"
    )
    checked = headframe("check-config", str(REPOSITORY / "config/example.yaml"))

    assert (0, 0) == (money.returncode, checked.returncode), money.stderr + checked.stderr
