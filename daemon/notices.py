"""What is wrong with the daemon itself, in sentences for the top of the page."""

from typing import TYPE_CHECKING

from daemon.hooks.status import HookStatus

if TYPE_CHECKING:
    from daemon.app import App


def notices(app: "App") -> list[str]:
    """List what an operator should know of the daemon now; empty when all is well."""
    found: list[str] = []
    health = app.ledger.health
    if health.is_troubled:
        found.append(f"The ledger goes on in memory only: {health.detail or health.reason}.")
    if health.note:
        found.append(health.note)
    missing = app.site.market.prices.missing
    if missing:
        found.append(f"No verdicts at present. {missing}")
    for hook in app.notifier.status():
        if hook.state in ("failing", "gone"):
            found.append(f"Hook {hook.id} does not deliver: {hook.detail or hook.reason}. {_waiting(hook)}".rstrip())
        elif hook.lost:
            found.append(f"Hook {hook.id} is slow. {_waiting(hook)}")
    if app.mqtt is not None and app.mqtt.trouble:
        found.append(f"The MQTT broker is not reached: {app.mqtt.trouble}.")
    if app.front.waiting:
        found.append(f"Changed in the file, in force after a restart: {', '.join(app.front.waiting)}.")
    if app.offers.trouble is not None:
        found.append(f"Capacity offers: {app.offers.trouble}.")
    if app.scheduler.backlog > app.scheduler.in_flight:
        found.append(f"{app.scheduler.backlog} devices wait for their poll; raise `polling.concurrency`.")
    return found


def _waiting(hook: HookStatus) -> str:
    lost = f", {hook.lost} had to give way" if hook.lost else ""
    return f"{hook.owed} notices wait for it{lost}." if hook.owed or lost else ""
