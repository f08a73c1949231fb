"""The page as HTML, made on the server so that it reads without scripts; every text that a device chose is escaped."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any

import msgspec

from daemon.web import numbers as show

Document = Mapping[str, Any]
SHOWN = 200
_TONE = {"profitable": "good", "unprofitable": "bad", "undecided": "unsure", "unknown": "soft"}


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows: the API's documents at one instant; `devices` are the first of `devices_total`."""

    site: Document
    devices: Sequence[Document]
    devices_total: int
    findings: Sequence[Document]
    pools: Sequence[Document]
    capacity: Sequence[Document]
    network: Document


def page(view: View) -> str:
    """Write the whole page."""
    name = escape(str(view.site.get("name") or view.site["id"]))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{name} · Headframe</title><link rel="stylesheet" href="/assets/page.css"></head><body>'
        f'<header><h1>Headframe <span class="soft">{name}</span></h1>'
        '<span id="status" class="soft">as of loading</span>'
        '<input id="filter" type="search" placeholder="filter devices" aria-label="filter devices" hidden></header>'
        f'<main id="live">{fragment(view)}</main>'
        '<footer class="soft"><p>Also here: <a href="/metrics">/metrics</a>, <a href="/api/v1/site">/api/v1/site</a>, '
        '<a href="/api/v1/devices">/api/v1/devices</a>, <a href="/api/v1/findings">/api/v1/findings</a>, '
        '<a href="/api/v1/capacity">/api/v1/capacity</a>.</p></footer>'
        '<script src="/assets/page.js" defer></script></body></html>'
    )


def fragment(view: View) -> str:
    """Write the part that changes."""
    return "".join(
        (
            _notices(view.site),
            _totals(view.site, view.network),
            _findings(view.findings),
            _devices(view),
            _capacity(view.capacity),
            _pools(view.pools),
            _network(view.network),
        )
    )


def device_page(device: Document, *, explanation: str, failures: Sequence[Document]) -> str:
    """Write one device's page: its money explained, its boards, and why its last polls failed."""
    name = escape(str(device["id"]))
    reading = device.get("reading") or {}
    boards = "".join(
        f"<tr><td>{board['index']}</td><td>{escape(board['state'])}</td>"
        f'<td class="n">{show.hashrate(board["hashrate_hs"])}</td>'
        f'<td class="n">{show.plain(board["board_temperature_c"], unit=" °C")}</td>'
        f'<td class="n">{show.plain(board["chip_temperature_c"], unit=" °C")}</td>'
        f'<td class="n">{show.plain(board["chips"])} / {show.plain(board["chips_expected"])}</td></tr>'
        for board in reading.get("boards", ())
    )
    slots = "".join(
        f"<tr><td>{slot['index']}</td><td>{escape(slot['url'] or show.ABSENT)}</td>"
        f"<td>{escape(slot['user'] or show.ABSENT)}</td>"
        f'<td>{"active" if slot["active"] else ""}</td><td class="n">{show.plain(slot["accepted"])}</td>'
        f'<td class="n">{show.plain(slot["rejected"])}</td></tr>'
        for slot in reading.get("pools", ())
    )
    lost = "".join(
        f"<tr><td>{escape(str(failure['at_text']))}</td><td>{escape(str(failure['reason']))}</td>"
        f"<td>{escape(str(failure['detail']))}</td></tr>"
        for failure in failures
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<title>{name} · Headframe</title><link rel="stylesheet" href="/assets/page.css"></head><body>'
        f'<header><h1><a href="/">Headframe</a> <span class="soft">{name}</span></h1></header>'
        f"<h2>Money</h2><pre>{escape(explanation)}</pre>"
        + _table("Boards", ("board", "state", "*hashrate", "*board", "*chip", "*chips"), boards)
        + _table("Pools", ("slot", "address", "user", "", "*accepted", "*rejected"), slots)
        + _table("Lost polls", ("when", "reason", "detail"), lost)
        + "</body></html>"
    )


def _notices(site: Document) -> str:
    return "".join(f'<p class="notice">{escape(text)}</p>' for text in site.get("notices", ()))


def _totals(site: Document, network: Document) -> str:
    currency = site["currency"]
    margin = site["margin_per_day"]
    verdicts = site["verdicts"]
    cards = (
        (f"{site['up']:,} of {site['devices']:,}", "devices answer", "" if site["up"] == site["devices"] else "unsure"),
        (show.hashrate(site["hashrate_hs"]), "hashrate", ""),
        (show.power(site["power_w"]), "power, by the devices", ""),
        (
            show.money(margin, currency=currency),
            f"margin a day ± {show.money(site['margin_sd_per_day'], currency=currency)}",
            "" if margin is None else "good" if margin >= 0 else "bad",
        ),
        (f"{verdicts['unprofitable']:,}", "lose money for sure", "bad" if verdicts["unprofitable"] else ""),
        (f"{verdicts['undecided'] + verdicts['unknown']:,}", "undecided or unknown", ""),
        (show.money(site["hashprice_per_ph_day"], currency=currency), "hashprice, per PH and day", ""),
        (
            show.plain(network.get("height")),
            f"height, {show.plain(network.get('fees_mean_btc'), digits=4)} BTC fees",
            "",
        ),
    )
    return (
        '<div class="cards">'
        + "".join(
            f'<div class="card"><b class="{tone}">{escape(value)}</b><span>{escape(text)}</span></div>'
            for value, text, tone in cards
        )
        + "</div>"
    )


def _findings(findings: Sequence[Document]) -> str:
    rows = "".join(
        f'<tr><td><span class="sev {escape(finding["severity"])}">{escape(finding["severity"])}</span></td>'
        f'<td class="w">{escape(finding["rule"])}</td><td>{_subject(finding)}</td><td>{_place(finding)}</td>'
        f"<td>{escape(finding['message'])}{_marks(finding)}</td></tr>"
        for finding in findings
        if finding["state"] == "open"
    )
    pending = sum(finding["state"] == "pending" for finding in findings)
    note = f"{pending} pending" if pending else ""
    if not rows:
        rows = '<tr><td colspan="5" class="soft">nothing is wrong that a rule could see</td></tr>'
    return _table("Findings", ("severity", "rule", "what", "where", "message"), rows, note=note)


def _devices(view: View) -> str:
    currency = view.site["currency"]
    rows = "".join(_device_row(device, currency) for device in view.devices)
    note = "worst first"
    if view.devices_total > len(view.devices):
        note += f", {len(view.devices):,} of {view.devices_total:,} shown"
    heads = ("device", "where", "model", "state", "*hashrate", "*power", "*J/TH", "*chip", "*margin a day", "verdict")
    return _table("Devices", heads, rows, note=note, key="devices")


def _device_row(device: Document, currency: str) -> str:
    reading: Document = device.get("reading") or {}
    money: Document = device.get("money") or {}
    name = escape(str(device["id"]))
    if device["stale"]:
        state = f'<span class="bad">{escape(device["reason"] or "not asked yet")}</span>'
    elif device["missed"]:
        state = f'{escape(reading["state"])} <span class="unsure">({device["missed"]} missed)</span>'
    else:
        state = escape(reading.get("state", "unknown"))
    chips = [
        board["chip_temperature_c"] for board in reading.get("boards", ()) if board["chip_temperature_c"] is not None
    ]
    verdict = money.get("verdict", "unknown")
    margin = money.get("margin_per_day")
    grade = f' <span class="soft">{escape(device["power_grade"])}</span>' if device["power_w"] is not None else ""
    return (
        f'<tr><td><a href="/devices/{name}">{name}</a></td><td>{_place(device)}</td>'
        f"<td>{escape(reading.get('model') or show.ABSENT)}</td><td>{state}</td>"
        f'<td class="n">{show.hashrate(reading.get("hashrate_hs"))}</td>'
        f'<td class="n">{show.power(device["power_w"])}{grade}</td>'
        f'<td class="n">{show.plain(reading.get("efficiency_j_per_th"), digits=1)}</td>'
        f'<td class="n">{show.plain(max(chips, default=None), unit=" °C")}</td>'
        f'<td class="n {_TONE[verdict]}">{show.money(margin, currency=currency)}</td>'
        f'<td class="{_TONE[verdict]}" title="{escape(money.get("verdict_reason", ""))}">{escape(verdict)}</td></tr>'
    )


def _capacity(capacity: Sequence[Document]) -> str:
    rows = "".join(
        f'<tr><td>{escape(str(offer["feeder"]))}</td><td class="n">{show.power(offer["contracted_w"])}</td>'
        f'<td class="n">{show.power(offer["drawn_w"])}</td><td class="n">{show.power(offer["reserve_w"])}</td>'
        f'<td class="n">{show.power(offer["spare_w"])}</td><td class="n">{show.power(offer["freed_w"])}</td></tr>'
        for offer in capacity
    )
    note = "power, space, cooling and network for other compute; the mining devices themselves cannot do it"
    heads = ("feeder", "*contracted", "*drawn", "*reserve", "*spare now", "*freed if the unprofitable stop")
    return _table("Spare capacity", heads, rows, note=note)


def _pools(pools: Sequence[Document]) -> str:
    rows = "".join(
        f"<tr><td>{escape(str(pool['id']))}</td><td>{escape(str(pool['url']))}</td>"
        f'<td class="{"good" if pool["up"] else "bad"}">'
        f"{'up' if pool['up'] else escape(pool.get('reason') or 'down')}</td>"
        f'<td class="n">{show.plain((pool.get("job") or {}).get("height"))}</td>'
        f'<td class="n">{show.age(pool.get("job_age_s"))}</td>'
        f'<td class="n">{show.plain(_thousandth(pool.get("first_job_s")), digits=1, unit=" ms")}</td></tr>'
        for pool in pools
    )
    return _table("Pools", ("pool", "address", "state", "*height", "*job age", "*first job"), rows)


def _network(network: Document) -> str:
    """Write what the jobs say of the network, and who says otherwise; '' while no pool has said anything."""
    disagreeing, elsewhere = network.get("disagreeing") or (), network.get("other_chain") or ()
    if network.get("height") is None and not disagreeing and not elsewhere:
        return ""
    trillion = None if network.get("difficulty") is None else network["difficulty"] / 1e12
    change, change_at = network.get("next_change_ratio"), network.get("next_change_at")
    when = "" if change_at is None else datetime.fromtimestamp(change_at, UTC).strftime(", about %Y-%m-%d %H:%M UTC")
    estimate = show.ABSENT if change is None else f"{change * 100:+.1f} %"
    price = show.money(network.get("hashprice_per_ph_day"), currency=str(network.get("currency") or ""))
    bitcoin = show.plain(network.get("hashprice_btc_per_ph_day"), digits=8, unit=" BTC")
    progress = network.get("epoch_progress")
    fees = show.plain(network.get("fees_mean_btc"), digits=4, unit=" BTC")
    sources = ", ".join(network.get("sources") or ()) or "nobody"
    known = {
        "height": show.plain(network.get("height")),
        "difficulty": show.plain(trillion, digits=2, unit=" T"),
        "network hashrate": show.hashrate(network.get("network_hashrate_hs")),
        "difficulty period": show.plain(None if progress is None else progress * 100, digits=1, unit=" % done"),
        "next change": f"{estimate} in {show.plain(network.get('blocks_to_change'))} blocks{when}",
        "hashprice by the jobs, per PH and day": f"{bitcoin}, {price}",
        "fees of a block": f"{fees}, mean of {show.plain(network.get('fees_heights'))} heights",
        "by the word of": f"{sources} ({network.get('decided_by') or show.ABSENT})",
        "newest job": f"{show.age(network.get('age_s'))} old",
    }
    rows = "".join(f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in known.items())
    for name, pools in (("disagreeing", disagreeing), ("on another chain", elsewhere)):
        if pools:
            rows += f'<tr><td class="bad">{name}</td><td class="bad">{escape(", ".join(pools))}</td></tr>'
    return _table("Network", ("", ""), rows, note="as the watched pools' jobs show it")


def _table(title: str, heads: Sequence[str], rows: str, *, note: str = "", key: str = "") -> str:
    if not rows:
        return ""
    row = "".join(f'<th class="n">{head[1:]}</th>' if head.startswith("*") else f"<th>{head}</th>" for head in heads)
    small = f" <small>{escape(note)}</small>" if note else ""
    anchor = f' id="{key}"' if key else ""
    return (
        f'<h2>{title}{small}</h2><div class="scroll"><table{anchor}><thead><tr>{row}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _subject(finding: Document) -> str:
    subject = escape(str(finding["subject"]))
    return f'<a href="/devices/{subject}">{subject}</a>' if finding.get("scope") == "device" else subject


def _place(thing: Document) -> str:
    words = [str(thing[key]) for key in ("rack", "slot") if thing.get(key)]
    return escape(" / ".join(words) or str(thing.get("feeder") or show.ABSENT))


def _marks(finding: Document) -> str:
    marks = ""
    if finding.get("acknowledged_by"):
        marks += f' <span class="soft">seen by {escape(finding["acknowledged_by"])}</span>'
    if finding.get("silenced_until"):
        marks += ' <span class="soft">silenced</span>'
    return marks


def _thousandth(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1e3
