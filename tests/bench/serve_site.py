"""A pretend site in a process of its own, pinned to a core of its own; ends when its standard input does.

usage: serve_site.py '{"core": 1, "count": 1000, "models": ["s19j-pro"], "ports": {"line": 4028}, "moves": true}'

Without models the site is mixed. A site that moves renders each answer anew, as a real device does; one that does not
serves many more devices from one core. Prints one JSON line: every device's address, family, model, nameplate, login
and ports, and a configuration.
"""

import asyncio
import json
import os
import resource
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
    fast = not wanted["moves"]
    async with Site(models, seed="bench", base=BASE, fast=fast, shared=count > OWN_SOCKETS, ports=ports) as site:
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
        print(json.dumps({"devices": devices, "configuration": site.configuration()}), flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


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
