"""The kernel's table of neighbours: whom this machine has spoken with lately (proc(5), /proc/net/arp)."""

import re

from collectors.leases.lease import Lease
from collectors.value import mac as mac_of

# By way of the process itself: a service that may see nothing but processes in /proc still sees this one.
TABLE = "/proc/self/net/arp"
HEAD = "IP address"
_COMPLETE = 0x2
_FLAGS = re.compile("0x[0-9a-fA-F]{1,8}")


def leases(text: str) -> list[Lease]:
    """Read the entries that are complete."""
    found = []
    for line in text.splitlines():
        cells = line.split()
        if len(cells) < 6 or not _FLAGS.fullmatch(cells[2]):
            continue
        mac = mac_of(cells[3])
        if mac is not None and int(cells[2], 16) & _COMPLETE:
            found.append(Lease(address=cells[0], mac=mac))
    return found
