"""From the configured devices to what is watched: an entry for the fleet and a target for the collectors."""

import ipaddress
from collections.abc import Iterable

import msgspec

from collectors.target import Target
from config.credentials import logins
from config.inventory import DeviceSpec
from config.load import Loaded
from config.secret import resolve
from daemon.fleet import DeviceEntry


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """One device of the inventory: what the fleet knows of it, and whom the collectors ask."""

    entry: DeviceEntry
    target: Target
    stale_after_s: float | None = None


def inventory(loaded: Loaded) -> list[Listed]:
    """Give every enabled device. Reads the secrets, so it does not belong into an event loop; raises SecretError."""
    stale_after_s = loaded.config.polling.stale_after_s
    return [
        Listed(entry=_entry(spec), target=_target(spec, loaded), stale_after_s=stale_after_s)
        for spec in loaded.entries
        if spec.enabled
    ]


def subnet(host: str) -> str:
    """Name the network whose devices share a bound: the /24 of an IPv4 address, the /64 of an IPv6 one."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host.partition(".")[2] or host
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 64), strict=False))


def ids(listed: Iterable[Listed]) -> set[str]:
    """Name the devices."""
    return {one.entry.id for one in listed}


def _entry(spec: DeviceSpec) -> DeviceEntry:
    return DeviceEntry(
        id=spec.id,
        host=spec.host,
        family=spec.family,
        model=spec.model,
        rack=spec.rack,
        slot=spec.slot,
        feeder=spec.feeder,
        interval_s=spec.interval_s,
        timeout_s=spec.timeout_s,
        ports=spec.ports,
        power_w=spec.power_w,
        power_grade=spec.power_grade,
        hashrate_expected_hs=spec.hashrate_hs,
        chip_limit_c=spec.chip_limit_c,
        maintenance=spec.maintenance,
    )


def _target(spec: DeviceSpec, loaded: Loaded) -> Target:
    username, secret, is_default = spec.username, spec.password, False
    if username is None and secret is None:
        fitting = logins(loaded.config.credentials, host=spec.host, family=spec.family)
        if fitting:
            username, secret, is_default = fitting[0].username, fitting[0].password, fitting[0].vendor_default
    password = resolve(secret, base=loaded.folder) if secret is not None else None
    return Target(
        spec.host,
        ports=spec.ports,
        username=username,
        password=password,
        try_defaults=is_default and password is None,
    )
