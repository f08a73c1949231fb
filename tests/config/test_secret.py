"""Secrets: where they are read from, and that they stay where they are."""

import copy
import os
import pickle
from pathlib import Path

import pytest

from config.model import SiteConfig
from config.model.reference import secret_or_text, secret_reference
from config.secret import LARGEST, SecretError, SecretRef, exposure, references, resolve


@pytest.mark.parametrize(
    ("content", "value"),
    [
        ("hunter2", "hunter2"),
        ("hunter2\n", "hunter2"),
        ("hunter2\r\n", "hunter2"),
        ("hunter2\n\n", "hunter2\n"),
        (" two words ", " two words "),
        ("\ufeffhunter2", "hunter2"),
    ],
)
def test_a_file_without_its_last_line_break(tmp_path: Path, content: str, value: str) -> None:
    """One line break at the end is the editor's; the rest is the secret's."""
    (tmp_path / "s").write_bytes(content.encode())

    assert value == resolve(SecretRef("file", "s"), base=tmp_path)
    assert value == resolve(SecretRef("file", str(tmp_path / "s")), base="/nowhere")


def test_environment_and_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables and the service manager's credentials are found by name."""
    monkeypatch.setenv("MINER_PASSWORD", "hunter2")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / "mqtt").write_text("hunter3\n")

    assert "hunter2" == resolve(SecretRef("env", "MINER_PASSWORD"))
    assert "hunter3" == resolve(SecretRef("credential", "mqtt"))
    assert "x" == resolve(SecretRef("text", "x"))


def test_what_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every way of failing names the reference and the reason."""
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "nul").write_bytes(b"a\0b")
    (tmp_path / "large").write_bytes(b"x" * (LARGEST + 1))
    os.mkfifo(tmp_path / "pipe")
    expected = {
        SecretRef("file", "none"): "file:none cannot be read: No such file or directory",
        SecretRef("file", "."): "file:. ",
        SecretRef("file", "empty"): "file:empty is empty",
        SecretRef("file", "binary"): "file:binary is not UTF-8 text",
        SecretRef("file", "nul"): "file:nul has a NUL byte",
        SecretRef("file", "large"): "file:large is larger than 65536 bytes",
        SecretRef("file", "pipe"): "file:pipe is not a plain file",
        SecretRef("env", "NOT_SET_ANYWHERE"): "NOT_SET_ANYWHERE is not set",
        SecretRef("credential", "mqtt"): "$CREDENTIALS_DIRECTORY, which is not set",
    }
    for reference, message in expected.items():
        with pytest.raises(SecretError) as caught:
            resolve(reference, base=tmp_path)
        assert message in str(caught.value)


@pytest.mark.parametrize(
    ("mode", "who"), [(0o600, None), (0o400, None), (0o640, "its group"), (0o604, "everybody"), (0o777, "everybody")]
)
def test_a_file_that_others_may_read(tmp_path: Path, mode: int, who: str | None) -> None:
    """A secret that is open to others is a warning with its remedy."""
    (tmp_path / "s").write_text("hunter2")
    (tmp_path / "s").chmod(mode)
    found = exposure(SecretRef("file", "s"), base=tmp_path)

    assert (who is None) == (found is None)
    assert found is None or (who in found and "chmod 600" in found and "hunter2" not in found)
    assert exposure(SecretRef("file", "none"), base=tmp_path) is None
    assert exposure(SecretRef("env", "PATH")) is None


@pytest.mark.parametrize(
    "written",
    [
        "hunter2",
        "File:x",
        "file",
        "http://example.net",
        "",
        None,
        5,
        True,
        ["file:x"],
        "env:A B",
        "credential:../x",
        "env:",
    ],
)
def test_what_is_no_reference(written: object) -> None:
    """Anything but a reference is refused without being repeated."""
    with pytest.raises(ValueError, match=r"never written into this file|expected") as caught:
        secret_reference(written)

    assert "hunter2" not in str(caught.value)


def test_values_never_show() -> None:
    """Neither repr nor a dump of the configuration has plain text in it; references show as they are."""
    reference = secret_or_text("hunter2")
    config = SiteConfig.model_validate(
        {
            "version": 1,
            "site": {"id": "a"},
            "pools": [{"id": "p", "url": "stratum+tcp://a:1", "password": "hunter2"}],
            "hooks": [{"id": "h", "kind": "apprise", "url": "tgram://hunter2"}],
            "web": {"token": "file:token"},
        }
    )

    for text in (repr(reference), str(reference), repr(config), str(config), config.model_dump_json(), f"{config!r}"):
        assert "hunter2" not in text
    assert "file:token" in config.model_dump_json()
    assert "hunter2" == config.pools[0].password.target


def test_references_are_values() -> None:
    """They compare, hash, copy and cannot be changed."""
    reference = SecretRef("file", "a")

    assert reference == copy.deepcopy(reference) == pickle.loads(pickle.dumps(reference))
    assert {reference: 1} == {SecretRef("file", "a"): 1}
    assert reference != SecretRef("env", "a")
    assert reference != "file:a"
    with pytest.raises(AttributeError, match="frozen"):
        reference.kind = "env"


def test_every_reference_is_found_with_its_place() -> None:
    """What must be read at the start is known by the operator's keys."""
    config = SiteConfig.model_validate(
        {
            "version": 1,
            "site": {"id": "a"},
            "devices": [{"host": "10.0.0.1"}, {"host": "10.0.0.2", "password": "file:d"}],
            "signals": {
                "x": {"unit": "kW", "http": {"url": "http://a/", "headers": {"Authorization": "env:TOKEN"}}},
            },
        }
    )

    assert {
        ("devices", 1, "password"): "file:d",
        ("signals", "x", "http", "headers", "Authorization"): "env:TOKEN",
    } == {where: str(found) for where, found in references(config)}
