"""What each configured pool is expected to pay for what mines there now: a day and a month, with the spread of luck."""

from typing import TYPE_CHECKING, Any

import msgspec

from daemon.economics.expected_payout import ExpectedPayout, expected_payout
from daemon.economics.network import hashprice
from daemon.economics.subsidy import SATS_PER_BTC

if TYPE_CHECKING:
    from daemon.site import Site

SPANS = {"day": 1.0, "month": 30.0}


def documents(site: "Site") -> list[dict[str, Any]]:
    """Give one document a pool; what cannot be known is null, with the reason."""
    return [_document(site, place) for place in range(len(site.config.pools))]


def _document(site: "Site", place: int) -> dict[str, Any]:
    pool = site.config.pools[place]
    facts = next((one for one in site.pools if one.id == pool.id), None)
    mined = facts.devices_hs if facts is not None else None
    found: dict[str, Any] = {
        "pool": pool.id,
        "scheme": pool.scheme,
        "fee_ratio": pool.fee_ratio,
        "hashrate_hs": mined,
        "currency": site.config.site.currency,
        "btc_price": site.market.prices.btc_price,
    }
    network = site.network
    reason = None
    if not mined:
        reason = "nothing mines there, or nobody can tell"
    elif network is None or network.difficulty is None or network.subsidy_sats is None:
        reason = "no pool has given a usable job, so the difficulty is not known"
    elif network.fees_mean_sats is None and pool.scheme != "pps":
        reason = "the fees of recent blocks are not known"
    if reason is not None or network is None or network.difficulty is None or network.subsidy_sats is None or not mined:
        return {**found, "reason": reason, **dict.fromkeys(SPANS)}
    price = hashprice(
        difficulty=network.difficulty,
        subsidy_btc=network.subsidy_sats / SATS_PER_BTC,
        fees_btc_per_block=(network.fees_mean_sats or 0.0) / SATS_PER_BTC,
    )
    for name, days in SPANS.items():
        due = expected_payout(
            pool.scheme,
            hashrate_hs=mined,
            hashprice=price,
            difficulty=network.difficulty,
            days=days,
            fee_ratio=pool.fee_ratio,
            pool_hashrate_hs=pool.hashrate_hs,
        )
        found[name] = _span(due, btc_price=site.market.prices.btc_price)
    return {**found, "reason": None}


def _span(due: ExpectedPayout, *, btc_price: float | None) -> dict[str, Any]:
    written: dict[str, Any] = msgspec.to_builtins(due)
    written["sd_ratio"] = due.sd_ratio
    written["expected"] = None if btc_price is None else due.expected_btc * btc_price
    return written
