"""The leases that Kea's memfile writes: CSV with a head, of which the last row for an address holds.

Columns and states are those of Kea's lease file for IPv4 (Kea ARM, "Memfile"): 0 is in use, 1 declined, 2 reclaimed; a
lifetime of zero takes an address out; a comma in a text is written as &#x2c.
"""

from collectors.leases.lease import Lease, epoch_s, host_name
from collectors.value import mac as mac_of

HEAD = "address,hwaddr,"
IN_USE = "0"


def leases(text: str) -> list[Lease]:
    """Read the leases in use; rows that are none are left out."""
    head, *rows = text.splitlines() or [""]
    columns = head.split(",")
    found: dict[str, Lease | None] = {}
    for line in rows:
        row = dict(zip(columns, line.split(","), strict=False))
        address = row.get("address")
        if address and address != "address":  # the head again, where files were put together
            found[address] = _lease(address, row)
    return [lease for lease in found.values() if lease is not None]


def _lease(address: str, row: dict[str, str]) -> Lease | None:
    mac = mac_of(row.get("hwaddr", ""))
    if mac is None or row.get("valid_lifetime") == "0" or row.get("state", IN_USE) != IN_USE:
        return None
    name = row.get("hostname", "").replace("&#x2c", ",").rstrip(".")
    return Lease(address=address, mac=mac, hostname=host_name(name), expires_at=epoch_s(row.get("expire", "")))
