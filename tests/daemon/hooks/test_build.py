"""Hooks are built as the configuration describes them."""

import base64
from pathlib import Path
from typing import Any

import pytest

from config.model.hooks import Hook as HookSettings
from daemon.hooks.alertmanager import Alertmanager
from daemon.hooks.apprise import Apprise
from daemon.hooks.build import HookProblem, subscriptions
from daemon.hooks.heartbeat import Heartbeat
from daemon.hooks.webhook import Webhook


def _build(base: Path, *hooks: dict[str, Any]) -> list[Any]:
    settings = [HookSettings.model_validate(hook) for hook in hooks]
    return subscriptions(settings, base=base, site="north", healthy=lambda: True)


def test_every_kind(tmp_path) -> None:
    """Each kind becomes its own hook with its filters; one that is switched off is left out."""
    (tmp_path / "key").write_text("whsec_" + base64.b64encode(bytes(32)).decode() + "\n")
    (tmp_path / "chat").write_text("tgram://token/chat\n")
    built = _build(
        tmp_path,
        {"id": "ops", "kind": "webhook", "url": "https://example.net/x", "secret": "file:key", "min_severity": "high"},
        {"id": "am", "kind": "alertmanager", "url": "http://127.0.0.1:9093", "interval": "30s", "feeders": ["f1"]},
        {"id": "chat", "kind": "apprise", "url": "file:chat", "rules": ["P-01"], "give_up_after": "1h"},
        {"id": "dead-man", "kind": "heartbeat", "url": "https://example.net/ping"},
        {"id": "off", "kind": "webhook", "url": "https://example.net/y", "enabled": False},
    )
    assert [Webhook, Alertmanager, Apprise, Heartbeat] == [type(one.hook) for one in built]
    assert ["ops", "am", "chat", "dead-man"] == [one.hook.id for one in built]
    assert ("high", {"f1"}, {"P-01"}, 3600.0) == (
        built[0].wanted.min_severity,
        built[1].wanted.feeders,
        built[2].wanted.rules,
        built[2].give_up_after_s,
    )
    assert 30.0 == built[1].hook.interval_s


def test_all_problems_at_once(tmp_path) -> None:
    """Everything that is wrong is said together, and no secret with it."""
    (tmp_path / "key").write_text("swordfish")
    (tmp_path / "address").write_text("ftp://user:swordfish@example.net")
    with pytest.raises(HookProblem) as caught:
        _build(
            tmp_path,
            {"id": "a", "kind": "webhook", "url": "https://example.net/x", "secret": "file:key"},
            {"id": "b", "kind": "webhook", "url": "file:missing"},
            {"id": "c", "kind": "alertmanager", "url": "file:address"},
        )
    said = str(caught.value)
    assert ["hook a", "hook b", "hook c"] == [
        part.split(":")[0] for part in said.split("; ") if part.startswith("hook")
    ]
    assert "swordfish" not in said
