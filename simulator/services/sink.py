"""Where webhooks arrive: every delivery is kept, its Standard Webhooks signature checked, and refused on request."""

import base64
import hashlib
import hmac
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import orjson

SECRET = "whsec_" + base64.b64encode(b"pretend-site-webhook-secret-0001").decode()
"""What the sink expects deliveries to be signed with, in the form of Standard Webhooks."""

TOLERANCE_S = 300.0
_MOST_KEPT = 10_000


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One request as it came; `signed` is None when it bore no signature, else whether that was right."""

    at_s: float
    path: str
    id: str | None
    signed: bool | None
    body: Any
    answered: int


class Sink:
    """Keeps what arrives; `tell` is called with each delivery, and `fail` makes the next ones fail."""

    def __init__(self, *, now: Callable[[], float], secret: str = SECRET) -> None:
        self.secret = secret
        self.deliveries: deque[Delivery] = deque(maxlen=_MOST_KEPT)
        self.count = 0
        self.tell: Callable[[Delivery], None] | None = None
        self._now = now
        self._failures: deque[int] = deque()

    def fail(self, times: int, *, status: int = 503) -> None:
        """Answer the next deliveries with an error; they are kept all the same."""
        self._failures.extend([status] * times)

    def take(self, path: str, headers: Mapping[str, str], body: bytes) -> Delivery:
        """Keep one delivery and say how to answer it: 401 when it is signed and wrongly so."""
        signed = self.verify(headers, body)
        status = 401 if signed is False else 200
        if self._failures:
            status = self._failures.popleft()
        try:
            content: Any = orjson.loads(body)
        except orjson.JSONDecodeError:
            content = body.decode(errors="replace")
        delivery = Delivery(
            at_s=self._now(), path=path, id=headers.get("webhook-id"), signed=signed, body=content, answered=status
        )
        self.deliveries.append(delivery)
        self.count += 1
        if self.tell is not None:
            self.tell(delivery)
        return delivery

    def verify(self, headers: Mapping[str, str], body: bytes) -> bool | None:
        """Check a signature of Standard Webhooks 1; None when the delivery bears none."""
        identity, stamp, signatures = (headers.get(f"webhook-{name}") for name in ("id", "timestamp", "signature"))
        if signatures is None:
            return None
        if identity is None or stamp is None or not stamp.isdigit() or abs(self._now() - int(stamp)) > TOLERANCE_S:
            return False
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        expected = hmac.new(key, f"{identity}.{stamp}.".encode() + body, hashlib.sha256).digest()
        wanted = f"v1,{base64.b64encode(expected).decode()}"
        return any(hmac.compare_digest(wanted, given) for given in signatures.split(" "))
