"""Ask a device of which nothing is known but its address: identify it, then read it, within one deadline.

A family that is named instead is held against what the device says.
"""

import asyncio

from collectors.contradiction import collect_as_named
from collectors.errors import TimedOut
from collectors.family import Family
from collectors.identify import identify
from collectors.poll import collect
from collectors.reading import Reading
from collectors.target import Target


async def probe(
    target: Target,
    *,
    family: Family | None = None,
    port: int | None = None,
    http_port: int | None = None,
    timeout_s: float = 10.0,
) -> Reading:
    """Give one reading; `port` is the family's first port, `http_port` its `http`. Raises only CollectError.

    `timeout_s` bounds identification, name look-up and reading together.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + timeout_s
    try:
        async with asyncio.timeout_at(until):
            if family is not None:
                _set_ports(target, first=next(iter(family.ports)), port=port, http_port=http_port)
                return await collect_as_named(target, family, timeout_s=until - loop.time())
            _set_ports(target, first="api", port=port, http_port=http_port)
            family = (await identify(target, timeout_s=timeout_s)).family
            _set_ports(target, first=next(iter(family.ports)), port=port, http_port=http_port)
            return await collect(target, family, timeout_s=until - loop.time())
    except TimeoutError as error:
        raise TimedOut(f"no reading within {timeout_s:g} s") from error


def _set_ports(target: Target, *, first: str, port: int | None, http_port: int | None) -> None:
    if http_port is not None:
        target.ports["http"] = http_port
    if port is not None and not (first == "http" and http_port is not None):
        target.ports[first] = port
