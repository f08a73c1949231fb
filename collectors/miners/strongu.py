"""StrongU STU-U1 to U8: a cgminer that names the coin in its summary and the model in its devices.

The pools' last share times are texts in the device's own time zone, so ages come from the boards' epoch times.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from collectors import cgminer
from collectors.condition import condition
from collectors.evidence import Evidence
from collectors.family import SURE, Family
from collectors.miners.cgminer import boards, fans, totals
from collectors.rate import shortest
from collectors.reading import Board, PoolSlot, Reading
from collectors.target import Ask
from collectors.value import Fields, listing, mapping

_NETWORK = "/cgi-bin/get_network_info.cgi"
_REALM = "stuminer configuration"
_NAME = re.compile(r"(?:stu-)?u(\d{1,2})(000)?(\+*)\Z", re.IGNORECASE)
_ALGORITHMS = {
    "btc": "sha256d", "sha256": "sha256d", "dash": "x11", "x11": "x11", "sc": "blake2b", "dcr": "blake256r14",
    "ltc": "scrypt", "ckb": "eaglesong",
}  # fmt: skip


def recognises(evidence: Evidence) -> int:
    """Weigh the coin in `summary`, the model in `devs`, then the web page's realm."""
    if "Miner type" in cgminer.section(evidence.reply("summary"), "SUMMARY"):
        return SURE
    first = cgminer.section(evidence.reply("devs"), "DEVS")
    if _NAME.match(str(first.get("Name", ""))) and ("volt" in first or "ChipNum" in first):
        return SURE
    return SURE if evidence.realm.lower() == _REALM else 0


async def collect(ask: Ask) -> Reading:
    """Read one device."""
    answers = await ask.commands(("summary", "devs", "pools"))
    network = mapping(await ask.seldom_get(_NETWORK, auth="digest"))
    version = cgminer.section(await ask.seldom_rpc("version"), "VERSION")
    fields = ask.fields
    summary = cgminer.section(answers.get("summary", {}), "SUMMARY")
    devices = [one for one in map(mapping, listing(answers.get("devs", {}).get("DEVS"))) if one]
    windows = totals(fields, summary, devices)
    slip = cgminer.unit_slip(fields, summary, windows)
    windows, found = cgminer.scaled(windows, _boards(fields, devices), slip=slip)
    rate = shortest(windows)
    pools = _pools(fields, answers.get("pools", {}), devices, asked_at=cgminer.when(fields, answers.get("devs", {})))
    uptime = fields.positive(summary, "Elapsed")
    coin = fields.text(summary, "Miner type")
    return Reading(
        family="strongu",
        make="StrongU",
        model=_model(fields, devices),
        firmware="stock",
        firmware_version=fields.text(version, "CompileTime", "Miner", "CGMiner"),
        mac=fields.mac(network, "macaddr"),
        hostname=fields.text(network, "conf_hostname", "hostname"),
        algorithm=_ALGORITHMS.get((coin or "").lower()),
        state=condition(rate_hs=rate, uptime_s=uptime, pools=pools),
        hashrate_hs=rate,
        hashrate_averages_hs=windows,
        uptime_s=uptime,
        accepted=cgminer.shares(fields, summary, pools, name="Accepted"),
        rejected=cgminer.shares(fields, summary, pools, name="Rejected"),
        stale=cgminer.shares(fields, summary, pools, name="Stale"),
        hardware_errors=fields.count(summary, "Hardware Errors"),
        boards=found,
        fans=fans(fields, summary),
        pools=pools,
        unread=fields.unread,
    )


def _boards(fields: Fields, devices: list[dict[str, Any]]) -> tuple[Board, ...]:
    """Give the boards with their volts; a board's index is its connector (`ASC`), so a lost one leaves its gap."""
    found = {board.index: board for board in boards(fields, devices, {})}
    for device in devices:
        index = fields.count(device, "ASC", "ID")
        if index in found:
            volts = fields.positive(device, "volt", "Voltage") or None
            found[index] = msgspec.structs.replace(found[index], voltage_v=volts)
    return tuple(found[index] for index in sorted(found))


def _model(fields: Fields, devices: list[dict[str, Any]]) -> str | None:
    """Give `STU-U6` of `u6`, `STU-U2` of `u2000`."""
    for device in devices:
        name = fields.text(device, "Name")
        match = _NAME.match(name or "")
        if match:
            return f"STU-U{match[1]}{match[3]}"
    return None


def _pools(
    fields: Fields, reply: Mapping[str, Any], devices: list[dict[str, Any]], *, asked_at: float | None
) -> tuple[PoolSlot, ...]:
    entries = [
        {key: value for key, value in mapping(entry).items() if key != "Last Share Time"}
        for entry in listing(reply.get("POOLS"))
    ]
    shares: dict[int, float] = {}
    for device in devices:
        pool, at = fields.count(device, "Last Share Pool"), fields.positive(device, "Last Share Time")
        if pool is not None and at:
            shares[pool] = max(at, shares.get(pool, 0.0))
    slots = cgminer.pools(fields, {**reply, "POOLS": entries})
    if asked_at is None:
        return slots
    return tuple(
        msgspec.structs.replace(slot, last_share_age_s=max(0.0, asked_at - shares[slot.index]))
        if slot.index in shares and slot.accepted
        else slot
        for slot in slots
    )


FAMILY = Family(
    name="strongu",
    make="StrongU",
    ports={"api": cgminer.PORT, "http": 80},
    requests=frozenset({"rpc version", "rpc summary", "rpc devs", "rpc pools", f"GET {_NETWORK}"}),
    collect=collect,
    recognises=recognises,
    clues=(_NETWORK,),
    credentials=(("root", "root"),),
)
