"""The page as HTML, made on the server so that it reads without scripts."""

from collections.abc import Mapping, Sequence
from html import escape

import msgspec

from daemon.web.sections.capacity import capacity, uses
from daemon.web.sections.device import device
from daemon.web.sections.devices import devices
from daemon.web.sections.findings import findings
from daemon.web.sections.meters import meters
from daemon.web.sections.pools import network, pools
from daemon.web.sections.stress import stress
from daemon.web.sections.table import Document
from daemon.web.sections.tiers import tiers
from daemon.web.sections.totals import notices, totals

SHOWN = 200
_ALSO = ("/metrics", "/api/v1/site", "/api/v1/devices", "/api/v1/findings", "/api/v1/capacity", "/api/v1/offers")


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows: the API's documents at one instant; `devices` are the first of `devices_total`.

    `findings` are the first as well, of as many as `finding_counts` has by state.
    """

    site: Document
    devices: Sequence[Document]
    devices_total: int
    findings: Sequence[Document]
    finding_counts: Mapping[str, int]
    pools: Sequence[Document]
    capacity: Sequence[Document]
    offers: Sequence[Document]
    tiers: Document
    stress: Document
    network: Document


def page(view: View) -> str:
    """Write the whole page."""
    name = escape(str(view.site.get("name") or view.site["id"]))
    also = ", ".join(f'<a href="{path}">{path}</a>' for path in _ALSO)
    return (
        f"{_head(name)}<body>"
        f'<header><h1>Headframe <span class="soft">{name}</span></h1>'
        '<span id="status" class="soft">as of loading</span>'
        '<input id="filter" type="search" placeholder="filter devices" aria-label="filter devices" hidden></header>'
        f'<main id="live">{fragment(view)}</main>'
        f'<footer class="soft"><p>Also here: {also}.</p></footer>'
        '<script src="/assets/page.js" defer></script></body></html>'
    )


def fragment(view: View) -> str:
    """Write the part that changes."""
    return "".join(
        (
            notices(view.site),
            totals(view.site, view.network),
            findings(view.findings, counts=view.finding_counts),
            devices(view.devices, total=view.devices_total, currency=view.site["currency"]),
            tiers(view.tiers),
            stress(view.stress),
            capacity(view.capacity, view.offers),
            uses(view.capacity),
            meters(view.site.get("meters", ())),
            pools(view.pools),
            network(view.network),
        )
    )


def device_page(document: Document, *, explanation: str, failures: Sequence[Document]) -> str:
    """Write one device's page."""
    name = escape(str(document["id"]))
    return (
        f'{_head(name)}<body><header><h1><a href="/">Headframe</a> <span class="soft">{name}</span></h1></header>'
        f"{device(document, explanation=explanation, failures=failures)}</body></html>"
    )


def _head(name: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{name} · Headframe</title><link rel="stylesheet" href="/assets/page.css">'
        '<link rel="icon" href="/assets/icon.svg"></head>'
    )
