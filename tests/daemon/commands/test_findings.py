"""`headframe findings` asks the running daemon over its own API."""

import asyncio
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from daemon.cli import main
from daemon.web.events import Events
from daemon.web.server import Server

FINDINGS: list[dict[str, Any]] = [
    {
        "id": "H-06-00aa",
        "rule": "H-06",
        "subject": "m1",
        "severity": "high",
        "state": "open",
        "message": "board 2 is missing",
        "rack": "r1",
        "slot": "4",
        "feeder": "f1",
        "acknowledged_by": "ana",
        "silenced_until": 2e9,
    },
    {
        "id": "P-01-00bb",
        "subject": "m2",
        "severity": "warn",
        "state": "pending",
        "message": "loses money",
        "rack": None,
    },
]


class Source:
    """The part of the daemon that the command asks for."""

    def __init__(self) -> None:
        self.done: list[tuple[object, ...]] = []
        self.findings = list(FINDINGS)

    def finding_documents(self) -> list[dict[str, Any]]:
        return self.findings

    async def acknowledge(self, finding_id: str, *, by: str) -> bool:
        self.done.append(("ack", finding_id, by))
        return finding_id == "H-06-00aa"

    async def silence(self, finding_id: str, *, seconds: float, by: str) -> bool:
        self.done.append(("silence", finding_id, seconds, by))
        return finding_id == "H-06-00aa"

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda *_, **__: {}


@contextmanager
def _serving(source: Source, *, token: str | None = None, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Serve from a thread of its own: the command blocks, as it does in a shell."""
    ports: list[int] = []
    ready, stop = threading.Event(), threading.Event()

    async def serve() -> None:
        server = Server(source=source, events=Events(dropped=lambda: None), token=token)
        async with server.serve(host="127.0.0.1", port=0, tls=tls) as port:
            ports.append(port)
            ready.set()
            await asyncio.to_thread(stop.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert ready.wait(10)
        yield ports[0]
    finally:
        stop.set()
        thread.join()


@pytest.fixture
def site(tmp_path: Path) -> Callable[..., str]:
    def write(port: int, more: str = "") -> str:
        file = tmp_path / "site.yaml"
        file.write_text(f'version: 1\nsite: {{id: north}}\nweb: {{listen: "127.0.0.1:{port}"{more}}}\n')
        return str(file)

    return write


def test_list(site, capsys) -> None:
    """Findings are listed with their place and marks, or as the documents that the daemon gave."""
    with _serving(Source()) as port:
        assert 0 == main(["findings", "list", "--config", site(port)])
        lines = capsys.readouterr().out.splitlines()
        assert 0 == main(["findings", "list", "--config", site(port), "--json"])
        assert FINDINGS == json.loads(capsys.readouterr().out)["findings"]
    assert ["high", "open", "H-06-00aa", "m1:"] == lines[0].split()[:4]
    assert "(feeder f1, rack r1, slot 4, acknowledged by ana, silenced)" in lines[0]
    assert lines[1].endswith("m2: loses money")


def test_no_findings(site, capsys) -> None:
    """A site where all is well says so."""
    source = Source()
    source.findings = []
    with _serving(source) as port:
        assert 0 == main(["findings", "list", "--config", site(port)])
    assert "no findings\n" == capsys.readouterr().out


def test_acknowledge_and_silence(site, capsys) -> None:
    """Both reach the daemon with the id, the name and the time."""
    source = Source()
    with _serving(source) as port:
        assert 0 == main(["findings", "ack", "H-06-00aa", "--by", "ben", "--config", site(port)])
        assert 0 == main(["findings", "silence", "H-06-00aa", "--for", "1h30m", "--config", site(port), "--json"])
    out = capsys.readouterr().out
    assert "H-06-00aa is acknowledged by ben" in out
    assert {"silenced": True} == json.loads(out.split("\n", 1)[1])
    assert ("ack", "H-06-00aa", "ben") == source.done[0]
    assert ("silence", "H-06-00aa", 5400.0) == source.done[1][:3]


def test_unknown_finding(site, capsys) -> None:
    """An id that no finding has is said in the daemon's own words, also one with odd letters."""
    with _serving(Source()) as port:
        assert 1 == main(["findings", "ack", "a/b c", "--config", site(port), "--json"])
    error = json.loads(capsys.readouterr().out)["error"]
    assert ("not_found", "no finding is called a/b c") == (error["reason"], error["message"])


def test_bad_duration(site, capsys) -> None:
    """A time that is none is a usage error."""
    with _serving(Source()) as port:
        assert 2 == main(["findings", "silence", "H-06-00aa", "--for", "soon", "--config", site(port)])
    assert "soon" in capsys.readouterr().err


def test_token(site, tmp_path, capsys) -> None:
    """The configured token is sent; another one is denied."""
    (tmp_path / "token").write_text("open-sesame")
    with _serving(Source(), token="open-sesame") as port:
        assert 0 == main(["findings", "list", "--config", site(port, ', token: "file:token"')])
        (tmp_path / "token").write_text("guess")
        assert 5 == main(["findings", "list", "--config", site(port), "--json"])
        assert 5 == main(["findings", "list", "--config", site(port, ', token: "file:token"')])
    assert "guess" not in capsys.readouterr().err


def test_tls(site, tmp_path, capsys) -> None:
    """The daemon's own certificate is trusted, whatever name stands in it, and no other."""
    certificate = trustme.CA().issue_cert("mine.example.net")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    (tmp_path / "cert.pem").write_bytes(certificate.cert_chain_pems[0].bytes())
    (tmp_path / "other.pem").write_bytes(trustme.CA().issue_cert("mine.example.net").cert_chain_pems[0].bytes())
    (tmp_path / "key.pem").write_bytes(certificate.private_key_pem.bytes())
    with _serving(Source(), tls=context) as port:
        for file, expected in (("cert.pem", 0), ("other.pem", 5)):
            config = site(port, f", tls: {{certificate: {file}, key: key.pem}}")
            assert expected == main(["findings", "list", "--config", config])


def test_nobody_there(site, capsys, unused_port) -> None:
    """Without a daemon the command says where it looked."""
    assert 3 == main(["findings", "list", "--config", site(unused_port), "--json"])
    error = json.loads(capsys.readouterr().out)["error"]
    assert ("unreachable", f"http://127.0.0.1:{unused_port}") == (error["reason"], error["target"])


@pytest.mark.parametrize("text", ["version: 1\n", 'version: 1\nsite: {id: n}\nweb: {token: "file:missing"}\n'])
def test_unusable_configuration(text, tmp_path, capsys) -> None:
    """A configuration that does not say how to reach the daemon ends with 1."""
    file = tmp_path / "site.yaml"
    file.write_text(text)
    assert 1 == main(["findings", "list", "--config", str(file), "--json"])
    assert "invalid" == json.loads(capsys.readouterr().out)["error"]["reason"]
