"""What each configured pool is expected to pay for what mines there now, and what it has paid of what was due."""

from typing import TYPE_CHECKING, Any

import msgspec

from config.currencies import BITCOIN
from config.model.pools import Pool
from daemon.books.calendar import date_of
from daemon.economics.expected_payout import ExpectedPayout, expected_payout
from daemon.economics.network import hashprice
from daemon.economics.subsidy import SATS_PER_BTC
from daemon.rules.pool.payout import PAID, RULE, checked

if TYPE_CHECKING:
    from daemon.site import Site

SPANS = {"day": 1.0, "month": 30.0}


class Rate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a pool pays in; `payout_rate` is one unit of it in the site's currency, None with `payout_reason`."""

    payout_currency: str
    payout_rate: float | None = None
    payout_rate_age_s: float | None = None
    payout_reason: str | None = None


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
        **msgspec.to_builtins(rate_of(site, pool)),
        "settled": _settled(site, pool),
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
        found[name] = _span(due, btc_price=site.market.prices.btc_price, payout_rate=found["payout_rate"])
    return {**found, "reason": None}


def rate_of(site: "Site", pool: Pool) -> Rate:
    """Give what a pool pays in, and what one unit of it is worth in the site's currency now."""
    code, own, btc_price = pool.payout.currency, site.config.site.currency, site.market.prices.btc_price
    if code == own:
        return Rate(payout_currency=code, payout_rate=1.0)
    if code == BITCOIN:
        reason = None if btc_price is not None else "what a bitcoin is worth is not known"
        return Rate(payout_currency=code, payout_rate=btc_price, payout_reason=reason)
    name = site.config.exchange[code]
    facts = site.signals.get(name)
    if facts is not None and facts.ok and facts.value is not None and facts.value > 0.0:
        return Rate(payout_currency=code, payout_rate=facts.value, payout_rate_age_s=facts.age_s)
    why = "has no usable value" if facts is None or not facts.reason else f"has no usable value: {facts.reason}"
    return Rate(payout_currency=code, payout_reason=f"what a {code} is worth is not known: signal {name} {why}")


def _settled(site: "Site", pool: Pool) -> dict[str, Any] | None:
    """Hold the settled days against what is due, as rule L-05 does; None before the first look."""
    facts = site.payouts.facts(pool)
    if facts is None:
        return None
    setting = site.engine.setting(RULE.key)
    check = checked(facts, now=site.clock.now(), p=RULE.defaults if setting is None else setting.parameters)
    written: dict[str, Any] = {"currency": facts.currency, **msgspec.to_builtins(check)}
    signal = PAID.name(pool.id)
    if signal not in site.config.signals:
        written["reason"] = f"No signal {signal} tells what the pool paid."
    for name in ("first", "last"):
        day = written[name]
        written[name] = None if day is None else date_of(day).isoformat()
    return written


def _span(due: ExpectedPayout, *, btc_price: float | None, payout_rate: float | None) -> dict[str, Any]:
    written: dict[str, Any] = msgspec.to_builtins(due)
    written["sd_ratio"] = due.sd_ratio
    worth = None if btc_price is None else due.expected_btc * btc_price
    written["expected"] = worth
    written["expected_paid"] = None if worth is None or payout_rate is None else worth / payout_rate
    return written
