"""Which logins a device may be tried with."""

import ipaddress
from collections.abc import Iterable

from config.model.devices import Credential


def logins(credentials: Iterable[Credential], *, host: str, family: str | None) -> list[Credential]:
    """Give the shared logins that fit a device, in the order of the file; vendor defaults come last.

    An entry with a family fits a device of that family, and one whose family is still to be found out; an entry with a
    network only a device given by an address inside it.
    """
    fitting = [entry for entry in credentials if _fits(entry, host, family)]
    return sorted(fitting, key=lambda entry: entry.vendor_default)


def _fits(entry: Credential, host: str, family: str | None) -> bool:
    if None not in (entry.family, family) and entry.family != family:
        return False
    if entry.cidr is None:
        return True
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry.cidr)
    except ValueError:
        return False
