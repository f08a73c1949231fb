"""Texts that a file can hold: what devices and people write may have halves of characters in it."""

from typing import Any

import msgspec

from daemon.findings import Finding


def writable(finding: Finding) -> Finding:
    """Give the finding with texts that can be encoded: a device may have named itself with half a character."""
    try:
        msgspec.json.encode(finding)
    except UnicodeEncodeError:
        return msgspec.convert(_clean_all(msgspec.to_builtins(finding)), Finding)
    return finding


def _clean_all(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(key): _clean_all(inner) for key, inner in value.items()}
    return value


def clean(text: str) -> str:
    """Put a question mark for every half character, as may come out of a broken escape."""
    return text.encode("utf-8", "replace").decode()
