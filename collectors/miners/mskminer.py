"""mskminer ("rwglr"), firmware for the S19 generation.

Port 4028 has everything that changes, watts and volts of each board among it; a page behind the login form adds the
MAC. Its watts are the firmware's own sum over the boards, so they are an estimate.
"""

import re
from collections.abc import Mapping
from typing import Any

from collectors import bitmain, cgminer
from collectors.condition import condition
from collectors.errors import Denied
from collectors.evidence import Evidence
from collectors.family import SURE, Family
from collectors.miners.antminer import algorithm, model_name, unit
from collectors.miners.hiveon import chain_power
from collectors.rate import shortest
from collectors.reading import DeviceError, Reading
from collectors.target import Ask
from collectors.value import Fields, listing, mapping

_LOGIN, _INFORMATION = "/admin/login", "/api/info_v1"
_VERSION = re.compile(r"\bv\.?\s*([0-9][0-9.]*)", re.IGNORECASE)
# "S19-88 v.2.6.0.39": model, chips of a board, version
_MODEL = re.compile(r"\s*(.*?)(?:-[0-9]+)?\s*(?:\bv\.?\s*[0-9].*)?\Z", re.IGNORECASE | re.DOTALL)
_FINE = frozenset(("PSU OK", "OK", ""))


def recognises(evidence: Evidence) -> int:
    """Weigh `version` and `stats`, where the firmware leaves its mark."""
    return SURE if "RWGLR" in evidence.says("version") + evidence.says("stats") else 0


async def collect(ask: Ask) -> Reading:
    """Read one device."""
    version = cgminer.section(await ask.seldom_rpc("version"), "VERSION")
    answers = await ask.commands(("summary", "stats", "pools"))
    network = await _network(ask)
    fields = ask.fields
    kind = fields.text(version, "Type") or bitmain.kind(answers.get("stats", {})) or ""
    model = model_of(kind)
    stats = bitmain.stats(fields, answers.get("stats", {}), factor=unit(model))
    entries = map(mapping, listing(answers.get("stats", {}).get("STATS")))
    body = next((one for one in entries if "Elapsed" in one), {})
    summary = cgminer.section(answers.get("summary", {}), "SUMMARY")
    pools = cgminer.pools(fields, answers.get("pools", {}))
    counted = {} if cgminer.has_fee_pool(answers.get("pools", {})) else summary
    windows = {**cgminer.windows(fields, summary, ghs=stats.factor), **stats.windows}
    rate = shortest(windows)
    power = stats.power_w or chain_power(fields, answers.get("stats", {}))
    uptime = stats.uptime_s if stats.uptime_s is not None else fields.positive(summary, "Elapsed")
    faults = _faults(fields, body)
    asleep = None if stats.mode is None else stats.mode == 1 and not rate
    return Reading(
        family="mskminer",
        make="Antminer",
        model=model,
        firmware="mskminer",
        firmware_version=_version(kind, built=fields.text(version, "CompileTime") or stats.compiled),
        mac=fields.mac(network, "macaddr", "mac"),
        hostname=fields.text(network, "hostname"),
        algorithm=algorithm(model),
        state=condition(rate_hs=rate, uptime_s=uptime, is_asleep=asleep, has_faults=bool(faults), pools=pools),
        hashrate_hs=rate,
        hashrate_averages_hs=windows,
        hashrate_expected_hs=stats.expected_hs,
        power_w=power,
        power_grade="unknown" if power is None else "estimated",
        uptime_s=uptime,
        temperature_inlet_c=stats.ambient_c,
        accepted=cgminer.shares(fields, counted, pools, name="Accepted"),
        rejected=cgminer.shares(fields, counted, pools, name="Rejected"),
        stale=cgminer.shares(fields, counted, pools, name="Stale"),
        hardware_errors=fields.count(summary, "Hardware Errors") or stats.hardware_errors,
        boards=stats.boards,
        fans=stats.fans,
        pools=pools,
        errors=faults,
        unread=fields.unread,
    )


def model_of(kind: str) -> str | None:
    """Give the model from `S19-88 v.2.6.0.39`: without chips and version."""
    match = _MODEL.match(kind)
    return model_name(match[1]) if match else None


def _version(kind: str, *, built: str | None) -> str | None:
    match = _VERSION.search(kind)
    if match is None or built is None:
        return match[1] if match else built
    return f"{match[1]} ({built})"


def _faults(fields: Fields, body: Mapping[str, Any]) -> tuple[DeviceError, ...]:
    supply = fields.text(body, "psu_status")
    if supply is None or supply.upper() in _FINE:
        return ()
    return (DeviceError(code="psu_status", message=f"power supply: {supply}"),)


async def _network(ask: Ask) -> Mapping[str, Any]:
    async def fetch() -> Any:
        return await ask.authorised("POST", _INFORMATION, login=_log_in)

    page = mapping(await ask.seldom("information", fetch))
    found = mapping(page.get("network_info"))
    return mapping(found.get("result")) or found


async def _log_in(ask: Ask) -> dict[str, str]:
    username, password = ask.credentials()
    answer = await ask.fetch("POST", _LOGIN, form={"username": username, "password": password})
    cookie = answer.headers.get("set-cookie")
    if not cookie:
        raise Denied(f"HTTP {answer.status} for {_LOGIN}: no session was opened")
    return {"Cookie": "; ".join(one.partition(";")[0].strip() for one in cookie.split("\n"))}


FAMILY = Family(
    name="mskminer",
    make="Antminer",
    ports={"api": cgminer.PORT, "http": 80},
    requests=frozenset(
        {"rpc version", "rpc summary", "rpc stats", "rpc pools", f"POST {_LOGIN}", f"POST {_INFORMATION}"}
    ),
    collect=collect,
    recognises=recognises,
    credentials=(("root", "root"),),
)
