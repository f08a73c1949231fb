"""Fixtures that start real servers: each is a factory that may be called more than once, and cleans up after the test.

They skip visibly when the server is not installed. Mark the tests that use them with `@pytest.mark.server`.
"""

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.servers.process import Server, find_binary, free_port

Factory = Callable[..., Server]


@pytest.fixture
def unused_port() -> int:
    """Give a loopback port on which nobody listens."""
    return free_port()


@pytest.fixture
def _servers() -> Iterator[list[Server]]:
    """Every server that a test started, stopped in reverse order at its end."""
    started: list[Server] = []
    yield started
    for server in reversed(started):
        server.stop()


@pytest.fixture
def prometheus_server(_servers: list[Server], tmp_path: Path) -> Factory:
    """Start a Prometheus: `prometheus_server(config=…, files=…)`.

    `config` is prometheus.yml as a mapping or as text; `files` are written beside it (rules, target lists).
    """
    binary = find_binary("prometheus")

    def start(config: Mapping[str, Any] | str | None = None, *, files: Mapping[str, str] | None = None) -> Server:
        directory = _directory(tmp_path, "prometheus", len(_servers))
        text = config if isinstance(config, str) else json.dumps(config or {"global": {"scrape_interval": "1s"}})
        (directory / "prometheus.yml").write_text(text)
        for name, content in (files or {}).items():
            (directory / name).write_text(content)
        arguments = [
            binary,
            "--config.file=prometheus.yml",
            "--storage.tsdb.path=data",
            "--web.enable-lifecycle",
            "--rules.alert.resend-delay=1s",
            "--enable-feature=exemplar-storage",
        ]
        return _started(
            _servers,
            Server(
                name="prometheus",
                directory=directory,
                command=lambda port: [*arguments, f"--web.listen-address=127.0.0.1:{port}"],
                ready="/-/ready",
            ),
        )

    return start


@pytest.fixture
def alertmanager(_servers: list[Server], tmp_path: Path) -> Factory:
    """Start an Alertmanager: `alertmanager(config=…)`; without a configuration it keeps alerts and tells nobody."""
    binary = find_binary("prometheus-alertmanager")

    def start(config: Mapping[str, Any] | None = None) -> Server:
        directory = _directory(tmp_path, "alertmanager", len(_servers))
        quiet = {"route": {"receiver": "nobody"}, "receivers": [{"name": "nobody"}]}
        (directory / "alertmanager.yml").write_text(json.dumps(config or quiet))
        # An empty cluster address keeps the gossip port shut, so that servers of parallel tests never meet.
        arguments = [binary, "--config.file=alertmanager.yml", "--storage.path=data", "--cluster.listen-address="]
        return _started(
            _servers,
            Server(
                name="alertmanager",
                directory=directory,
                command=lambda port: [*arguments, f"--web.listen-address=127.0.0.1:{port}"],
                ready="/-/ready",
            ),
        )

    return start


@pytest.fixture
def mosquitto(_servers: list[Server], tmp_path: Path) -> Factory:
    """Start a Mosquitto: `mosquitto(options=[…], listener=[…], anonymous=…, files=…)`.

    `options` are further lines of its configuration, `listener` those of its one listener (TLS files, for instance).
    """
    binary = find_binary("mosquitto")

    def start(
        *,
        options: Sequence[str] = (),
        listener: Sequence[str] = (),
        anonymous: str = "true",
        files: Mapping[str, bytes] | None = None,
    ) -> Server:
        directory = _directory(tmp_path, "mosquitto", len(_servers))
        for name, content in (files or {}).items():
            (directory / name).write_bytes(content)

        def command(port: int) -> list[str]:
            lines = [
                "persistence false",
                # As root it would drop to a user who cannot read the test's own folder.
                "user root",
                *options,
                f"listener {port} 127.0.0.1",
                f"allow_anonymous {anonymous}",
                *listener,
            ]
            (directory / "mosquitto.conf").write_text("\n".join(lines) + "\n")
            return [binary, "-c", "mosquitto.conf"]

        return _started(_servers, Server(name="mosquitto", directory=directory, command=command, ready=None))

    return start


@pytest.fixture
def victoria_metrics(_servers: list[Server], tmp_path: Path) -> Factory:
    """Start a VictoriaMetrics: `victoria_metrics()`; an imported sample can be queried about two seconds later."""
    binary = find_binary("victoria-metrics")

    def start(*options: str) -> Server:
        directory = _directory(tmp_path, "victoria-metrics", len(_servers))
        arguments = [binary, "-storageDataPath=data", "-retentionPeriod=1", "-search.latencyOffset=0s", *options]
        return _started(
            _servers,
            Server(
                name="victoria-metrics",
                directory=directory,
                command=lambda port: [*arguments, f"-httpListenAddr=127.0.0.1:{port}"],
                ready="/health",
            ),
        )

    return start


class Chromium:
    """A headless browser, run once per call (blocking: call it outside the event loop)."""

    def __init__(self, binary: str, directory: Path) -> None:
        self._binary = binary
        self._directory = directory

    def run(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        """Run the browser; what the page's scripts logged is on standard error as `CONSOLE` lines."""
        fixed = (
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-extensions",
            "--disable-background-networking",
            "--enable-logging=stderr",
            f"--user-data-dir={self._directory}",
        )
        return subprocess.run([self._binary, *fixed, *arguments], capture_output=True, timeout=90, check=True)

    def dump_dom(self, url: str, *, budget_ms: int = 5000) -> str:
        """Give the page's markup after its scripts have run for `budget_ms` of the browser's own time."""
        return self.run(f"--virtual-time-budget={budget_ms}", "--dump-dom", url).stdout.decode()

    def screenshot(self, url: str, path: Path, *, width: int = 1280, height: int = 900, budget_ms: int = 5000) -> Path:
        """Save a picture of the page."""
        size = f"--window-size={width},{height}"
        self.run(size, f"--virtual-time-budget={budget_ms}", "--hide-scrollbars", f"--screenshot={path}", url)
        return path


@pytest.fixture
def chromium(tmp_path: Path) -> Chromium:
    """Give a headless Chromium with a profile of its own."""
    return Chromium(find_binary("chromium"), tmp_path / "chromium")


def _directory(root: Path, name: str, number: int) -> Path:
    directory = root / f"{name}-{number}"
    directory.mkdir()
    return directory


def _started(servers: list[Server], server: Server) -> Server:
    servers.append(server)
    return server.start()
