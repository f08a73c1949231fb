"""Whatsminer with API 3: length-prefixed frames on port 4433, beside or instead of the older port 4028."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import orjson

from simulator.devices.device import Device, Identity, Wire, World
from simulator.devices.whatsminer import Whatsminer, fault_codes, model_text, redirect, spoken_time
from simulator.wire.http import WebAnswer, WebRequest

API = "3.0.3"
_FAILED = -1
_INVALID = -2


class WhatsminerFrames(Device):
    """One Whatsminer that answers frames only: today's liquid-cooled ones, with the older API switched off."""

    wires: ClassVar[Mapping[str, Wire]] = MappingProxyType({"framed": "frame", "http": "http"})
    windows_s: ClassVar[tuple[float, ...]] = (5.0, 60.0, 300.0, 900.0)
    chip_goal_c: ClassVar[float] = 72.0
    warm_up_s: ClassVar[float] = 240.0

    __slots__ = ()

    def answer_http(self, request: WebRequest) -> WebAnswer:
        """Send the browser to the encrypted page."""
        return redirect(self.identity.address, request)

    def answer_frame(self, request: bytes) -> bytes:
        """Answer the JSON of one frame with the JSON of one frame."""
        return self.kept(request, lambda body: answer_frame(self, body))


class WhatsminerBoth(Whatsminer):
    """One Whatsminer with API 3 that still answers API 2 on its old port."""

    wires: ClassVar[Mapping[str, Wire]] = MappingProxyType({"api": "line", "framed": "frame", "http": "http"})

    __slots__ = ()

    def __init__(self, identity: Identity, world: World) -> None:
        super().__init__(identity, world)

    def answer_frame(self, request: bytes) -> bytes:
        """Answer the JSON of one frame with the JSON of one frame."""
        return self.kept(b"4433" + request, lambda body: answer_frame(self, body[4:]))


def answer_frame(device: Device, request: bytes) -> bytes:
    """Answer one API 3 request of any device."""
    try:
        asked = orjson.loads(request)
    except orjson.JSONDecodeError:
        return _answer(device, "", "invalid json", code=_FAILED)
    command = asked.get("cmd") if isinstance(asked, dict) else None
    if not isinstance(command, str):
        return _answer(device, "", "invalid command", code=_INVALID)
    if device.kind == "denied":
        return _answer(device, command, "permission denied", code=_FAILED)
    if command.startswith("set."):
        device.writes.append(command)
        return _answer(device, command, "permission denied", code=_FAILED)
    if command == "get.device.info":
        return _answer(device, command, _device_info(device))
    if command == "get.miner.status":
        parts = {"summary": _summary, "edevs": _edevs, "pools": _pools}
        part = str(asked.get("param") or "summary")
        if part in parts:
            return _answer(device, command, {part: parts[part](device)})
        return _answer(device, command, "invalid param", code=_INVALID)
    return _answer(device, command, "invalid command", code=_INVALID)


def _answer(device: Device, command: str, message: dict[str, Any] | str, *, code: int = 0) -> bytes:
    document = {"code": code, "when": int(device.world.now()), "msg": message, "desc": command}
    return device.encode(document) if code == 0 else orjson.dumps(document)


def _device_info(device: Device) -> dict[str, Any]:
    identity, model, when = device.identity, device.identity.model, device.world.now()
    codes = [{code: spoken_time(when), "reason": "pretend fault"} for code in fault_codes(device)]
    boards = range(device.boards_working())
    return {
        "network": {
            "ip": identity.address, "proto": "dhcp", "netmask": "255.0.0.0", "dns": "", "mac": identity.mac,
            "gateway": "", "hostname": "WhatsMiner",
        },
        "miner": {
            "working": "false" if device.kind == "sleeping" else "true",
            "type": model_text(model.name),
            "hash-board": "K40",
            "miner-sn": identity.serial,
            "fast-boot": "disable",
            "board-num": str(model.boards),
            **{f"pcbsn{index}": f"{identity.serial}B{index}" for index in boards},
            "pool-strategy": "FAILOVER",
            "hash-percent": "0",
        },
        "system": {
            "api": API, "platform": "H616", "fwversion": model.firmware, "control-board-version": "CB6V10",
            "ledstatus": "auto", "apiswitch": "1",
        },
        "power": {
            "type": "P463B", "mode": "1", "hwversion": "RT0203", "swversion": "240611.220429", "model": "P463B",
            "sn": f"P{identity.serial}", "vendor": "1", "fanspeed": 0 if model.cooling != "air" else 6210,
            "vin": 230.0, "iin": round(device.machine.power_w / 230.0, 2), "pin": round(device.machine.power_w),
        },
        "error-code": codes,
        "salt": "p7QmZ2La",
    }  # fmt: skip


def _summary(device: Device) -> dict[str, Any]:
    machine, model, thermals = device.machine, device.identity.model, device.machine.thermals
    boards = [device.board_temperatures_c(index) for index in range(device.boards_working())]
    rate_th = machine.hashrate_hs / 1e12
    return {
        "elapsed": int(machine.elapsed_s()),
        "bootup-time": int(machine.elapsed_s()) + 40,
        "freq-avg": int(model.frequency_mhz),
        "target-freq": int(model.frequency_mhz),
        "factory-hash": round(model.hashrate_hs / 1e12, 3),
        "hash-average": round(machine.average_hs() / 1e12, 3),
        "hash-1min": round(machine.windows_hs[60.0] / 1e12, 3),
        "hash-15min": round(machine.windows_hs[900.0] / 1e12, 3),
        "hash-realtime": round(machine.windows_hs[5.0] / 1e12, 3),
        "power-rate": round(machine.power_w / rate_th, 3) if rate_th else 0.0,
        "power-5min": round(machine.power_w, 1),
        "power-realtime": round(machine.power_w, 1),
        "power-limit": 100 * round(model.power_w * 1.06 / 100),
        "environment-temperature": round(thermals.inlet_c, 1),
        "board-temperature": [round(board_c, 1) for board_c, _ in boards],
        "chip-temp-min": round(thermals.chip_c - 10.0, 1),
        "chip-temp-avg": round(thermals.chip_c - 4.0, 1),
        "chip-temp-max": round(max(chip_c for _, chip_c in boards), 1),
        "fan-speed-in": device.fan_rpm(0),
        "fan-speed-out": device.fan_rpm(1),
        "up-freq-finish": 1,
    }


def _edevs(device: Device) -> list[dict[str, Any]]:
    machine, model = device.machine, device.identity.model
    rows = []
    for index in range(device.boards_working()):
        chip_c = device.board_temperatures_c(index)[1]
        rows.append(
            {
                "id": index,
                "slot": index,
                "status": "alive",
                "hash-average": round(machine.average_hs() / model.boards / 1e12, 3),
                "hash-realtime": round(machine.board_hs[index] / 1e12, 3),
                "factory-hash": round(model.hashrate_hs / model.boards / 1e12, 3),
                "freq": model.frequency_mhz,
                "effective-chips": model.chips,
                "chip-temp-min": round(chip_c - 10.0, 1),
                "chip-temp-avg": round(chip_c - 4.0, 1),
                "chip-temp-max": round(chip_c, 1),
            }
        )
    return rows


def _pools(device: Device) -> list[dict[str, Any]]:
    hashing = device.machine.hashrate_hs > 0
    return [
        {
            "id": index + 1,
            "url": account.url,
            "account": account.user,
            "status": "alive",
            "stratum-active": index == 0 and hashing,
            "pool-priority": index,
        }
        for index, account in enumerate(device.accounts())
    ]
