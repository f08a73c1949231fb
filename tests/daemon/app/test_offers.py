"""Capacity offers over a whole daemon's file and API: made, kept over a restart, taken back in so many words."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from simulator.models import MODELS
from simulator.site import Site
from tests.daemon.app.running import Running, running, watching

SECTIONS: dict[str, Any] = {
    "tariff": {"price": "0.09 USD/kWh"},
    "signals": {"hashprice": {"static": "40 USD/PH/day"}},
    "feeders": [{"id": "f1", "contracted": "500 kW"}],
    "capacity": {"offer_file": "offers.json", "min_offer": "100 kW"},
}
TWO = [MODELS["s9"], MODELS["s21"]]


async def offered(daemon: Running) -> dict[str, Any] | None:
    return next((one for one in await daemon.json("/api/v1/offers") if not one["withdrawn"]), None)


async def withdrawn(daemon: Running) -> dict[str, Any] | None:
    return next((one for one in await daemon.json("/api/v1/offers") if one["withdrawn"]), None)


async def test_an_offer_is_made_once_and_taken_back_by_its_id(tmp_path: Path) -> None:
    """A restart goes on with the same offer; when the contract shrinks, API and file say that it is withdrawn."""
    file = tmp_path / "offers.json"

    def on_disk() -> list[dict[str, Any]]:
        offers: list[dict[str, Any]] = json.loads(file.read_text())["offers"]
        return offers

    async with Site(TWO) as site:
        async with running(site, tmp_path, sections=SECTIONS) as daemon:
            first = await daemon.until(lambda: offered(daemon), of="an offer")
        async with watching(tmp_path / "site.yaml") as daemon:
            again = await daemon.until(lambda: offered(daemon), of="the offer after the restart")
            daemon.rewrite(lambda config: config["feeders"][0].update(contracted="60 kW"))
            assert (200, {"reloaded": True}) == await daemon.reload()
            ended = await daemon.until(lambda: withdrawn(daemon), of="the withdrawal")

            async def written() -> bool:
                return [ended] == await asyncio.to_thread(on_disk)

            await daemon.until(written, of="the withdrawal on the disk")
    assert ("capacity-offer/1", "f1") == (first["schema"], first["feeder"])
    assert 480 < first["kw_offered"] < 500
    assert (first["id"], first["id"], 0.0) == (again["id"], ended["id"], ended["kw_offered"])
    assert {"id", "feeder", "reason"} <= ended.keys()


async def test_a_file_that_cannot_be_written_is_told_and_tried_again(tmp_path: Path) -> None:
    """Without its folder the site's notices say why; once the folder is there the file appears."""
    folder = tmp_path / "gone"
    sections = {**SECTIONS, "capacity": {**SECTIONS["capacity"], "offer_file": "gone/offers.json"}}

    async with Site(TWO) as site, running(site, tmp_path, sections=sections) as daemon:

        async def noticed() -> list[str]:
            return [text for text in (await daemon.json("/api/v1/site"))["notices"] if "Capacity offers" in text]

        (notice,) = await daemon.until(noticed, of="the notice")
        await asyncio.to_thread(folder.mkdir)

        async def written() -> bool:
            return await asyncio.to_thread((folder / "offers.json").exists)

        await daemon.until(written, of="the file")

        async def quiet() -> bool:
            return not await noticed()

        await daemon.until(quiet, of="no notice any more")
    assert "No such file or directory" in notice


@pytest.mark.parametrize("written", [b"", b"[]", b'{"standing": []}', b'{"standing": 1, "told": {}}'])
async def test_what_is_no_book_of_offers_is_refused(tmp_path: Path, written: bytes) -> None:
    """A state that another version wrote differently is refused, so that the daemon begins anew and says so."""
    async with Site(TWO) as site, running(site, tmp_path, sections=SECTIONS) as daemon:
        with pytest.raises(ValueError, match="not a book of offers"):
            daemon.app.offers.restore_state(written)
