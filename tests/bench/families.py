"""What a poll costs by family, beside pyasic and pyasic-rs at the same devices of one pretend site.

usage: families.py [--devices 5] [--rounds 15] [--library-rounds 5] [--libraries 1]

One model stands for each family, and one for each protocol of a family that has several. A poll here ends with the
reading, as the libraries' do. The first poll of a device asks for everything and logs in; the following ones leave out
what rarely changes, which the libraries ask for each time. They are given no hint: where they do not find a device, or
give no hashrate, that is said instead of a figure, and so is a hashrate that is not the device's.
"""

import gc
import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import uvloop
from poll_path import LIBRARIES, environment, is_free, round_ms
from pretend_site import HERE, pretend, raise_descriptors, words
from report import machine, median, show

from collectors.poll import collect
from collectors.registry import family
from collectors.target import Target
from simulator.devices.catalogue import PLAYERS
from simulator.models import MODELS

# The libraries ask at the vendors' ports and nowhere else.
VENDOR_PORTS = {"line": 4028, "frame": 4433, "http": 80, "apollo": 5000, "auradine": 8080}
WORKERS = 4
_WARM_UP = 3
_ABOUT = 1.5
_LIBRARY_S = 900.0

Rows = dict[str, list[dict[str, Any]]]


def main(arguments: list[str]) -> int:
    """Measure and report; 1 when a goal was missed."""
    chosen = words(arguments, devices=5, rounds=15, library_rounds=5, libraries=1)
    raise_descriptors()
    count, shown = int(chosen["devices"]), one_each()
    taken = [port for port in VENDOR_PORTS.values() if not is_free(port)]
    ports = dict.fromkeys(VENDOR_PORTS, 0) if taken else VENDOR_PORTS
    with pretend(count * len(shown), *shown, ports=ports, moves=True) as site:
        rows: Rows = {key: [one for one in site["devices"] if one["model"] == key] for key in shown}
        own = uvloop.run(measure(rows, rounds=int(chosen["rounds"])))
        theirs: dict[str, dict[str, str | float]] = {}
        if chosen["libraries"] and taken:
            print(f"skipped: pyasic and pyasic-rs, for port {taken[0]} cannot be had", file=sys.stderr)
        elif chosen["libraries"]:
            theirs = libraries(rows, rounds=int(chosen["library_rounds"]))
    goals = {
        f"no family dearer than with {name}": all(
            cost >= own[key][1] for key, cost in costs.items() if isinstance(cost, float)
        )
        for name, costs in theirs.items()
    }
    return show(
        "families",
        head=("family", "model", "first poll, CPU ms", "poll, CPU ms", *theirs),
        rows=[
            (
                MODELS[key].family,
                MODELS[key].name,
                f"{own[key][0]:.3f}",
                f"{own[key][1]:.3f}",
                *(against(costs[key], own_ms=own[key][1]) for costs in theirs.values()),
            )
            for key in shown
        ],
        goals=goals,
        own_ms={key: median_ms for key, (_, median_ms) in own.items()},
        libraries_ms=theirs,
        machine=machine(),
    )


def one_each() -> list[str]:
    """Give a model of each family and protocol: of those that a class of the simulator plays the newest common one."""
    found: dict[object, str] = {}
    for key, model in sorted(MODELS.items(), key=lambda item: item[1].common):
        player = PLAYERS.get(f"{model.family}/{model.dialect}") or PLAYERS[model.family]
        found[model.family, player] = key
    return sorted(found.values(), key=lambda key: MODELS[key].family)


async def measure(rows: Rows, *, rounds: int) -> dict[str, tuple[float, float]]:
    """Poll the devices of each model in turn; give the median CPU milliseconds of a first poll and of a later one."""
    first: dict[str, list[float]] = {key: [] for key in rows}
    later: dict[str, list[float]] = {key: [] for key in rows}
    for turn in range(rounds + _WARM_UP):
        gc.collect()
        if turn == 0:
            gc.freeze()
        for key, devices in rows.items():
            targets = [target(device) for device in devices]
            fresh = await round_ms(ask, targets, workers=WORKERS)
            # The poll after the first settles what the device was found not to know.
            await round_ms(ask, targets, workers=WORKERS)
            again = await round_ms(ask, targets, workers=WORKERS)
            if turn >= _WARM_UP:
                first[key].append(fresh)
                later[key].append(again)
    return {key: (median(first[key]), median(later[key])) for key in rows}


def target(device: dict[str, Any]) -> tuple[Target, dict[str, Any]]:
    """Give a device as the collectors meet it the first time, and what is true of it."""
    username, password = device["credentials"]
    return Target(device["host"], ports=device["ports"], username=username, password=password), device


async def ask(whom: tuple[Target, dict[str, Any]]) -> None:
    """Poll once, and refuse figures that were made by not reading."""
    asked, device = whom
    reading = await collect(asked, family(device["family"]))
    assert about(reading.hashrate_hs, device), f"{device['model']}: {reading.hashrate_hs} {reading.warnings}"


def about(rate_hs: float | None, device: dict[str, Any]) -> bool:
    """Tell whether a hashrate can be this device's."""
    return bool(rate_hs) and 1 / _ABOUT < (rate_hs or 0.0) / device["hashrate_hs"] < _ABOUT


def libraries(rows: Rows, *, rounds: int) -> dict[str, dict[str, str | float]]:
    """Measure both libraries, model by model; a text stands where there is no figure."""
    python = environment()
    found: dict[str, dict[str, str | float]] = {}
    for name, library in LIBRARIES.items() if python is not None else ():
        costs: dict[str, str | float] = {}
        while missing := [key for key in rows if key not in costs]:
            hosts = [word for key in missing for word in ("+", *(device["host"] for device in rows[key]))][1:]
            command = [str(python), str(HERE / "libraries.py"), library, str(rounds), *hosts]
            lines = answers(command)
            for key, line in zip(missing, lines, strict=False):
                costs[key] = judged(json.loads(line), rows[key])
            if len(lines) < len(missing):
                # It ended in the middle of the next one.
                costs[missing[len(lines)]] = "ends with a crash"
        found[name] = costs
    return found


def answers(command: Sequence[str]) -> list[str]:
    """Run a library; give the lines that it printed until it ended, was done, or had had its time."""
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=_LIBRARY_S)
    except subprocess.TimeoutExpired as error:
        return (error.stdout or b"").decode().splitlines()
    return done.stdout.splitlines()


def judged(figures: dict[str, Any], devices: list[dict[str, Any]]) -> str | float:
    """Give the median cost, or what kept it from being one."""
    if not figures["identified"] or not any(figures["rates_hs"]):
        return "does not read it"
    if not all(about(rate_hs, devices[0]) for rate_hs in figures["rates_hs"]):
        return "reads another hashrate"
    return median(figures["cpu_ms"])


def against(cost: str | float, *, own_ms: float) -> str:
    """Write a library's cost with how many times ours it is."""
    return cost if isinstance(cost, str) else f"{cost:.3f} ({cost / own_ms:.1f} times)"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
