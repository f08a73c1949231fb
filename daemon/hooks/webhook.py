"""Signed webhooks: one POST a notice, as the Standard Webhooks specification has it."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import orjson

from daemon.hooks.hook import Notice
from daemon.hooks.post import post
from daemon.hooks.signature import headers


class Webhook:
    """Posts `{"type": "finding.opened", "timestamp": …, "data": {the finding}}` to one address.

    The body and `webhook-id` are the same in every retry; only `webhook-timestamp` and with it the signature change.
    """

    kind = "webhook"
    batch = 1

    def __init__(
        self,
        hook_id: str,
        *,
        url: str,
        signing_keys: Sequence[bytes] = (),
        timeout_s: float = 15.0,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.id = hook_id
        self._url = url
        self._keys = tuple(signing_keys)
        self._timeout_s = timeout_s
        self._now = now

    async def send(self, notices: Sequence[Notice]) -> None:
        """Post each notice; raise DeliveryFailed, Rejected or Gone at the first that does not arrive."""
        for notice in notices:
            body = payload(notice)
            signed = headers(notice.id, at=int(self._now()), body=body, signing_keys=self._keys)
            await post(
                self._url,
                body=body,
                headers={"Content-Type": "application/json", **signed},
                timeout_s=self._timeout_s,
            )


def payload(notice: Notice) -> bytes:
    """Give the JSON body of a notice."""
    data: dict[str, Any] = msgspec.to_builtins(notice.finding)
    data["site"] = notice.site
    moment = datetime.fromtimestamp(_event_time(notice), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return orjson.dumps({"type": f"finding.{notice.kind}", "timestamp": moment, "data": data})


def _event_time(notice: Notice) -> float:
    """Give the moment the notice speaks of: opening, change or closing, rather than that of its telling."""
    finding = notice.finding
    moments = {"opened": finding.opened_at, "updated": finding.updated_at, "closed": finding.closed_at}
    return moments.get(notice.kind) or notice.at
