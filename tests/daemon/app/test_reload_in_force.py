"""What a reload took is in force: access, certificate, bounds and log; what waits for a restart is said."""

import asyncio
import logging
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from simulator.models import MODELS
from simulator.site import Site
from tests.daemon.app.running import FAST, running


@pytest.fixture
def logs() -> Iterator[logging.Logger]:
    """Give the root logger, and leave it as it was."""
    root = logging.getLogger()
    before = root.level, root.handlers[:]
    yield root
    root.setLevel(before[0])
    root.handlers[:] = before[1]


def secret(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text)
    (folder / name).chmod(0o600)
    return f"file:{name}"


async def test_a_changed_token_is_asked_for_at_once(tmp_path: Path) -> None:
    """After the reload the old token opens nothing; a token that is given first, or taken away, counts as well."""
    async with Site([MODELS["s21"]]) as site, running(site, tmp_path) as daemon:

        async def status(token: str | None) -> int:
            headers = {} if token is None else {"Authorization": f"Bearer {token}"}
            async with daemon.session.get("/api/v1/site", headers=headers) as answer:
                return answer.status

        assert 200 == await status(None)
        daemon.rewrite(lambda config: config["web"].update(token=secret(tmp_path, "token", "first")))
        assert [] == await daemon.app.reload()
        assert [401, 200] == [await status(None), await status("first")]
        secret(tmp_path, "token", "second")
        assert [] == await daemon.app.reload()
        assert [401, 200] == [await status("first"), await status("second")]
        (tmp_path / "token").unlink()
        assert "token" in (await daemon.app.reload())[0]
        assert 200 == await status("second")
        daemon.rewrite(lambda config: config["web"].update(reload=False) or config["web"].pop("token"))
        assert [] == await daemon.app.reload()
        assert 200 == await status(None)
        async with daemon.session.post("/-/reload") as answer:
            assert 403 == answer.status


async def test_a_renewed_certificate_is_shown_to_who_connects(tmp_path: Path) -> None:
    """A certificate that was renewed in its place is shown after a reload; one that cannot be used refuses it."""
    authority = trustme.CA()

    def renew() -> bytes:
        issued = authority.issue_cert("127.0.0.1")
        issued.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
        (tmp_path / "certificate.pem").write_bytes(issued.cert_chain_pems[0].bytes())
        return ssl.PEM_cert_to_DER_cert(issued.cert_chain_pems[0].bytes().decode())

    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)

    async def shown(port: int) -> bytes | None:
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting)
        der: bytes | None = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        writer.close()
        await writer.wait_closed()
        return der

    first = renew()
    web = {**FAST["web"], "tls": {"certificate": "certificate.pem", "key": "key.pem"}}
    async with Site([MODELS["s21"]]) as site, running(site, tmp_path, sections={"web": web}) as daemon:
        port = int(daemon.app.address.rsplit(":", 1)[1])
        assert first == await shown(port)
        second = renew()
        assert [] == await daemon.app.reload()
        assert second == await shown(port)
        (tmp_path / "certificate.pem").write_text("no certificate")
        assert "web.tls" in (await daemon.app.reload())[0]
        assert second == await shown(port)


async def test_bounds_and_log_follow(tmp_path: Path, logs: logging.Logger) -> None:
    """Polls at once, patience, the site's name in notices and the least level that is logged are as the file says."""
    async with Site([MODELS["s21"]]) as site, running(site, tmp_path) as daemon:

        def change(config: dict[str, Any]) -> None:
            config["polling"].update(concurrency=7, per_subnet=3, timeout="40s", interval="60s")
            config["log"] = {"level": "debug"}
            config["site"]["id"] = "south"

        daemon.rewrite(change)
        assert [] == await daemon.app.reload()
        scheduler, progress, notifier = daemon.app.scheduler, daemon.app.progress, daemon.app.notifier
        assert (7, 3, 180.0) == (scheduler._concurrency, scheduler._per_group, progress.patience_s)
        assert ("south", logging.DEBUG) == (notifier._site, logs.level)


async def test_what_waits_for_a_restart_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Another address or ledger is taken with the next start; log and page say so until the file says otherwise."""
    async with Site([MODELS["s21"]]) as site, running(site, tmp_path) as daemon:
        daemon.rewrite(
            lambda config: config["web"].update(listen="127.0.0.1:1") or config.update(ledger={"path": "other.sqlite"})
        )
        assert [] == await daemon.app.reload()
        told = "Changed in the file, in force after a restart: web.listen, ledger.path."
        assert told in (await daemon.json("/api/v1/site"))["notices"]
        assert "web.listen is changed in the file" in caplog.text
        daemon.rewrite(lambda config: config["web"].update(listen="127.0.0.1:0") or config.pop("ledger"))
        assert [] == await daemon.app.reload()
        assert [] == [one for one in (await daemon.json("/api/v1/site"))["notices"] if "restart" in one]
