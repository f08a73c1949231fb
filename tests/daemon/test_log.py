"""Log lines for people, machines and the journal."""

import logging
import sys

import orjson
import pytest

from daemon.log import Console, Journal, JsonLines


def record(message: str, level: int = logging.WARNING) -> logging.LogRecord:
    return logging.LogRecord("daemon.watch", level, "x.py", 1, message, (), None)


@pytest.mark.parametrize("form", [Console, Journal, JsonLines])
def test_a_devices_text_cannot_forge_a_line(form: type[logging.Formatter]) -> None:
    """Escape sequences and carriage returns from a worker's name are made visible."""
    line = form().format(record("worker \x1b[31mred\r<3>forged \x9b2J \u2028line \u202eback"))
    assert set() == set("\x1b\r\x9b\u2028\u202e") & set(line)


def test_the_journal_learns_the_level_of_every_line() -> None:
    """Each line of a message carries its own prefix."""
    assert "<4>one\n<4>two" == Journal().format(record("one\ntwo"))


def test_json_is_one_object_a_line() -> None:
    """Level, logger and message are fields; a trace is one, too."""
    try:
        raise ValueError("boom")
    except ValueError:
        broken = record("it failed", logging.ERROR)
        broken.exc_info = sys.exc_info()
    text = JsonLines().format(broken)
    fields = orjson.loads(text)
    assert 1 == len(text.splitlines())
    assert ("error", "daemon.watch", "it failed") == (fields["level"], fields["logger"], fields["message"])
    assert "boom" in fields["trace"]
