"""A dead-man's hook: calls an address as long as the daemon makes progress, so that silence is the alarm."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from daemon.hooks.hook import DeliveryFailed, Notice
from daemon.hooks.post import post

log = logging.getLogger(__name__)


class Heartbeat:
    """Calls `url` every `interval_s` while `healthy()` is true, and keeps quiet while it is not.

    `healthy` must stand for progress (polls are being made), not merely for a process that is still there.
    """

    kind = "heartbeat"
    batch = 1

    def __init__(
        self, hook_id: str, *, url: str, healthy: Callable[[], bool], interval_s: float = 60.0, timeout_s: float = 15.0
    ) -> None:
        self.id = hook_id
        self.interval_s = interval_s
        self._url = url
        self._healthy = healthy
        self._timeout_s = timeout_s

    async def send(self, notices: Sequence[Notice]) -> None:  # noqa: ARG002 - a heartbeat says only that it beats
        """Call once; raise DeliveryFailed."""
        await post(self._url, body=b"", headers={}, timeout_s=self._timeout_s, method="GET")

    async def run(self, *, delivered: Callable[[str], None], failed: Callable[[str, DeliveryFailed], None]) -> None:
        """Beat until cancelled, reporting each outcome with the hook's id."""
        loop = asyncio.get_running_loop()
        was_healthy = True
        while True:
            begun = loop.time()
            is_healthy = self._healthy()
            if is_healthy != was_healthy:
                log.log(
                    logging.WARNING,
                    "heartbeat %s %s",
                    self.id,
                    "beats again" if is_healthy else "falls silent: polling makes no progress",
                )
            was_healthy = is_healthy
            if is_healthy:
                try:
                    await self.send(())
                except DeliveryFailed as error:
                    failed(self.id, error)
                else:
                    delivered(self.id)
            await asyncio.sleep(max(self.interval_s - (loop.time() - begun), 0.0))
