"""NerdAxe, NerdQAxe+ and NerdOCTAXE: a fork of ESP-Miner with several chips, and with its own names for some fields."""

from collectors.evidence import Evidence
from collectors.family import LIKELY, SURE, Family
from collectors.miners import axeos
from collectors.reading import Reading
from collectors.target import Ask

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
    front = evidence.page().upper()
    return LIKELY if any(f"NERD{kind}" in front for kind in ("AXE", "QAXE", "OCTAXE", "HAXE", "EKO")) else 0


async def collect(ask: Ask) -> Reading:
    """Read one device."""
    info = await axeos.information(ask)
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


def _plain(model: str | None) -> str:
    return (model or "").upper().replace("+", "PLUS").replace("-", "").replace("Γ", "GAMMA").replace(" ", "")


FAMILY = Family(
    name="nerdaxe",
    make="NerdAxe",
    ports={"http": 80},
    requests=frozenset({f"GET {axeos.INFO}"}),
    collect=collect,
    recognises=recognises,
    clues=(axeos.INFO,),
)
