"""The watched pools, and the network as their jobs show it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape

from daemon.web import numbers as show
from daemon.web.sections.table import Document, table


def pools(documents: Sequence[Document]) -> str:
    """Write each watched pool."""
    rows = "".join(
        f"<tr><td>{escape(str(pool['id']))}</td><td>{escape(str(pool['url']))}</td>"
        f'<td class="{"good" if pool["up"] else "bad"}">'
        f"{'up' if pool['up'] else escape(pool.get('reason') or 'down')}</td>"
        f'<td class="n">{show.plain((pool.get("job") or {}).get("height"))}</td>'
        f'<td class="n">{show.age(pool.get("job_age_s"))}</td>'
        f'<td class="n">{show.plain(_thousandth(pool.get("first_job_s")), digits=1, unit=" ms")}</td></tr>'
        for pool in documents
    )
    return table("Pools", ("pool", "address", "state", "*height", "*job age", "*first job"), rows)


def network(document: Document) -> str:
    """Write what the jobs say of the network, and who says otherwise; '' while no pool has said anything."""
    disagreeing, elsewhere = document.get("disagreeing") or (), document.get("other_chain") or ()
    if document.get("height") is None and not disagreeing and not elsewhere:
        return ""
    trillion = None if document.get("difficulty") is None else document["difficulty"] / 1e12
    change, change_at = document.get("next_change_ratio"), document.get("next_change_at")
    when = "" if change_at is None else datetime.fromtimestamp(change_at, UTC).strftime(", about %Y-%m-%d %H:%M UTC")
    estimate = show.ABSENT if change is None else f"{change * 100:+.1f} %"
    price = show.money(document.get("hashprice_per_ph_day"), currency=str(document.get("currency") or ""))
    bitcoin = show.plain(document.get("hashprice_btc_per_ph_day"), digits=8, unit=" BTC")
    progress = document.get("epoch_progress")
    fees = show.plain(document.get("fees_mean_btc"), digits=4, unit=" BTC")
    sources = ", ".join(document.get("sources") or ()) or "nobody"
    known = {
        "height": show.plain(document.get("height")),
        "difficulty": show.plain(trillion, digits=2, unit=" T"),
        "network hashrate": show.hashrate(document.get("network_hashrate_hs")),
        "difficulty period": show.plain(None if progress is None else progress * 100, digits=1, unit=" % done"),
        "next change": f"{estimate} in {show.plain(document.get('blocks_to_change'))} blocks{when}",
        "hashprice by the jobs, per PH and day": f"{bitcoin}, {price}",
        "fees of a block": f"{fees}, mean of {show.plain(document.get('fees_heights'))} heights",
        "by the word of": f"{sources} ({document.get('decided_by') or show.ABSENT})",
        "newest job": f"{show.age(document.get('age_s'))} old",
    }
    rows = "".join(f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in known.items())
    for name, told in (("disagreeing", disagreeing), ("on another chain", elsewhere)):
        if told:
            rows += f'<tr><td class="bad">{name}</td><td class="bad">{escape(", ".join(told))}</td></tr>'
    return table("Network", ("", ""), rows, note="as the watched pools' jobs show it")


def _thousandth(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1e3
