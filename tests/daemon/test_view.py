"""Documents of the site as it stands."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from daemon.once import survey
from daemon.start import load_checked
from daemon.view import View
from simulator.models import MODELS
from simulator.site import Site


@pytest.fixture
async def view(tmp_path: Path) -> AsyncIterator[View]:
    """A look at a site with a loser, a winner and one that is silent."""
    async with Site([MODELS["s9"], MODELS["s21"], MODELS["m50s"]], misbehave={"m3": "refuses"}) as site:
        path = tmp_path / "site.yaml"
        sections = {
            "polling": {"timeout": "1s"},
            "tariff": {"price": "0.06 USD/kWh"},
            "signals": {"hashprice": {"static": "41 USD/PH/day"}},
            "feeders": [{"id": "f1", "contracted": "50 kW"}],
        }
        await site.write_configuration(path, sections=sections)
        yield await survey(await asyncio.to_thread(load_checked, path), patience_s=3.0)


async def test_the_worst_come_first(view: View) -> None:
    """Silent devices lead, then losses; in the inventory's order otherwise."""
    assert ["m3", "m1", "m2"] == view.device_ids(worst_first=True)
    assert ["m1", "m2", "m3"] == view.device_ids(worst_first=False)


async def test_a_device_is_explained_or_excused(view: View) -> None:
    """A device with a fresh reading has its account; one without says why not; an unknown id is named."""
    assert "41" in view.explanation("m1")
    assert "unprofitable" in view.explanation("m1")
    assert view.account("m1")
    assert "no fresh reading" in view.explanation("m3")
    assert "connection refused" in view.explanation("m3")
    assert ([], []) == (view.account("m3"), view.account("m9"))
    assert "no device is called m9" == view.explanation("m9")
    assert None is view.device_document("m9")


async def test_lost_polls_are_listed_newest_first(view: View) -> None:
    """What was lost stands with its time, reason and words; a device that answered has nothing to list."""
    (lost,) = view.failures("m3")
    assert ("unreachable", True) == (lost["reason"], lost["at_text"].endswith(" UTC"))
    assert ([], []) == (view.failures("m1"), view.failures("m9"))


async def test_totals_add_up(view: View) -> None:
    """The site's sums are those of its devices that answer."""
    whole, site = view.whole(), view.site_document()
    devices = whole["devices"]
    assert (3, 2, 1) == (site["devices"], site["up"], site["stale"])
    assert pytest.approx(sum(one["power_w"] for one in devices)) == site["power_w"]
    assert pytest.approx(sum(one["reading"]["hashrate_hs"] for one in devices)) == site["hashrate_hs"]
    assert pytest.approx(sum(one["money"]["margin_per_day"] for one in devices)) == site["margin_per_day"]
    assert 2 == sum(site["verdicts"].values())
    assert ([], None) == (site["notices"], site["prices_missing"])


async def test_one_look_keeps_no_marks(view: View) -> None:
    """What is shown once cannot be acknowledged or silenced."""
    finding = next(view.finding_documents())["id"]
    assert not await view.acknowledge(finding, by="ann")
    assert not await view.silence(finding, seconds=60.0, by="ann")
