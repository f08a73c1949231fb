"""Auradine Teraflux: gcminer on port 4028, and its maker's own commands on port 8080 behind a token."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import msgspec
import orjson

from simulator.devices import cgminer
from simulator.devices.cgminer_port import CgminerPort, Reply
from simulator.devices.device import Identity, Wire, World
from simulator.wire.http import WebAnswer, WebRequest
from simulator.wire.sessions import Sessions, document

_BUILD = "4be1d0c95f3a7786214c0d9ae2b85e61f7703a92"
_WINDOWS = {"5s": 5.0, "1m": 60.0, "5m": 300.0, "15m": 900.0}
_SUPPLY_V = 240.0
_REFUSED = 403
_SENSORS = 4
_CHIPS_SHOWN = 3


class Habits(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a version does its own way: `tells_all` has the maker's commands on port 4028 too, for everyone."""

    tells_all: bool


HABITS: Mapping[str, Habits] = MappingProxyType({"token": Habits(tells_all=False), "open": Habits(tells_all=True)})


def _openly(own: Callable[[], dict[str, Any]]) -> Reply:
    return lambda _: own()


class Auradine(CgminerPort):
    """One Teraflux."""

    wires: ClassVar[Mapping[str, Wire]] = MappingProxyType({"api": "line", "http": "auradine"})
    login: ClassVar[tuple[str, str] | None] = ("admin", "admin")
    program: ClassVar[str] = "GCMiner"
    windows_s: ClassVar[tuple[float, ...]] = tuple(_WINDOWS.values())
    chip_goal_c: ClassVar[float] = 68.0
    warm_up_s: ClassVar[float] = 180.0

    __slots__ = ("_open", "habits")

    def __init__(self, identity: Identity, world: World) -> None:
        super().__init__(identity, world)
        self.habits = HABITS[identity.model.dialect]
        self._open: Sessions = self.sessions()

    def describe(self) -> str:
        """Name the program with its build."""
        return f"GCMiner-{self.identity.model.firmware}-{_BUILD}"

    def replies(self) -> Mapping[str, Reply]:
        """Answer gcminer's commands, and the maker's where this version has them here."""
        found: dict[str, Reply] = {
            "version": lambda _: self.section("VERSION", [{"API": "1.0", "GCMiner": "0.5"}]),
            "summary": lambda _: self._summary(),
            "devs": lambda _: self._devs(),
            "devdetails": lambda _: self._devdetails(),
            "pools": lambda _: self.pools(),
            "asccount": lambda _: self._counts(),
        }
        if self.habits.tells_all:
            found |= {name: _openly(own) for name, own in self._own().items()}
        return found

    def answer_http(self, request: WebRequest) -> WebAnswer:
        """Answer one of the maker's commands to whoever has a token, or give one."""
        name = request.path.removeprefix("/")
        if name == "token" and request.method == "POST":
            return self._token(request)
        if self.kind == "denied" or not self._open.holds(request.headers.get("token")):
            return WebAnswer(status=401, body=self.refuse(_REFUSED, "Invalid or missing token"))
        if request.method != "GET":
            self.writes.append(f"{request.method} {request.path}")
            return WebAnswer(status=403, body=self.refuse(_REFUSED, "Not allowed"))
        own = self._own().get(name)
        if own is None:
            return WebAnswer(status=404, body=self.refuse(cgminer.INVALID_COMMAND, "Invalid command"))
        return WebAnswer(body=self.kept(b"8080/" + name.encode(), lambda _: self.encode(own())))

    def _token(self, request: WebRequest) -> WebAnswer:
        given = document(request)
        token = None if self.kind == "denied" else self._open.open(given.get("user"), given.get("password"))
        if token is None or given.get("command") != "token":
            return WebAnswer(status=401, body=self.refuse(_REFUSED, "Invalid user or password"))
        return WebAnswer(body=orjson.dumps(self.section("Token", [{"Token": token}], code=700, message="Token")))

    def _own(self) -> dict[str, Callable[[], dict[str, Any]]]:
        return {
            "psu": self._psu,
            "fan": self._fan,
            "temperature": self._temperature,
            "mode": self._mode,
            "led": self._led,
            "ipreport": self._report,
            "frequency": self._frequency,
            "voltage": self._voltage,
        }

    # -- gcminer's own

    def _summary(self) -> dict[str, Any]:
        machine, difficulty = self.machine, self.machine.share_difficulty
        elapsed_s = int(machine.elapsed_s())
        body = {
            "Elapsed": elapsed_s,
            **self.rates("MHS", _WINDOWS),
            "Accepted": machine.accepted,
            "Rejected": machine.rejected,
            "Hardware Errors": sum(machine.hardware_errors),
            "Utility": 60.0 * machine.accepted / max(1, elapsed_s),
            "Difficulty Accepted": round(machine.accepted * difficulty),
            "Difficulty Rejected": round(machine.rejected * difficulty),
            "Total MH": round(machine.hashes / 1e6),
            "Last getwork": 0,
        }
        return self.section("SUMMARY", [body])

    def _devs(self) -> dict[str, Any]:
        rows = [
            {
                "DEV": index + 1,
                "ID": index + 1,
                "Name": "ASICBoard",
                "Enabled": True,
                "Status": "Alive",
                "MHS 5s": round(self.board_window_hs(index, 5.0) / 1e6, 2),
                "Temperature": round(self.board_temperatures_c(index)[0], 2),
            }
            for index in range(self.boards_working())
        ]
        return self.section("DEVS", rows, message=f"{len(rows)} Dev(s)")

    def _devdetails(self) -> dict[str, Any]:
        name = self.identity.model.name
        rows = [
            {"DEVDETAILS": index, "ID": index + 1, "Name": "ASICBoard", "Driver": "auradine", "Model": name}
            for index in range(self.boards_working())
        ]
        return self.section("DEVDETAILS", rows)

    def _counts(self) -> dict[str, Any]:
        boards = self.boards_working()
        body = {"BoardCount": boards, "AsicCount": boards * self.identity.model.chips}
        return self.section("ASCCount", [body], code=104, message="ASC count")

    # -- the maker's

    def _flux(self, name: str, body: list[dict[str, Any]], *, code: int, message: str) -> dict[str, Any]:
        about = f"FluxOS-{self.identity.model.firmware}-{_BUILD}"
        status = cgminer.status(code, message, when=self.world.now(), description=about)
        return {"STATUS": status, name: body, "id": 1}

    def _psu(self) -> dict[str, Any]:
        power_w, voltage_v = self.machine.power_w, self.identity.model.voltage_v
        output_w = 0.95 * power_w
        body = {
            "PowerIn": f"{power_w:.2f}W",
            "PowerOut": f"{output_w:.2f}W",
            "PoutMax": f"{1.3 * self.identity.model.power_w:.2f}W",
            "Vin": f"{_SUPPLY_V:.2f}V",
            "Iin": f"{power_w / _SUPPLY_V:.2f}A",
            "Vout": f"{voltage_v:.2f}V",
            "VoutSet": f"{voltage_v:.2f}V",
            "Iout": f"{output_w / voltage_v:.2f}A",
            "FanSpeed1": "4110.00 RPM",
            "FanSpeed2": "4088.00 RPM",
        }
        return self._flux("PSU", [body], code=570, message="PSU status")

    def _fan(self) -> dict[str, Any]:
        model = self.identity.model
        target = 100 * round(model.fan_full_rpm * self.machine.thermals.duty_ratio / 100)
        rows = [
            {"ID": index + 1, "Speed": self.fan_rpm(index), "Target": target, "Max": model.fan_full_rpm}
            for index in range(model.fans)
        ]
        return self._flux("Fan", rows, code=510, message=f"Total fans: {len(rows)}")

    def _temperature(self) -> dict[str, Any]:
        inlet_c = round(self.machine.thermals.inlet_c, 2)
        rows: list[dict[str, Any]] = [
            {"ID": 0, "Name": "Control Board", "BoardTemp": [{"ID": 0, "Temperature": inlet_c + 4.0}], "ChipTemp": None}
        ]
        for index in range(self.boards_working()):
            board_c, chip_c = self.board_temperatures_c(index)
            rows.append(
                {
                    "ID": index + 1,
                    "Name": f"Hash Board {index + 1}",
                    "BoardTemp": [
                        {"ID": place, "Temperature": round(inlet_c + (board_c - inlet_c) * place / (_SENSORS - 1), 2)}
                        for place in range(_SENSORS)
                    ],
                    "ChipTemp": [
                        {"ID": place, "Temperature": chip_c - 2.0 * (_CHIPS_SHOWN - 1 - place)}
                        for place in range(_CHIPS_SHOWN)
                    ],
                }
            )
        return self._flux("Temperature", rows, code=590, message="System temperature")

    def _mode(self) -> dict[str, Any]:
        model, sleeping = self.identity.model, self.kind == "sleeping"
        body = {
            "Mode": "custom",
            "Tune": "ths",
            "Ths": round(model.hashrate_hs / 1e12),
            "Power": round(model.power_w),
            "Sleep": "on" if sleeping else "off",
        }
        message = f"Operating mode: 'custom', sleep: '{str(sleeping).lower()}'"
        return self._flux("Mode", [body], code=540, message=message)

    def _led(self) -> dict[str, Any]:
        faults = {"hot": (5, "Temperature above its limit"), "missing-board": (8, "Hash board not found")}
        code, words = faults.get(self.kind or "", (2, "Normal"))
        return self._flux("LED", [{"Code": code, "LED1": 1, "LED2": 1, "Msg": words}], code=530, message="Total LEDs 2")

    def _report(self) -> dict[str, Any]:
        identity = self.identity
        body = {
            "command": "ipreport",
            "ip": identity.address,
            "mac": identity.mac.lower(),
            "hostname": identity.id,
            "model": identity.model.name,
            "version": identity.model.firmware,
            "InternalType": "T1",
            "SerialNo": identity.serial,
            "CBSerialNo": f"C{identity.serial}",
            "ChassisSerialNo": f"X{identity.serial}",
            "HBSerialNo": [f"{identity.serial}B{index}" for index in range(self.boards_working())],
        }
        return self._flux("IPReport", [body], code=620, message="IP Report")

    def _frequency(self) -> dict[str, Any]:
        clock = self.identity.model.frequency_mhz
        return self._of_chips("Frequency", "Frequency", [clock - 5.0, clock, clock + 5.0], code=640)

    def _voltage(self) -> dict[str, Any]:
        return self._of_chips("Voltage", "Voltage", [0.2412, 0.2425, 0.2431], code=630)

    def _of_chips(self, name: str, what: str, values: list[float], *, code: int) -> dict[str, Any]:
        rows = [
            {
                "ID": index + 1,
                "Name": f"Hash Board {index + 1}",
                f"Chip{what}": [{"ID": place, what: value} for place, value in enumerate(values)],
            }
            for index in range(self.boards_working())
        ]
        return self._flux(name, rows, code=code, message=f"System {name.lower()}")
