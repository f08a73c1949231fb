"""The page in a real browser: what a person sees, with scripts and without."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from simulator.models import MODELS
from simulator.site import Site
from tests.daemon.app.running import Running, running
from tests.servers.process import find_binary

pytestmark = pytest.mark.server

SECTIONS: dict[str, Any] = {
    "tariff": {"price": "0.09 USD/kWh"},
    "signals": {"hashprice": {"static": "40 USD/PH/day"}},
    "feeders": [{"id": "f1", "contracted": "50 kW"}],
    "rules": {"defaults": {"for": "0s"}},
}
HOSTILE = '<img src=x onerror="document.title=1">'


@pytest.fixture
def browse(tmp_path: Path) -> Any:
    """Give a way to read a page as the browser has it in the end; `scripts` off leaves it as it came."""
    binary = find_binary("chromium")

    async def dump(url: str, *, scripts: bool = True) -> str:
        preferences = tmp_path / "profile/Default/Preferences"
        preferences.parent.mkdir(parents=True, exist_ok=True)
        blocked = {} if scripts else {"profile": {"default_content_setting_values": {"javascript": 2}}}
        preferences.write_text(json.dumps(blocked))
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                 "--disable-extensions", "--disable-background-networking", "--timeout=2500",
                 f"--user-data-dir={tmp_path / 'profile'}"]  # fmt: skip
        process = await asyncio.create_subprocess_exec(
            "timeout", "30", binary, *flags, "--dump-dom", url,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        out, _ = await process.communicate()
        assert 0 == process.returncode
        return out.decode()

    return dump


class Rows(HTMLParser):
    """Every table row of a page as the texts of its cells, by the heading that stands above it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self._heading = ""
        self._into: list[str] | None = None
        self._in_heading = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "h2":
            self._heading, self._in_heading = "", True
        elif tag == "small":
            self._in_heading = False
        elif tag == "tr":
            self.tables.setdefault(self._heading.strip(), []).append([])
        elif tag == "td":
            self._into = [""]

    def handle_endtag(self, tag: str) -> None:
        if tag == "h2":
            self._in_heading = False
        elif tag == "td" and self._into is not None:
            self.tables[self._heading.strip()][-1].append(self._into[0].strip())
            self._into = None

    def handle_data(self, data: str) -> None:
        if self._into is not None:
            self._into[0] += data
        elif self._in_heading:
            self._heading += data


@asynccontextmanager
async def shown(tmp_path: Path) -> AsyncIterator[tuple[Site, Running]]:
    models = [MODELS["s21"], MODELS["s9"], MODELS["m20s"], MODELS["bitaxe-gamma"], MODELS["m60s"]]
    async with Site(models, misbehave={"m5": "refuses"}) as site, running(site, tmp_path, sections=SECTIONS) as daemon:
        await daemon.all_polled()

        async def flagged() -> bool:
            return {"m2", "m3"} <= (await daemon.findings("P-01")).keys()

        await daemon.until(flagged, of="the losses")
        yield site, daemon


@pytest.mark.parametrize("scripts", [True, False])
async def test_worst_first_with_places(tmp_path: Path, browse: Any, scripts: bool) -> None:
    """Silent devices lead, then the greatest loss; each finding names rack and slot; scripts add but the filter."""
    async with shown(tmp_path) as (site, daemon):
        page = await browse(daemon.app.address + "/", scripts=scripts)
        documents = {one["id"]: one for one in await daemon.json("/api/v1/devices")}
        tables = Rows(page).tables
    devices = [row for row in tables["Devices"] if row]
    assert "m5" == devices[0][0]
    assert "unreachable" in devices[0][3]
    assert {"m1", "m2", "m3", "m4", "m5"} == {row[0] for row in devices}
    losses = {name: documents[name]["money"]["margin_per_day"] for name in ("m2", "m3")}
    assert sorted(losses, key=lambda name: losses[name]) == [row[0] for row in devices[1:3]]
    assert all(row[-1] == "unprofitable" and row[-2].startswith("−") for row in devices[1:3])
    findings = {(row[1], row[2]): row for row in tables["Findings"] if len(row) > 4}
    for name in ("m2", "m3"):
        identity = site.devices[name].identity
        assert f"{identity.rack} / {identity.slot}" == findings["P-01", name][3]
    assert scripts == (not re.search(r'<input id="filter"[^>]* hidden', page))


async def test_the_page_keeps_itself_up_to_date(tmp_path: Path) -> None:
    """While it is open the page listens to events and fetches what changed; when it is closed nobody listens."""
    binary = find_binary("chromium")
    async with shown(tmp_path) as (_, daemon):
        fetched = []
        view, events = daemon.app.view, daemon.app.events
        original = view.capacity_documents
        view.capacity_documents = lambda: (fetched.append(1), original())[1]  # type: ignore[func-returns-value, method-assign]
        process = await asyncio.create_subprocess_exec(
            "timeout", "30", binary, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--no-first-run", "--remote-debugging-port=0", f"--user-data-dir={tmp_path / 'profile'}",
            daemon.app.address + "/", stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:

            async def lively() -> bool:
                return len(events._queues) == 1 and len(fetched) >= 3

            await daemon.until(lively, of="a page that listens and fetches")
        finally:
            process.terminate()
            await process.wait()

        async def alone() -> bool:
            return not events._queues

        await daemon.until(alone, of="no reader any more")


async def test_a_finding_is_marked_from_the_page(tmp_path: Path) -> None:
    """A click on `seen` acknowledges the finding and the page shows who did."""
    async with shown(tmp_path) as (_, daemon), driven(daemon.app.address + "/", tmp_path) as run:
        key = (await daemon.findings("P-01"))["m2"]["id"]
        row = f"document.querySelector('tr[data-finding=\"{key}\"]')"

        async def marked() -> bool:
            await run(f"{row}?.querySelector('button:not(:disabled)')?.click()")
            return "page" == (await daemon.findings("P-01"))["m2"]["acknowledged_by"]

        async def told() -> bool:
            return bool(await run(f"{row}?.textContent.includes('seen by page')"))

        await daemon.until(marked, of="a click that is heard")
        await daemon.until(told, of="the page's word of it")


async def test_on_a_telephone_nothing_lies_beyond_the_edge(tmp_path: Path) -> None:
    """In a narrow window the page is not wider than the window, and every finding's message stands within it."""
    within = (
        "(() => { const cells = [...document.querySelectorAll('#findings td:last-child')];"
        " return innerWidth < 600 && cells.length > 1 && document.documentElement.scrollWidth <= innerWidth"
        " && cells.every(cell => cell.getBoundingClientRect().right <= innerWidth); })()"
    )
    async with shown(tmp_path) as (_, daemon), driven(daemon.app.address + "/", tmp_path, size="500,900") as run:

        async def fits() -> bool:
            return bool(await run(within))

        await daemon.until(fits, of="a page that fits")


@asynccontextmanager
async def driven(url: str, folder: Path, *, size: str = "1400,900") -> AsyncIterator[Any]:
    """Open a page in a browser with a window of that size; gives a way to evaluate a script in it."""
    profile = folder / "driven"
    process = await asyncio.create_subprocess_exec(
        "timeout", "60", find_binary("chromium"), "--headless=new", "--no-sandbox", "--disable-gpu",
        "--disable-dev-shm-usage", "--no-first-run", "--remote-debugging-port=0", f"--user-data-dir={profile}",
        f"--window-size={size}", url,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        port = await port_of(profile / "DevToolsActivePort")
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                target = next(one for one in await answer.json() if one["type"] == "page")
            async with session.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as socket:

                async def run(script: str) -> Any:
                    await socket.send_json({"id": 1, "method": "Runtime.evaluate", "params": {"expression": script}})
                    while (message := await socket.receive_json(timeout=20)).get("id") != 1:
                        pass
                    return message["result"]["result"].get("value")

                yield run
    finally:
        process.terminate()
        await process.wait()


async def port_of(file: Path) -> int:
    """Wait until a browser has written where it can be driven."""
    async with asyncio.timeout(30):
        while True:
            if await asyncio.to_thread(file.exists):
                lines = (await asyncio.to_thread(file.read_text)).split()
                if len(lines) > 1:
                    return int(lines[0])
            await asyncio.sleep(0.05)


async def test_texts_of_devices_are_texts(tmp_path: Path, browse: Any) -> None:
    """A device that calls itself markup, or mines for a user that is some, adds no element to any page."""
    async with shown(tmp_path) as (_, daemon):
        state = daemon.app.site.fleet.get("m4")
        assert state is not None
        watched = daemon.app.watch.get("m4")
        assert watched is not None
        original = daemon.app.watch._accept

        def hostile(one: Any, reading: Any) -> None:
            import msgspec

            slots = tuple(msgspec.structs.replace(slot, user=HOSTILE, url=HOSTILE) for slot in reading.pools)
            original(one, msgspec.structs.replace(reading, model=HOSTILE, pools=slots))

        daemon.app.watch._accept = hostile  # type: ignore[method-assign]
        await daemon.app.watch.ask("m4")
        for path in ("/", "/devices/m4"):
            page = await browse(daemon.app.address + path)
            assert "<img" not in page
            assert "&lt;img src=x" in page
