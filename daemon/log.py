"""How the daemon logs: to standard error, for people, for machines or for the journal.

First failures are loud, repeats quiet, recoveries loud again: that is the caller's part. Here control characters
of texts that came from devices are made visible, so that a worker's name cannot forge a line.
"""

import logging
import os
import sys
import time

import orjson

_JOURNAL = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}
# What moves a terminal's cursor, ends a line in some viewer, or turns the direction of what follows.
_PLAIN = {
    code: f"\\x{code:02x}"
    for code in (*range(9), *range(11, 32), *range(127, 160), *range(0x2028, 0x202F), *range(0x2066, 0x206A))
}


def configure(*, level: str = "info", form: str = "auto") -> None:
    """Set the root logger up; `form` is console, json, journal, or auto (journal under systemd, else console)."""
    if form == "auto":
        form = "journal" if os.environ.get("JOURNAL_STREAM") else "console"
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter({"json": JsonLines, "journal": Journal}.get(form, Console)())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("aiohttp.access", "asyncio", "mqtt"):
        logging.getLogger(noisy).setLevel(max(root.level, logging.WARNING))


class Console(logging.Formatter):
    """Time, level and message on a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record for people."""
        at = time.strftime("%H:%M:%S", time.localtime(record.created))
        text = f"{at} {record.levelname.lower():<8}{_message(record)}"
        return text + _trace(self, record)


class Journal(logging.Formatter):
    """The journal's own level prefix; it knows the time itself."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record for the journal."""
        prefix = f"<{_JOURNAL.get(record.levelno, 6)}>"
        lines = (_message(record) + _trace(self, record)).split("\n")
        return "\n".join(prefix + line for line in lines)


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record for machines."""
        fields: dict[str, object] = {
            "at": record.created,
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
        }
        trace = _trace(self, record)
        if trace:
            fields["trace"] = trace.strip()
        return orjson.dumps(fields).decode()


def _message(record: logging.LogRecord) -> str:
    return record.getMessage().replace("\r", "\\r").translate(_PLAIN)


def _trace(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    return "\n" + formatter.formatException(record.exc_info) if record.exc_info else ""
