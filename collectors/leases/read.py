"""Reads a file of leases, whichever server wrote it. It blocks."""

from pathlib import Path

from collectors.errors import Garbled
from collectors.leases import dnsmasq, isc, kea, neighbours
from collectors.leases.lease import Lease
from collectors.plain_file import read_plain

LARGEST = 16 << 20
MOST = 65_536
# Kea cleans its file up in the background; what it has set aside for that comes before, the oldest first.
_EARLIER = (".2", ".1")


def read_leases(path: str | Path) -> list[Lease]:
    """Give the leases in a file of dnsmasq, ISC dhcpd, Kea, or of the kernel's form.

    An empty file has none. Raises Unreachable when it cannot be read, Garbled when it is of no known form.
    """
    text = _text(path)
    if text.startswith(kea.HEAD):
        earlier = [Path(f"{path}{ending}") for ending in _EARLIER]
        text = "".join(_text(one) for one in earlier if one.is_file()) + text
    found = leases_in(text)
    if found is None:
        raise Garbled(f"{path} is no file of leases of dnsmasq, ISC dhcpd or Kea")
    return found


def leases_in(text: str) -> list[Lease] | None:
    """Give the leases in a text of any of the forms; None when it is of none."""
    if text.startswith(kea.HEAD):
        return kea.leases(text)[:MOST]
    if text.startswith(neighbours.HEAD):
        return neighbours.leases(text)[:MOST]
    found = (isc.leases(text) if "lease " in text and "{" in text else dnsmasq.leases(text))[:MOST]
    return found if found or _may_be_empty(text) else None


def _text(path: str | Path) -> str:
    return read_plain(path, largest=LARGEST).decode("utf-8", "replace")


def _may_be_empty(text: str) -> bool:
    """A file without a lease in use may have comments, settings of the server, ended leases, and those of IPv6."""
    first = next((line for line in text.splitlines() if line.strip() and not line.startswith("#")), "")
    return not first or first.startswith(("duid ", "authoring-byte-order", "server-duid", "lease ", "failover"))
