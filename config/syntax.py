"""What the YAML parser's complaints mean to somebody who wrote a configuration."""

import yaml

from config.tree import Position

# Parts of the parser's text (the C parser and the Python one differ), and whether the opening is the place to show.
_MEANINGS: tuple[tuple[tuple[str, ...], bool, str], ...] = (
    (("unexpected end of stream",), True, "the text in quotes that begins here is never closed"),
    (("',' or ']'", "',' or '}'"), True, "what is opened with a bracket here is not closed, or lacks a comma"),
    (
        ("mapping values are not allowed",),
        False,
        'a second ": " in one line, or a wrong indentation; text with a colon goes in quotes',
    ),
    (("could not find expected ':'",), True, 'this line has no ":"; every entry is written "key: value"'),
    (("expected '-'",), False, 'a list entry "- " was expected here; check the indentation'),
    (
        ("did not find expected key", "expected <block end>"),
        False,
        "this does not continue what stands before it; check indentation and quotes",
    ),
    (
        ("unknown escape character",),
        False,
        "a backslash in double quotes begins an escape; use single quotes, or write two backslashes",
    ),
    (("expected node content", "expected the node content"), False, "a value was expected here"),
    (("incompatible YAML document",), False, "is written in a version of YAML that is not understood"),
)
_NO_START = "cannot start any token"


def worded(error: yaml.MarkedYAMLError, text: str) -> tuple[Position, str]:
    """Give the place of a syntax error and what to do about it."""
    here, opened = _position(error.problem_mark), _position(error.context_mark)
    problem = error.problem or "is not YAML"
    if _NO_START in problem:
        return here or (1, 1), _no_start(text, here or (1, 1))
    for parts, at_opening, meaning in _MEANINGS:
        if any(part in problem for part in parts):
            place = (opened if at_opening else here) or here or opened or (1, 1)
            return place, f"not YAML: {meaning}"
    return here or opened or (1, 1), f"not YAML: {problem}"


def _no_start(text: str, place: Position) -> str:
    lines = text.split("\n")
    line = lines[place[0] - 1] if place[0] <= len(lines) else ""
    letter = line[place[1] - 1 : place[1]]
    if letter == "\t" or not line[: place[1]].strip(" \t"):
        return "not YAML: a tab cannot indent; use spaces"
    return f'not YAML: a value cannot begin with "{letter}"; put it in quotes'


def _position(mark: yaml.Mark | None) -> Position | None:
    return None if mark is None else (mark.line + 1, mark.column + 1)
