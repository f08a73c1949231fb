"""A number behind an HTTP address: the whole answer, or one place inside its JSON."""

import time
from collections.abc import Mapping

from collectors.errors import CollectError, Denied, Garbled, Unsupported
from collectors.signals.number import digits
from collectors.signals.source import Sample
from collectors.web import Answer, fetch


class HttpSource:
    """Fetches an address; redirects are not followed, so that nothing is asked that the configuration does not name."""

    def __init__(
        self,
        url: str,
        *,
        pointer: str | None,
        headers: Mapping[str, str] | None = None,
        interval_s: float,
        timeout_s: float,
    ) -> None:
        self.interval_s = interval_s
        self._url = url
        self._pointer = pointer
        self._headers = dict(headers or {})
        self._timeout_s = timeout_s

    async def read(self) -> Sample:
        """Give the number; raise CollectError or NotANumber."""
        answer = await fetch("GET", self._url, headers=self._headers, timeout_s=self._timeout_s)
        if not answer.is_fine:
            raise refusal(answer)
        return Sample(digits=digits(answer.body, pointer=self._pointer), at=time.time())


def refusal(answer: Answer) -> CollectError:
    """Make the error for a status that is not 2xx."""
    if answer.status in (401, 403, 407):
        return Denied(f"HTTP status {answer.status}; check the `headers` of the signal")
    if 300 <= answer.status < 400:
        return Unsupported(f"HTTP status {answer.status}; redirects are not followed, give the final address")
    return Garbled(f"HTTP status {answer.status}")
