"""What is published by MQTT: topics, and the documents in them. Pure."""

import re
from hashlib import blake2b
from typing import Any

import msgspec

from daemon.findings import Finding
from daemon.fleet import DeviceState

_ODD = re.compile(r"[^A-Za-z0-9_-]")


class Topics(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The topics under one base."""

    base: str

    @property
    def bridge(self) -> str:
        """Whether the daemon is there: `online` or `offline`."""
        return f"{self.base}/bridge/state"

    @property
    def site(self) -> str:
        """The site's totals."""
        return f"{self.base}/site/state"

    def device(self, device_id: str) -> str:
        """One device's state."""
        return f"{self.base}/device/{part(device_id)}/state"

    def availability(self, device_id: str) -> str:
        """Whether a device answers: `online` or `offline`."""
        return f"{self.base}/device/{part(device_id)}/availability"

    def finding(self, finding_id: str) -> str:
        """One open finding."""
        return f"{self.base}/finding/{part(finding_id)}"

    def offer(self, feeder_id: str) -> str:
        """The last word about one feeder's capacity offer."""
        return f"{self.base}/capacity/{part(feeder_id)}/offer"

    @property
    def every_finding(self) -> str:
        """All findings, to subscribe to."""
        return f"{self.base}/finding/+"

    @property
    def every_device(self) -> str:
        """All devices' states, to subscribe to."""
        return f"{self.base}/device/+/state"


def part(name: str) -> str:
    """Make an id fit to be one level of a topic; ids that differ stay different."""
    plain = _ODD.sub("_", name)
    return plain if plain == name else f"{plain}-{blake2b(name.encode('utf-8', 'replace'), digest_size=3).hexdigest()}"


def device_document(state: DeviceState, *, site: str) -> dict[str, Any]:
    """Write one device's newest state; what is not known is null. Units as in the names."""
    entry = state.entry
    reading = None if state.stale else state.reading
    money = None if state.stale else state.money
    chips = [board.chip_temperature_c for board in reading.boards] if reading else []
    fans = [fan.rpm for fan in reading.fans] if reading else []
    active = next((pool for pool in reading.pools if pool.active), None) if reading else None
    return {
        "id": entry.id,
        "site": site,
        "feeder": entry.feeder,
        "rack": entry.rack,
        "slot": entry.slot,
        "at": state.reading_at,
        "state": reading.state if reading else "unknown",
        "make": reading.make if reading else None,
        "model": reading.model if reading else entry.model,
        "firmware_version": reading.firmware_version if reading else None,
        "hashrate_hs": reading.hashrate_hs if reading else None,
        "hashrate_expected_hs": state.expected_hs,
        "power_w": None if state.stale else state.power_w,
        "power_grade": "unknown" if state.stale else state.power_grade,
        "efficiency_j_per_th": reading.efficiency_j_per_th if reading else None,
        "energy_j": sum(state.energy_j.values()),
        "chip_temperature_c": max((value for value in chips if value is not None), default=None),
        "fan_rpm": min((value for value in fans if value is not None), default=None),
        "uptime_s": reading.uptime_s if reading else None,
        "pool": active.url if active else None,
        "margin_per_day": money.margin_per_day if money else None,
        "currency": money.currency if money else None,
        "verdict": money.verdict if money else "unknown",
        "reason": state.reason,
    }


def finding_document(finding: Finding, *, site: str) -> dict[str, Any]:
    """Write one finding."""
    document: dict[str, Any] = msgspec.to_builtins(finding)
    document["site"] = site
    return document
