"""An Alertmanager (API v2), fed as Prometheus feeds it: what is open is said again and again.

Every alert carries an end four intervals ahead, so that the alerts of a daemon that died go out by themselves.
"""

import re
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from itertools import islice

import orjson

from daemon.findings import SEVERITIES, Finding, Severity
from daemon.hooks.hook import Notice, Rejected
from daemon.hooks.post import post

PATH = "/api/v2/alerts"
LIVES_INTERVALS = 4
MOST_ALERTS = 500  # in one request
TEST_S = 60.0


class Alertmanager:
    """Keeps one Alertmanager informed; `resend` is to be called every `interval_s` with all that is open."""

    kind = "alertmanager"
    batch = 100

    def __init__(
        self,
        hook_id: str,
        *,
        url: str,
        interval_s: float = 60.0,
        timeout_s: float = 15.0,
        site: str = "",
        now: Callable[[], float] = time.time,
    ) -> None:
        self.id = hook_id
        self.interval_s = interval_s
        base = url.rstrip("/")
        self._url = base if base.endswith(PATH) else base + PATH
        self._timeout_s = timeout_s
        self._site = site
        self._now = now

    async def send(self, notices: Sequence[Notice]) -> None:
        """Tell of openings, changes and endings; raise DeliveryFailed, or Rejected for a bad alert."""
        now = self._now()
        alerts: list[dict[str, object]] = []
        for notice in notices:
            alerts += self._alerts(notice, now=now)
        await self._post(alerts)

    async def resend(self, findings: Iterable[Finding]) -> None:
        """Say again what is open; raise DeliveryFailed, or Rejected for a bad alert."""
        waiting = iter(findings)
        while portion := list(islice(waiting, MOST_ALERTS)):
            ends = self._now() + LIVES_INTERVALS * self.interval_s
            await self._post([self._alert(finding, severity=finding.severity, ends=ends) for finding in portion])

    async def _post(self, alerts: list[dict[str, object]]) -> None:
        body = orjson.dumps(alerts)
        await post(self._url, body=body, headers={"Content-Type": "application/json"}, timeout_s=self._timeout_s)

    def _alerts(self, notice: Notice, *, now: float) -> list[dict[str, object]]:
        finding = notice.finding
        if notice.kind == "closed":
            return [self._alert(finding, severity=finding.severity, ends=now)]
        if notice.kind == "test":
            return [self._alert(finding, severity=finding.severity, ends=now + TEST_S)]
        alive = self._alert(finding, severity=finding.severity, ends=now + LIVES_INTERVALS * self.interval_s)
        if notice.kind == "opened":
            return [alive]
        # The severity is one of the labels that name an alert: the alert of the severity before has to end.
        others: list[Severity] = [severity for severity in SEVERITIES if severity != finding.severity]
        return [*(self._alert(finding, severity=severity, ends=now) for severity in others), alive]

    def _alert(self, finding: Finding, *, severity: Severity, ends: float) -> dict[str, object]:
        starts = finding.opened_at or finding.since
        return {
            "labels": self._labels(finding, severity),
            "annotations": _annotations(finding),
            "startsAt": _moment(min(starts, ends)),
            "endsAt": _moment(ends),
        }

    def _labels(self, finding: Finding, severity: Severity) -> dict[str, str]:
        labels = {
            "alertname": _alert_name(finding),
            "rule": finding.rule,
            "severity": severity,
            "subject": finding.subject,
            "scope": finding.scope,
            "site": self._site,
            "rack": finding.rack or "",
            "slot": finding.slot or "",
            "feeder": finding.feeder or "",
        }
        if finding.scope in ("device", "feeder", "pool", "signal", "rack"):
            labels[finding.scope] = finding.subject
        return {name: value for name, value in labels.items() if value}


def _annotations(finding: Finding) -> dict[str, str]:
    annotations = {
        "summary": finding.message,
        "description": finding.advice,
        "finding": finding.id,
        "value": "" if finding.value is None else f"{finding.value:.6g} {finding.unit}".strip(),
        "threshold": "" if finding.threshold is None else f"{finding.threshold:.6g} {finding.unit}".strip(),
        "acknowledged_by": finding.acknowledged_by or "",
    }
    return {name: text for name, text in annotations.items() if text}


def _alert_name(finding: Finding) -> str:
    """Write the rule's title as alerts are named, `BoardMissing`; a rule without a title goes by its id."""
    words = re.findall(r"[A-Za-z0-9]+", finding.title)
    return "".join(word[:1].upper() + word[1:] for word in words) or finding.rule


def _moment(at: float) -> str:
    try:
        return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (ValueError, OverflowError, OSError) as error:
        raise Rejected("failed", f"{at!r} is no moment") from error
