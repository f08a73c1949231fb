"""A pretend site in a process of its own, pinned to a core of its own; ends when its standard input does.

usage: serve_site.py '{"core": 1, "count": 1000, "models": ["s19j-pro"], "ports": {"line": 4028}, "moves": true}'

Without models the site is mixed: as `mix` says, family by family, or as by default. A site that moves renders each
answer anew, as a real device does; one that does not serves many more devices from one core. `misbehave` maps ids to
misbehaviours. `dark` is a network of which every address without a device is to swallow what asks for it, as one does
that nobody has. Prints one JSON line: every device's address, family, model, nameplate, login and
ports, and a configuration.
"""

import asyncio
import ipaddress
import json
import os
import resource
import socket
import sys
from typing import Any

import uvloop

from simulator.models import MODELS
from simulator.site import Site

# Few devices listen at their own addresses only, so that others may have the port elsewhere on loopback.
OWN_SOCKETS = 200
BASE = "127.100.0.1"


async def serve(wanted: dict[str, Any]) -> None:
    """Serve until standard input ends."""
    names, count = wanted["models"], wanted["count"]
    models = [MODELS[names[number % len(names)]] for number in range(count)] if names else count
    ports = {"line": 0, "frame": 0, "http": 0, **wanted["ports"]}
    fast, dark = not wanted["moves"], wanted.get("dark")
    shared = count > OWN_SOCKETS and dark is None
    more = {name: wanted[name] for name in ("mix", "misbehave") if name in wanted}
    async with Site(models, seed="bench", base=BASE, fast=fast, shared=shared, ports=ports, **more) as site:
        devices = [
            {
                "id": name,
                "host": device.identity.address,
                "family": device.identity.model.family,
                "model": device.identity.model.key,
                "credentials": device.credentials,
                "hashrate_hs": device.identity.model.hashrate_hs,
                "ports": {role: site.port(name, role) for role in device.wires},
            }
            for name, device in site.devices.items()
        ]
        asleep = swallow(dark, site) if dark else []
        print(json.dumps({"devices": devices, "configuration": site.configuration()}), flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        for one in asleep:
            one.close()


def swallow(network: str, site: Site) -> list[socket.socket]:
    """Open the devices' ports on every other address, with a queue that is full: the kernel drops what comes."""
    taken = {device.identity.address for device in site.devices.values()}
    opened = []
    for address in map(str, ipaddress.ip_network(network).hosts()):
        if address in taken:
            continue
        for port in (site.ports["line"], site.ports["http"]):
            listener = socket.socket()
            listener.bind((address, port))
            listener.listen(0)
            filler = socket.create_connection((address, port), timeout=5.0)
            opened += [listener, filler]
    return opened


def main(words: list[str]) -> int:
    """Pin, raise the limit of descriptors, serve."""
    wanted = json.loads(words[0])
    os.sched_setaffinity(0, {wanted["core"]})
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    uvloop.run(serve(wanted))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
