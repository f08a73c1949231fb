"""Bitdeer SEALMINER: bdminer on port 4028 with everything flat in `stats`, and PHP pages behind a cookie."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import msgspec

from simulator.devices.cgminer_port import CgminerPort, Reply
from simulator.devices.device import Identity, World
from simulator.wire.http import WebAnswer, WebRequest
from simulator.wire.sessions import Sessions, cookie, form

_COOKIE = "PHPSESSID"
_HOME = (
    b"<!DOCTYPE html><html><head><title>SEALMINER</title><link rel='stylesheet' href='/assets/css/amazeui.min.css'>"
    b"</head><body></body></html>\n"
)
_SAMPLE_S = 5.0
_WINDOWS = {
    "30s": 30.0, "1m": 60.0, "2m": 120.0, "5m": 300.0, "15m": 900.0, "30m": 1800.0, "1h": 3600.0, "2h": 7200.0,
}  # fmt: skip
_GUESSED = {"MHS 5s": 1.71, "MHS 1m": 0.93, "MHS 5m": 0.95, "MHS 15m": 0.94}
"""How far the summary's windows, which it guesses from shares, are from what is true."""


class Habits(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a firmware does its own way: `tells_identity` has MAC, model and serial in `stats`, not in pages alone."""

    tells_identity: bool


HABITS: Mapping[str, Habits] = MappingProxyType(
    {"2025": Habits(tells_identity=True), "2024": Habits(tells_identity=False)}
)


class Sealminer(CgminerPort):
    """One SEALMINER."""

    login: ClassVar[tuple[str, str] | None] = ("seal", "seal")
    program: ClassVar[str] = "BDMiner"
    description: ClassVar[str] = "bdminer 4.11.1"
    windows_s: ClassVar[tuple[float, ...]] = (_SAMPLE_S, *_WINDOWS.values())
    chip_goal_c: ClassVar[float] = 80.0
    warm_up_s: ClassVar[float] = 220.0

    __slots__ = ("_open", "habits")

    def __init__(self, identity: Identity, world: World) -> None:
        super().__init__(identity, world)
        self.habits = HABITS[identity.model.dialect]
        self._open: Sessions = self.sessions()

    def answer_http(self, request: WebRequest) -> WebAnswer:
        """Answer a page to whoever is in, the login, or the first page."""
        if request.path == "/":
            return WebAnswer(kind="text/html", body=_HOME)
        name = request.path.removeprefix("/cgi-bin/").removesuffix(".php")
        if name == "login" and request.method == "POST":
            return self._log_in(request)
        if self.kind == "denied" or not self._open.holds(cookie(request, _COOKIE)):
            return WebAnswer(status=401, kind="text/html", body=b"please log in")
        if request.method != "GET":
            self.writes.append(f"{request.method} {request.path}")
            return WebAnswer(status=403, kind="text/html", body=b"forbidden")
        pages: dict[str, Callable[[], dict[str, Any]]] = {
            "get_system_info": self._system,
            "miner-psu-status": self._supply,
        }
        page = pages.get(name)
        if page is None:
            return WebAnswer(status=404, kind="text/html", body=b"File not found.")
        return WebAnswer(kind="text/html", body=self.kept(name.encode(), lambda _: self.encode(page())))

    def _log_in(self, request: WebRequest) -> WebAnswer:
        """Let in; a wrong password gets the same page without a cookie. What counts is the password as it was typed."""
        given = form(request)
        token = None if self.kind == "denied" else self._open.open(given.get("username"), given.get("origin_pwd"))
        headers = () if token is None else (("Set-Cookie", f"{_COOKIE}={token}; path=/; HttpOnly"),)
        return WebAnswer(kind="text/html", headers=headers, body=b"0" if token is None else b"1")

    def replies(self) -> Mapping[str, Reply]:
        """Answer the reading commands."""
        return {
            "version": lambda _: self.section("VERSION", [{"BDMiner": "4.11.1", "API": "3.7"}]),
            "summary": lambda _: self._summary(),
            "stats": lambda _: self.section("STATS", [self._stats()]),
            "pools": lambda _: self.pools(),
        }

    def pool(self, index: int) -> dict[str, Any]:
        """Give one pool with what bdminer adds."""
        works = {"Works": int(self.machine.elapsed_s()) * 14 if index == 0 else 0, "Has Vmask": True}
        chain = {"Bad Work": 0, "Current Block Height": 0, "Current Block Version": 536870912}
        return super().pool(index) | works | chain

    def _summary(self) -> dict[str, Any]:
        machine = self.machine
        guessed = {key: round(machine.average_hs() * factor / 1e6, 2) for key, factor in _GUESSED.items()}
        body = {
            "Elapsed": int(machine.elapsed_s()),
            "MHS av": round(machine.average_hs() / 1e6, 2),
            **guessed,
            **self.counters(),
        }
        return self.section("SUMMARY", [body])

    def _shown_mhs(self, window_s: float) -> float:
        """Give what a window shows: until it is full, the time before the start counts as idle."""
        filled = min(1.0, self.machine.elapsed_s() / window_s)
        return round(self.machine.windows_hs[window_s] * filled / 1e6, 6)

    def _stats(self) -> dict[str, Any]:
        machine, model, identity = self.machine, self.identity.model, self.identity
        elapsed_s, boards = int(machine.elapsed_s()), self.boards_working()
        fault, supply_fault = self._faults()
        body: dict[str, Any] = {
            "STATS": 0,
            "ID": "A20",
            "Elapsed": elapsed_s,
            "Calls": 0,
            "Wait": 0.0,
            "Max": 0.0,
            "Min": 99999999.0,
        }
        if self.habits.tells_identity:
            body |= {
                "Model": model.name.removesuffix(" Hydro").replace(" ", "_"),
                "Firmware": model.firmware,
                "MAC": identity.mac.lower(),
                "Ctrl Board SN": identity.serial,
            }
        body |= {
            "Software Version": "4.11.1-08690",
            "Ctrl Board": "taurus_air_v1.1" if model.cooling == "air" else "taurus_hyd_v1.0",
            "IP": identity.address,
            "ASIC": "Seal02-V1",
            "Board Count": boards,
            "Chip Count": boards * model.chips,
            "Bad Chip Count": 0,
            "Fan Count": model.fans,
            "Liquid Cooling": model.cooling != "air",
            "PM State": "Sleeping" if self.kind == "sleeping" else "Running",
            "Mining Mode": "Sleep" if self.kind == "sleeping" else "Normal",
            "Error Code": fault,
            "Error Chip": "",
            "System Uptime": elapsed_s + 262,
            "MHS(Rated)": round(1.02 * model.hashrate_hs / 1e6),
            "MHS(Ideal)": round(model.hashrate_hs / 1e6),
            "MHS(Sample)": self._shown_mhs(_SAMPLE_S),
            **{f"MHS({name})": self._shown_mhs(window_s) for name, window_s in _WINDOWS.items()},
            "MHS(Avg)": round(machine.average_hs() / 1e6, 6),
            "Freq": round(model.frequency_mhz),
            "Chip Voltage": 307,
            "Temp": round(max(self.board_temperatures_c(index)[0] for index in range(boards))),
            "Target Ctrl Temp": round(self.chip_goal_c - 10.0),
            "Tune Status": "Fine Tuning Done",
            **self._electric(supply_fault),
        }
        if model.cooling != "air":
            body |= {"Inlet Temp": round(machine.thermals.inlet_c), "Outlet Temp": round(machine.thermals.outlet_c)}
        for index in range(max(boards, model.fans)):
            body |= {f"{index} {key}": value for key, value in self._place(index, has_board=index < boards).items()}
        return body

    def _faults(self) -> tuple[str, str]:
        codes = {"hot": "E201", "missing-board": "E104"}
        return codes.get(self.kind or "", ""), "0x00000000"

    def _electric(self, fault: str) -> dict[str, Any]:
        power_w, voltage_v = self.machine.power_w, self.identity.model.voltage_v
        return {
            "PSU Model": "BTPSU04KSA-03.00",
            "PSU SN": f"P{self.identity.serial}",
            "PSU Firmware": "222121",
            "PSU Error": fault,
            "PSU Input Voltage": 246.0,
            "PSU Input Power": round(power_w),
            "PSU Output Voltage": voltage_v,
            "PSU Output Current": round(0.92 * power_w / voltage_v, 1),
            "PSU Output Power": round(0.92 * power_w),
            "PSU Fan Speed": 4310,
            "PSU Temp AMB": round(self.machine.thermals.inlet_c),
            "Power Limit": 50 * round(self.identity.model.power_w / 50),
        }

    def _place(self, index: int, *, has_board: bool) -> dict[str, Any]:
        """Give what stands under one number: a board, and a fan of the same number."""
        model, found = self.identity.model, dict[str, Any]()
        if has_board:
            board_c, inlet_c = self.board_temperatures_c(index)[0], self.machine.thermals.inlet_c
            found |= {
                "Online": True,
                "SN": f"{self.identity.serial}B{index}",
                "Chip Count": model.chips,
                "Bad Chip Count": 0,
                "Freq": round(model.frequency_mhz),
                "MHS(Ideal)": round(model.hashrate_hs / model.boards / 1e6),
                "MHS(Sample)": round(self.board_window_hs(index, _SAMPLE_S) / 1e6, 6),
                "Temp 0": round(inlet_c + 0.5 * (board_c - inlet_c)),
                "Temp 1": round(inlet_c + 0.4 * (board_c - inlet_c)),
                "Temp 2": round(board_c),
                "Temp 3": round(board_c - 2.0),
                "Tune Status": "Fine Tuning Done",
            }
        if index < model.fans:
            found |= {"Speed": self.fan_rpm(index), "PWM": round(255 * self.machine.thermals.duty_ratio)}
        return found

    def _system(self) -> dict[str, Any]:
        identity = self.identity
        return {
            "brand": "Sealminer",
            "miner_type": identity.model.name.removesuffix(" Hydro").replace(" ", "_"),
            "firmware_version": identity.model.firmware,
            "crtl_sn": identity.serial,
            "ctrl_version": "taurus_air_v1.1",
            "psu_model": "boco_v2.0",
            "macaddr": identity.mac.lower(),
            "ipaddress": identity.address,
            "DHCP": "true",
            "miningMode": "2",
            "led": "on",
            "ratedHashrate": 0,
            "nomalPowerRatio": None,
            "upgrade_result": "0\n",
        }

    def _supply(self) -> dict[str, Any]:
        power_w, voltage_v = self.machine.power_w, self.identity.model.voltage_v
        return {
            "Online": 1,
            "Power": round(power_w),
            "Voltage": voltage_v,
            "Current": round(0.92 * power_w / voltage_v),
            "Temp": round(self.machine.thermals.inlet_c),
            "StatusCode": "0x0000",
        }
