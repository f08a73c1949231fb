"""`headframe test-alert` tells before it matters which hooks would take an alert."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from standardwebhooks import Webhook as Verifier

from daemon.cli import main

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


class Receiver(ThreadingHTTPServer):
    """Takes what is posted, or refuses it under /refuse."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.requests.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        self.send_response(500 if self.path == "/refuse" else 200)
        self.end_headers()

    do_GET = do_POST  # noqa: N815 - the name that http.server calls

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def config(tmp_path: Path, receiver: Receiver) -> Path:
    url = f"http://127.0.0.1:{receiver.server_port}"
    (tmp_path / "key").write_text(SECRET)
    file = tmp_path / "site.yaml"
    file.write_text(
        f"""
version: 1
site: {{id: north}}
hooks:
  - {{id: ops, kind: webhook, url: "{url}/take", secret: "file:key"}}
  - {{id: am, kind: alertmanager, url: "{url}"}}
  - {{id: beat, kind: heartbeat, url: "{url}/ping"}}
  - {{id: broken, kind: webhook, url: "{url}/refuse", enabled: false}}
  - {{id: unsecret, kind: webhook, url: "{url}/take", secret: "file:missing", enabled: false}}
"""
    )
    return file


def test_all_hooks(config, receiver, capsys) -> None:
    """Every enabled hook gets one test, marked as a test, and its result is printed."""
    assert 0 == main(["test-alert", "--config", str(config)])
    lines = capsys.readouterr().out.splitlines()
    assert ["ops", "am", "beat"] == [line.split()[0] for line in lines]
    assert all("delivered in" in line for line in lines)
    requests = {path: (headers, body) for path, headers, body in receiver.requests}
    assert {"/take", "/api/v2/alerts", "/ping"} == set(requests)
    headers, body = requests["/take"]
    told = Verifier(SECRET).verify(body, headers)
    assert ("finding.test", "TEST", "north") == (told["type"], told["data"]["rule"], told["data"]["site"])
    assert "This is a test" in told["data"]["message"]
    assert "HeadframeTest" == json.loads(requests["/api/v2/alerts"][1])[0]["labels"]["alertname"]


def test_named_hook_that_fails(config, capsys) -> None:
    """A hook that is named is tried although it is off, and its failure is the command's."""
    assert 1 == main(["test-alert", "broken", "--config", str(config), "--json"])
    result = json.loads(capsys.readouterr().out)["hooks"][0]
    assert ("broken", "webhook", False, "server_error") == tuple(
        result[key] for key in ("hook", "kind", "ok", "reason")
    )


def test_missing_secret(config, capsys) -> None:
    """A hook whose secret cannot be read fails alone, with the reference in the message."""
    assert 1 == main(["test-alert", "unsecret", "--config", str(config)])
    assert "unsecret (webhook): FAILED, misconfigured: hook unsecret: file:missing" in capsys.readouterr().out


def test_unknown_hook(config, capsys) -> None:
    """A name that no hook has is a usage error that tells the names there are."""
    assert 2 == main(["test-alert", "nobody", "--config", str(config), "--json"])
    error = json.loads(capsys.readouterr().out)["error"]
    assert ("no_hook", "no hook is called nobody (there: ops, am, beat, broken, unsecret)") == (
        error["reason"],
        error["message"],
    )


def test_no_hooks(tmp_path, capsys) -> None:
    """A site without hooks cannot be tested, and that is said."""
    file = tmp_path / "site.yaml"
    file.write_text("version: 1\nsite: {id: north}\n")
    assert 2 == main(["test-alert", "--config", str(file)])
    assert "no hook is configured" in capsys.readouterr().err


def test_invalid_configuration(tmp_path, capsys) -> None:
    """A configuration that cannot be used is said with its first problem."""
    file = tmp_path / "site.yaml"
    file.write_text("version: 1\nsite: {id: north}\nhoks: []\n")
    assert 1 == main(["test-alert", "--config", str(file), "--json"])
    error = json.loads(capsys.readouterr().out)["error"]
    assert "invalid" == error["reason"]
    assert "hoks" in error["message"]
