"""NerdAxe, NerdQAxe+ and NerdOCTAXE: a fork of ESP-Miner with several chips, and with its own names for some fields."""

from typing import Any

from collectors.errors import Garbled
from collectors.evidence import Evidence
from collectors.family import LIKELY, SURE, Family
from collectors.miners import axeos
from collectors.reading import Reading
from collectors.target import Ask
from collectors.value import mapping

_DASHBOARD, _SYSTEM = "/api/v2/dashboard", "/api/v2/system"
_SAME = ("hashRate", "sharesAccepted", "sharesRejected", "frequency", "asicCount", "smallCoreCount")
_RENAMED = (
    ("hashRate1m", "hashRate_1m"),
    ("hashRate10m", "hashRate_10m"),
    ("hashRate1h", "hashRate_1h"),
    ("hashRate1d", "hashRate_1d"),
)
_CHIPS = {
    "NERDAXE": 1,
    "NERDAXEGAMMA": 1,
    "NERDEKO": 12,
    "NERDHAXEGAMMA": 6,
    "NERDQAXEPLUS": 4,
    "NERDQAXEPLUSPLUS": 4,
    "NERDQX": 4,
    "NERDOCTAXEPLUS": 8,
    "NERDOCTAXEGAMMA": 8,
}


def recognises(evidence: Evidence) -> int:
    """Weigh the device model of the information page, then the front page."""
    info = evidence.document(axeos.INFO)
    if axeos.is_information(info):
        marks = f"{info.get('deviceModel', '')}{info.get('defaultTheme', '')}".upper()
        return SURE if "NERD" in marks or "asicTemps" in info else 0
    dashboard = evidence.document(_DASHBOARD)
    if "performance" in dashboard and "thermal" in dashboard:
        return SURE
    front = evidence.page().upper()
    return LIKELY if any(f"NERD{kind}" in front for kind in ("AXE", "QAXE", "OCTAXE", "HAXE", "EKO")) else 0


async def collect(ask: Ask) -> Reading:
    """Read one device: its information page, or the pages of the second API where that one is gone."""
    page = await ask.get(axeos.INFO)
    info = page if isinstance(page, dict) and axeos.is_information(page) else await _second_api(ask)
    fields = ask.fields
    model = fields.text(info, "deviceModel")
    chips = fields.count(info, "asicCount") or _CHIPS.get(_plain(model))
    return axeos.reading(
        fields,
        info,
        family="nerdaxe",
        make="NerdAxe",
        model=model,
        firmware="ESP-Miner-NerdQAxePlus",
        chip=fields.text(info, "ASICModel"),
        chips=chips,
    )


async def _second_api(ask: Ask) -> dict[str, Any]:
    """Give the figures of the second API under the names of the first."""
    dashboard = mapping(await ask.get(_DASHBOARD))
    performance, power, thermal = (mapping(dashboard.get(part)) for part in ("performance", "power", "thermal"))
    about = mapping(await ask.seldom_get(_SYSTEM))
    if not (performance or about.get("deviceModel")):
        raise Garbled(f"neither {axeos.INFO} nor {_DASHBOARD} is what the firmware answers")
    network = mapping(about.get("network"))
    core_v = ask.fields.positive(power, "coreVoltageActual")
    found = {
        **{name: performance[name] for name in _SAME if name in performance},
        **{new: performance[old] for old, new in _RENAMED if old in performance},
        "power": power.get("watts"),
        "coreVoltageActual": None if core_v is None else core_v * 1e3,
        "temp": thermal.get("asicTemp"),
        "vrTemp": thermal.get("vrTemp"),
        "asicTemps": thermal.get("asicTemps"),
        "fans": thermal.get("fans"),
        "stratum": dashboard.get("stratum"),
        "uptimeSeconds": mapping(dashboard.get("system")).get("uptime"),
        "shutdown": mapping(dashboard.get("system")).get("shutdown"),
        "deviceModel": about.get("deviceModel"),
        "ASICModel": about.get("asicModel"),
        "version": about.get("version"),
        "macAddr": network.get("macAddr"),
        "hostname": network.get("hostname"),
    }
    return {name: value for name, value in found.items() if value is not None}


def _plain(model: str | None) -> str:
    return (model or "").upper().replace("+", "PLUS").replace("-", "").replace("Γ", "GAMMA").replace(" ", "")


FAMILY = Family(
    name="nerdaxe",
    make="NerdAxe",
    ports={"http": 80},
    requests=frozenset({f"GET {axeos.INFO}", f"GET {_DASHBOARD}", f"GET {_SYSTEM}"}),
    collect=collect,
    recognises=recognises,
    clues=(axeos.INFO, _DASHBOARD),
)
