"""From the configured devices to what is watched: an entry for the fleet and a target for the collectors."""

import ipaddress
from collections.abc import Iterable

import msgspec

from collectors.login import KnownLogin
from collectors.target import Target
from collectors.value import mac
from config.credentials import logins
from config.inventory import DeviceSpec
from config.load import Loaded
from config.model.reference import SecretRef
from config.secret import resolve
from daemon.fleet import DeviceEntry
from daemon.identities import Marks, marks_of


class Listed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One device of the inventory: what the fleet knows of it, whom the collectors ask, and what it is known by."""

    entry: DeviceEntry
    target: Target
    stale_after_s: float | None = None
    marks: Marks = frozenset()


def inventory(loaded: Loaded) -> list[Listed]:
    """Give every enabled device. Reads the secrets, so it does not belong into an event loop; raises SecretError."""
    stale_after_s = loaded.config.polling.stale_after_s
    secrets: dict[SecretRef, str] = {}
    return [
        Listed(
            entry=_entry(spec),
            target=_target(spec, loaded, secrets),
            stale_after_s=stale_after_s,
            marks=marks_of(mac(spec.mac), spec.serial),
        )
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


def _target(spec: DeviceSpec, loaded: Loaded, secrets: dict[SecretRef, str]) -> Target:
    def read(reference: SecretRef | None) -> str | None:
        # a network of thousands shares one file
        if reference is not None and reference not in secrets:
            secrets[reference] = resolve(reference, base=loaded.folder)
        return None if reference is None else secrets[reference]

    shared = logins(loaded.config.credentials, host=spec.host, family=spec.family)
    return Target(
        spec.host,
        ports=spec.ports,
        username=spec.username,
        password=read(spec.password),
        logins=[
            KnownLogin(
                family=entry.family,
                username=entry.username,
                password=read(entry.password),
                is_vendors=entry.vendor_default,
            )
            for entry in shared
        ],
    )
