"""What one family of devices is to the rest: its name, ports, the requests it may send, how to know and read it."""

from collections.abc import Awaitable, Callable

import msgspec

from collectors.evidence import Evidence
from collectors.reading import Reading
from collectors.target import Ask

SURE = 100  # nothing else says this of itself
LIKELY = 50  # fits, but others copy it: ask on
POSSIBLE = 10  # would do when nobody else claims the device


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """One API family; a file under `collectors/miners/` defines one as `FAMILY`.

    `ports` names each port with its default; the first is `--port`, one called `http` is `--http-port`.
    `requests` is everything `collect` may send, as `rpc summary`, `GET /path`, `POST /path`, `framed get.x`;
    anything else is refused before it reaches the network. `clues` are GET paths that tell the family where
    port 4028 and the front page do not. `recognises` weighs evidence without asking anything. `credentials` are the
    vendor's own, used only when the operator allows it.
    """

    name: str
    make: str
    ports: dict[str, int]
    requests: frozenset[str]
    collect: Callable[[Ask], Awaitable[Reading]]
    recognises: Callable[[Evidence], int]
    clues: tuple[str, ...] = ()
    credentials: tuple[tuple[str, str], ...] = ()
