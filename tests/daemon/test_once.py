"""`once`: one look at everything, with the same documents as the running daemon's API."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from daemon.once import survey
from daemon.start import StartError, load_checked
from simulator.models import MODELS
from simulator.site import Site
from tests.daemon.app.running import running

LAUNCHER = Path(__file__).resolve().parents[2] / "headframe.py"
FIXED: dict[str, Any] = {
    "site": {"id": "north", "currency": "USD", "timezone": "America/Chicago", "pue": 1.05},
    "tariff": {"price": "0.06 USD/kWh"},
    "signals": {"hashprice": {"static": "41.22 USD/PH/day"}, "btc_price": {"static": "90000 USD/BTC"}},
    "feeders": [{"id": "f1", "contracted": "50 kW", "reserve": "2 kW"}],
}
MONEY = (
    "revenue_per_day",
    "energy_cost_per_day",
    "margin_per_day",
    "margin_sd_per_day",
    "break_even_price_per_kwh",
)


async def look(site: Site, folder: Path, **sections: Any) -> dict[str, Any]:
    """Look once, by a configuration with these sections."""
    path = folder / "site.yaml"
    await site.write_configuration(path, sections={"polling": {"timeout": "1s"}, **FIXED, **sections})
    view = await survey(await asyncio.to_thread(load_checked, path), patience_s=3.0)
    return view.whole()


def metered(site: Site, power: str = "3068 W") -> list[dict[str, Any]]:
    return [{**one, "power": power, "power_grade": "metered"} for one in site.configuration()["devices"]]


async def calc(**words: str) -> dict[str, Any]:
    """Ask `headframe calc`."""
    options = [part for name, value in words.items() for part in (f"--{name.replace('_', '-')}", value)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(LAUNCHER), "calc", *options, "--json", stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    document: dict[str, Any] = json.loads(out)
    return document


async def test_money_is_what_calc_says(tmp_path: Path) -> None:
    """With a fixed hashprice, a metered power and a flat tariff every figure is that of `calc` on the same inputs.

    The error of the hashrate is one of them: `calc` takes none unless it is given.
    """
    async with Site([MODELS["s19j-pro"], MODELS["s9"]]) as site:
        whole = await look(site, tmp_path, devices=metered(site))
    for device, verdict in zip(whole["devices"], ("undecided", "unprofitable"), strict=True):
        reading, money, averages = device["reading"], device["money"], device["reading"]["hashrate_averages_hs"]
        expected = await calc(
            hashrate=f"{averages.get('30m', reading['hashrate_hs'])} H/s",
            power="3068 W",
            power_grade="metered",
            hashprice="41.22 USD/PH/day",
            price="0.06 USD/kWh",
            pue="1.05",
            pool_fee="2%",
            reject=f"{device['reject_ratio'] * 100:.17g}%",
            hashrate_error=f"{money['hashrate_error_ratio'] * 100:.17g}%",
        )
        assert money["hashrate_error_ratio"] >= money["hashrate_error"]["account_ratio"] >= 0.01
        assert pytest.approx({key: expected[key] for key in MONEY}) == {key: money[key] for key in MONEY}
        assert (expected["verdict"], "USD") == (money["verdict"], money["currency"])
        assert pytest.approx(24 * 3.068 * 1.05 * 0.06) == money["cost_terms"]["energy"]
        assert pytest.approx(money["revenue_per_day"] - sum(money["cost_terms"].values())) == money["margin_per_day"]
        assert verdict in (money["verdict"], "undecided")
        assert ("metered", 3068.0) == (device["power_grade"], reading["power_w"])


@pytest.mark.parametrize(
    ("sections", "word", "kept"),
    [
        ({"signals": {"power_price": {"static": "0.06 USD/kWh"}}, "pools": []}, "hashprice", "energy_cost_per_day"),
        ({"tariff": None}, "tariff", "revenue_per_day"),
        (
            {"signals": {"hashprice": {"file": {"path": "gone"}, "unit": "USD/PH/day"}}},
            "hashprice",
            "energy_cost_per_day",
        ),
    ],
)
async def test_a_missing_price_is_named(tmp_path: Path, sections: dict[str, Any], word: str, kept: str) -> None:
    """Without hashprice or power price the verdict is unknown with its reason, and what can be worked out stays."""
    async with Site([MODELS["s21"]]) as site:
        whole = await look(site, tmp_path, devices=metered(site), **sections)
    money = whole["devices"][0]["money"]
    assert ("unknown", None) == (money["verdict"], money["margin_per_day"])
    assert word in money["verdict_reason"].lower(), money["verdict_reason"]
    assert money[kept] is not None
    assert None is money["revenue_per_day" if kept == "energy_cost_per_day" else "energy_cost_per_day"]
    assert word in whole["site"]["prices_missing"].lower()
    assert any(word in notice.lower() for notice in whole["site"]["notices"])


async def test_a_missing_power_is_named(tmp_path: Path) -> None:
    """A device whose power nobody knows has revenue, no cost, and the verdict unknown with that reason."""
    said = {
        "version": {"VERSION": [{"API": "3.1", "Type": "Antminer Z99"}]},
        "summary": {"SUMMARY": [{"Elapsed": 900, "GHS 5s": 90_000.0, "Accepted": 400, "Rejected": 0, "Stale": 0}]},
    }

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        command = json.loads(await reader.read(4096))["command"]
        reply = said.get(command)
        status = {"STATUS": [{"STATUS": "S" if reply else "E", "When": 5, "Code": 11 if reply else 14, "Msg": "-"}]}
        writer.write(json.dumps({**status, **(reply or {})}).encode())
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    api = server.sockets[0].getsockname()[1]
    devices = [{"id": "m1", "host": "127.0.0.1", "family": "antminer", "ports": {"api": api, "http": 1}}]
    async with Site([MODELS["s21"]]) as site:
        whole = await look(site, tmp_path, devices=devices)
    server.close()
    device = whole["devices"][0]
    assert (9e13, None) == (device["reading"]["hashrate_hs"], device["reading"]["power_w"])
    assert ("unknown", None) == (device["money"]["verdict"], device["money"]["energy_cost_per_day"])
    assert pytest.approx(0.09 * 41.22 * 0.98) == device["money"]["revenue_per_day"]
    assert "power" in device["money"]["verdict_reason"].lower()


async def test_who_does_not_answer_is_listed_with_a_reason(tmp_path: Path) -> None:
    """Devices that cannot be read stand under `unreachable` alone, each with its reason, and the rest is complete."""
    kinds = {"m2": ("refuses", "unreachable"), "m3": ("silent", "timed_out"), "m4": ("garbage", "garbled")}
    async with Site([MODELS["s21"]] * 4, misbehave={name: kind for name, (kind, _) in kinds.items()}) as site:
        whole = await look(site, tmp_path)
    assert ["m1"] == [device["id"] for device in whole["devices"]]
    assert {name: reason for name, (_, reason) in kinds.items()} == {
        one["id"]: one["reason"] for one in whole["unreachable"]
    }
    assert (4, 1, 3) == tuple(whole["site"][key] for key in ("devices", "up", "stale"))


async def test_findings_are_pending_until_they_have_lasted(tmp_path: Path) -> None:
    """One look cannot know how long something has lasted: a loss is pending, with severity, place, value and limit."""
    async with Site([MODELS["s9"], MODELS["s21"]]) as site:
        whole = await look(site, tmp_path)
    found = {(one["rule"], one["subject"]): one for one in whole["findings"]}
    loss = found["P-01", "m1"]
    assert ("pending", "r1", "1", "f1") == tuple(loss[key] for key in ("state", "rack", "slot", "feeder"))
    assert loss["severity"] in ("info", "warn", "high", "crit")
    assert loss["value"] < loss["threshold"] <= 0 or loss["value"] > loss["threshold"] >= 0
    assert ("P-01", "m2") not in found
    assert "m1" not in [one["subject"] for one in whole["findings"] if one["state"] == "open"]


async def test_once_shows_what_the_api_shows(tmp_path: Path) -> None:
    """Pools, network, capacity and site have the shape of the API's documents, and the values that do not move."""
    async with Site([MODELS["s21"], MODELS["s9"], MODELS["bitaxe-gamma"]]) as site:
        whole = await look(site, tmp_path)
        (tmp_path / "site.yaml").unlink()
        async with running(site, tmp_path, sections=FIXED) as daemon:
            await daemon.all_polled()
            names = ("site", "pools", "network", "capacity")
            api = {name: await daemon.json(f"/api/v1/{name}") for name in names}
            devices = await daemon.json("/api/v1/devices")
    assert {"at", "site", "devices", "pools", "network", "capacity", "findings", "unreachable"} == whole.keys()
    for name in names:
        assert shape(api[name]) == shape(whole[name]), name
    assert shape([one["job"] for one in api["pools"]]) == shape([one["job"] for one in whole["pools"]])
    for ours, once in zip(devices, whole["devices"], strict=True):
        assert (ours.keys(), ours["reading"].keys()) == (once.keys(), once["reading"].keys())
        assert ours["money"].keys() == once["money"].keys()
    for key in ("difficulty", "height", "currency"):
        assert api["network"][key] == whole["network"][key], key
    for key in ("feeder", "contracted_w", "reserve_w"):
        assert [one[key] for one in api["capacity"]] == [one[key] for one in whole["capacity"]], key
    assert pytest.approx([one["spare_w"] for one in api["capacity"]], rel=0.05) == [
        one["spare_w"] for one in whole["capacity"]
    ]
    for key in ("id", "url", "protocol", "up"):
        assert [one[key] for one in api["pools"]] == [one[key] for one in whole["pools"]], key
    assert [one["job"]["height"] for one in api["pools"]] == [one["job"]["height"] for one in whole["pools"]]


def shape(document: Any) -> Any:
    """Give the keys of a document, or of each document of a list."""
    return [sorted(one) for one in document] if isinstance(document, list) else sorted(document)


async def test_one_device_alone(tmp_path: Path) -> None:
    """A look can be at one device; a name that nobody bears is refused."""
    async with Site([MODELS["s21"]] * 2) as site:
        path = tmp_path / "site.yaml"
        await site.write_configuration(path, sections=FIXED)
        loaded = await asyncio.to_thread(load_checked, path)
        assert ["m2"] == [one["id"] for one in (await survey(loaded, only="m2")).whole()["devices"]]
        with pytest.raises(StartError, match="m9"):
            await survey(loaded, only="m9")
