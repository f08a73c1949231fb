"""Answers of real devices, kept beside the checkout, as the requests of a pretend device."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Requests = list[dict[str, Any]]


@pytest.fixture
def real_answers(shared: Path) -> Callable[..., Requests]:
    """Load `family/case`; `web` maps a file's name to its HTTP request, `rpc` renames what port 4028 is asked."""

    def load(case: str, *, web: dict[str, str] | None = None, rpc: dict[str, Any] | None = None) -> Requests:
        found: Requests = []
        for path in sorted((shared / "payloads" / case).glob("*.json")):
            text = path.read_text(encoding="utf-8")
            if path.stem in (web or {}):
                request = (web or {})[path.stem]
                found.append({"transport": "http", "port": 80, "request": request, "raw": text})
            elif path.stem != "expected":
                request = (rpc or {}).get(path.stem, path.stem.removeprefix("rpc_"))
                found.append({"transport": "rpc", "port": 4028, "request": request, "raw": text})
        return found

    return load
