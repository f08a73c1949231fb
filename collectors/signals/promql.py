"""One number out of Prometheus, VictoriaMetrics, or whatever else answers an instant query (HTTP API v1)."""

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from collectors.errors import CollectError, Denied, Garbled
from collectors.signals.http import refusal
from collectors.signals.number import NotANumber, number_text
from collectors.signals.source import Sample
from collectors.web import Answer, fetch


class PromqlSource:
    """Evaluates a query that must give exactly one value; it holds for the moment that it was evaluated at."""

    def __init__(
        self,
        url: str,
        *,
        query: str,
        headers: Mapping[str, str] | None = None,
        interval_s: float,
        timeout_s: float,
    ) -> None:
        self.interval_s = interval_s
        self._url = f"{url.rstrip('/')}/api/v1/query?{urlencode({'query': query})}"
        self._headers = dict(headers or {})
        self._timeout_s = timeout_s

    async def read(self) -> Sample:
        """Give the value; raise CollectError or NotANumber. A query that gives nothing at all is a CollectError."""
        answer = await fetch("GET", self._url, headers=self._headers, timeout_s=self._timeout_s)
        if not answer.is_fine:
            raise _refusal(answer)
        document = answer.json()
        data = document.get("data") if isinstance(document, dict) else None
        if not isinstance(data, dict) or not isinstance(data.get("result"), list):
            raise Garbled("the answer is not that of a Prometheus query")
        return _sample(data)


def _sample(data: dict[str, Any]) -> Sample:
    result = data["result"]
    kind = data.get("resultType")
    if kind == "scalar":
        pair = result
    elif kind != "vector":
        raise Garbled(f"the query gives {str(kind)[:20]!r}, not the numbers of an instant query")
    elif not result:
        # Series that ended are absent, not zero: what came last grows old.
        raise CollectError("the query gives nothing now")
    elif len(result) > 1:
        raise NotANumber(f"the query gives {len(result)} values; make one of them, with sum() or max() for instance")
    else:
        pair = result[0].get("value") if isinstance(result[0], dict) else None
    if not isinstance(pair, list) or len(pair) != 2 or not isinstance(pair[0], int | float):
        raise Garbled("the answer has not the numbers of an instant query")
    return Sample(digits=number_text(pair[1]), at=min(float(pair[0]), time.time()))


def _refusal(answer: Answer) -> CollectError:
    """Give the server's own words for a query that it cannot evaluate."""
    try:
        document = answer.json()
    except Garbled:
        return refusal(answer)
    said = document.get("error") if isinstance(document, dict) else None
    error = refusal(answer)
    if not isinstance(said, str) or isinstance(error, Denied):
        return error
    return Garbled(f"HTTP status {answer.status}: {' '.join(said.split())[:200]}")
