"""One marked test through one hook, so that an operator knows before it matters."""

import asyncio
import secrets
import time
from collections.abc import Iterable

import msgspec

from daemon.findings import Finding
from daemon.hooks.hook import DeliveryFailed, Hook, Notice


class TrialResult(msgspec.Struct, frozen=True, kw_only=True):
    """How a hook took its test; `reason` is bounded and empty when all went well, `detail` says it in words."""

    hook: str
    kind: str
    ok: bool
    seconds: float
    reason: str = ""
    detail: str = ""


async def try_hooks(hooks: Iterable[Hook], *, site: str) -> list[TrialResult]:
    """Send a test through every hook at the same time; the results keep their order."""
    return list(await asyncio.gather(*(try_hook(hook, site=site) for hook in hooks)))


async def try_hook(hook: Hook, *, site: str) -> TrialResult:
    """Send a test through a hook once, without trying again."""
    began = time.monotonic()
    reason = detail = ""
    try:
        await hook.send([_notice(site)])
    except DeliveryFailed as error:
        reason, detail = error.reason, str(error)
    return TrialResult(
        hook=hook.id, kind=hook.kind, ok=not reason, seconds=time.monotonic() - began, reason=reason, detail=detail
    )


def _notice(site: str) -> Notice:
    now = time.time()
    finding = Finding(
        id=f"test-{secrets.token_hex(6)}",
        rule="TEST",
        subject=site,
        scope="site",
        severity="info",
        state="open",
        title="Headframe test",
        message="This is a test. Nothing is wrong; findings will look like this.",
        advice="Nothing to do.",
        since=now,
        opened_at=now,
        updated_at=now,
    )
    return Notice(id=finding.id, kind="test", at=now, finding=finding, site=site)
