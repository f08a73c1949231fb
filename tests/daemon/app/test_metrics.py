"""The metrics page of a daemon that watches the demo's site."""

import asyncio
import json
import math
import subprocess
import urllib.parse
from pathlib import Path

import pytest

from simulator.models import MODELS
from simulator.site import Site, demo_site
from tests.daemon.app.running import running, samples
from tests.servers.fixtures import Factory
from tests.servers.process import find_binary

# What the page must show of the demo's site, by name; the histograms by their count.
SHOWN = [
    "device_info",
    "device_up",
    "device_state",
    "device_hashrate_hashes_per_second",
    "device_hashrate_expected_hashes_per_second",
    "device_power_watts",
    "device_efficiency_joules_per_terahash",
    "device_board_temperature_celsius",
    "device_chip_temperature_celsius",
    "device_board_hashrate_hashes_per_second",
    "device_fan_speed_rpm",
    "device_shares_accepted_total",
    "device_shares_rejected_total",
    "device_shares_stale_total",
    "device_uptime_seconds",
    "device_energy_joules_total",
    "device_last_reading_timestamp_seconds",
    "device_revenue_per_day",
    "device_cost_per_day",
    "device_margin_per_day",
    "device_verdict",
    "device_break_even_price_per_kilowatt_hour",
    "pool_up",
    "pool_connect_seconds",
    "pool_first_job_seconds",
    "pool_last_job_timestamp_seconds",
    "pool_difficulty",
    "pool_jobs_total",
    "pool_new_block_lag_seconds",
    "network_difficulty",
    "network_hashrate_hashes_per_second",
    "network_height",
    "network_hashprice_per_petahash_day",
    "network_block_fees_bitcoin",
    "site_power_watts",
    "site_power_unexplained_watts",
    "feeder_power_watts",
    "feeder_power_unexplained_watts",
    "feeder_power_unexplained_error_watts",
    "site_hashrate_hashes_per_second",
    "site_margin_per_day",
    "capacity_spare_watts",
    "finding_active",
    "collect_duration_seconds_count",
    "collect_errors_total",
    "poll_lag_seconds_count",
    "event_loop_lag_seconds",
    "config_last_reload_successful",
    "config_last_reload_success_timestamp_seconds",
    "hook_deliveries_total",
    "hook_delivery_failures_total",
    "pool_reconnects_total",
    "queue_length",
    "ledger_in_memory",
    "build_info",
]
# What appears only when something else goes wrong; its head is there all the same.
HEADED = ["collect_unread_fields_total", "queue_dropped_total", "polls_skipped_total"]
KEPT_WHEN_STALE = {
    "headframe_device_up",
    "headframe_device_info",
    "headframe_device_last_reading_timestamp_seconds",
    "headframe_device_state",
}
OPENMETRICS = {"Accept": "application/openmetrics-text; version=1.0.0"}


async def test_every_metric_is_there_in_both_formats(tmp_path: Path) -> None:
    """The demo's site shows every metric by its name; both formats hold the same samples and satisfy promtool."""
    promtool = find_binary("promtool")
    async with demo_site(silent_after_s=1.0, block_interval_s=1.0) as site:
        site.sink.fail(1)
        async with running(site, tmp_path) as daemon:
            await daemon.all_polled()
            for client in list(site.pools["p2"].clients):
                client.drop()
            wanted = {f"headframe_{name}" for name in SHOWN}
            shown: set[str] = set()

            async def complete() -> bool:
                shown.update(name for name, _, _ in await daemon.samples())
                return wanted <= shown

            try:
                await daemon.until(complete, of="every metric")
            finally:
                assert set() == wanted - shown
            text = await daemon.text("/metrics")
            other = await daemon.text("/metrics", headers=OPENMETRICS)
    assert [] == [name for name in HEADED if f"# TYPE headframe_{name} counter" not in text]
    assert [] == [line for line in samples(text) if not math.isfinite(line[2]) and "le" not in line[1]]
    assert other.endswith("# EOF\n")
    assert {name for name, _, _ in samples(text)} == {name for name, _, _ in samples(other)}
    assert [] == [line for line in other.splitlines() if line.startswith("# TYPE") and "_total counter" in line]
    done = await asyncio.to_thread(
        subprocess.run, [promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )
    assert (0, "") == (done.returncode, done.stdout + done.stderr)


async def test_a_stale_device_keeps_four_families(tmp_path: Path) -> None:
    """Once a device is stale nothing of it is left but that it is down, what it was, when it spoke, and no state."""
    sections = {"polling": {"interval": "1s", "timeout": "1s", "stale_after": "1s"}}
    async with Site([MODELS["s21"], MODELS["m50s"]]) as site, running(site, tmp_path, sections=sections) as daemon:
        await daemon.all_polled()
        before = [one for one in await daemon.samples() if one[1].get("device") == "m1"]
        spoke = next(value for name, _, value in before if name.endswith("last_reading_timestamp_seconds"))
        site.misbehave("m1", "refuses")

        async def is_stale() -> bool:
            return bool((await daemon.json("/api/v1/devices/m1"))["stale"])

        await daemon.until(is_stale, of="m1 stale")
        mine = [one for one in await daemon.samples() if one[1].get("device") == "m1"]
        page = await daemon.samples()
    assert len({name for name, _, _ in before}) > len(KEPT_WHEN_STALE)
    assert {name for name, _, _ in mine} == KEPT_WHEN_STALE
    assert [0.0] == [value for name, _, value in mine if name == "headframe_device_up"]
    assert [("unknown", 1.0)] == [(labels["state"], value) for name, labels, value in mine if name.endswith("_state")]
    last = [value for name, _, value in mine if name.endswith("last_reading_timestamp_seconds")]
    assert last[0] >= spoke
    assert any(name == "headframe_device_margin_per_day" and labels["device"] == "m2" for name, labels, _ in page)


@pytest.mark.server
async def test_a_prometheus_scrapes_both_formats(tmp_path: Path, prometheus_server: Factory) -> None:
    """A Prometheus takes the page in the format that it asks for, and a client without wishes gets the text form."""
    async with Site([MODELS["s21"], MODELS["s9"]]) as site, running(site, tmp_path) as daemon:
        await daemon.all_polled()
        scrape = {"static_configs": [{"targets": [daemon.app.address.removeprefix("http://")]}]}
        server = await asyncio.to_thread(
            prometheus_server,
            {"global": {"scrape_interval": "1s"}, "scrape_configs": [{"job_name": "headframe", **scrape}]},
        )

        async def ask(expr: str) -> list[dict[str, object]]:
            path = "/api/v1/query?" + urllib.parse.urlencode({"query": expr})
            result: list[dict[str, object]] = json.loads(await asyncio.to_thread(server.get, path))["data"]["result"]
            return result

        async def scraped() -> bool:
            return 2 == len(await ask("headframe_device_margin_per_day"))

        await daemon.until(scraped, of="two margins in Prometheus")
        assert ["1"] == [one["value"][1] for one in await ask('up{job="headframe"}')]  # type: ignore[index]
        targets = json.loads(await asyncio.to_thread(server.get, "/api/v1/targets"))["data"]["activeTargets"]
        assert [""] == [target["lastError"] for target in targets]
        async with daemon.session.get("/metrics") as plain:
            assert plain.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        async with daemon.session.get("/metrics", headers=OPENMETRICS) as open_form:
            assert open_form.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
