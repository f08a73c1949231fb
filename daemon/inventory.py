"""From the configured devices to what is watched: an entry for the fleet and a target for the collectors."""

import ipaddress
from collections.abc import Callable, Iterable, Mapping

import msgspec

from collectors.target import Target
from config.model import SiteConfig
from config.model.devices import Credential, Device
from config.model.reference import SecretRef
from daemon.fleet import DeviceEntry

ReadSecret = Callable[[SecretRef], str]


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """One device of the inventory: what the fleet knows of it, and whom the collectors ask."""

    entry: DeviceEntry
    target: Target
    on_vendor_default: bool = False


def listed(config: SiteConfig, devices: Iterable[Device], *, read_secret: ReadSecret) -> list[Listed]:
    """Give every enabled device with a host of its own; secrets are read here, once."""
    feeder_of = {rack.id: rack.feeder for rack in config.racks}
    return [
        _listed(device, config, feeder_of=feeder_of, read_secret=read_secret) for device in devices if device.enabled
    ]


def subnet(host: str) -> str:
    """Name the network whose devices share a bound: the /24 of an IPv4 address, the /64 of an IPv6 one."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host.partition(".")[2] or host
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 64), strict=False))


def _listed(device: Device, config: SiteConfig, *, feeder_of: Mapping[str, str], read_secret: ReadSecret) -> Listed:
    host = device.host or ""
    login = None if device.username or device.password else _credential(device, config.credentials)
    username = device.username or (login.username if login else None)
    secret = device.password or (login.password if login else None)
    feeder = device.feeder or (feeder_of.get(device.rack) if device.rack else None)
    entry = DeviceEntry(
        id=device.id or host,
        host=host,
        family=device.family,
        model=device.model,
        rack=device.rack,
        slot=device.slot,
        feeder=feeder,
        interval_s=device.interval_s or config.polling.interval_s,
        timeout_s=device.timeout_s or config.polling.timeout_s,
        ports=dict(device.ports),
        power_w=device.power_w,
        power_grade=device.power_grade,
        hashrate_expected_hs=device.hashrate_hs,
        chip_limit_c=device.chip_limit_c,
        maintenance=device.maintenance,
    )
    target = Target(
        host,
        ports=device.ports,
        username=username,
        password=read_secret(secret) if secret is not None else None,
    )
    return Listed(entry=entry, target=target, on_vendor_default=bool(login and login.vendor_default))


def _credential(device: Device, credentials: Iterable[Credential]) -> Credential | None:
    for credential in credentials:
        if credential.family is not None and credential.family != device.family:
            continue
        if credential.cidr is not None and not _inside(device.host or "", credential.cidr):
            continue
        return credential
    return None


def _inside(host: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
