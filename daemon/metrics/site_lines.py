"""The samples of the site's families, made at the scrape from what the last survey found."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from daemon.capacity.feeder import FeederCapacity
from daemon.meters import MeterAccount
from daemon.metrics import catalogue as c
from daemon.metrics.page import Samples
from daemon.pool_accounts import Account

Pool = Mapping[str, Any]


def samples(
    *,
    pools: Sequence[Pool],
    network: Mapping[str, Any],
    site: Mapping[str, Any],
    capacity: Sequence[FeederCapacity],
    meters: Sequence[MeterAccount] = (),
    active: Iterable[tuple[str, str, str]],
    accounts: Sequence[Account] = (),
) -> dict[str, Samples]:
    """Give every site family's samples by metric name; what is not known has none.

    `active` has rule, subject and severity of every open finding; there may be thousands, so they become samples one
    after another.
    """
    currency = site["currency"]
    found: dict[str, Samples] = {
        c.POOL_UP.name: [({"pool": pool["id"]}, int(pool["up"])) for pool in pools],
        c.POOL_JOBS.name: [({"pool": pool["id"]}, pool["jobs_total"]) for pool in pools],
        c.POOL_RECONNECTS.name: [
            ({"pool": pool["id"], "reason": reason}, count)
            for pool in pools
            for reason, count in pool["reconnects"].items()
        ],
        c.SITE_POWER.name: [
            ({"source": source}, value)
            for source, value in (("devices", site["power_w"]), ("meter", site["meter_w"]))
            if value is not None
        ],
        c.CAPACITY_SPARE.name: [
            ({"feeder": feeder.feeder, "kind": kind}, value)
            for feeder in capacity
            for kind, value in (("spare", feeder.spare_w), ("freed", feeder.freed_w))
            if value is not None
        ],
        c.FINDING_ACTIVE.name: (
            ({"rule": rule, "subject": subject, "severity": severity}, 1) for rule, subject, severity in active
        ),
    }
    for metric, key in (
        (c.POOL_CONNECT, "connect_s"),
        (c.POOL_FIRST_JOB, "first_job_s"),
        (c.POOL_LAST_JOB, "last_job_at"),
        (c.POOL_DIFFICULTY, "difficulty"),
        (c.POOL_LAG, "new_block_lag_s"),
    ):
        found[metric.name] = [({"pool": pool["id"]}, pool[key]) for pool in pools if pool.get(key) is not None]
    found |= _accounts(accounts)
    found |= _meters(meters)
    for metric, value, labels in (
        (c.NETWORK_DIFFICULTY, network.get("difficulty"), {}),
        (c.NETWORK_HASHRATE, network.get("network_hashrate_hs"), {}),
        (c.NETWORK_HEIGHT, network.get("height"), {}),
        (c.NETWORK_FEES, network.get("fees_mean_btc"), {}),
        (c.NETWORK_HASHPRICE, site["hashprice_per_ph_day"], {"currency": currency}),
        (c.SITE_UNEXPLAINED, site["unexplained_w"], {}),
        (c.SITE_HASHRATE, site["hashrate_hs"], {}),
        (c.SITE_MARGIN, site["margin_per_day"], {"currency": currency}),
    ):
        found[metric.name] = [] if value is None else [(labels, value)]
    return found


def _meters(meters: Sequence[MeterAccount]) -> dict[str, Samples]:
    """Give the samples of the feeders that have meters."""
    return {
        c.FEEDER_POWER.name: [
            ({"feeder": one.feeder, "source": source}, watts)
            for one in meters
            for source, watts in (("devices", one.devices_w), ("meter", one.meter_w))
            if watts is not None
        ],
        c.FEEDER_UNEXPLAINED.name: [
            ({"feeder": one.feeder}, one.unexplained_w) for one in meters if one.unexplained_w is not None
        ],
        c.FEEDER_UNEXPLAINED_ERROR.name: [
            ({"feeder": one.feeder}, one.unexplained_sd_w) for one in meters if one.unexplained_sd_w is not None
        ],
    }


def _accounts(accounts: Sequence[Account]) -> dict[str, Samples]:
    """Give the samples of the pool accounts."""
    rows = [({"host": one.host, "account": one.account}, one) for one in accounts]
    proved = [(labels, one.day) for labels, one in rows if one.day is not None]
    return {
        c.ACCOUNT_DEVICES.name: [(labels, one.devices) for labels, one in rows],
        c.ACCOUNT_REPORTED.name: [(labels, day.reported_hs) for labels, day in proved],
        c.ACCOUNT_PROVED.name: [(labels, day.share_hs) for labels, day in proved],
        c.ACCOUNT_PROVED_LOW.name: [(labels, day.share_low_hs) for labels, day in proved],
        c.ACCOUNT_PROVED_HIGH.name: [(labels, day.share_high_hs) for labels, day in proved],
        c.ACCOUNT_CREDITED.name: [(labels, one.credited_hs) for labels, one in rows if one.credited_hs is not None],
    }
