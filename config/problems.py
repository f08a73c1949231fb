"""What is wrong with a configuration, and where."""

from collections.abc import Sequence

import msgspec


class Problem(msgspec.Struct, frozen=True, kw_only=True, gc=False, order=True):
    """One mistake: the file as it was named, line and column from 1, the path inside the file, and what to do."""

    file: str
    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.path}: {self.message}"


class ConfigError(Exception):
    """A configuration cannot be used; `problems` has every mistake that was found, in the order of the file."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def in_order(problems: Sequence[Problem]) -> list[Problem]:
    """Sort by file in order of first mention, then line and column; the same said twice is said once."""
    files = {name: place for place, name in enumerate(dict.fromkeys(problem.file for problem in problems))}
    unique = dict.fromkeys(problems)
    return sorted(unique, key=lambda problem: (files[problem.file], problem.line, problem.column))
