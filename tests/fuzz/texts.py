"""Fuzz targets of what devices and operators write: JSON and its repair, values, quantities, a whole configuration.

Each target takes the bytes that a fuzzer made; an exception that leaves it is a defect.
"""

import contextlib
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from structure import Mutator, by_parts

from collectors import cgminer, value
from collectors.errors import Garbled
from collectors.jsontext import decode
from collectors.leases.read import leases_in
from collectors.pools.workers import WorkerSource, workers
from collectors.wire import FrameEnding, JsonEnding
from config import quantity
from config.dimensions import QuantityError
from config.load import load_text
from config.problems import ConfigError

_READERS = (value.number, value.quantity, value.temperature, value.hottest)
_QUANTITIES = (
    quantity.power_w,
    quantity.hashrate_hs,
    quantity.efficiency_j_per_th,
    quantity.temperature_c,
    quantity.difficulty,
    quantity.duration_s,
    quantity.energy_price,
    quantity.hashprice,
    quantity.ratio,
)
_SITE = "version: 1\nsite: {id: s, time_zone: UTC, currency: USD}\n"


def fuzz_json(data: bytes) -> None:
    """Decode an answer, mended where it must be: plain JSON or Garbled, and every number in it finite."""
    try:
        found = decode(data)
    except Garbled:
        return
    for leaf in _leaves(found):
        assert not isinstance(leaf, float) or math.isfinite(leaf)
        for read in _READERS:
            number = read(leaf)
            assert number is None or math.isfinite(number)
        value.text(leaf)
        value.truth(leaf)
        value.mac(leaf)


def fuzz_cgminer_values(data: bytes) -> None:
    """Read pools, shares and averages out of whatever object came."""
    try:
        reply = value.mapping(decode(data))
    except Garbled:
        return
    fields = value.Fields()
    slots = cgminer.pools(fields, reply)
    summary = cgminer.section(reply, "SUMMARY") or reply
    for hashrate in cgminer.windows(fields, summary).values():
        assert math.isfinite(hashrate)
    cgminer.shares(fields, summary, slots, name="Accepted")
    cgminer.is_refusal(reply)
    cgminer.is_denial(reply)
    cgminer.when(fields, reply)


def fuzz_endings(data: bytes) -> None:
    """Let an answer arrive byte by byte: no ending ever tells of more than came."""
    for ending in (JsonEnding(), FrameEnding()):
        received = bytearray()
        with contextlib.suppress(Garbled):
            for byte in data[:4096]:
                received.append(byte)
                size = ending.complete(received, fresh=len(received) - 1)
                assert size is None or 0 < size <= len(received)
                if size is not None:
                    break


def fuzz_quantities(data: bytes) -> None:
    """Read a text as each quantity: a finite number or a refusal that says why."""
    text = data.decode("utf-8", "replace")
    for read in _QUANTITIES:
        said = ""
        try:
            found = read(text)
        except QuantityError as error:
            found, said = None, str(error)
        assert said if found is None else not isinstance(found, float) or math.isfinite(found)


def fuzz_configuration(data: bytes) -> None:
    """Load a configuration, bare and below a sound beginning: all its problems with their places, or a site."""
    text = data.decode("utf-8", "replace")
    for whole in (text, _SITE + text):
        try:
            load_text(whole, file="fuzz/site.yaml")
        except ConfigError as error:
            problems = error.problems
        else:
            continue
        assert problems
        assert all(problem.line >= 1 and problem.column >= 1 for problem in problems)


def fuzz_leases(data: bytes) -> None:
    """Read a file of leases of whichever form: every lease has an address, a MAC, and an end or none."""
    for lease in leases_in(data.decode("utf-8", "replace")) or ():
        assert lease.address
        assert value.mac(lease.mac) == lease.mac
        assert lease.expires_at is None or math.isfinite(lease.expires_at)


def fuzz_workers(data: bytes) -> None:
    """Find workers' names in whatever a pool said: names, or Garbled."""
    for source in (WorkerSource(), WorkerSource(pointer="/data", name="/name", hashrate="/hashrate")):
        with contextlib.suppress(Garbled):
            assert all(isinstance(name, str) for name in workers(data, source))


TARGETS = (
    fuzz_json,
    fuzz_cgminer_values,
    fuzz_endings,
    fuzz_quantities,
    fuzz_configuration,
    fuzz_leases,
    fuzz_workers,
)

_SEEDS = (
    b"",
    b'{"STATUS":[{"STATUS":"S","When":1}],"SUMMARY":[{"GHS 5s":"110.5","GHS av":1e5,"Accepted":"4.5K",}]}\0',
    b'{"POOLS":[{"POOL":0,"URL":"stratum+tcp://p:3333","Difficulty":"524K","Last Share Time":"0:00:12"}{"POOL":1}]}',
    b'{"a":nan,"b":-inf,"c":1.2.3,"temp":"73-45-64-65"}',
    b"\x04\x00\x00\x00{ } ",
    b"104 TH/s",
    b"0.06 USD/kWh",
    b"41.22 USD/PH/day",
    b"5m",
    b"feeders: [{id: f, contracted: 2 MW}]\ndevices: [{id: a, host: 10.0.0.1}, {id: a, host: 10.0.0.0/30}]\n",
    b"rules: {unprofitable: {for: 10m}}\nsite: &a [*a]\n",
)
_LEASES = (
    b"1763856000 28:e2:97:4a:10:07 10.20.0.7 antMiner 01:28\n0 06-28:e2:97:4a:10:08 10.20.0.8 * *\nduid 00:01\n",
    b'lease 10.0.0.7 {\n ends 4 2025/11/20 12:00:00;\n hardware ethernet 28:e2:97:4a:10:07;\n client-hostname "a"; }\n',
    b"address,hwaddr,client_id,valid_lifetime,expire,hostname,state\n10.0.0.7,28:e2:97:4a:10:07,,60,1763856000,a,0\n",
    b"IP address HW type Flags HW address Mask Device\n10.20.0.7 0x1 0x2 28:e2:97:4a:10:07 * eth0\n",
)
_WORKERS = (b'["rig1",7,{}]', b'{"data":[{"name":"rig1","hashrate":"1.5"},{"name":"rig2","hashrate":null}]}')
SEEDS = {target.__name__: _SEEDS for target in TARGETS} | {"fuzz_leases": _LEASES, "fuzz_workers": _WORKERS}
MUTATORS: dict[str, Mutator] = {"fuzz_json": by_parts, "fuzz_cgminer_values": by_parts}


def _leaves(node: Any) -> Iterator[Any]:
    waiting = [node]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            waiting.extend(found.values())
        elif isinstance(found, list):
            waiting.extend(found)
        else:
            yield found
