"""Apprise delivers findings as text, through a real request of its own, without holding the loop or the deadline."""

import asyncio
import logging
import sys
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from daemon.hooks.apprise import Apprise, text, title
from daemon.hooks.hook import DeliveryFailed, Notice

# The library looks for modules that Python has announced to drop.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def _notice(finding, kind: str = "opened") -> Notice:
    return Notice(id=f"{finding.id}-{kind}", kind=kind, at=1.0, finding=finding, site="north")


@pytest.fixture
def address(receiver) -> str:
    parts = urlsplit(receiver.url)
    return f"json://{parts.hostname}:{parts.port}/alerts"


async def test_message(receiver, address, finding) -> None:
    """One finding becomes a message with what, where and what to do."""
    hook = Apprise("chat", url=address)
    await hook.send([_notice(finding())])
    hook.close()
    said = receiver.requests[0].json()
    assert ("[FIRING] Board missing: m1", "failure") == (said["title"], said["type"])
    assert (
        "board 2 of 3 does not answer\nhigh · H-06 · feeder f1 · rack r1 · slot 4 · H-06-000001\n"
        "Reseat its cables, then swap it."
    ) == said["message"]


async def test_several_in_one_message(receiver, address, finding) -> None:
    """A storm of findings is one message; one of endings only is good news."""
    hook = Apprise("chat", url=address)
    await hook.send([_notice(finding(1)), _notice(finding(2, severity="warn"), "updated")])
    await hook.send([_notice(finding(1), "closed"), _notice(finding(2), "closed")])
    hook.close()
    first, second = (request.json() for request in receiver.requests)
    assert ("Headframe north: 2 findings", "failure") == (first["title"], first["type"])
    assert "[CHANGED] Board missing: m2" in first["message"]
    assert "success" == second["type"]
    assert "Reseat" not in second["message"]


async def test_tokens_stay_out_of_the_log(receiver, address, finding, caplog) -> None:
    """Whatever the library and its own libraries log, an address with a token in it is not repeated."""
    caplog.set_level(logging.DEBUG)
    hook = Apprise("chat", url=f"{address}/swordfish?+X-Key=swordfish")
    await hook.send([_notice(finding())])
    hook.close()
    assert "/alerts/swordfish" == receiver.requests[0].path
    ours = [record.getMessage() for record in caplog.records if record.name != "aiohttp.access"]
    assert "swordfish" not in " ".join(ours)


async def test_refusal(receiver, address, finding) -> None:
    """A service that does not take the message is a failed delivery."""
    receiver.always = 500
    hook = Apprise("chat", url=address)
    with pytest.raises(DeliveryFailed) as caught:
        await hook.send([_notice(finding())])
    hook.close()
    assert "failed" == caught.value.reason


async def test_slow_service(receiver, address, finding) -> None:
    """A service that hangs costs the deadline; what waited behind it and was given up is not sent late."""
    stop = asyncio.Event()

    async def hang() -> web.Response:
        await stop.wait()
        return web.Response()

    hook = Apprise("chat", url=address, timeout_s=60.0)
    await hook.send([_notice(finding(0))])
    receiver.answers = [hang]
    async with asyncio.TaskGroup() as group:
        first = group.create_task(hook.send([_notice(finding(1))]))
        await receiver.until(2)
        hook._timeout_s = 0.05
        with pytest.raises(DeliveryFailed) as caught:
            await hook.send([_notice(finding(2))])
        first.cancel()
    assert "timed_out" == caught.value.reason
    stop.set()
    hook._timeout_s = 60.0
    await hook.send([_notice(finding(3))])
    hook.close()
    assert ["m0", "m1", "m3"] == [one.json()["title"].split()[-1] for one in receiver.requests]


@pytest.mark.parametrize("url", ["nonsense://swordfish@there", "just swordfish", "tgram://swordfish/x"])
async def test_address_that_apprise_does_not_know(url, finding, caplog) -> None:
    """An address of no known service is the configuration's fault, and is not repeated: it may carry a token."""
    caplog.set_level(logging.DEBUG)
    hook = Apprise("chat", url=url)
    with pytest.raises(DeliveryFailed) as caught:
        await hook.send([_notice(finding())])
    hook.close()
    assert "misconfigured" == caught.value.reason
    assert "swordfish" not in str(caught.value) + caplog.text


async def test_library_is_optional(finding, monkeypatch) -> None:
    """Without the library the failure says how to install it."""
    monkeypatch.setitem(sys.modules, "apprise", None)
    hook = Apprise("chat", url="json://127.0.0.1/")
    with pytest.raises(DeliveryFailed, match=r"headframe\[notify\]"):
        await hook.send([_notice(finding())])
    hook.close()


def test_words_without_place(finding) -> None:
    """A finding without title, rack and advice reads well too."""
    bare = _notice(finding(title="", rack=None, slot=None, feeder=None, advice=""), "test")
    assert "[TEST] H-06: m1" == title([bare])
    assert "board 2 of 3 does not answer\nhigh · H-06 · H-06-000001" == text([bare])
