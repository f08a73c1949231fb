"""Whatsminer (btminer), API 1 and 2 on port 4028, API 3 on port 4433.

Port 4028 is asked first: one joined request gives rates, boards and pools with their share counts, which API 3 no
longer has. Rates are labelled MH/s; some firmware writes TH/s under the same label, so each is held against the
device's factory rate. No command is indispensable: without a summary the boards make up the rate.
"""

from typing import Any

from collectors import cgminer
from collectors.errors import CollectError, Garbled, TimedOut, Unreachable
from collectors.evidence import Evidence
from collectors.family import LIKELY, POSSIBLE, SURE, Family
from collectors.miners import whatsminer_v2, whatsminer_v3
from collectors.miners.whatsminer_v2 import summary_of
from collectors.miners.whatsminer_v3 import INFO
from collectors.reading import Reading
from collectors.target import Ask
from collectors.value import mapping

_MARKS = ("WHATSMINER", "BTMINER", "BITMICRO")
_TO_HTTPS = 307  # its page is luci behind https


def recognises(evidence: Evidence) -> int:
    """Weigh what 4028 calls itself, the redirect to luci over https, and an answer on 4433."""
    said = "".join(evidence.says(command) for command in ("version", "devdetails", "stats", "summary"))
    if any(mark in said for mark in _MARKS):
        return SURE
    if mapping(evidence.framed(INFO).get("msg")):
        return SURE
    summary = summary_of(evidence.reply("summary"))
    if "Factory GHS" in summary or "Upfreq Complete" in str(evidence.reply("devs")):
        return SURE
    if evidence.status() == _TO_HTTPS and evidence.location().startswith("https"):
        return LIKELY if "luci" in evidence.location() else POSSIBLE
    return 0


async def collect(ask: Ask) -> Reading:
    """Read one device over whichever API it speaks; which that is, is remembered."""
    known = ask.memory.get("api")
    if known is None and f"framed {INFO}" in ask.memory.get("seldom", {}):
        # identification got here because port 4028 did not tell
        known = ask.memory["api"] = 3
    if known == 3:
        try:
            return await whatsminer_v3.collect(ask)
        except (Unreachable, Garbled):
            _forget(ask)
            raise
    refused: CollectError | None = None
    answers: dict[str, dict[str, Any]] = {}
    try:
        answers = await ask.commands(("summary", "devs", "pools"), share=1.0 if known else 0.4)
        if "devs" not in answers and "summary" in answers:
            answers.update(await ask.commands(("edevs",)))
    except (Unreachable, Garbled, TimedOut) as error:
        if known:
            _forget(ask)
            raise
        refused = error
    if not answers and known is None:
        try:
            reading = await whatsminer_v3.collect(ask)
        except CollectError as error:
            if refused is not None:
                raise (refused if isinstance(error, Unreachable) else error) from None
            ask.failure = error
        else:
            ask.memory["api"] = 3
            return reading
    if summary_of(answers.get("summary", {})):
        ask.memory["api"] = 2
    return await whatsminer_v2.collect(ask, answers)


def _forget(ask: Ask) -> None:
    """Let the next poll find out again which API it is: an update may have taken one away."""
    ask.memory.pop("api", None)
    ask.memory.get("seldom", {}).pop(f"framed {INFO}", None)


FAMILY = Family(
    name="whatsminer",
    make="Whatsminer",
    ports={"api": cgminer.PORT, "framed": whatsminer_v3.PORT, "http": 80},
    requests=whatsminer_v2.REQUESTS | whatsminer_v3.REQUESTS,
    collect=collect,
    recognises=recognises,
    credentials=(("admin", "admin"),),
)
