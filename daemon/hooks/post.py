"""One request to a receiver, and what its status means for the next try.

Redirects are never followed: a hook's address comes from the configuration and from nowhere else.
"""

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from collectors.errors import CollectError, Denied
from collectors.web import Answer, fetch
from daemon.hooks.hook import DeliveryFailed, Gone, Rejected

LONGEST_ANSWER = 64 << 10
LONGEST_RETRY_AFTER_S = 6 * 3600.0

# What the address or the credentials cause hits every notice alike, so it belongs to the hook and not to the notice.
_OF_THE_HOOK = {401: "denied", 403: "denied", 404: "rejected", 405: "rejected", 407: "denied", 408: "timed_out"}
_THROTTLED = frozenset((425, 429, 502, 503, 504))


async def post(url: str, *, body: bytes, headers: Mapping[str, str], timeout_s: float, method: str = "POST") -> Answer:
    """Send a body and give the answer when its status is 2xx, else raise DeliveryFailed, Rejected or Gone."""
    try:
        answer = await fetch(
            method, url, headers=headers, body=body or None, timeout_s=timeout_s, max_bytes=LONGEST_ANSWER
        )
    except Denied as error:
        raise DeliveryFailed("untrusted", str(error)) from error
    except CollectError as error:
        reason = error.reason if error.reason in ("timed_out", "unreachable", "garbled") else "failed"
        raise DeliveryFailed(reason, str(error)) from error
    if answer.is_fine:
        return answer
    raise _failure(answer)


def _failure(answer: Answer) -> DeliveryFailed:
    status = answer.status
    said = " ".join(answer.text()[:200].split())
    detail = f"HTTP status {status}" + (f": {said}" if said else "")
    wait_s = retry_after_s(answer.headers.get("retry-after"), now=time.time())
    if status == 410:
        return Gone("gone", detail)
    if 300 <= status < 400:
        return DeliveryFailed("redirected", f"HTTP status {status}; redirects are not followed, give the final address")
    if status in _THROTTLED:
        return DeliveryFailed("throttled", detail, retry_after_s=wait_s)
    if status in _OF_THE_HOOK:
        return DeliveryFailed(_OF_THE_HOOK[status], detail, retry_after_s=wait_s)
    if 400 <= status < 500:
        return Rejected("rejected", detail, retry_after_s=wait_s)
    return DeliveryFailed("server_error", detail, retry_after_s=wait_s)


def retry_after_s(value: str | None, *, now: float) -> float | None:
    """Read a Retry-After header, seconds or a date; None when there is none that makes sense."""
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), LONGEST_RETRY_AFTER_S)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return min(max(moment.timestamp() - now, 0.0), LONGEST_RETRY_AFTER_S)
