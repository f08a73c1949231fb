"""Hooks as the configuration describes them; secrets are read here, once, so call it outside the event loop."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from config.model.hooks import Hook as HookSettings
from config.secret import SecretError, resolve
from daemon.hooks.alertmanager import Alertmanager
from daemon.hooks.apprise import Apprise
from daemon.hooks.heartbeat import Heartbeat
from daemon.hooks.hook import Hook, Wanted
from daemon.hooks.notifier import Subscription
from daemon.hooks.signature import keys
from daemon.hooks.webhook import Webhook


class HookProblem(Exception):
    """A hook cannot be built; the message names it and the remedy, never a secret."""


def subscriptions(
    settings: Iterable[HookSettings], *, base: str | Path, site: str, healthy: Callable[[], bool]
) -> list[Subscription]:
    """Build the enabled hooks; relative paths of secrets start at `base`. Raises HookProblem with all that is wrong."""
    built: list[Subscription] = []
    problems: list[str] = []
    for hook in settings:
        if not hook.enabled:
            continue
        try:
            built.append(_subscription(hook, base=base, site=site, healthy=healthy))
        except (SecretError, ValueError) as error:
            problems.append(f"hook {hook.id}: {error}")
    if problems:
        raise HookProblem("; ".join(problems))
    return built


def _subscription(hook: HookSettings, *, base: str | Path, site: str, healthy: Callable[[], bool]) -> Subscription:
    wanted = Wanted(min_severity=hook.min_severity, rules=frozenset(hook.rules), feeders=frozenset(hook.feeders))
    built = _hook(hook, url=resolve(hook.url, base=base).strip(), base=base, site=site, healthy=healthy)
    return Subscription(hook=built, wanted=wanted, give_up_after_s=hook.give_up_after_s, backlog=hook.backlog)


def _hook(hook: HookSettings, *, url: str, base: str | Path, site: str, healthy: Callable[[], bool]) -> Hook:
    if hook.kind == "apprise":
        return Apprise(hook.id, url=url, timeout_s=hook.timeout_s)
    if not url.startswith(("http://", "https://")):
        raise ValueError("its `url` is not an http or https address")
    if hook.kind == "alertmanager":
        return Alertmanager(hook.id, url=url, interval_s=hook.interval_s, timeout_s=hook.timeout_s, site=site)
    if hook.kind == "heartbeat":
        return Heartbeat(hook.id, url=url, healthy=healthy, interval_s=hook.interval_s, timeout_s=hook.timeout_s)
    signing: Sequence[bytes] = keys(resolve(hook.secret, base=base)) if hook.secret is not None else ()
    return Webhook(hook.id, url=url, signing_keys=signing, timeout_s=hook.timeout_s)
