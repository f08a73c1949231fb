"""Announcements to Home Assistant: one document a device, after its device-based MQTT discovery. Pure."""

from typing import Any

from daemon.mqtt_topics import Topics, part

NAME = "Headframe"
URL = "https://pypi.org/project/headframe/"
# State is published at most once an interval; three of them without a word make a value unavailable.
EXPIRES_INTERVALS = 3


def announcement_topic(*, prefix: str, site: str, device_id: str) -> str:
    """Give the topic that announces a device."""
    return f"{prefix}/device/{_object(site, device_id)}/config"


def announcement(
    *,
    device_id: str,
    site: str,
    topics: Topics,
    expires_s: float,
    version: str,
    currency: str,
    make: str | None = None,
    model: str | None = None,
    firmware: str | None = None,
    mac: str | None = None,
) -> dict[str, Any]:
    """Announce one device with its sensors; what the device did not say is left out."""
    unique = _object(site, device_id)
    about: dict[str, Any] = {"identifiers": [unique], "name": device_id, "suggested_area": site}
    about |= {key: said for key, said in (("manufacturer", make), ("model", model), ("sw_version", firmware)) if said}
    if mac:
        about["connections"] = [["mac", mac.lower()]]
    sensors = {
        key: {"platform": "sensor", "unique_id": f"{unique}_{key}", "expire_after": int(expires_s), **sensor}
        for key, sensor in _sensors(currency).items()
    }
    return {
        "device": about,
        "origin": {"name": NAME, "sw_version": version, "support_url": URL},
        "components": sensors,
        "state_topic": topics.device(device_id),
        "availability": [{"topic": topics.bridge}, {"topic": topics.availability(device_id)}],
        "availability_mode": "all",
        "qos": 1,
    }


def _sensors(currency: str) -> dict[str, dict[str, Any]]:
    measured = {"state_class": "measurement"}
    return {
        "hashrate": {
            "name": "Hashrate",
            "unit_of_measurement": "TH/s",
            "suggested_display_precision": 1,
            "icon": "mdi:pickaxe",
            "value_template": _scaled("hashrate_hs", 1e12),
            **measured,
        },
        "power": {
            "name": "Power",
            "device_class": "power",
            "unit_of_measurement": "W",
            "value_template": _plain("power_w"),
            **measured,
        },
        "energy": {
            "name": "Energy",
            "device_class": "energy",
            "unit_of_measurement": "kWh",
            "state_class": "total_increasing",
            "suggested_display_precision": 1,
            "value_template": _scaled("energy_j", 3.6e6),
        },
        "temperature": {
            "name": "Chip temperature",
            "device_class": "temperature",
            "unit_of_measurement": "°C",
            "value_template": _plain("chip_temperature_c"),
            **measured,
        },
        "efficiency": {
            "name": "Efficiency",
            "unit_of_measurement": "J/TH",
            "suggested_display_precision": 1,
            "entity_category": "diagnostic",
            "value_template": _plain("efficiency_j_per_th"),
            **measured,
        },
        "margin": {
            "name": "Margin",
            "unit_of_measurement": f"{currency}/d",
            "suggested_display_precision": 2,
            "value_template": _plain("margin_per_day"),
            **measured,
        },
        "verdict": {"name": "Verdict", "value_template": "{{ value_json.verdict }}"},
        "state": {"name": "State", "entity_category": "diagnostic", "value_template": "{{ value_json.state }}"},
    }


def _plain(field: str) -> str:
    return f"{{{{ value_json.{field} }}}}"


def _scaled(field: str, divisor: float) -> str:
    return f"{{{{ value_json.{field} / {divisor:g} if value_json.{field} is number else none }}}}"


def _object(site: str, device_id: str) -> str:
    return f"headframe_{part(site)}_{part(device_id)}"
