"""How commands print: one JSON document on standard output, everything else on standard error."""

import sys
from typing import Any

import orjson


def print_json(document: Any) -> None:
    """Write exactly one JSON document to standard output."""
    sys.stdout.buffer.write(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS) + b"\n")
    sys.stdout.flush()


def fail(reason: str, message: str, *, target: str, code: int, as_json: bool) -> int:
    """Report a failure in the form that was asked for, and give the exit code back."""
    if as_json:
        print_json({"error": {"reason": reason, "message": message, "target": target}})
    else:
        print(f"headframe: {target}: {message}", file=sys.stderr)
    return code
