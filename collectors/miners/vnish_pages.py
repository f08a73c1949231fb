"""The pages of VNish's web interface: where they stand in which version, and the login that some of them want."""

from collections.abc import Mapping
from typing import Any

from collectors import opening
from collectors.errors import Denied, Garbled, Unreachable
from collectors.target import Ask
from collectors.value import mapping

# the interface's place, and the one where its pages stand without a prefix
ROOTS = ("/api/v1", "")
SUMMARY, INFO = "/summary", "/info"
_LOGIN = "/unlock"
_NOTHING = frozenset(("n/a", "none", "unknown", "disabled"))


async def figures(ask: Ask) -> Mapping[str, Any]:
    """Give the figures, and remember under which prefix they stand; nothing where the page is shut or another."""
    for root in ROOTS:
        if ask.memory.get("root", root) != root:
            continue
        try:
            page = await opening.got(ask, root + SUMMARY, login=log_in)
        except (Denied, Garbled, Unreachable) as error:
            ask.failure = ask.failure or error
            continue
        miner = mapping(mapping(page).get("miner"))
        if "miner_status" in miner or "hr_realtime" in miner or "instant_hashrate" in miner:
            ask.memory["root"] = root
            ask.warn("figures", None)
            return miner
    ask.memory.pop("root", None)
    return {}


async def got(ask: Ask, page: str) -> Any:
    """GET a page by its name without the prefix; None where there is none, Denied where its login fails."""
    return await opening.got(ask, path(ask, page), login=log_in)


async def seldom(ask: Ask, page: str, *, every_s: float = 600.0) -> Any:
    """GET a page that rarely changes; None when it failed or does not exist."""
    return await opening.got_seldom(ask, path(ask, page), login=log_in, every_s=every_s)


async def log_in(ask: Ask) -> Mapping[str, str]:
    """Give the header that a password opens the locked pages with; Denied without one."""
    _, password = ask.credentials()
    place = path(ask, _LOGIN)
    answer = await ask.fetch("POST", place, json={"pw": password})
    token = ask.fields.text(mapping(ask.judged(answer, path=place)), "token")
    if token is None:
        raise Denied(f"{place} gives no token: {ask.login.denial}")
    return {"Authorization": f"Bearer {token}"}


def requests(*pages: str) -> frozenset[str]:
    """Give what may be asked for these pages, under either prefix, the login included."""
    wanted = (("POST", _LOGIN), *(("GET", page) for page in pages))
    return frozenset(f"{method} {root}{page}" for root in ROOTS for method, page in wanted)


def path(ask: Ask, page: str) -> str:
    """Give where a page stands on this device, as far as that is known yet."""
    root: str = ask.memory.get("root", ROOTS[0])
    return root + page


def said(value: str | None) -> str | None:
    """Give a text that says something; VNish writes words for nothing where it has none."""
    return None if value is None or value.lower() in _NOTHING else value
