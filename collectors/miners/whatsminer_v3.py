"""Whatsminer's API 3 on port 4433: rates in TH/s, and no count of shares."""

from collections.abc import Mapping
from typing import Any

from collectors import cgminer
from collectors.miners import whatsminer_faults
from collectors.miners import whatsminer_parts as parts
from collectors.partial import optional
from collectors.rate import shortest
from collectors.reading import Board, PoolSlot, Reading
from collectors.target import Ask
from collectors.value import Fields, listing, mapping

PORT = 4433
INFO = "get.device.info"
_STATUS = "get.miner.status"
REQUESTS = frozenset({f"framed {INFO}", f"framed {_STATUS}"})
_OFTEN_S = 60.0
_WINDOWS = (
    ("hash-5s", "5s"),
    ("hash-realtime", "realtime"),
    ("hash-1min", "1m"),
    ("hash-5min", "5m"),
    ("hash-15min", "15m"),
    ("hash-1hour", "1h"),
    ("hash-average", "lifetime"),
)


async def collect(ask: Ask) -> Reading:
    """Read one device."""
    fields = ask.fields
    summary = mapping(mapping((await ask.framed(_STATUS, parameter="summary")).get("msg")).get("summary"))
    told = await optional(ask, "edevs", ask.framed(_STATUS, parameter="edevs"))
    edevs = mapping(mapping(told).get("msg")).get("edevs")
    info = mapping((await ask.seldom_framed(INFO, every_s=_OFTEN_S)).get("msg"))
    listed = await ask.seldom_framed(_STATUS, parameter="pools", every_s=_OFTEN_S)
    pools = mapping(listed.get("msg")).get("pools")
    miner, network, system = (mapping(info.get(part)) for part in ("miner", "network", "system"))
    boards = _boards(fields, listing(edevs), summary=summary, miner=miner)
    windows = _windows(fields, summary) or parts.sum_of(boards)
    rate = shortest(windows)
    uptime = fields.positive(summary, "elapsed")
    faults = whatsminer_faults.faults(info.get("error-code"))
    model = parts.model_name(fields.text(miner, "type"))
    working = fields.truth(miner, "working")
    power = fields.positive(summary, "power-realtime", "power-5min")
    return Reading(
        family="whatsminer",
        make="Whatsminer",
        model=model,
        firmware="btminer",
        firmware_version=fields.text(system, "fwversion"),
        mac=fields.mac(network, "mac"),
        serial=fields.text(miner, "miner-sn"),
        hostname=fields.text(network, "hostname"),
        algorithm="sha256d",
        state=parts.condition(
            rate_hs=rate, is_off=None if working is None else not working, uptime_s=uptime, has_faults=bool(faults)
        ),
        hashrate_hs=rate,
        hashrate_averages_hs=windows,
        hashrate_expected_hs=fields.positive(summary, "factory-hash", times=1e12) or None,
        power_w=power,
        power_grade="unknown" if power is None else "reported",
        power_limit_w=fields.positive(summary, "power-limit") or None,
        uptime_s=uptime,
        temperature_inlet_c=fields.temperature(summary, "environment-temperature"),
        boards=boards,
        fans=parts.fans(fields, summary, "fan-speed-in", "fan-speed-out", is_wet=parts.is_wet(fields, summary, model)),
        pools=_pools(fields, listing(pools), asked_at=cgminer.when(fields, listed)),
        errors=faults,
        unread=fields.unread,
    )


def _windows(fields: Fields, source: Mapping[str, Any]) -> dict[str, float]:
    found = ((name, fields.positive(source, key, times=1e12)) for key, name in _WINDOWS)
    return {name: rate for name, rate in found if rate is not None}


def _boards(
    fields: Fields, edevs: list[Any], *, summary: Mapping[str, Any], miner: Mapping[str, Any]
) -> tuple[Board, ...]:
    sensors = listing(summary.get("board-temperature"))
    boards = []
    for at, device in enumerate(edevs):
        device = mapping(device)
        number = fields.count(device, "id", "slot")
        index = at if number is None else number
        rate = shortest(_windows(fields, device))
        chips = fields.count(device, "effective-chips")
        status = (fields.text(device, "status") or "alive").lower()
        boards.append(
            Board(
                index=index,
                hashrate_hs=rate,
                hashrate_expected_hs=fields.positive(device, "factory-hash", times=1e12) or None,
                board_temperature_c=fields.temperature({"board-temperature": sensors[at]}, "board-temperature")
                if at < len(sensors)
                else fields.temperature(device, "temperature"),
                chip_temperature_c=fields.hottest(device, "chip-temp-max", "chip-temp-avg"),
                chips=chips,
                frequency_hz=fields.positive(device, "freq", times=1e6) or None,
                state=parts.board_state(rate, chips=chips, is_alive=status == "alive"),
                serial=fields.text(miner, f"pcbsn{index}") or fields.text(device, "pcbsn"),
            )
        )
    return tuple(boards)


def _pools(fields: Fields, pools: list[Any], *, asked_at: float | None) -> tuple[PoolSlot, ...]:
    slots: list[PoolSlot] = []
    for pool in pools:
        pool = mapping(pool)
        url = fields.text(pool, "url")
        if url is None:
            continue
        status = fields.text(pool, "status")
        slots.append(
            PoolSlot(
                index=len(slots),
                url=url,
                user=fields.text(pool, "account", "user"),
                active=fields.truth(pool, "stratum-active"),
                alive=None if status is None else status.lower() == "alive",
                accepted=fields.count(pool, "accepted"),
                rejected=fields.count(pool, "rejected"),
                stale=fields.count(pool, "stale"),
                difficulty=fields.positive(pool, "stratum-difficulty", "last-share-difficulty") or None,
                last_share_age_s=_age(fields, pool, asked_at=asked_at),
            )
        )
    return tuple(slots)


def _age(fields: Fields, pool: Mapping[str, Any], *, asked_at: float | None) -> float | None:
    return cgminer.last_share_age(fields, {"Last Share Time": pool.get("last-share-time")}, asked_at=asked_at)
