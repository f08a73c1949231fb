"""A pretend site beside the benchmark, on the machine's last core, and what the kernel says a process has used."""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]


@contextmanager
def pretend(
    count: int, *models: str, ports: dict[str, int] | None = None, moves: bool = False, **more: Any
) -> Iterator[dict[str, Any]]:
    """Serve a site from the last core and keep this process off it; gives its devices, configuration and core.

    `more` is what `serve_site.py` knows besides: `mix`, `misbehave`, `dark`.
    """
    with serving("serve_site.py", count=count, models=models, ports=ports or {}, moves=moves, **more) as site:
        yield site


@contextmanager
def serving(script: str, **wanted: Any) -> Iterator[dict[str, Any]]:
    """Run a server from the last core and keep this process off it; gives what it says of itself, and its core."""
    cores = sorted(os.sched_getaffinity(0))
    command = [sys.executable, "-O", str(HERE / script), json.dumps({"core": cores[-1], **wanted})]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line:
            raise SystemExit(f"{script} did not start")
        if len(cores) > 1:
            os.sched_setaffinity(0, set(cores[:-1]))
        yield {**json.loads(line), "core": cores[-1]}
    finally:
        os.sched_setaffinity(0, set(cores))
        process.stdin.close()
        process.wait(10)


def cpu_s() -> float:
    """Give the CPU time that this process has used, user and system."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def raise_descriptors() -> None:
    """Allow as many open sockets as the kernel grants."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def words(arguments: Sequence[str], **defaults: float) -> dict[str, float]:
    """Read `--name value` pairs over the defaults; what is not among them ends the benchmark."""
    chosen = dict(defaults)
    pairs = dict(zip(arguments[::2], arguments[1::2], strict=True))
    for name, value in pairs.items():
        key = name.removeprefix("--").replace("-", "_")
        if key not in chosen:
            raise SystemExit(f"no such option: {name}; there are --{', --'.join(defaults)}")
        chosen[key] = float(value)
    return chosen
