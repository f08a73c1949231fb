"""One invalid file per mistake, with the exact message beside it."""

from pathlib import Path

import pytest

from config.load import load
from config.problems import ConfigError

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))


@pytest.mark.parametrize("case", CASES, ids=[case.stem for case in CASES])
def test_every_problem_in_its_place(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is refused with exactly the problems that stand beside it."""
    monkeypatch.chdir(case.parent)
    with pytest.raises(ConfigError) as caught:
        load(case.name)

    assert case.with_suffix(".txt").read_text(encoding="utf-8") == f"{caught.value}\n"


def test_every_case_has_its_message() -> None:
    """No case and no message is without the other."""
    assert {case.stem for case in CASES} == {text.stem for text in CASES[0].parent.glob("*.txt")}
