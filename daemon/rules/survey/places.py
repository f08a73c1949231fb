"""Where devices mine, endpoint by endpoint, and which of that belongs to a watched pool. Pure."""

from collections.abc import Collection, Mapping

import msgspec

from daemon.rules.context import host_of

Endpoint = tuple[str, str]
"""A host in small letters and a port as text, '' when the address has none."""


class Mined(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is mined somewhere: devices' own hashrate, accepted shares of the last day and their summed difficulty."""

    hashrate_hs: float = 0.0
    shares: float = 0.0
    difficulty: float = 0.0


def endpoint_of(url: str) -> Endpoint:
    """Cut a pool address to host and port."""
    authority = url.strip().rpartition("://")[2].partition("/")[0].rpartition("@")[2]
    port = authority.rpartition("]")[2].rpartition(":")[2] if ":" in authority.rpartition("]")[2] else ""
    return host_of(url), port


def mined_at(own: Endpoint, mined: Mapping[Endpoint, Mined], *, watched: Collection[Endpoint]) -> Mined | None:
    """Sum up what is mined at a pool's host, on any port but those of other watched pools; None when nothing is."""
    found = [work for place, work in mined.items() if place[0] == own[0] and (place == own or place not in watched)]
    if not found:
        return None
    return Mined(
        hashrate_hs=sum(work.hashrate_hs for work in found),
        shares=sum(work.shares for work in found),
        difficulty=sum(work.difficulty for work in found),
    )
