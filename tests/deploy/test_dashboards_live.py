"""Every query of dashboards and records, asked of a real Prometheus that scraped the real daemon at a pretend site."""

import json
import math
import os
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.servers.process import free_port

pytestmark = [pytest.mark.server, pytest.mark.timeout(240), pytest.mark.xdist_group("live-dashboards")]

HEADFRAME = Path(sys.executable).with_name("headframe")
PATIENCE_S = 150.0
Ask = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[int]:
    """Run simulator and daemon as an operator would; gives the daemon's port."""
    path, port = tmp_path / "site.yaml", free_port()
    # Below the ephemeral ports, ten for each process that may run this; the second pool takes the port after the first.
    first = 20_000 + os.getpid() % 1000 * 10
    ports = [f"--{name}-port={first + at}" for at, name in enumerate(("http", "api", "framed", "services", "pool"))]
    words = [
        "--devices=14",
        "--block-interval=15",
        "--misbehave=m2=refuses",
        f"--base=127.63.{os.getpid() % 250}.0",
        *ports,
    ]
    processes = []
    try:
        with (tmp_path / "log").open("wb") as log:
            simulate = [str(HEADFRAME), "simulate", *words, "--write", str(path)]
            processes.append(subprocess.Popen(simulate, stdout=log, stderr=log, cwd=tmp_path))
            wait(lambda: path.exists() or ended(processes[0]), of="the simulator", log=tmp_path / "log")
            config = yaml.safe_load(path.read_text())
            config["web"] = {"listen": f"127.0.0.1:{port}"}
            config["polling"] = {"interval": "1s", "timeout": "2s"}
            config["ledger"] = {"path": str(tmp_path / "ledger.sqlite")}
            config["signals"][f"pool_hashrate_{config['pools'][0]['id']}"] = {"static": 900, "unit": "TH/s"}
            path.write_text(yaml.safe_dump(config))
            daemon = [str(HEADFRAME), "run", "--config", str(path)]
            processes.append(subprocess.Popen(daemon, stdout=log, stderr=log, cwd=tmp_path))
            yield port
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait(15)


@pytest.fixture
def ask(site: int, prometheus_server, deploy: Path) -> Ask:
    """Give a way to ask a Prometheus that scrapes the daemon and has our recording rules."""
    server = prometheus_server(
        {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": ["records.yml", "alerts.yml"],
            "scrape_configs": [
                {
                    "job_name": "headframe",
                    "static_configs": [{"targets": [f"127.0.0.1:{site}"], "labels": {"site": "north"}}],
                }
            ],
        },
        files={name: (deploy / "prometheus" / name).read_text() for name in ("records.yml", "alerts.yml")},
    )

    def query(expr: str) -> list[dict[str, Any]]:
        reply = json.loads(server.get("/api/v1/query?" + urllib.parse.urlencode({"query": expr})))
        result: list[dict[str, Any]] = reply["data"]["result"]
        return result

    return query


def test_every_query_shows_something(ask: Ask, dashboards, queries, deploy: Path, tmp_path: Path) -> None:
    """No panel is empty and none shows NaN; every choice has something to choose; every record records."""
    wait(lambda: bool(ask("headframe_device_margin_per_day")), of="the daemon", log=tmp_path / "log")
    device = richest(ask)
    waiting = {where: concrete(expr, device=device) for where, expr in numbered(queries)}
    waiting |= {
        f"{name}: ${variable['name']}": concrete(of_variable(variable["query"]["query"]), device=device)
        for name, board in dashboards.items()
        for variable in board["templating"]["list"]
        if variable["type"] == "query"
    }
    records = yaml.safe_load((deploy / "prometheus/records.yml").read_text())
    waiting |= {rule["record"]: rule["record"] for group in records["groups"] for rule in group["rules"]}
    answers: dict[str, list[dict[str, Any]]] = {}
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        answers = {where: ask(expr) for where, expr in waiting.items()}
        waiting = {where: expr for where, expr in waiting.items() if not is_shown(answers[where])}
        if not waiting:
            break
        time.sleep(1.0)

    assert {} == {where: (expr, answers[where]) for where, expr in waiting.items()}
    assert [] == [one for one in ask('ALERTS{alertname=~"Headframe.*",alertstate="firing"}') if one]


def numbered(queries: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Tell the queries of one panel apart."""
    for number, (where, expr) in enumerate(queries):
        yield f"{where} #{number}", expr


def concrete(expr: str, *, device: str) -> str:
    """Put in what Grafana would: all jobs and sites, one device, an interval of some scrapes."""
    chosen = {"$job": ".+", "$site": ".+", "$device": device, "$__rate_interval": "10s"}
    for name, value in chosen.items():
        expr = expr.replace(name, value)
    return expr


def of_variable(text: str) -> str:
    """Turn `label_values(series, label)` into a query for that label's values."""
    series, label = text.removeprefix("label_values(").removesuffix(")").rsplit(", ", 1)
    return f"count by ({label}) ({series})"


def richest(ask: Ask) -> str:
    """Choose the device that tells most."""
    (most,) = ask('topk(1, count by (device) ({__name__=~"headframe_device_.+",device!=""}))')
    name: str = most["metric"]["device"]
    return name


def is_shown(result: list[dict[str, Any]]) -> bool:
    """Tell whether there is at least one number and none that a panel cannot draw."""
    return bool(result) and all(math.isfinite(float(one["value"][1])) for one in result)


def ended(process: "subprocess.Popen[bytes]") -> bool:
    """Fail at once when a process that ought to serve has ended."""
    assert process.poll() is None, "it ended"
    return False


def wait(condition: Callable[[], bool], *, of: str, log: Path) -> None:
    """Wait for something to come about, and show the log when it does not."""
    until = time.monotonic() + 60.0
    while not condition():
        if time.monotonic() > until:
            raise AssertionError(f"{of} is not there:\n{log.read_text()[-3000:]}")
        time.sleep(0.2)
