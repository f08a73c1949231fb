"""The site as text in columns, for people at a terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from daemon.web import numbers as show

Document = Mapping[str, Any]


def rendered(whole: Document) -> str:
    """Set what `once` found: totals, devices worst first, findings, capacity, pools, who did not answer."""
    site = whole["site"]
    currency = site["currency"]
    parts = [_totals(site, whole["network"])]
    devices = sorted(whole["devices"], key=_rank)
    parts.append(
        _table(
            ("device", "where", "model", "state", ">hashrate", ">power", "grade", ">J/TH", ">margin/day", "verdict"),
            [_device(device, currency) for device in devices],
        )
    )
    if whole["unreachable"]:
        lost_rows = [(lost["id"], lost["reason"], lost.get("detail", "")) for lost in whole["unreachable"]]
        parts.append("Did not answer\n" + _table(("device", "reason", "detail"), lost_rows))
    if whole["findings"]:
        told = [
            (finding["severity"], finding["state"], finding["rule"], finding["subject"], finding["message"])
            for finding in whole["findings"]
        ]
        parts.append("Findings\n" + _table(("severity", "state", "rule", "what", "message"), told))
    if whole["capacity"]:
        rows = [
            (
                offer["feeder"],
                show.power(offer["contracted_w"]),
                show.power(offer["drawn_w"]),
                show.power(offer["spare_w"]),
                show.power(offer["freed_w"]),
            )
            for offer in whole["capacity"]
        ]
        parts.append("Capacity\n" + _table(("feeder", ">contracted", ">drawn", ">spare", ">freed"), rows))
    if whole["pools"]:
        pools = [
            (
                pool["id"],
                "up" if pool["up"] else pool.get("reason") or "down",
                show.plain((pool.get("job") or {}).get("height")),
                pool["url"],
            )
            for pool in whole["pools"]
        ]
        parts.append("Pools\n" + _table(("pool", "state", ">height", "address"), pools))
    return "\n\n".join(parts)


def _totals(site: Document, network: Document) -> str:
    currency = site["currency"]
    answering = f"{site['up']} of {site['devices']} devices answer"
    makes = f"{show.hashrate(site['hashrate_hs'])}, {show.power(site['power_w'])}"
    margin = show.money(site["margin_per_day"], currency=currency)
    error = show.money(site["margin_sd_per_day"], currency=currency)
    hashprice = show.money(site["hashprice_per_ph_day"], currency=currency)
    origin = f" ({site['hashprice_source']})" if site["hashprice_source"] else ""
    price = show.plain(site["price_per_kwh"], digits=4)
    lines = [
        f"{site['name'] or site['id']}: {answering}, {makes}",
        f"margin {margin} a day ± {error} (cash basis, one standard deviation)",
        f"hashprice {hashprice} per PH and day{origin}, power {price} {currency}/kWh",
        f"height {show.plain(network.get('height'))}",
    ]
    return "\n".join([*lines, *(f"! {notice}" for notice in site["notices"])])


def _device(device: Document, currency: str) -> tuple[str, ...]:
    reading, money = device["reading"], device["money"] or {}
    where = " / ".join(str(device[key]) for key in ("rack", "slot") if device[key]) or device["feeder"] or show.ABSENT
    return (
        device["id"],
        where,
        " ".join(word for word in (reading["make"], reading["model"]) if word) or show.ABSENT,
        reading["state"],
        show.hashrate(reading["hashrate_hs"]),
        show.power(device["power_w"]),
        device["power_grade"],
        show.plain(reading["efficiency_j_per_th"], digits=1),
        show.money(money.get("margin_per_day"), currency=currency),
        money.get("verdict", "unknown"),
    )


def _rank(device: Document) -> tuple[bool, float]:
    margin = (device["money"] or {}).get("margin_per_day")
    return (margin is None, margin or 0.0)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    names = [head.lstrip(">") for head in heads]
    widths = [
        max(len(name), *(len(row[index]) for row in rows), 1) if rows else len(name) for index, name in enumerate(names)
    ]
    lines = [names, *rows]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if head.startswith(">") else cell.ljust(width)
            for cell, width, head in zip(line, widths, heads, strict=True)
        ).rstrip()
        for line in lines
    )
