"""ePIC's PowerPlay on Antminer hardware: JSON over HTTP on the port where others have the cgminer API."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import msgspec

from simulator.corruption import Json
from simulator.devices.device import SPEECH, Device, Identity, Speech, Wire, World
from simulator.wire.http import WebAnswer, WebRequest
from simulator.wire.sessions import document

_HOME = b"<!doctype html><html><head><title>Miner Web Dashboard</title></head><body><div id='root'></div></body></html>"
_FAN_CONNECTORS = 12
_ACCURACY = 0.9


class Habits(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a version of PowerPlay does its own way."""

    software: str
    tells_serial: bool
    """Whether `capabilities` has the serial of the whole machine beside that of its processor."""


HABITS: Mapping[str, Habits] = MappingProxyType(
    {
        "1.5": Habits(software="PowerPlay-BMS v1.5.9", tells_serial=False),
        "1.15": Habits(software="PowerPlay-BMS v1.15.2", tells_serial=True),
    }
)


class Epic(Device):
    """One machine with PowerPlay: readable by everyone, changed only with a password in the body."""

    wires: ClassVar[Mapping[str, Wire]] = MappingProxyType({"api": "line", "http": "http"})
    speech: ClassVar[Mapping[Wire, Speech]] = MappingProxyType({**SPEECH, "line": "http"})
    windows_s: ClassVar[tuple[float, ...]] = (60.0,)
    chip_goal_c: ClassVar[float] = 66.0
    warm_up_s: ClassVar[float] = 300.0

    __slots__ = ("habits",)

    def __init__(self, identity: Identity, world: World) -> None:
        super().__init__(identity, world)
        self.habits = HABITS[identity.model.dialect]

    def answer_http(self, request: WebRequest) -> WebAnswer:
        """Answer a page; figures and dashboard come from either port."""
        if self.kind == "denied":
            return WebAnswer(status=401, kind="text/plain", body=b"Unauthorized")
        if request.method != "GET":
            self.writes.append(f"{request.method} {request.path} {document(request).get('param')}")
            return WebAnswer(body=b'{"result":false,"error":"Incorrect password"}')
        if request.path == "/":
            return WebAnswer(kind="text/html", body=_HOME)
        pages: dict[str, Callable[[], Json]] = {
            "/summary": self._summary,
            "/capabilities": self._capabilities,
            "/network": self._network,
            "/hashrate": self._chip_rates,
            "/clocks": self._chip_clocks,
            "/temps": self._sensors,
        }
        page = pages.get(request.path)
        if page is None:
            return WebAnswer(status=404, kind="text/plain", body=b"Not Found")
        return WebAnswer(body=self.kept(request.path.encode(), lambda _: self.encode(page())))

    def _summary(self) -> dict[str, Any]:
        model, power_w = self.identity.model, self.machine.power_w
        duty = round(100 * self.machine.thermals.duty_ratio)
        numbers = sorted(range(1, _FAN_CONNECTORS + 1), key=str)
        speeds = {f"Fans Speed {number}": self._connector_rpm(number) for number in numbers}
        return {
            "Status": self._status(),
            "Hostname": self.identity.id,
            "PresetInfo": {"Target Power": 100 * round(model.power_w / 100)},
            "Software": self.habits.software,
            "Mining": {"Coin": "BTC", "Algorithm": "SHA-256"},
            "Stratum": self._stratum(),
            "StratumConfigs": [
                {"pool": account.url, "login": account.user, "password": "x"} for account in self.accounts()
            ],
            "Session": self._session(),
            "HBs": [self._board(index) for index in range(self.boards_working())],
            "HBStatus": [
                {"Index": index, "Detected": index < self.boards_working(), "Enabled": True}
                for index in range(model.boards)
            ],
            "Fans": {
                "Fans Speed": duty,
                "Fan Mode": {"Auto": {"Target Temperature": 60, "Idle Speed": 25}},
                "Minimum Working Fans": 0,
            },
            "Fans Rpm": speeds,
            "Power Supply Stats": {
                "Target Voltage": round(1000 * model.voltage_v),
                "Input Voltage": 0.0,
                "Input Current": 0.0,
                "Input Power": round(power_w, 4),
                "Output Voltage": round(model.voltage_v - 0.005, 3),
                "Output Current": 0.0,
                "Output Power": 0.0,
            },
            "PerpetualTune": {
                "Running": True,
                "Algorithm": {
                    "VoltageOptimizer": {
                        "Target": round(model.hashrate_hs / 1e12), "Throttle Target": None, "Min Throttle Target": 40,
                        "Throttle Step": 5, "Unit": "TH/s", "Optimized": True,
                    }
                },
            },
            "Misc": {"Locate Miner State": False, "Shutdown Temp": 85.0, "Critical Temp": 100.0},
            "IdleOnConnectionLost": True,
            "OS Type": "umcOS",
        }  # fmt: skip

    def _status(self) -> dict[str, Any]:
        state = "Mining" if self.machine.hashrate_hs else "Stopped" if self.kind == "sleeping" else "Initializing"
        fault = {"missing-board": "A hashboard was not found", "hot": "Temperature near its limit"}.get(self.kind or "")
        return {"Operating State": state, "Last Command": None, "Last Command Result": None, "Last Error": fault}

    def _stratum(self) -> dict[str, Any]:
        account, hashing = self.accounts()[0], self.machine.hashrate_hs > 0
        return {
            "Config Id": 0,
            "Current Pool": account.url.rpartition("//")[2],
            "Current User": account.user,
            "IsPoolConnected": hashing,
            "Average Latency": 0.0214,
            "Worker Unique Id": False,
            "Worker Unique Id Variant": "MacAddress",
        }

    def _session(self) -> dict[str, Any]:
        machine = self.machine
        last_s = machine.last_share_at_s
        return {
            "Startup Timestamp": int(machine.booted_at_s),
            "Uptime": int(machine.elapsed_s()),
            "Active HBs": self.boards_working() if machine.hashrate_hs else 0,
            "Average MHs": round(machine.average_hs() / 1e6, 1),
            "WorkReceived": int(machine.elapsed_s()) // 30,
            "Accepted": machine.accepted,
            "Rejected": machine.rejected,
            "Submitted": machine.accepted + machine.rejected,
            "Difficulty": machine.share_difficulty,
            "Last Accepted Share Timestamp": int(last_s or 0),
            "Last Accepted Share Timer": int(self.world.now() - last_s) if last_s else 0,
            "Last Work Timer": 11,
        }

    def _board(self, index: int) -> dict[str, Any]:
        model, rate_hs = self.identity.model, self.board_window_hs(index, 60.0)
        ideal_hs = model.hashrate_hs / model.boards
        return {
            "Index": index,
            "Hashrate": [round(rate_hs / 1e6, 1), round(100 * rate_hs / ideal_hs, 1), _ACCURACY],
            "Core Clock": [],
            "Core Clock Avg": model.frequency_mhz,
            "Temperature": round(self.board_temperatures_c(index)[0], 3),
            "Input Voltage": model.voltage_v,
            "Input Current": 0.0,
            "Input Power": 0.0,
            "Output Voltage": 0.0,
            "Output Current": 0.0,
            "Output Power": 0.0,
        }

    def _connector_rpm(self, number: int) -> int | None:
        return self.fan_rpm(number - 1) if number <= self.identity.model.fans else None

    def _capabilities(self) -> dict[str, Any]:
        identity, model = self.identity, self.identity.model
        serial = {"Miner Serial Number": identity.serial} if self.habits.tells_serial else {}
        per_chip_hs = model.hashrate_hs / model.boards / model.chips / (model.frequency_mhz * 1e6)
        return {
            "Model": f"AntMiner {model.name.upper()}",
            "Model Subtype": "BHB40000",
            "Chip Type": "BM1362",
            "Coins": ["BTC"],
            "Max HBs": model.boards,
            "Board Serial Numbers": [f"{identity.serial}B{index}" for index in range(self.boards_working())],
            "Default Hashrate": round(model.hashrate_hs / 1e12),
            "Default Clock": round(model.frequency_mhz),
            "Default Voltage": round(1000 * model.voltage_v),
            "Control Board Version": {"cpuHardware": "STM32 (Device Tree Support)", "cpuSerial": identity.serial},
            "Performance Estimator": {"Chip Count": model.chips, "Hashes Per Second Per Chip": round(per_chip_hs)},
            "Temp Sensor Info": {"Count": 2, "Type": "Board"},
            "Psu Info": {"PSU Type": 118, "FW": 23, "Min Vout": 11900, "Max Vout": 15100},
            **serial,
        }

    def _network(self) -> dict[str, Any]:
        identity = self.identity
        return {
            "dhcp": {
                "address": identity.address, "netmask": "255.0.0.0", "gateway": "", "dns": "",
                "mac_address": identity.mac,
            }
        }  # fmt: skip

    def _chip_rates(self) -> list[dict[str, Any]]:
        chips = self.identity.model.chips
        rows = []
        for index in range(self.boards_working()):
            board_mhs = self.board_window_hs(index, 60.0) / 1e6
            one = [round(board_mhs / chips, 2), 100.0, _ACCURACY]
            rows.append({"Index": index, "Data": [one] * chips, "Total": [round(board_mhs, 1), 100.0, _ACCURACY]})
        return rows

    def _chip_clocks(self) -> list[dict[str, Any]]:
        model = self.identity.model
        return [
            {"Index": index, "Data": [model.frequency_mhz] * model.chips, "Total": 0.0}
            for index in range(self.boards_working())
        ]

    def _sensors(self) -> list[dict[str, Any]]:
        warm = [self.board_temperatures_c(index)[0] for index in range(self.boards_working())]
        return [
            {"Index": index, "Data": [round(board_c - 8.0, 3), round(board_c, 3)], "Total": 0.0}
            for index, board_c in enumerate(warm)
        ]
