"""The whole daemon in the test's own loop, watching a pretend site over real sockets."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from daemon.app import App
from daemon.start import load_checked
from simulator.site import Site
from tests.waiting import PATIENCE_S, until

FAST: dict[str, Any] = {
    "polling": {"interval": "1s", "timeout": "1s"},
    "rules": {"defaults": {"for": "0s", "clear_for": "0s", "dwell": "0s"}},
    "web": {"listen": "127.0.0.1:0", "reload": True},
}
_SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class Running:
    """A daemon that runs: its address, a session to ask it with, and the file that it was configured by."""

    def __init__(self, app: App, session: aiohttp.ClientSession, path: Path) -> None:
        self.app = app
        self.session = session
        self.path = path

    async def text(self, path: str, **options: Any) -> str:
        """Give the body of an answer that must be fine."""
        async with self.session.get(path, **options) as answer:
            assert 200 == answer.status, (path, answer.status, await answer.text())
            return await answer.text()

    async def json(self, path: str) -> Any:
        """Give an answer's document."""
        async with self.session.get(path) as answer:
            assert 200 == answer.status, (path, answer.status, await answer.text())
            return await answer.json()

    async def status(self, path: str) -> int:
        """Give an answer's status alone."""
        async with self.session.get(path) as answer:
            return answer.status

    async def samples(self) -> list[tuple[str, dict[str, str], float]]:
        """Give every sample of the metrics page."""
        return samples(await self.text("/metrics"))

    async def value(self, metric: str, **labels: str) -> float | None:
        """Sum the samples of a metric that bear the labels; None without any."""
        found = [
            value
            for name, given, value in await self.samples()
            if name == metric and all(given.get(key) == wanted for key, wanted in labels.items())
        ]
        return sum(found) if found else None

    async def findings(self, rule: str, state: str = "open") -> dict[str, dict[str, Any]]:
        """Give a rule's findings by subject."""
        documents = await self.json("/api/v1/findings")
        return {one["subject"]: one for one in documents if one["rule"] == rule and one["state"] == state}

    async def reload(self) -> tuple[int, dict[str, Any]]:
        """Ask for a reload: status and document."""
        async with self.session.post("/-/reload") as answer:
            return answer.status, await answer.json()

    def rewrite(self, change: Callable[[dict[str, Any]], object]) -> None:
        """Change the configuration file."""
        written = yaml.safe_load(self.path.read_text())
        change(written)
        self.path.write_text(yaml.safe_dump(written, sort_keys=False))

    async def until(self, holds: Callable[[], Awaitable[Any]], *, of: str, patience_s: float = PATIENCE_S) -> Any:
        """Wait for something to become true; gives it."""
        return await until(holds, of=of, patience_s=patience_s)

    async def all_polled(self) -> None:
        """Wait until every device has been asked, and the site has been surveyed after that."""
        loop = asyncio.get_running_loop()

        async def asked() -> bool:
            return all(state.reading is not None or state.reason for state in self.app.site.fleet)

        await self.until(asked, of="every device asked")
        survey = self.app.site.survey
        deadline = loop.time() + PATIENCE_S
        while self.app.site.survey is survey and loop.time() < deadline:
            await asyncio.sleep(0.02)


@asynccontextmanager
async def running(
    site: Site, folder: Path, *, sections: Mapping[str, Any] | None = None, survey_s: float = 0.2
) -> AsyncIterator[Running]:
    """Write the site's configuration into a folder, with `sections` in place of the usual ones, and watch it."""
    path = folder / "site.yaml"
    if not path.exists():
        await site.write_configuration(path, sections={**FAST, **(sections or {})})
    async with watching(path, survey_s=survey_s) as daemon:
        yield daemon


@asynccontextmanager
async def watching(path: Path, *, survey_s: float = 0.2) -> AsyncIterator[Running]:
    """Run the daemon by a configuration file that is there."""
    app = App(await asyncio.to_thread(load_checked, path), survey_s=survey_s)
    async with app.started() as address, aiohttp.ClientSession(address) as session:
        yield Running(app, session, path)


def samples(page: str) -> list[tuple[str, dict[str, str], float]]:
    """Read a metrics page, both formats alike: name, labels, value."""
    found = []
    for line in page.splitlines():
        if line.startswith("#"):
            continue
        match = _SAMPLE.match(line)
        assert match is not None, line
        name, labels, value = match.groups()
        found.append((name, dict(_LABEL.findall(labels or "")), float(value)))
    return found
