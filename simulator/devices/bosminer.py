"""BOSminer's port 4028: cgminer's commands with some of its own, on every Braiins OS; on the first, all there is.

The S9 numbers its boards by their connectors, 6 to 8, and lists four fans of which it has two.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from simulator.devices.cgminer_port import CgminerPort, Reply
from simulator.wire.http import WebAnswer, WebRequest

WINDOWS = {"5s": 5.0, "1m": 60.0, "5m": 300.0, "15m": 900.0, "24h": 86400.0}
HOME = b"<!DOCTYPE html><html><head><title>Braiins OS</title></head><body><div id='root'></div></body></html>\n"


class Bosminer(CgminerPort):
    """One device with the first Braiins OS: nothing but port 4028, and a page that shows who it is."""

    windows_s: ClassVar[tuple[float, ...]] = tuple(WINDOWS.values())
    program: ClassVar[str] = "BOSminer"
    description: ClassVar[str] = "BOSminer 0.2.0-d5ea1f3c"

    __slots__ = ()

    def answer_http(self, request: WebRequest) -> WebAnswer:
        """Give the front page, and nothing else to who is not logged in."""
        if self.kind == "denied":
            return WebAnswer(status=403, kind="text/html", body=b"<h1>Forbidden</h1>")
        if request.method == "GET" and request.path == "/":
            return WebAnswer(kind="text/html", body=HOME)
        return WebAnswer(status=404, kind="text/html", body=b"<h1>Not Found</h1>")

    def replies(self) -> Mapping[str, Reply]:
        """Answer cgminer's commands, and those for temperatures, fans and the tuner."""
        return {
            "version": lambda _: self._version(),
            "summary": lambda _: self._summary(),
            "devs": lambda _: self._devs(),
            "devdetails": lambda _: self._details(),
            "temps": lambda _: self._temps(),
            "fans": lambda _: self._fans(),
            "tunerstatus": lambda _: self._tuner(),
            "pools": lambda _: self.pools(),
        }

    # -- what the newer interfaces of the same firmware tell too

    def number(self, board: int) -> int:
        """Give the number that a board goes by."""
        return board + (6 if self.identity.model.name == "S9" else 1)

    def speeds(self) -> list[int]:
        """Give the speeds of the four fan connectors."""
        fans = self.identity.model.fans
        used = [1, 3] if fans == 2 else list(range(fans))
        return [self.fan_rpm(used.index(place)) if place in used else 0 for place in range(4)]

    def limit_w(self) -> int:
        """Give the watts that the tuner aims at."""
        return 10 * round(self.identity.model.power_w / 10)

    def _version(self) -> dict[str, Any]:
        program, _, version = self.describe().partition(" ")
        return self.section("VERSION", [{"API": "3.7", program: version}])

    def _summary(self) -> dict[str, Any]:
        body = {"Elapsed": int(self.machine.elapsed_s()), **self.rates("MHS", WINDOWS), **self.counters()}
        return self.section("SUMMARY", [body])

    def _devs(self) -> dict[str, Any]:
        machine, model = self.machine, self.identity.model
        rows = [
            {
                "ASC": board,
                "Name": "",
                "ID": self.number(board),
                "Enabled": "Y",
                "Status": "Alive",
                "Temperature": 0.0,
                "MHS av": round(machine.average_hs() / model.boards / 1e6, 2),
                **{
                    f"MHS {label}": round(self.board_window_hs(board, span_s) / 1e6, 2)
                    for label, span_s in WINDOWS.items()
                },
                "Nominal MHS": round(model.hashrate_hs / model.boards / 1e6, 2),
                "Accepted": machine.accepted // model.boards,
                "Rejected": machine.rejected // model.boards,
                "Hardware Errors": machine.hardware_errors[board],
                "Last Share Time": int(machine.last_share_at_s or 0),
                "Device Elapsed": int(machine.elapsed_s()),
            }
            for board in range(self.boards_working())
        ]
        return self.section("DEVS", rows)

    def _details(self) -> dict[str, Any]:
        model = self.identity.model
        rows = [
            {
                "DEVDETAILS": board,
                "Name": "",
                "ID": self.number(board),
                "Driver": "",
                "Kernel": "",
                "Model": f"Antminer {model.name}",
                "Device Path": "",
                "Chips": model.chips,
                "Cores": model.chips * 114,
                "Frequency": int(model.frequency_mhz * 1e6),
                "Voltage": model.voltage_v,
            }
            for board in range(self.boards_working())
        ]
        return self.section("DEVDETAILS", rows)

    def _temps(self) -> dict[str, Any]:
        heat = [self.board_temperatures_c(board) for board in range(self.boards_working())]
        rows = [
            {"TEMP": board, "ID": self.number(board), "Board": round(board_c, 1), "Chip": round(chip_c, 1)}
            for board, (board_c, chip_c) in enumerate(heat)
        ]
        return self.section("TEMPS", rows, code=201, message=f"{len(rows)} Temp(s)")

    def _fans(self) -> dict[str, Any]:
        duty = round(100 * self.machine.thermals.duty_ratio)
        rows = [{"FAN": place, "ID": place, "RPM": rpm, "Speed": duty} for place, rpm in enumerate(self.speeds())]
        return self.section("FANS", rows, code=202, message=f"{len(rows)} Fan(s)")

    def _tuner(self) -> dict[str, Any]:
        watts = round(self.machine.power_w)
        chains = [
            {
                "HashchainIndex": self.number(board),
                "PowerConsumption": watts // self.identity.model.boards,
                "Status": "Stable",
                "LoadedProfile": True,
                "StageElapsed": 120,
            }
            for board in range(self.boards_working())
        ]
        body = {
            "PowerLimit": self.limit_w(),
            "ApproximateMinerPowerConsumption": watts,
            "ApproximateChainPowerConsumption": watts - 60,
            "DynamicPowerScaling": "Disabled",
            "TunerChainStatus": chains,
        }
        return self.section("TUNERSTATUS", [body], code=205, message="Tuner Status")
