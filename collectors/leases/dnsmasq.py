"""The leases that dnsmasq writes: expiry, MAC, address, name and client id, separated by blanks.

The form is that of `--dhcp-leasefile` (dnsmasq(8)).
"""

from collectors.leases.lease import Lease, epoch_s, host_name
from collectors.value import mac as mac_of


def leases(text: str) -> list[Lease]:
    """Read the IPv4 leases; lines that are none are left out. After `duid` come those of IPv6, which name no MAC."""
    found = []
    for line in text.splitlines():
        cells = line.split()
        if cells[:1] == ["duid"]:
            break
        expires_at = epoch_s(cells[0]) if len(cells) >= 4 else None
        if expires_at is None:
            continue
        # Hardware that is no Ethernet has its type before the address: 06-aa:bb:...
        mac = mac_of(cells[1]) or mac_of(cells[1].partition("-")[2])
        if mac is not None:
            name = None if cells[3] == "*" else host_name(cells[3])
            found.append(Lease(address=cells[2], mac=mac, hostname=name, expires_at=expires_at or None))
    return found
