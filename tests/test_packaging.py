"""What is built and installed: a wheel that takes no name of others, locks that are whole, a licence that is named."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
LOCKS = sorted((REPOSITORY / "requirements").glob("*.txt"))
PACKAGES = ("config", "collectors", "daemon", "simulator")
# One serial group, so that parallel workers do not each build the wheel and install everything.
pytestmark = pytest.mark.xdist_group("packaging")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy of what a clone has."""
    source = tmp_path_factory.mktemp("source")
    files = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    for name in files:
        if (REPOSITORY / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, source / name)
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(out), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=110)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def contents(wheel: Path) -> list[str]:
    """Every name in the wheel."""
    return zipfile.ZipFile(wheel).namelist()


@pytest.fixture(scope="module")
def metadata(wheel: Path, contents: list[str]) -> Message:
    """Read the wheel's METADATA."""
    (name,) = [name for name in contents if name.endswith(".dist-info/METADATA")]
    return Parser().parsestr(zipfile.ZipFile(wheel).read(name).decode())


@pytest.fixture(scope="module")
def headframe(
    wheel: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Install the wheel alone where our dependencies are borrowed, and run its command far from the checkout."""
    home = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    (site,) = home.glob("lib/python3*/site-packages")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, "--prefix", str(home), "--ignore-installed", str(wheel)], check=True, timeout=110)
    borrowed = [path for path in sys.path if path.endswith("site-packages")]
    (site / "borrowed.pth").write_text("\n".join(borrowed))
    # pip gave the script our own interpreter; under -I with the new one only the new environment and the loan are seen.
    script, python = home / "bin/headframe", home / "bin/python"

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(python), "-I", str(script), *words],
            cwd=home,
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


def test_wheel_takes_no_common_name(contents: list[str]) -> None:
    """At the top stand the launcher, one private folder and the wheel's own records, nothing else."""
    top = {name.split("/")[0] for name in contents}

    assert {"headframe.py", "_headframe"} == {name for name in top if not name.endswith(".dist-info")}
    assert 3 == len(top)


def test_wheel_has_every_file_of_the_packages(contents: list[str]) -> None:
    """Modules and data files alike: what is committed under the four packages is in the wheel."""
    committed = subprocess.run(
        ["git", "ls-files", *PACKAGES], cwd=REPOSITORY, check=True, capture_output=True, text=True
    ).stdout.splitlines()

    assert committed
    assert set() == {f"_headframe/{name}" for name in committed if (REPOSITORY / name).exists()} - set(contents)


def test_wheel_has_nothing_that_is_not_ours(contents: list[str]) -> None:
    """No cache, test, deployment file or stray secret slips in."""
    assert [] == [name for name in contents if re.search(r"__pycache__|\.pyc$|(^|/)(tests|deploy|docs)/|\.pem$", name)]


def test_licence_is_named_and_shipped(metadata: Message, contents: list[str]) -> None:
    """The metadata name the licence by its SPDX identifier, and its text is in the wheel."""
    assert "Apache-2.0" == metadata["License-Expression"]
    assert "LICENSE" == metadata["License-File"]
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in contents)
    assert [] == [line for line in metadata.get_all("Classifier", []) if line.startswith("License ::")]


def test_python_versions(metadata: Message) -> None:
    """Python 3.11 is the oldest that is promised."""
    assert ">=3.11" == metadata["Requires-Python"]


def test_installed_command_tells_its_version(headframe, metadata: Message) -> None:
    """The command of an installed wheel works without the checkout."""
    done = headframe("--version")

    assert (0, f"headframe {metadata['Version']}\n") == (done.returncode, done.stdout), done.stderr


def test_installed_command_lists_its_commands(headframe) -> None:
    """The overview comes from the wheel as well."""
    done = headframe("--help")

    assert (0, "") == (done.returncode, done.stderr)
    assert "check-config" in done.stdout


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_lock_is_exact_hashed_and_names_no_host(lock: Path) -> None:
    """Each requirement of a lock is one version with at least one SHA-256, wherever it is fetched from."""
    text = lock.read_text()
    requirements = re.split(r"(?m)^(?=[A-Za-z0-9])", text.split("\n", maxsplit=1)[-1] if text.startswith("#") else text)
    names = [block for block in requirements if block.strip()]

    assert len(names) > 3
    assert [] == [
        block.split("\n")[0] for block in names if not re.match(r"[A-Za-z0-9._-]+(\[[^\]]+\])?==[^\s\\;]+", block)
    ]
    assert [] == [block.split("\n")[0] for block in names if not re.search(r"--hash=sha256:[0-9a-f]{64}", block)]
    assert None is re.search(r"https?://|--(extra-)?index-url|--find-links", text)


def test_run_lock_covers_the_declared_dependencies() -> None:
    """Every dependency of the project stands in the lock that installs it."""
    declared = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {re.split(r"[<>=!~;\[ ]", line, maxsplit=1)[0] for line in declared}
    locked = set(re.findall(r"(?m)^([a-z0-9-]+)==", (REPOSITORY / "requirements/run.txt").read_text()))

    assert set() == names - locked
