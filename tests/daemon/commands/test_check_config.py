"""`headframe check-config`: every problem on its line, one line when all is well."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.cli import main

VALID = """version: 1
site: {id: north}
feeders: [{id: f1, contracted: "500 kW"}]
devices: [{cidr: 10.0.0.0/29}]
rules: {P-01: {for: 2h}}
"""
WRONG = """version: 1
site: {id: north}
feeders: [{id: f1, contracted: 500}]
rules: {P-01: {fro: 2h}, P-00: {}}
tarif: {price: "0.06 USD/kWh"}
"""
LINE = re.compile(r"(?P<file>.+):(?P<line>\d+):(?P<column>\d+): (?P<path>\S+): (?P<message>.+)")


@pytest.fixture
def check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Write a configuration and run the command on it; gives exit code, output and error output."""

    def run(text: str, *words: str) -> tuple[int, str, str]:
        path = tmp_path / "site.yaml"
        path.write_text(text)
        code = main(["check-config", str(path), *words])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def test_valid_is_one_line(check: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    """A good file is summed up in one line."""
    code, out, err = check(VALID)

    assert (0, "") == (code, err)
    assert (
        f"{tmp_path}/site.yaml: valid: site north, 6 devices, 1 feeder, 0 racks, 0 pools, 0 signals, 1 rule, 0 hooks\n"
        == out
    )


def test_every_problem_is_a_line(check: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    """Each problem is FILE:LINE:COL: path: message, rules that do not exist among them."""
    code, out, err = check(WRONG)
    found = [LINE.fullmatch(line) for line in out.splitlines()]

    assert (1, "") == (code, err)
    assert all(found)
    assert [
        ("3", "32", "feeders.0.contracted"),
        ("4", "21", "rules.P-01.fro"),
        ("4", "32", "rules.P-00"),
        ("5", "1", "tarif"),
    ] == [(match["line"], match["column"], match["path"]) for match in found if match]
    assert {f"{tmp_path}/site.yaml"} == {match["file"] for match in found if match}


def test_json_is_one_document(check: Callable[..., tuple[int, str, str]]) -> None:
    """With --json there is one document, good or bad."""
    code, out, _ = check(VALID, "--json")
    assert (0, True, 6) == (code, json.loads(out)["valid"], json.loads(out)["counts"]["devices"])

    code, out, _ = check(WRONG, "--json")
    document = json.loads(out)
    assert (1, False, "invalid", 4) == (
        code,
        document["valid"],
        document["error"]["reason"],
        len(document["problems"]),
    )
    assert {"file", "line", "column", "path", "message"} == set(document["problems"][0])


def test_a_missing_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A file that is not there is told like any other problem."""
    assert 1 == main(["check-config", str(tmp_path / "none.yaml")])
    assert f"{tmp_path}/none.yaml:1:1: file: cannot be read: No such file or directory\n" == capsys.readouterr().out


def test_secrets_on_request(check: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    """Secrets are read only when asked; one that is open to others is a warning."""
    text = VALID + 'web: {token: "file:token"}\n'
    assert 0 == check(text)[0]

    code, out, _ = check(text, "--resolve-secrets")
    assert 1 == code
    assert ":6:14: web.token: file:token cannot be read: No such file or directory" in out

    (tmp_path / "token").write_text("hunter2")
    (tmp_path / "token").chmod(0o644)
    code, out, err = check(text, "--resolve-secrets")
    assert (0, 1) == (code, len(out.splitlines()))
    assert "warning:" in err
    assert "hunter2" not in err
    assert 1 == len(json.loads(check(text, "--resolve-secrets", "--json")[1])["warnings"])


def test_a_rules_settings_are_placed_by_the_operators_keys(check: Callable[..., tuple[int, str, str]]) -> None:
    """A duration that no rule takes is told at its key."""
    code, out, _ = check(VALID.replace("{for: 2h}", "{for: 3 y}"))

    assert 1 == code
    assert ":5:21: rules.P-01.for: " in out
