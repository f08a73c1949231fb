"""AxeOS on Bitaxe boards, and its relative on NerdQAxe: one small JSON over HTTP from an ESP32 with few sockets."""

import gzip
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, ClassVar

import msgspec

from simulator.devices import cgminer
from simulator.devices.device import Device, Identity, Wire, World
from simulator.wire.http import WebAnswer, WebRequest


class Habits(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a board and its firmware have their own way."""

    title: str
    asic: str
    board: str
    small_cores: int
    newer: bool
    most_connections: int
    device_model: str


HABITS: Mapping[str, Habits] = MappingProxyType(
    {
        "2.4": Habits(
            title="AxeOS", asic="BM1368", board="401", small_cores=1276, newer=False, most_connections=7,
            device_model="Supra",
        ),
        "2.9": Habits(
            title="AxeOS", asic="BM1370", board="601", small_cores=2040, newer=True, most_connections=20,
            device_model="Gamma",
        ),
        "nerd": Habits(
            title="NerdQAxe++", asic="BM1370", board="501", small_cores=2040, newer=True, most_connections=10,
            device_model="NerdQAxe++",
        ),
    }
)  # fmt: skip


class AxeOS(Device):
    """One Bitaxe or relative: readable without a password, one question at a time."""

    wires: ClassVar[Mapping[str, Wire]] = MappingProxyType({"http": "http"})
    windows_s: ClassVar[tuple[float, ...]] = (5.0, 60.0, 600.0, 3600.0)
    chip_goal_c: ClassVar[float] = 60.0
    warm_up_s: ClassVar[float] = 20.0

    __slots__ = ("habits",)

    def __init__(self, identity: Identity, world: World) -> None:
        super().__init__(identity, world)
        self.habits = HABITS[identity.model.dialect]

    @property
    def most_sockets(self) -> int | None:
        """An ESP32 drops its longest idle connection when one more comes than this."""
        return self.habits.most_connections

    def answer_http(self, request: WebRequest) -> WebAnswer:
        """Answer the API, or the page that the browser's program lives in."""
        if self.kind == "denied":
            return WebAnswer(status=401, kind="text/html", body=b"Unauthorized")
        if request.method != "GET":
            self.writes.append(f"{request.method} {request.path}")
            return WebAnswer(status=405, kind="text/html", body=b"Method not allowed")
        if request.path == "/api/system/info":
            return WebAnswer(body=self.kept(b"info", lambda _: self.encode(self._info())))
        if request.path == "/api/system/asic" and self.habits.newer:
            return WebAnswer(body=self.kept(b"asic", lambda _: self.encode(self._asic())))
        if request.path.startswith("/api/"):
            return WebAnswer(status=404, kind="text/html", body=b"Nothing matches the given URI")
        if request.path in {"/", "/index.html"}:
            # The page lies compressed in flash and goes out as it lies, whatever the browser says it accepts.
            return WebAnswer(
                kind="text/html", headers=(("Content-Encoding", "gzip"),), body=_page(self.habits.title), chunked=True
            )
        return WebAnswer(status=302, kind="text/html", headers=(("Location", "/"),), body=b"Go to the first page")

    def _asic(self) -> dict[str, Any]:
        model = self.identity.model
        return {
            "ASICModel": self.habits.asic,
            "deviceModel": self.habits.device_model,
            "swarmColor": "purple",
            "asicCount": model.chips,
            "defaultFrequency": int(model.frequency_mhz),
            "frequencyOptions": [400, 490, 525, 550, 600, 625],
            "defaultVoltage": int(model.voltage_v * 1000),
            "voltageOptions": [1000, 1060, 1100, 1150, 1200],
        }

    def _info(self) -> dict[str, Any]:
        body = self._electric() | self._hashing() | self._about() | self._mining()
        if self.habits.device_model.startswith("Nerd"):
            chip_c = self.machine.thermals.chip_c
            temperatures = [round(chip_c + index - 1.5, 1) for index in range(self.identity.model.chips)]
            body |= {"deviceModel": self.habits.device_model, "asicTemps": temperatures, "asicCount": len(temperatures)}
        elif not self.habits.newer:
            body["asicCount"] = self.identity.model.chips
        return body

    def _electric(self) -> dict[str, Any]:
        machine, model, thermals = self.machine, self.identity.model, self.machine.thermals
        supply_v = 12.0 if model.power_w > 40 else 5.1
        fan = {"fanspeed": round(100 * thermals.duty_ratio), "fanrpm": self.fan_rpm(0)}
        newer = {"temp2": -1, "fan2rpm": 0, "power_fault": "", "maxPower": round(model.power_w * 2)}
        return {
            "power": round(machine.power_w, 3),
            "voltage": round(supply_v * 1000 - 8.0 * machine.power_w / supply_v, 2),
            "current": round(1000.0 * machine.power_w / supply_v, 2),
            "temp": round(thermals.chip_c, 3),
            "vrTemp": round(thermals.chip_c + 4.0),
            "nominalVoltage": round(supply_v),
            "coreVoltage": round(model.voltage_v * 1000),
            "coreVoltageActual": round(model.voltage_v * 1000 - 6),
            **fan,
            "autofanspeed": 1,
            "overheat_mode": 1 if self.kind == "hot" and thermals.chip_c > 75.0 else 0,
            **({name: value for name, value in newer.items() if value != ""} if self.habits.newer else {}),
        }

    def _hashing(self) -> dict[str, Any]:
        machine, model = self.machine, self.identity.model
        body: dict[str, Any] = {
            "hashRate": round(machine.windows_hs[5.0] / 1e9, 2),
            "frequency": round(model.frequency_mhz),
            "bestDiff": round(machine.best_share),
            "bestSessionDiff": round(machine.best_share),
            "smallCoreCount": self.habits.small_cores,
            "ASICModel": self.habits.asic,
        }
        if not self.habits.newer:
            best = cgminer.short_difficulty(machine.best_share)
            return body | {"bestDiff": best, "bestSessionDiff": best}
        expected_hs = model.frequency_mhz * 1e6 * self.habits.small_cores * model.chips
        return body | {
            "hashRate_1m": round(machine.windows_hs[60.0] / 1e9, 2),
            "hashRate_10m": round(machine.windows_hs[600.0] / 1e9, 2),
            "hashRate_1h": round(machine.windows_hs[3600.0] / 1e9, 2),
            "expectedHashrate": round(expected_hs / 1e9, 1),
            "errorPercentage": 0.3,
            "actualFrequency": model.frequency_mhz,
            "miningPaused": self.kind == "sleeping",
        }

    def _about(self) -> dict[str, Any]:
        identity, up_s = self.identity, int(self.machine.elapsed_s())
        return {
            "macAddr": identity.mac,
            "hostname": identity.id,
            "ssid": "pretend",
            "wifiStatus": "Connected!",
            "wifiRSSI": -58,
            "ipv4": identity.address,
            "freeHeap": 8210432,
            "uptimeSeconds": up_s,
            "version": identity.model.firmware,
            "idfVersion": "v5.4.1",
            "boardVersion": self.habits.board,
            "runningPartition": "ota_0",
            "flipscreen": 1,
            "invertscreen": 0,
        }

    def _mining(self) -> dict[str, Any]:
        machine, accounts = self.machine, self.accounts()
        first, second = accounts[0], accounts[-1]
        reasons = [{"message": "Above target", "count": machine.rejected}] if machine.rejected else []
        newer = {
            "sharesRejectedReasons": reasons,
            "poolDifficulty": machine.share_difficulty,
            "responseTime": 21.4,
        }
        return {
            "sharesAccepted": machine.accepted,
            "sharesRejected": machine.rejected,
            "stratumURL": cgminer.host_of(first.url),
            "stratumPort": _port(first.url),
            "stratumUser": first.user,
            "fallbackStratumURL": cgminer.host_of(second.url),
            "fallbackStratumPort": _port(second.url),
            "fallbackStratumUser": second.user,
            "isUsingFallbackStratum": 0,
            **(newer if self.habits.newer else {"stratumDiff": int(machine.share_difficulty)}),
        }


@cache
def _page(title: str) -> bytes:
    text = f"<!doctype html><html><head><title>{title}</title></head><body><app-root></app-root></body></html>"
    return gzip.compress(text.encode(), mtime=0)


def _port(url: str) -> int:
    port = url.rpartition(":")[2]
    return int(port) if port.isdigit() else 3333
