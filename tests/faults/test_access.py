"""Who may look: starts that are refused, TLS with a token, and secrets that stay secret."""

import asyncio
import json
import os
import re
import shutil
import signal
import ssl
import stat
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import trustme
import yaml

from simulator.models import MODELS
from simulator.site import Site
from tests.faults.daemon_process import command, daemon, write
from tests.waiting import until

CANARY = "canary-7f3e"


async def status(session: aiohttp.ClientSession, path: str, **options: Any) -> int:
    async with session.get(path, **options) as answer:
        await answer.read()
        return answer.status


async def test_beyond_loopback_a_token_is_needed(tmp_path: Path) -> None:
    """Without a token both check-config and run refuse to listen beyond loopback, in the same words with the place."""
    async with Site([MODELS["s21"]]) as site:
        path, port = await write(site, tmp_path, web={"listen": "0.0.0.0:0"})
        code, out, err = await command("check-config", str(path))
        assert 1 == code
        async with daemon(path, port=port) as running, asyncio.timeout(20):
            assert 1 == await running.process.wait()
        said = running.said()
    words = re.compile(r"site\.yaml:\d+:\d+: web\.listen: .*other machines.*token")
    assert (True, True) == (bool(words.search(out + err)), bool(words.search(said))), (out, err, said)
    assert "Traceback" not in said


async def test_with_token_and_tls_it_serves_all(tmp_path: Path) -> None:
    """Beyond loopback, with a certificate and a token, the API answers those who trust the one and know the other."""
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    for blob in certificate.cert_chain_pems:
        blob.write_to_path(str(tmp_path / "certificate.pem"), append=True)
    (tmp_path / "token").write_text("let-me-in\n")
    (tmp_path / "token").chmod(0o600)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    async with Site([MODELS["s21"]]) as site:
        tls = {"certificate": "certificate.pem", "key": "key.pem"}
        path, port = await write(site, tmp_path, web={"token": "file:token", "tls": tls})
        path.write_text(path.read_text().replace(f"127.0.0.1:{port}", f"0.0.0.0:{port}"))
        async with daemon(path, port=port) as running:
            connector = aiohttp.TCPConnector(ssl=trusting)
            async with aiohttp.ClientSession(f"https://127.0.0.1:{port}", connector=connector) as session:

                async def up() -> bool:
                    assert running.process.returncode is None, running.said()
                    try:
                        return 200 == await status(session, "/-/healthy")
                    except aiohttp.ClientConnectorError:
                        return False

                await until(up, of="health over TLS")
                assert 401 == await status(session, "/metrics")
                bearer = {"Authorization": "Bearer let-me-in"}
                for place in ("/metrics", "/", "/api/v1/site"):
                    assert 200 == await status(session, place, headers=bearer)
            async with aiohttp.ClientSession() as stranger:
                with pytest.raises(aiohttp.ClientConnectorCertificateError):
                    await status(stranger, f"https://127.0.0.1:{port}/-/healthy")
                with pytest.raises(aiohttp.ClientError):
                    await status(stranger, f"http://127.0.0.1:{port}/-/healthy")
            assert 0 == await running.stop()
        assert "let-me-in" not in running.said()


async def test_secrets_are_never_shown(tmp_path: Path) -> None:
    """No password, token, key or secret address is in the log at debug, the metrics, the API, the page or a bundle."""
    secrets = {name: f"{CANARY}-{name}" for name in ("device", "pool", "token", "url", "broker", "signal")}
    async with Site([MODELS["s21"], MODELS["m50s"]], misbehave={"m1": "denied"}) as site:
        path, port = await write(
            site,
            tmp_path,
            log={"level": "debug"},
            web={"token": "file:secrets/token"},
            mqtt={"host": "127.0.0.1", "port": 1, "username": "watcher", "password": "file:secrets/broker"},
            pools=[
                {"id": "p1", "url": site.pools["p1"].url, "user": "a.b", "password": "file:secrets/pool", "fee": "2%"}
            ],
            credentials=[{"family": "antminer", "username": "root", "password": "file:secrets/device"}],
            hooks=[{"id": "ops", "kind": "webhook", "url": "file:secrets/url"}],
        )
        for name, secret in secrets.items():
            text = f"{site.services.url}/hook/{secret}" if name == "url" else secret
            (tmp_path / "secrets" / name).write_text(text + "\n")
            (tmp_path / "secrets" / name).chmod(stat.S_IRUSR | stat.S_IWUSR)
        site.sink.fail(1)
        bearer = {"Authorization": f"Bearer {secrets['token']}"}
        async with daemon(path, port=port) as running:
            await running.ready()

            async def hooked() -> bool:
                return site.sink.count > 0 and "hook ops fails" in running.said()

            await until(hooked, of="a delivery that fails")
            shown = {}
            async with aiohttp.ClientSession(running.address, headers=bearer) as session:
                for place in ("metrics", "", "fragment", "devices/m1", "api/v1/site", "api/v1/devices",
                              "api/v1/devices/m1", "api/v1/findings", "api/v1/pools", "api/v1/network"):  # fmt: skip
                    async with session.get(f"/{place}") as answer:
                        assert 200 == answer.status
                        shown[place] = await answer.text()
            running.process.send_signal(signal.SIGHUP)
            code, bundle, words = await command("diagnose", "--config", str(path))
            shown |= {"diagnose": bundle, "diagnose's words": words}
            assert (0, True) == (code, "/api/v1/site" in json.loads(bundle)["daemon"])
            assert 0 == await running.stop()
        shown["log"] = running.said()
        _, shown["once"], _ = await command("once", "--config", str(path), "--json")
    assert "denied" in shown["log"]
    assert [] == [place for place, text in shown.items() if CANARY in text]


@pytest.mark.skipif(os.geteuid() == 0 and shutil.which("setpriv") is None, reason="root needs setpriv to be denied")
async def test_sighup_refuses_what_may_not_be_read(tmp_path: Path) -> None:
    """On SIGHUP a file without read permission or half-written is refused by place in the log; the next is taken."""
    humble = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
    async with Site([MODELS["s21"]]) as site:
        path, port = await write(site, tmp_path)
        async with daemon(path, port=port, before=humble) as running:
            await running.ready()
            good = path.read_bytes()
            path.chmod(0)
            running.process.send_signal(signal.SIGHUP)
            await until(says(running, "site.yaml:1:1: file: ", times=1), of="a refusal for want of permission")
            path.chmod(0o600)
            path.write_bytes(good[: len(good) // 2])
            running.process.send_signal(signal.SIGHUP)
            await until(says(running, "reload refused: ", times=2), of="a refusal of half a file")
            assert "headframe_config_last_reload_successful 0.0" in await running.json("/metrics")
            changed = yaml.safe_load(good)
            changed["site"]["name"] = "Another name"
            path.write_text(yaml.safe_dump(changed))
            running.process.send_signal(signal.SIGHUP)
            await until(says(running, "reload: taken", times=1), of="the next one taken")
            assert "Another name" == (await running.json("/api/v1/site"))["name"]
            assert "headframe_config_last_reload_successful 1.0" in await running.json("/metrics")
            assert 0 == await running.stop()


def says(running, words: str, *, times: int):
    async def holds() -> bool:
        assert running.process.returncode is None, running.said()
        return running.said().count(words) >= times

    return holds
