"""Goldshell boxes: a bfgminer or the maker's own miner on port 4028, and a web interface with a token beside it."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import msgspec
import orjson

from simulator.corruption import Json
from simulator.devices.cgminer_port import CgminerPort, Reply
from simulator.devices.device import Device, Identity, Wire, World
from simulator.wire.http import WebAnswer, WebRequest
from simulator.wire.sessions import Sessions, bearer, query

_HOME = b"<!doctype html><html><head><title>cloud-box</title></head><body><div id='app'></div></body></html>\n"


class Habits(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a series does its own way: the program on port 4028, how the web interface writes the model, cards."""

    program: str
    version: str
    api: str
    written: str
    board: str
    cards: bool = False


HABITS: Mapping[str, Habits] = MappingProxyType(
    {
        "kd-box": Habits(
            program="BFGMiner", version="5.4.2-41-g8ab", api="3.3", written="Goldshell-KDBoxPro", board="MCB_V2_6",
        ),
        "kd-max": Habits(program="KDAMiner", version="1.0.0", api="3.7", written="Goldshell-KDMAX", board="MCB_V4_2"),
        "byte": Habits(program="", version="", api="", written="Goldshell-BYTE", board="MCB_V5_1", cards=True),
    }
)  # fmt: skip


class Web:
    """The pages under `/mcb/` of one box: the status for everyone, the rest for whoever has a token."""

    __slots__ = ("_device", "_habits", "_open")

    def __init__(self, device: Device, habits: Habits) -> None:
        self._device = device
        self._habits = habits
        self._open: Sessions = device.sessions()

    def answer(self, request: WebRequest) -> WebAnswer:
        """Answer a page, the login, or what the browser's program lives in."""
        device = self._device
        if request.path == "/user/login":
            return self._log_in(request)
        if request.path == "/user/logout":
            self._open.close_all()
            return WebAnswer(body=b'{"success":true}')
        if not request.path.startswith("/mcb/"):
            return WebAnswer(kind="text/html", body=_HOME)
        name = request.path.removeprefix("/mcb/")
        if device.kind == "denied" or not (name == "status" or self._open.holds(bearer(request))):
            return WebAnswer(status=401, body=b'{"message":"Unauthorized"}')
        if request.method != "GET":
            device.writes.append(f"{request.method} {request.path}")
            return WebAnswer(status=405, body=b'{"message":"Method Not Allowed"}')
        pages: dict[str, Callable[[], Json]] = {
            "status": self._status,
            "setting": self._setting,
            "pools": self._pools,
        }
        if query(request).get("cgminercmd") == "devs":
            pages["cgminer"] = self._boards
        page = pages.get(name)
        if page is None:
            return WebAnswer(status=404, body=b'{"message":"Not Found"}')
        return WebAnswer(body=device.kept(b"web " + request.target.encode(), lambda _: device.encode(page())))

    def _log_in(self, request: WebRequest) -> WebAnswer:
        given = query(request)
        right = self._device.kind != "denied" and given.get("cipher") == "false"
        token = self._open.open(given.get("username"), given.get("password")) if right else None
        return WebAnswer(body=b'{"error":"wrong password"}' if token is None else orjson.dumps({"JWT Token": token}))

    def _status(self) -> dict[str, Any]:
        identity, habits = self._device.identity, self._habits
        return {
            "model": habits.written,
            "firmware": identity.model.firmware,
            "hardware": "30.50.SA",
            "mcbversion": habits.board,
        }

    def _setting(self) -> dict[str, Any]:
        """Give the settings; what they call the name of the box is its MAC."""
        plans = [{"level": level, "info": info} for level, info in enumerate(("Hashrate", "Balance", "Low power"))]
        return {
            "name": self._device.identity.mac,
            "version": self._device.identity.model.firmware,
            "select": 0,
            "powerplans": plans,
            "manual": False,
            "ledcontrol": True,
            "tempcontrol": 65,
        }

    def _pools(self) -> Json:
        """Give the pools; a box that takes cards has a group of them for each algorithm."""
        rows: list[Any] = [
            {
                "url": account.url, "active": index == 0, "dragid": index, "legal": True, "pool-priority": index,
                "user": account.user, "pass": "x",
            }
            for index, account in enumerate(self._device.accounts())
        ]  # fmt: skip
        groups = [{"algo": "SHA256D", "pools": rows}, {"algo": "Scrypt", "pools": []}]
        return {"groups": groups} if self._habits.cards else rows

    def _boards(self) -> dict[str, Any]:
        device = self._device
        speeds = " / ".join(f"{device.fan_rpm(index)} rpm" for index in range(device.identity.model.fans))
        rows = [
            {
                "id": index,
                "hashrate": round(device.board_window_hs(index, 20.0) / 1e6, 3),
                "av_hashrate": round(device.machine.average_hs() / device.identity.model.boards / 1e6, 3),
                "time": int(device.machine.elapsed_s()),
                "temp": f"{device.board_temperatures_c(index)[0]:.2f} °C",
                "fanspeed": speeds,
            }
            for index in range(device.boards_working())
        ]
        return {"data": rows}


class Goldshell(CgminerPort):
    """One box with port 4028 and web pages."""

    login: ClassVar[tuple[str, str] | None] = ("admin", "123456789")
    windows_s: ClassVar[tuple[float, ...]] = (20.0,)
    chip_goal_c: ClassVar[float] = 76.0
    warm_up_s: ClassVar[float] = 120.0

    __slots__ = ("habits", "web")

    def __init__(self, identity: Identity, world: World) -> None:
        super().__init__(identity, world)
        self.habits = HABITS[identity.model.dialect]
        self.web = Web(self, self.habits)

    def answer_http(self, request: WebRequest) -> WebAnswer:
        """Answer a page."""
        return self.web.answer(request)

    def describe(self) -> str:
        """Name the program."""
        return f"{self.habits.program.lower()} {self.habits.version}"

    def replies(self) -> Mapping[str, Reply]:
        """Answer the reading commands."""
        return {
            "version": lambda _: self._version(),
            "summary": lambda _: self._summary(),
            "devs": lambda _: self._devs(),
            "devdetails": lambda _: self._devdetails(),
            "pools": lambda _: self.pools(),
        }

    def _version(self) -> dict[str, Any]:
        habits = self.habits
        about = {habits.program: habits.version, "API": habits.api}
        return self.section("VERSION", [about], message=f"{habits.program} versions")

    def _summary(self) -> dict[str, Any]:
        body = {"Elapsed": int(self.machine.elapsed_s()), **self.rates("MHS", {"20s": 20.0}), **self.counters()}
        return self.section("SUMMARY", [body])

    def _devs(self) -> dict[str, Any]:
        rows = [self._board(index) for index in range(self.boards_working())]
        return self.section("DEVS", rows, message=f"{len(rows)} PGA(s)")

    def _board(self, index: int) -> dict[str, Any]:
        model, machine = self.identity.model, self.machine
        board_c, chip_c = self.board_temperatures_c(index)
        fans = {f"fan{fan}": self.fan_rpm(fan) for fan in range(model.fans)}
        return {
            "PGA": index,
            "Name": "GSM",
            "ID": index,
            "Enabled": "Y",
            "Status": "Alive",
            "Device Elapsed": int(machine.elapsed_s()),
            "MHS av": round(machine.average_hs() / model.boards / 1e6, 3),
            "MHS 20s": round(self.board_window_hs(index, 20.0) / 1e6, 3),
            "Accepted": machine.accepted // model.boards,
            "Rejected": machine.rejected // model.boards,
            "Hardware Errors": machine.hardware_errors[index],
            "Last Share Time": int(machine.last_share_at_s or 0),
            "tstemp-0": round(chip_c, 2),
            "tstemp-1": round(chip_c - 1.5, 2),
            "tstemp-2": round(board_c, 2),
            **fans,
            "voltage": 1000.0 * model.voltage_v,
            "clock": model.frequency_mhz,
        }

    def _devdetails(self) -> dict[str, Any]:
        chips = self.identity.model.chips
        rows = [
            {"DEVDETAILS": index, "PGA": index, "Name": "GSM", "ID": index, "Driver": "goldshell", "chips-nr": chips}
            for index in range(self.boards_working())
        ]
        return self.section("DEVDETAILS", rows)


class GoldshellWeb(Device):
    """One box whose port 4028 is shut: the web pages are all there is."""

    wires: ClassVar[Mapping[str, Wire]] = MappingProxyType({"http": "http"})
    login: ClassVar[tuple[str, str] | None] = Goldshell.login
    windows_s: ClassVar[tuple[float, ...]] = Goldshell.windows_s
    chip_goal_c: ClassVar[float] = 70.0
    warm_up_s: ClassVar[float] = 60.0

    __slots__ = ("web",)

    def __init__(self, identity: Identity, world: World) -> None:
        super().__init__(identity, world)
        self.web = Web(self, HABITS[identity.model.dialect])

    def answer_http(self, request: WebRequest) -> WebAnswer:
        """Answer a page."""
        return self.web.answer(request)
