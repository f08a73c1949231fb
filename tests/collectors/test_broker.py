"""Connections to a real broker: in the clear, with a password, over TLS, and to one that never answers."""

import asyncio
import contextlib
import gc
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
import trustme

from collectors import broker as broker_module
from collectors.broker import Broker, broker
from config.model import Mqtt
from tests.servers.process import Server, find_binary


def _broker(server: Server, base: Path = Path(), **settings: Any) -> Broker:
    return broker(Mqtt.model_validate({"host": "127.0.0.1", "port": server.port, **settings}), base=base)


async def _echo(reached: Broker) -> bytes:
    """Send something to ourselves through the broker."""
    async with reached.session("echo") as client:
        await client.subscribe("t")
        await client.publish("t", b"hello")
        async for message in client.messages:
            return message.payload
    raise AssertionError("the messages ended")


def _password_file(entries: Mapping[str, str], folder: Path) -> bytes:
    path = folder / "passwords.made"
    path.touch(mode=0o600)
    for user, password in entries.items():
        subprocess.run([find_binary("mosquitto_passwd"), "-b", str(path), user, password], check=True)
    return path.read_bytes()


@pytest.mark.server
async def test_password(mosquitto, tmp_path) -> None:
    """User and password open the door; without them it stays shut."""
    (tmp_path / "secret").write_text("swordfish\n")
    content = await asyncio.to_thread(_password_file, {"headframe": "swordfish"}, tmp_path)
    server = await asyncio.to_thread(
        lambda: mosquitto(anonymous="false", options=["password_file passwords"], files={"passwords": content})
    )
    known = await asyncio.to_thread(_broker, server, tmp_path, username="headframe", password="file:secret")
    assert b"hello" == await _echo(known)
    assert "swordfish" not in repr(known).replace("password='swordfish'", "")
    with pytest.raises(aiomqtt.MqttError, match="Not authorized"):
        await _echo(_broker(server))


# The library leaves a socket whose handshake failed to the garbage collector, which is called here.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.server
async def test_tls(mosquitto, tmp_path, monkeypatch) -> None:
    """The broker's certificate is verified; ours is shown; who vouches for nobody is refused."""
    monkeypatch.setattr(broker_module, "ANSWER_TIMEOUT_S", 2.0)
    authority, stranger = trustme.CA(), trustme.CA()
    served, shown = authority.issue_cert("127.0.0.1"), authority.issue_cert("headframe@example.net")
    for name, content in (
        ("ca.pem", authority.cert_pem),
        ("stranger.pem", stranger.cert_pem),
        ("own.pem", shown.cert_chain_pems[0]),
        ("own.key", shown.private_key_pem),
    ):
        (tmp_path / name).write_bytes(content.bytes())
    files = {
        "ca": authority.cert_pem.bytes(),
        "cert": served.cert_chain_pems[0].bytes(),
        "key": served.private_key_pem.bytes(),
    }
    listener = ["cafile ca", "certfile cert", "keyfile key", "require_certificate true"]
    server = await asyncio.to_thread(lambda: mosquitto(listener=listener, files=files))

    async def echo(**tls: Any) -> bytes:
        wanted = {key: value if isinstance(value, bool) else str(tmp_path / value) for key, value in tls.items()}
        return await _echo(await asyncio.to_thread(_broker, server, tls=wanted))

    own = {"certificate": "own.pem", "key": "own.key"}
    assert b"hello" == await echo(ca="ca.pem", **own)
    assert b"hello" == await echo(insecure=True, **own)
    with pytest.raises(aiomqtt.MqttError, match="verify failed"):
        await echo(ca="stranger.pem", **own)
    with pytest.raises(aiomqtt.MqttError):
        await echo(ca="ca.pem")
    gc.collect()


def test_missing_files(tmp_path) -> None:
    """Files that are not there are said when the configuration is read, not when the broker is called."""
    settings = Mqtt.model_validate({"host": "127.0.0.1", "tls": {"ca": str(tmp_path / "missing")}})
    with pytest.raises(FileNotFoundError):
        broker(settings, base=tmp_path)


async def test_broker_that_never_answers(monkeypatch) -> None:
    """A connection that is taken and never answered leaves no socket and no task behind."""
    monkeypatch.setattr(broker_module, "ANSWER_TIMEOUT_S", 0.05)
    writers: list[asyncio.StreamWriter] = []

    async def hang(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    reached = Broker(host="127.0.0.1", port=server.sockets[0].getsockname()[1])
    tasks, descriptors = len(asyncio.all_tasks()), len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        with pytest.raises(aiomqtt.MqttError, match="timed out"):
            async with reached.session("patient"):
                pass
    for writer in writers:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
    assert (tasks, descriptors) == (len(asyncio.all_tasks()), len(os.listdir("/proc/self/fd")))
    server.close()
