"""The real servers that other tests lean on can be started, asked, stopped and started again."""

import socket
import subprocess
from pathlib import Path

import pytest

from tests.servers.fixtures import Chromium, Factory
from tests.servers.process import find_binary, free_port

pytestmark = pytest.mark.server


def test_prometheus_answers_queries(prometheus_server: Factory) -> None:
    """A started Prometheus evaluates a query at once."""
    assert b'"1"' in prometheus_server().get("/api/v1/query?query=vector(1)")


def test_alertmanager_has_no_alerts_at_first(alertmanager: Factory) -> None:
    """A started Alertmanager is empty and stands alone."""
    assert b"[]" == alertmanager().get("/api/v2/alerts").strip()


def test_victoria_metrics_is_healthy(victoria_metrics: Factory) -> None:
    """A started VictoriaMetrics reports its health."""
    assert b"OK" == victoria_metrics().get("/health").strip()


def test_mosquitto_returns_on_its_port(mosquitto: Factory) -> None:
    """A broker that was stopped comes back under the address it had."""
    broker = mosquitto()
    port = broker.port
    broker.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((broker.host, port), timeout=1)
    broker.start()
    publish = [find_binary("mosquitto_pub"), "-h", broker.host, "-p", str(broker.port), "-t", "a", "-m", "b"]
    assert (port, 0) == (broker.port, subprocess.run(publish, check=False).returncode)


def test_chromium_runs_scripts(chromium: Chromium, tmp_path: Path) -> None:
    """The browser shows what a page's script wrote, and can take its picture."""
    page = tmp_path / "page.html"
    page.write_text("<p id=x></p><script>document.getElementById('x').textContent = 6 * 7</script>")
    assert '<p id="x">42</p>' in chromium.dump_dom(page.as_uri())
    assert b"\x89PNG" == chromium.screenshot(page.as_uri(), tmp_path / "page.png").read_bytes()[:4]


def test_free_port_can_be_bound() -> None:
    """A port that is called free can be listened on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", free_port()))


def test_installer_never_fails() -> None:
    """The installer ends well where it may not install anything."""
    script = Path(__file__).with_name("install.sh")
    # An empty PATH but for the shell's own tools hides apt-get and every server.
    done = subprocess.run(
        ["/bin/sh", str(script)], env={"PATH": "/nowhere"}, capture_output=True, text=True, check=False
    )
    assert 0 == done.returncode
