"""The installer and its opposite, run for real into a directory that stands for a host's root."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

OFFLINE = (
    "Could not find a version",
    "Temporary failure in name resolution",
    "NewConnectionError",
    "Network is unreachable",
)
pytestmark = pytest.mark.xdist_group("install")


@pytest.fixture(scope="module")
def root(tmp_path_factory, deploy) -> Path:
    """Install the checkout under a fresh root with a prefix of its own."""
    root = tmp_path_factory.mktemp("root")
    done = install(deploy, root)
    if done.returncode and any(sign in done.stderr for sign in OFFLINE):
        pytest.skip("the package index cannot be reached")
    assert 0 == done.returncode, done.stderr
    return root


def install(deploy: Path, root: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run the installer as an operator would."""
    line = ["sh", str(deploy / "install.sh"), "--root", str(root), "--prefix", "/srv/headframe", *words]
    return subprocess.run(
        [*line, "--python", sys.executable], check=False, capture_output=True, text=True, timeout=115, cwd=root
    )


def installed(root: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run the installed command by the interpreter of its own environment; its script names the final place."""
    home = root / "srv/headframe/bin"
    line = [str(home / "python"), "-I", str(home / "headframe"), *words]
    return subprocess.run(line, check=False, capture_output=True, text=True, timeout=60, cwd=root)


@pytest.mark.parametrize("script", ["install.sh", "uninstall.sh"])
def test_scripts_are_plain_shell(deploy, script, tool) -> None:
    """Both scripts may be run, are read by the plainest shell, and have nothing that a linter minds."""
    assert os.access(deploy / script, os.X_OK)
    assert 0 == tool("sh", "-n", deploy / script).returncode
    if shutil.which("shellcheck"):
        assert (0, "") == ((lint := tool("shellcheck", deploy / script)).returncode, lint.stdout)


def test_command_works(root) -> None:
    """The installed command knows its version and accepts the configuration that was put down with it."""
    assert installed(root, "--version").stdout.startswith("headframe ")
    checked = installed(root, "check-config", str(root / "etc/headframe/site.yaml"))
    assert 0 == checked.returncode, checked.stdout + checked.stderr


def test_unit_names_the_prefix(root, deploy) -> None:
    """The unit is the one of the repository with the chosen prefix in it."""
    unit = (root / "etc/systemd/system/headframe.service").read_text()

    assert (deploy / "systemd/headframe.service").read_text() == unit.replace("/srv/headframe", "/opt/headframe")
    assert "/opt/headframe" not in unit


def test_nothing_names_the_root(root) -> None:
    """What was installed under a root can be copied to its final place: no script or record names the root."""
    home = root / "srv/headframe"
    texts = [path for path in [*home.glob("bin/*"), home / "pyvenv.cfg"] if path.is_file() and not path.is_symlink()]

    assert texts
    assert [] == [path.name for path in texts if str(root) in path.read_text(errors="replace")]
    assert "/srv/headframe/bin/headframe" == os.readlink(root / "usr/local/bin/headframe")


def test_secrets_directory_is_closed(root) -> None:
    """Only root can look into the directory that secrets are put into."""
    assert 0o700 == (root / "etc/headframe/secrets").stat().st_mode & 0o777


def test_again_keeps_the_configuration(root, deploy) -> None:
    """A second run upgrades in place, keeps the operator's file, and leaves no remains."""
    site = root / "etc/headframe/site.yaml"
    site.write_text(site.read_text() + "# ours\n")

    again = install(deploy, root)

    assert 0 == again.returncode, again.stderr
    assert site.read_text().endswith("# ours\n")
    assert ["headframe"] == [path.name for path in (root / "srv").iterdir()]
    assert 0 == installed(root, "--help").returncode


def test_failed_upgrade_leaves_the_old_one(root, deploy, tmp_path) -> None:
    """When a requirement is not what the lock says, nothing changes and no half-made environment stays."""
    broken = tmp_path / "lock.txt"
    broken.write_text(f"msgspec==0.20.0 --hash=sha256:{'0' * 64}\n")

    refused = install(deploy, root, "--lock", str(broken))

    assert 0 != refused.returncode
    assert ["headframe"] == [path.name for path in (root / "srv").iterdir()]
    assert 0 == installed(root, "--version").returncode


@pytest.mark.parametrize(
    "words",
    [
        ["--prefix", "opt"],
        ["--root", "here"],
        ["--prefix", "/opt/a b"],
        ["--prefix"],
        ["--colour"],
        ["--wheel", "/none.whl"],
    ],
)
def test_wrong_words_are_refused(deploy, tmp_path, words) -> None:
    """A path that is not absolute or would break a script, and a word that is not known, change nothing."""
    line = ["sh", str(deploy / "install.sh"), "--root", str(tmp_path), *words]
    refused = subprocess.run(line, check=False, capture_output=True, text=True, timeout=60)

    assert 0 != refused.returncode
    assert refused.stderr
    assert [] == list(tmp_path.iterdir())


def test_uninstall_keeps_what_is_the_operators(root, deploy, tool, tmp_path) -> None:
    """What was installed goes; configuration and ledger stay until they are to be purged."""
    copy = tmp_path / "root"
    shutil.copytree(root, copy, symlinks=True, ignore=shutil.ignore_patterns("lib"))
    (copy / "var/lib/private/headframe").mkdir(parents=True)
    remove = ["sh", deploy / "uninstall.sh", "--root", copy, "--prefix", "/srv/headframe"]

    assert 0 == tool(*remove).returncode
    assert not (copy / "srv/headframe").exists()
    assert not (copy / "etc/systemd/system/headframe.service").exists()
    assert not (copy / "usr/local/bin/headframe").is_symlink()
    assert (copy / "etc/headframe/site.yaml").exists()
    assert 0 == tool(*remove, "--purge").returncode
    assert not (copy / "etc/headframe").exists()
    assert not (copy / "var/lib/private/headframe").exists()


def test_uninstall_spares_what_is_not_ours(deploy, tool, tmp_path) -> None:
    """A mistyped prefix costs nobody a directory."""
    (tmp_path / "opt/other").mkdir(parents=True)

    refused = tool("sh", deploy / "uninstall.sh", "--root", tmp_path, "--prefix", "/opt/other")

    assert 0 != refused.returncode
    assert (tmp_path / "opt/other").is_dir()
