"""`headframe init`: an example to start from, and never over what is there."""

import stat
from pathlib import Path

import pytest

from daemon.cli import main


def test_what_is_written_is_valid(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The example is written, is valid at once, and the next step is told."""
    monkeypatch.chdir(tmp_path)

    assert 0 == main(["init"])
    out = capsys.readouterr().out
    assert "headframe check-config headframe.yaml" in out
    assert 0 == main(["check-config", "headframe.yaml"])
    assert 0o640 & stat.S_IMODE((tmp_path / "headframe.yaml").stat().st_mode)
    assert not 0o007 & stat.S_IMODE((tmp_path / "headframe.yaml").stat().st_mode)


def test_editors_find_the_schema(tmp_path: Path) -> None:
    """The first line leads an editor to a schema that is there."""
    path = tmp_path / "site.yaml"
    assert 0 == main(["init", str(path)])
    first = path.read_text().splitlines()[0]

    assert first.startswith("# yaml-language-server: $schema=file:///")
    assert Path(first.partition("file://")[2]).is_file()


def test_nothing_is_overwritten_unasked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that exists stays, until --force is given."""
    path = tmp_path / "site.yaml"
    path.write_text("mine")

    assert 1 == main(["init", str(path)])
    assert "--force" in capsys.readouterr().err
    assert "mine" == path.read_text()
    assert 0 == main(["init", "--force", str(path)])
    assert path.read_text().startswith("# yaml-language-server")


def test_where_nothing_can_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that is not there is an error with its reason."""
    assert 1 == main(["init", str(tmp_path / "no" / "site.yaml")])
    assert "cannot be written: No such file or directory" in capsys.readouterr().err


def test_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    """A hyphen prints the example and nothing else."""
    assert 0 == main(["init", "-"])
    assert capsys.readouterr().out.rstrip().endswith("json")
