"""What devices report, what their shares prove, and what a pool credits, side by side as plain data."""

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec

from daemon.economics.work import Truth, Work, truth_of
from daemon.fleet import DeviceState
from daemon.pool_accounts import Account, AccountSum, account_of, largest
from daemon.rules.context import host_of
from daemon.rules.pool.hash_gap import CREDITED
from daemon.rules.snapshot import usable

if TYPE_CHECKING:
    from daemon.site import Site

Document = dict[str, Any]
SLICE = 250


def document(site: "Site", device_id: str) -> Document:
    """Give one device's `1h` and `24h`; each None until hashrate and shares were seen together."""
    now = site.clock.now()
    return {
        "1h": _written(_truth(site.work.hour(device_id, now=now))),
        "24h": _written(_truth(site.work.day(device_id, now=now))),
    }


async def users(site: "Site") -> list[Document]:
    """Give the sums of every pool account and of its workers, by where each device mines now; in slices.

    `credited_hs` is what a signal named for the pool says that the pool credits, None where none is configured or
    its value is too old.
    """
    now = site.clock.now()
    sums: dict[tuple[str, str], dict[str, _Sum]] = {}
    for number, device in enumerate(list(site.fleet), start=1):
        place = _place(device)
        if place is not None:
            host, user = place
            workers = sums.setdefault((host, account_of(user)), {})
            hour, day = site.work.hour(device.entry.id, now=now), site.work.day(device.entry.id, now=now)
            for name in ("", user):
                workers.setdefault(name, _Sum()).add(hour, day)
        if number % SLICE == 0:
            await asyncio.sleep(0)
    return [
        {
            "host": host,
            **_credit(site, host=host, account=account),
            "account": account,
            **workers[""].document(),
            "workers": [{"user": user, **total.document()} for user, total in sorted(workers.items()) if user],
        }
        for (host, account), workers in sorted(sums.items())
    ]


async def accounts(site: "Site") -> list[Account]:
    """Give the accounts that metrics bear, by the day as it was settled last; in slices."""
    now = site.clock.now()
    sums: dict[tuple[str, str], AccountSum] = {}
    for number, device in enumerate(list(site.fleet), start=1):
        place = _place(device)
        if place is not None:
            host, user = place
            key = host, account_of(user)
            total = sums.get(key)
            if total is None:
                total = sums[key] = AccountSum()
            total.add(site.work.newest_day(device.entry.id, now=now))
        if number % SLICE == 0:
            await asyncio.sleep(0)
    return largest(
        (key, total, _credit(site, host=key[0], account=key[1])["credited_hs"]) for key, total in sums.items()
    )


class _Sum:
    """The work of several devices in both windows."""

    __slots__ = ("day", "hour")

    def __init__(self) -> None:
        self.hour, self.day = AccountSum(), AccountSum()

    def add(self, hour: Work | None, day: Work | None) -> None:
        self.hour.add(hour)
        self.day.add(day)

    def document(self) -> Document:
        return {
            "devices": self.day.devices,
            "1h": _written(self.hour.truth()),
            "24h": _written(self.day.truth()),
        }


def _written(truth: Truth | None) -> Document | None:
    return None if truth is None else msgspec.to_builtins(truth)


def _truth(work: Work | None) -> Truth | None:
    return None if work is None else truth_of(work)


def _place(device: DeviceState) -> tuple[str, str] | None:
    """Give host and user of the pool that a device mines at now; None when it does not say, or is silent."""
    if device.reading is None or device.stale:
        return None
    slot = next((slot for slot in device.reading.pools if slot.active and slot.url), None)
    return None if slot is None else (host_of(slot.url or ""), slot.user or "")


def _credit(site: "Site", *, host: str, account: str) -> Document:
    """Name the configured pool behind a host and account, and what it credits."""
    for pool in site.config.pools:
        if host_of(pool.url) == host and (not pool.user or account_of(pool.user) == account):
            credited = usable(site.signals, CREDITED, pool.id)
            return {"pool": pool.id, "credited_hs": credited}
    return {"pool": None, "credited_hs": None}
