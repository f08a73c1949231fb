"""What the running daemon finds out about pools, and about the work that is done for them."""

from pathlib import Path

import pytest

from daemon import persistence
from simulator.models import MODELS
from simulator.site import Site
from tests.daemon.app.running import Running, running, watching

TWO = [MODELS["s21"], MODELS["s9"]]


async def test_both_accounts_of_a_devices_work_are_in_its_document(tmp_path: Path) -> None:
    """After a few polls a device's document has what it reports and what its shares prove; accounts have sums."""
    async with Site(TWO) as site, running(site, tmp_path) as daemon:
        await daemon.all_polled()

        async def known() -> bool:
            return all(device["truth"]["24h"] is not None for device in await daemon.json("/api/v1/devices"))

        await daemon.until(known, of="both accounts")
        device = await daemon.json("/api/v1/devices/m1")
        for truth in device["truth"].values():
            assert truth["seconds"] > 0.0
            assert truth["share_low_hs"] <= truth["share_hs"] <= truth["share_high_hs"]
        (account,) = await daemon.json("/api/v1/truth")
        assert ("p1", 2, None) == (account["pool"], account["devices"], account["credited_hs"])
        assert ["pretend.m1", "pretend.m2"] == [worker["user"] for worker in account["workers"]]
        assert account["24h"]["reported_hs"] > device["truth"]["24h"]["reported_hs"] * 0.9


async def test_the_three_truths_are_on_the_metrics_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Devices and their account show reported, proved, interval and credit."""
    monkeypatch.setattr("daemon.site.UNSETTLED_S", 1.0)
    async with Site(TWO) as site, running(site, tmp_path) as daemon:
        credit = {"pool_hashrate_p1": {"static": 200, "unit": "TH/s"}}
        daemon.rewrite(lambda written: written["signals"].update(credit))
        assert 200 == (await daemon.reload())[0]
        prefix = "headframe_pool_account_"
        names = ("reported_mean", "proved", "proved_low", "proved_high", "credited")

        async def told() -> dict[str, float | None] | None:
            values = {name: await daemon.value(f"{prefix}hashrate_{name}_hashes_per_second") for name in names}
            return values if None not in values.values() else None

        account = await daemon.until(told, of="an account's truths")
        assert 2e14 == account["credited"]
        assert account["proved_low"] <= account["proved"] <= account["proved_high"]
        assert 2.0 == await daemon.value(f"{prefix}devices", account="pretend")
        of_device = "headframe_device_hashrate_reported_mean_hashes_per_second"
        device = await daemon.until(lambda: daemon.value(of_device, device="m1"), of="a device's truths")
        assert 0.0 < device < account["reported_mean"]


async def test_the_work_of_the_past_survives_a_restart(tmp_path: Path) -> None:
    """What was counted before a restart is counted after it."""
    async with Site(TWO) as site:
        async with running(site, tmp_path) as daemon:
            before = await daemon.until(lambda: _seconds(daemon, least=2.0), of="some seconds of work")
        async with watching(tmp_path / "site.yaml") as daemon:
            again = await daemon.until(lambda: _seconds(daemon, least=before), of="the same work and more")
    assert again >= before


async def _seconds(daemon: Running, *, least: float) -> float | None:
    truth = (await daemon.json("/api/v1/devices/m1"))["truth"]["24h"]
    return truth["seconds"] if truth is not None and truth["seconds"] >= least else None


async def test_what_a_pool_credits_stands_beside_it(tmp_path: Path) -> None:
    """A signal named for the pool fills the third column."""
    async with Site(TWO) as site, running(site, tmp_path) as daemon:
        credit = {"pool_hashrate_p1": {"static": 200, "unit": "TH/s"}}
        daemon.rewrite(lambda written: written["signals"].update(credit))
        assert 200 == (await daemon.reload())[0]
        await daemon.all_polled()

        async def credited() -> bool:
            accounts = await daemon.json("/api/v1/truth")
            return bool(accounts) and 2e14 == accounts[0]["credited_hs"]

        await daemon.until(credited, of="what the pool credits")


async def test_devices_left_at_a_silent_pool_are_told(tmp_path: Path) -> None:
    """A pool that goes down while devices go on hashing for it is a finding; the other pool is not concerned."""
    async with Site(TWO) as site, running(site, tmp_path) as daemon:
        await daemon.all_polled()
        assert {} == await daemon.findings("L-08")
        site.pools["p1"].close()

        async def told() -> bool:
            return "p1" in await daemon.findings("L-08")

        await daemon.until(told, of="hashing on old work")
        assert ["p1"] == list(await daemon.findings("L-08"))


async def test_pools_are_judged_by_what_the_watch_saw(tmp_path: Path) -> None:
    """The facts of every pool have its place in the network and in the race."""
    async with Site(TWO) as site, running(site, tmp_path) as daemon:
        await daemon.all_polled()
        await _everyone_agrees(daemon)
        for _ in range(4):
            site.find_block()

        async def raced() -> bool:
            return all(len(pool.lags_s) >= 1 for pool in daemon.app.site.pools)

        await daemon.until(raced, of="a race for a block")
        first, late = daemon.app.site.pools
        assert ("main", "main", None) == (first.chain, late.chain, first.authenticated)
        assert max(first.lags_s) < max(late.lags_s)


@pytest.mark.parametrize(("kind", "rule"), [("other-chain", "L-12"), ("reconnect", "L-04"), ("other-payout", "L-04")])
async def test_a_pool_that_turns_bad_is_told(tmp_path: Path, kind: str, rule: str) -> None:
    """Another chain, another payout, and a call to somebody else's pool are findings of that pool alone."""
    async with Site(TWO) as site, running(site, tmp_path) as daemon:
        await daemon.all_polled()
        await _everyone_agrees(daemon)
        site.misbehave("p2", kind)
        site.find_block()

        async def told() -> bool:
            return "p2" in await daemon.findings(rule)

        await daemon.until(told, of=f"{rule} of a pool that turned to {kind}")
        assert ["p2"] == list(await daemon.findings(rule))


@pytest.mark.parametrize("killed", [False, True], ids=["stopped", "killed"])
async def test_a_change_while_nobody_watched_is_told(tmp_path: Path, *, killed: bool) -> None:
    """A pool that pays somebody else after a restart of ours is told, with what it paid before."""
    async with Site(TWO) as site:
        async with running(site, tmp_path) as daemon:
            await daemon.all_polled()
            await _everyone_agrees(daemon)
            if killed:  # what is written down every minute is all that is left
                persistence.keep_now(daemon.app.ledger, daemon.app._parts())
                daemon.app._parts = list
        site.misbehave("p2", "other-payout")
        async with watching(tmp_path / "site.yaml") as daemon:

            async def told() -> bool:
                return "p2" in await daemon.findings("L-04")

            await daemon.until(told, of="another payout than before the restart")
            assert ["p2"] == list(await daemon.findings("L-04"))
            pools = {pool["id"]: pool for pool in await daemon.json("/api/v1/pools")}
            assert ["payout"] == [change["kind"] for change in pools["p2"]["changes"]]
            assert [] == pools["p1"]["changes"]


async def test_a_pool_with_another_password_is_the_same_pool(tmp_path: Path) -> None:
    """What a pool is known by goes on when its configuration changes, but not under another address."""
    async with Site(TWO) as site, running(site, tmp_path) as daemon:
        await daemon.all_polled()
        await _everyone_agrees(daemon)
        site.misbehave("p2", "other-payout")
        daemon.rewrite(lambda written: written["pools"][1].update(fee="1%"))
        assert 200 == (await daemon.reload())[0]

        async def told() -> bool:
            return "p2" in await daemon.findings("L-04")

        await daemon.until(told, of="another payout than before the reload")


async def _everyone_agrees(daemon: Running) -> None:
    async def agreed() -> bool:
        pools = daemon.app.site.pools
        return bool(pools) and all(pool.network == "agrees" for pool in pools)

    await daemon.until(agreed, of="two pools that agree")
