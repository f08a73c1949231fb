"""Answers of real devices, kept beside the checkout, replayed and held against what an independent reader says."""

import json
import re

import pytest

from collectors.identify import identify
from collectors.poll import collect
from collectors.registry import family as family_named
from collectors.target import Target

PREFIX = {"GigaHash": 1e9, "TeraHash": 1e12, "PetaHash": 1e15}
# Each case with the files that its second set of asserts reads in place of others.
CASES = {
    "antminer/antminer-stock-v2020": {},
    "antminer/s19-stock": {},
    "antminer/s21xp-hyd-live-2026": {},
    "whatsminer/whatsminer-v1-m20s": {"summary_with_errors": "summary"},
    "whatsminer/whatsminer-v2-m50s": {"get_error_code_with_errors": "get_error_code"},
    "whatsminer/whatsminer-v3-m60s": {"get_device_info_with_errors": "get_device_info"},
    "axeos/bitaxe-v2.0.0": {},
}
RPC = (
    "summary",
    "stats",
    "pools",
    "version",
    "devs",
    "status",
    "get_psu",
    "get_version",
    "get_error_code",
    "get_miner_info",
)


def requested(name):
    """Give transport, port and request of a file by its name, as the real device is asked."""
    plain = name.removeprefix("rpc__")
    if found := re.fullmatch(r"get_miner_status_(\w+)", name):
        return "framed", 4433, f"get.miner.status {found[1]}"
    if name == "get_device_info":
        return "framed", 4433, "get.device.info"
    if plain in RPC:
        return "rpc", 4028, plain
    if name == "system_info":
        return "http", 80, "GET /api/system/info"
    page = re.sub(r"^web__?", "", name)
    return "http", 80, f"GET /cgi-bin/{page}.cgi"


def answers_of(case, *, replaced, is_second):
    """Turn a folder of answers into the requests of a pretend device."""
    found = {}
    for path in sorted(case.glob("*.json")):
        name = path.stem
        if name == "expected" or name.startswith(("web__set", "web__reboot")) or (name in replaced and not is_second):
            continue
        transport, port, request = requested(replaced.get(name, name))
        if case.parent.name == "antminer" and name == "system_info":
            request = "GET /cgi-bin/get_system_info.cgi"
        one = {"transport": transport, "port": port, "request": request, "raw": path.read_text(encoding="utf-8")}
        if name in replaced or (transport, request) not in found:
            found[transport, request] = one
    return list(found.values())


def disagreements(asserts, reading):
    """Say where the reading is not what the asserts take it for."""
    document = reading.document()
    plain = {
        "wattage": "power_w",
        "uptime": "uptime_s",
        "mac": "mac",
        "hostname": "hostname",
        "firmware_version": "firmware_version",
    }
    lengths = {"fans#len": "fans", "hashboards#len": "boards", "pools[0]#len": "pools", "messages#len": "errors"}
    wrong = []
    for one in asserts:
        path, want = one.get("path", "").removeprefix("miner_data."), one.get("equals")
        if path in plain:
            got = document[plain[path]]
            ok = got == pytest.approx(want, rel=0.01) if isinstance(want, int | float) else got == want
        elif path in lengths:
            got, ok = len(document[lengths[path]]), len(document[lengths[path]]) == want
        elif path in ("hashrate", "expected_hashrate"):
            # theirs is the unlabelled rate, ours that of the shortest window: some per cent apart
            got = document["hashrate_hs" if path == "hashrate" else "hashrate_expected_hs"]
            ok = got == pytest.approx(want["value"] * PREFIX[want["unit"]], rel=0.06 if path == "hashrate" else 0.001)
        elif path == "tuning_target":
            got, ok = document["power_limit_w"], document["power_limit_w"] == want["power_w"]
        elif found := re.fullmatch(r"messages\[(\d)\]\.code", path):
            got = document["errors"][int(found[1])]["code"]
            ok = got == str(want)
        elif one.get("true") == "miner_data.is_mining":
            got, ok = document["state"], document["state"] == "hashing"
        else:
            continue
        if not ok:
            wrong.append(f"{path or one.get('true')}: want {want!r}, got {got!r}")
    return wrong


@pytest.mark.shared
@pytest.mark.parametrize("name", CASES)
async def test_real_answers_are_identified_and_read(name, shared, device):
    """Family, and every value that the other reader asserts, agree with what the device said."""
    case = shared / "payloads" / name
    meta = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    checks = meta.get("expected_asic_rs") or [{"asserts": []}]
    for at, check in enumerate(checks):
        pretend = await device(answers_of(case, replaced=CASES[name], is_second=at > 0))
        family = family_named(name.partition("/")[0])
        ports = {"api": 1, "http": 1, "framed": 1, **pretend.ports_of(family)}
        target = Target("127.0.0.1", ports=ports)
        assert family.name == (await identify(target, timeout_s=5)).family.name
        reading = await collect(Target("127.0.0.1", ports=ports), family, timeout_s=5)
        assert [] == disagreements(check["asserts"], reading)


@pytest.mark.shared
async def test_a_hydro_machine_has_no_fans_and_no_invented_watts(shared, device):
    """`watt: 0` means "not measured": the label of the bin stands in, with its grade, and no fan is made up."""
    case = shared / "payloads/antminer/s21xp-hyd-live-2026"
    pretend = await device(answers_of(case, replaced={}, is_second=False))
    family = family_named("antminer")
    reading = await collect(Target("127.0.0.1", ports=pretend.ports_of(family)), family, timeout_s=5)
    assert ("S21 XP Hyd", "hashing", "spec", 5676.0, ()) == (
        reading.model,
        reading.state,
        reading.power_grade,
        reading.power_w,
        reading.fans,
    )
    assert [160, 160, 160] == [board.chips for board in reading.boards]
    assert 26925 == reading.hardware_errors
