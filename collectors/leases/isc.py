"""The leases that ISC dhcpd writes: a journal of blocks, of which the last for an address holds (dhcpd.leases(5))."""

import re
from datetime import UTC, datetime

from collectors.leases.lease import Lease, epoch_s, host_name
from collectors.value import mac as mac_of

_BLOCK = re.compile(r"^\s*lease\s+([0-9.]+)\s*\{([^}]*)\}", re.MULTILINE)
_ENDS = re.compile(r"^\s*ends\s+(?:\d\s+(\d{4}/\d\d?/\d\d?\s+\d\d?:\d\d?:\d\d?)|epoch\s+(\d+)|never)", re.MULTILINE)
_STATE = re.compile(r"^\s*binding\s+state\s+(\w+)", re.MULTILINE)
_HARDWARE = re.compile(r"^\s*hardware\s+[\w-]+\s+([0-9a-fA-F:]+)", re.MULTILINE)
_NAME = re.compile(r'^\s*client-hostname\s+"((?:[^"\\]|\\.)*)"', re.MULTILINE)


def leases(text: str) -> list[Lease]:
    """Read the leases whose last state is active; times are UTC, as dhcpd writes them."""
    found: dict[str, Lease | None] = {}
    for block in _BLOCK.finditer(text):
        address, body = block.groups()
        found[address] = _lease(address, body)
    return [lease for lease in found.values() if lease is not None]


def _lease(address: str, body: str) -> Lease | None:
    state, hardware, name = _STATE.search(body), _HARDWARE.search(body), _NAME.search(body)
    mac = mac_of(hardware[1]) if hardware else None
    if mac is None or (state is not None and state[1] != "active"):
        return None
    return Lease(address=address, mac=mac, hostname=host_name(name[1]) if name else None, expires_at=_ends(body))


def _ends(body: str) -> float | None:
    ends = _ENDS.search(body)
    if ends is None or not (ends[1] or ends[2]):
        return None
    if ends[2]:
        return epoch_s(ends[2])
    try:
        return datetime.strptime(" ".join(ends[1].split()), "%Y/%m/%d %H:%M:%S").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None
