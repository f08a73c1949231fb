"""Telegram, e-mail, Matrix, Pushover and a hundred others, through the optional Apprise library (extra `notify`)."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from daemon.hooks.hook import DeliveryFailed, Notice
from daemon.ledger.worker import Worker

_SIGNS = {"opened": "FIRING", "updated": "CHANGED", "closed": "RESOLVED", "test": "TEST"}
_KINDS = {"info": "info", "warn": "warning", "high": "failure", "crit": "failure"}


class Apprise:
    """Writes findings as text for people, several in one message when several are due."""

    kind = "apprise"
    batch = 10

    def __init__(self, hook_id: str, *, url: str, timeout_s: float = 15.0) -> None:
        self.id = hook_id
        self._url = url
        self._timeout_s = timeout_s
        self._worker: Worker | None = None
        self._apprise: Any = None

    async def send(self, notices: Sequence[Notice]) -> None:
        """Send one message about all the notices; raise DeliveryFailed."""
        if self._worker is None:
            # A thread of its own: the library blocks, and takes most of a second to import.
            self._worker = Worker(f"hook-{self.id}")
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._worker.submit(lambda: self._notify(notices))
        except TimeoutError as error:
            raise DeliveryFailed("timed_out", f"no outcome within {self._timeout_s:g} s") from error

    def close(self) -> None:
        """Let the thread go."""
        if self._worker is not None:
            self._worker.stop()
            self._worker = None

    def _notify(self, notices: Sequence[Notice]) -> None:
        if self._apprise is None:
            self._apprise = self._load()
        worst = max((_KINDS[notice.finding.severity] for notice in notices), key=list(_KINDS.values()).index)
        kind = "success" if all(notice.kind == "closed" for notice in notices) else worst
        if not self._apprise.notify(title=title(notices), body=text(notices), notify_type=kind):
            raise DeliveryFailed(
                "failed", "the service did not take the message; `headframe test-alert` tries it again"
            )

    def _load(self) -> Any:
        try:
            import apprise
        except ImportError as error:
            raise DeliveryFailed(
                "misconfigured", "apprise is not installed: pip install 'headframe[notify]'"
            ) from error
        # Their messages quote addresses, and these addresses are made of tokens.
        logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
        logging.getLogger("urllib3").setLevel(logging.WARNING)
        loaded = apprise.Apprise()
        if not loaded.add(self._url):
            raise DeliveryFailed("misconfigured", "Apprise does not understand the hook's `url`")
        return loaded


def title(notices: Sequence[Notice]) -> str:
    """Give one line that says what it is about."""
    if len(notices) > 1:
        site = notices[0].site
        return f"Headframe{f' {site}' if site else ''}: {len(notices)} findings"
    notice = notices[0]
    finding = notice.finding
    return f"[{_SIGNS[notice.kind]}] {finding.title or finding.rule}: {finding.subject}"


def text(notices: Sequence[Notice]) -> str:
    """Give the message: what, where, and what to do."""
    return "\n\n".join(_paragraph(notice, alone=len(notices) == 1) for notice in notices)


def _paragraph(notice: Notice, *, alone: bool) -> str:
    finding = notice.finding
    places = [f"{name} {value}" for name in ("feeder", "rack", "slot") if (value := getattr(finding, name))]
    lines = [] if alone else [title([notice])]
    lines.append(finding.message)
    lines.append(" · ".join([finding.severity, finding.rule, *places, finding.id]))
    if finding.advice and notice.kind != "closed":
        lines.append(finding.advice)
    return "\n".join(line for line in lines if line)
