"""MaraFW (Kaonsu) on Antminer hardware: JSON pages behind the stock firmware's digest, and its name on port 4028."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import msgspec
import orjson

from simulator.corruption import Json
from simulator.devices import cgminer
from simulator.devices.device import Device, Identity, Wire, World
from simulator.wire.http import WebAnswer, WebRequest

REALM = "antMiner Configuration"
_ROOT = "/kaonsu/v1/"
_FAN_FULL_W = 43.0


class Habits(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What differs by model: the unit that `brief` counts in, who gives the watts, what boards tell of themselves."""

    unit: str
    unit_hs: float
    power_source: str
    board_serials: bool


HABITS: Mapping[str, Habits] = MappingProxyType(
    {
        "terahash": Habits(unit="TH/s", unit_hs=1e12, power_source="EST", board_serials=True),
        "gigahash": Habits(unit="GH/s", unit_hs=1e9, power_source="PSU", board_serials=False),
    }
)


class Marafw(Device):
    """One machine with MaraFW: every page behind digest, port 4028 for its version alone."""

    wires: ClassVar[Mapping[str, Wire]] = MappingProxyType({"api": "line", "http": "http"})
    login: ClassVar[tuple[str, str] | None] = ("root", "root")
    windows_s: ClassVar[tuple[float, ...]] = (5.0, 600.0, 3600.0, 86400.0)
    chip_goal_c: ClassVar[float] = 70.0
    warm_up_s: ClassVar[float] = 240.0

    __slots__ = ("_guard", "habits")

    def __init__(self, identity: Identity, world: World) -> None:
        super().__init__(identity, world)
        self.habits = HABITS[identity.model.dialect]
        self._guard = self.digest(realm=REALM)

    def answer_line(self, request: bytes) -> bytes:
        """Say which program runs; nothing else is told here."""
        return self.kept(request, self._answer_line)

    def _answer_line(self, request: bytes) -> bytes:
        now, about = self.world.now(), "kaonsu 3.20"
        try:
            names = cgminer.read_command(request).names
        except cgminer.BadCommand as error:
            return orjson.dumps(cgminer.refusal(error.code, str(error), when=now, description=about)) + b"\0"
        if self.kind == "denied":
            refused = f"Access denied to '{names[0]}' command"
            return orjson.dumps(cgminer.refusal(cgminer.ACCESS_DENIED, refused, when=now, description=about)) + b"\0"
        if names != ("version",):
            self.writes += [name for name in names if name in cgminer.PRIVILEGED]
            refused = "Invalid command"
            return orjson.dumps(cgminer.refusal(cgminer.INVALID_COMMAND, refused, when=now, description=about)) + b"\0"
        model = self.identity.model
        name = f"Antminer {model.name}"
        version = {"API": "3.7", "Kaonsu": "3.20", "CompileTime": model.firmware, "Type": name, "Model": name}
        status = cgminer.status(22, "Kaonsu versions", when=now, description=about)
        return self.encode({"STATUS": status, "VERSION": [version], "id": 1}) + b"\0"

    def answer_http(self, request: WebRequest) -> WebAnswer:
        """Let the user pass, then give the page; all of them are behind the password, the first one too."""
        if self.kind == "denied":
            return self._guard.refuse(self.world.now(), stale=False)
        refused = self._guard.challenge(request, now=self.world.now())
        if refused is not None:
            return refused
        if request.method != "GET":
            self.writes.append(f"{request.method} {request.path}")
            return WebAnswer(status=403, body=b'{"error":"forbidden"}')
        if request.path == "/":
            return WebAnswer(kind="text/html", body=b"<!doctype html><title>Miner</title><div id='app'></div>\n")
        pages: dict[str, Callable[[], Json]] = {
            "brief": self._brief,
            "overview": self._overview,
            "hashboards": self._hashboards,
            "fans": self._fans,
            "pools": self._pools,
            "network_config": self._network,
            "miner_config": self._configuration,
            "locate_miner": lambda: {"blinking": False},
        }
        page = pages.get(request.path.removeprefix(_ROOT)) if request.path.startswith(_ROOT) else None
        if page is None:
            return WebAnswer(status=404, kind="text/html", body=b"404 page not found")
        return WebAnswer(body=self.kept(request.path.encode(), lambda _: self.encode(page())))

    def _rate(self, rate_hs: float) -> float:
        return round(rate_hs / self.habits.unit_hs, 3)

    def _brief(self) -> dict[str, Any]:
        machine, model = self.machine, self.identity.model
        sensors = [self.board_temperatures_c(index)[0] for index in range(self.boards_working())]
        status, words = self._status()
        indicator, indicator_words = self._indicator()
        return {
            "status": status,
            "status_long": words,
            "indicator": indicator,
            "indicator_long": indicator_words,
            "work_mode": "Sleep" if status == "Sleep" else "Auto",
            "elapsed": int(machine.elapsed_s()),
            "hashrate_unit": self.habits.unit,
            "hashrate_realtime": self._rate(machine.windows_hs[5.0]),
            "hashrate_realtime_1h": self._rate(machine.windows_hs[3600.0]),
            "hashrate_realtime_1d": self._rate(machine.windows_hs[86400.0]),
            "hashrate_average": self._rate(machine.average_hs()),
            "hashrate_ideal": self._rate(model.hashrate_hs),
            "hashrate_stock": self._rate(model.hashrate_hs),
            "hashrate_sales": self._rate(model.hashrate_hs),
            "power_consumption_estimated": round(machine.power_w),
            "power_indicator": 0,
            "power_source": self.habits.power_source,
            "temperature_min": round(min(sensors), 6),
            "temperature_average": round(sum(sensors) / len(sensors), 6),
            "temperature_max": round(max(sensors), 6),
        }

    def _status(self) -> tuple[str, str]:
        if self.kind == "sleeping":
            return "Sleep", "Sleeping"
        return ("Mining", "Mining...") if self.machine.hashrate_hs else ("Initializing", "Preparing the hash boards")

    def _indicator(self) -> tuple[str, str]:
        faults = {
            "missing-board": ("Degraded", "Hash board error"),
            "hot": ("Overheat", "Chips above their limit"),
            "low-hashrate": ("Degraded", "Hashrate below the ideal"),
        }
        return faults.get(self.kind or "", ("Normal", ""))

    def _overview(self) -> dict[str, Any]:
        identity, model = self.identity, self.identity.model
        return {
            "model": f"Antminer {model.name}",
            "model_extended": f"Antminer {model.name} ({model.hashrate_hs / 1e12:.1f}TH)",
            "control_board": "CVCtrl",
            "version_firmware": f"MaraFW {model.firmware}",
            "mac": identity.mac,
            "serial_number": identity.serial,
            "is_one_shot_firmware": False,
        }

    def _hashboards(self) -> dict[str, Any]:
        model = self.identity.model
        return {
            "hashboard_num": self.boards_working(),
            "hashboard_num_ideal": model.boards,
            "frequency_average": model.frequency_mhz,
            "hashboards": [self._board(index) for index in range(model.boards)],
        }

    def _board(self, index: int) -> dict[str, Any]:
        """Give one connector; where no board answers it stands with zeros. Boards always count in GH/s."""
        model, machine = self.identity.model, self.machine
        present = index < self.boards_working()
        board_c, chip_c = self.board_temperatures_c(index)
        share = 1.0 / model.boards
        serial = {"serial_number": f"{self.identity.serial}B{index}" if present else ""}
        return {
            **(serial if self.habits.board_serials else {}),
            "index": index,
            "present": present,
            "asic_num": model.chips if present else 0,
            "asic_num_ideal": model.chips,
            "hashrate_average": round(machine.average_hs() * share / 1e9, 3) if present else 0,
            "hashrate_ideal": round(model.hashrate_hs * share / 1e9, 3) if present else 0,
            "hashrate_realtime_10m": round(self.board_window_hs(index, 600.0) / 1e9, 3) if present else 0,
            "frequency_average": model.frequency_mhz if present else 0,
            "power_consumption_estimated": round(machine.power_w * share, 3) if present else 0,
            "temperature_raw": [round(board_c - 18.0, 4), round(board_c - 7.0, 4)] if present else [0],
            "temperature_pcb": [round(board_c - 11.0, 4), round(board_c, 4)] if present else [0],
            "temperature_chip": [round(chip_c - 11.0, 4), round(chip_c, 4)] if present else [0],
        }

    def _fans(self) -> dict[str, Any]:
        model, duty = self.identity.model, self.machine.thermals.duty_ratio
        each_w = round(_FAN_FULL_W * duty, 5)
        return {
            "profile": "AirCooling" if model.cooling == "air" else "LiquidCooling",
            "percent": round(100 * duty),
            "error": False,
            "error_description": "",
            "total_power_consumption": round(each_w * model.fans, 3),
            "fans": [
                {
                    "index": index, "current_speed": self.fan_rpm(index), "max_speed": model.fan_full_rpm,
                    "power_consumption": each_w,
                }
                for index in range(model.fans)
            ],
        }  # fmt: skip

    def _pools(self) -> list[dict[str, Any]]:
        machine, rows = self.machine, []
        for index, account in enumerate(self.accounts()):
            mine = machine if index == 0 else None
            rows.append(
                {
                    "index": index,
                    "url": account.url,
                    "user": account.user,
                    "status": "Active" if mine and machine.hashrate_hs else "Alive",
                    "priority": index,
                    "accepted": mine.accepted if mine else 0,
                    "rejected": mine.rejected if mine else 0,
                    "stale": mine.stale if mine else 0,
                    "discarded": 0,
                    "difficulty": mine.share_difficulty if mine else 0,
                }
            )
        return rows

    def _network(self) -> dict[str, Any]:
        return {"dhcp": True, "hostname": self.identity.id, "address": self.identity.address, "netmask": "255.0.0.0"}

    def _configuration(self) -> dict[str, Any]:
        model = self.identity.model
        tuner = {
            "mode-select": "PowerTarget",
            "power-target": 100 * round(model.power_w / 100),
            "hash-target": round(model.hashrate_hs / 1e12),
        }
        selected = "Sleep" if self.kind == "sleeping" else "Auto"
        return {
            "mode": {"work-mode-selector": selected, "concorde": tuner, "fixed": {"frequency": "0", "voltage": 0}},
            "pools": [
                {"url": account.url, "user": account.user, "pass": account.password} for account in self.accounts()
            ],
            "general-config": {"environment-profile": "AirCooling" if model.cooling == "air" else "LiquidCooling"},
            "advance-config": {"override-fan-control": False, "fan-fixed-percent": 0},
        }
