"""Every way in which a pretend device can go wrong, among healthy ones."""

import asyncio
import math
from pathlib import Path

from collectors import errors
from simulator.misbehaviour import IN_THE_ANSWER, IN_THE_MACHINE, KINDS, ON_THE_WIRE
from simulator.models import MODELS
from simulator.site import Site
from tests.daemon.app.running import running

HEALTHY = [MODELS[key] for key in ("s21", "m50s", "m60s", "bitaxe-gamma", "s19j-pro", "nerdqaxe++")]
# A poll that times out is over before the device's next one is due.
SECTIONS = {"polling": {"interval": "1s", "timeout": "500ms"}}
FAMILIES = ("s19j-pro", "m50s", "bitaxe-gamma")
REASONS = {kind.reason for kind in vars(errors).values() if isinstance(kind, type) and hasattr(kind, "reason")}
LOST = {*ON_THE_WIRE, "deep"} - {"flapping"}


async def test_bad_devices_keep_nobody_waiting(tmp_path: Path) -> None:
    """With every misbehaviour on every family at once the healthy are on time and the bad have a bounded reason."""
    models = HEALTHY + [MODELS[key] for _ in KINDS for key in FAMILIES]
    healthy = [f"m{number}" for number in range(1, len(HEALTHY) + 1)]
    bad = {
        f"m{len(HEALTHY) + 1 + place * len(FAMILIES) + at}": kind
        for place, kind in enumerate(KINDS)
        for at in range(len(FAMILIES))
    }
    async with Site(models) as site, running(site, tmp_path, sections=SECTIONS) as daemon:
        await daemon.all_polled()
        assert all(state.reading for state in daemon.app.site.fleet)
        for name, kind in bad.items():
            site.misbehave(name, kind)
        await site.settled()
        began = asyncio.get_running_loop().time()
        await asyncio.sleep(5.5)
        lasted = asyncio.get_running_loop().time() - began
        page = await daemon.samples()
        documents = {one["id"]: one for one in await daemon.json("/api/v1/devices")}

        for name in healthy:
            assert (0, None, "hashing") == (
                documents[name]["missed"],
                documents[name]["reason"],
                documents[name]["reading"]["state"],
            ), name
            assert documents[name]["age_s"] < 2.5, name
        counts = {name: value for name, labels, value in page if not labels}
        assert 0.0 == counts["headframe_polls_skipped_total"]
        assert [] == [one for one in page if not math.isfinite(one[2])]
        lost = [(labels, value) for name, labels, value in page if name == "headframe_collect_errors_total"]
        assert {labels["reason"] for labels, _ in lost} <= REASONS
        assert {"unreachable", "timed_out", "garbled"} <= {labels["reason"] for labels, _ in lost}
        for name, kind in bad.items():
            document = documents[name]
            if kind in LOST:
                assert document["missed"] > 0, (name, kind, document)
                assert document["reason"] in REASONS, (name, kind)
                assert 0 < len(document["detail"]) < 500, (name, kind, document["detail"])
            elif kind in IN_THE_MACHINE:
                assert 0 == document["missed"], (name, kind, document)
            elif kind in IN_THE_ANSWER:
                assert document["reading"] is not None or document["reason"] in REASONS, (name, kind)
        unread = [value for name, _, value in page if name == "headframe_collect_unread_fields_total"]
        assert sum(unread) > 0
        late = next(value for name, labels, value in page if name.endswith("lag_seconds_sum") and not labels)
        polls = next(value for name, labels, value in page if name.endswith("poll_lag_seconds_count") and not labels)
        assert polls >= lasted * len(healthy) / 2
        assert late / polls < 1.0


async def test_a_device_that_recovers_is_fresh_again(tmp_path: Path) -> None:
    """A device that was refused, garbled or hung is read again once it is well, and what was lost stays listed."""
    kinds = ("refuses", "garbage", "cut")
    async with Site([MODELS["s21"], MODELS["m50s"], MODELS["bitaxe-gamma"]]) as site, running(site, tmp_path) as daemon:
        await daemon.all_polled()
        for number, kind in enumerate(kinds, start=1):
            site.misbehave(f"m{number}", kind)
        await site.settled()

        async def all_lost() -> bool:
            return all(one["missed"] for one in await daemon.json("/api/v1/devices"))

        await daemon.until(all_lost, of="all lost")
        for number in range(1, len(kinds) + 1):
            site.misbehave(f"m{number}", None)
        await site.settled()

        async def all_up() -> bool:
            return all(one["up"] for one in await daemon.json("/api/v1/devices"))

        await daemon.until(all_up, of="all up")
        reasons = [(await daemon.json(f"/api/v1/devices/m{n}"))["failures"][0]["reason"] for n in (1, 2, 3)]
    assert ["unreachable", "garbled"] == reasons[:2]
    assert reasons[2] in REASONS
