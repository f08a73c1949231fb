"""Plain bfgminer: cgminer's protocol with `PGA` for the devices and `MHS rolling` for the current rate."""

from collectors.cgminer import PORT
from collectors.evidence import Evidence
from collectors.family import LIKELY, Family
from collectors.miners.cgminer import REQUESTS, reading
from collectors.reading import Reading
from collectors.target import Ask


def recognises(evidence: Evidence) -> int:
    """Weigh the program's name in any answer; machines whose maker built on it say more of themselves."""
    said = evidence.says("version") + evidence.says("summary") + evidence.says("devs")
    return LIKELY if "BFGMINER" in said else 0


async def collect(ask: Ask) -> Reading:
    """Read one device."""
    return await reading(ask, family="bfgminer")


FAMILY = Family(
    name="bfgminer",
    make="",
    ports={"api": PORT, "http": 80},
    requests=REQUESTS,
    collect=collect,
    recognises=recognises,
)
