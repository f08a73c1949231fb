"""Programs that anybody can run: cgminer with a USB stick, bfgminer with an old Scrypt box. Port 4028 and no page."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from simulator.devices.cgminer_port import CgminerPort, Reply
from simulator.devices.device import Wire


class PlainCgminer(CgminerPort):
    """One GekkoScience stick under cgminer."""

    wires: ClassVar[Mapping[str, Wire]] = MappingProxyType({"api": "line"})
    windows_s: ClassVar[tuple[float, ...]] = (5.0, 60.0, 300.0, 900.0)
    description: ClassVar[str] = "cgminer 4.12.1"
    key: ClassVar[str] = "ASC"
    driver: ClassVar[str] = "gekko"
    device_name: ClassVar[str] = "GSF"

    __slots__ = ()

    def replies(self) -> Mapping[str, Reply]:
        """Answer the usual reading commands."""
        return {
            "version": lambda _: self._version(),
            "summary": lambda _: self._summary(),
            "devs": lambda _: self._devs(),
            "devdetails": lambda _: self._details(),
            "pools": lambda _: self.pools(),
            "stats": lambda _: self._stats(),
        }

    def current(self, board: int | None = None) -> dict[str, float]:
        """Give the rates of the whole, or of one device."""
        spans = {"5s": 5.0, "1m": 60.0, "5m": 300.0, "15m": 900.0}
        if board is None:
            return self.rates("MHS", spans)
        mean = round(self.machine.average_hs() / self.identity.model.boards / 1e6, 2)
        found = {f"MHS {label}": round(self.board_window_hs(board, span_s) / 1e6, 2) for label, span_s in spans.items()}
        return {"MHS av": mean, **found}

    def _version(self) -> dict[str, Any]:
        return self.section("VERSION", [{self.program: self.description.partition(" ")[2], "API": "3.7"}])

    def _summary(self) -> dict[str, Any]:
        body = {"Elapsed": int(self.machine.elapsed_s()), **self.current(), **self.counters()}
        return self.section("SUMMARY", [body])

    def _devs(self) -> dict[str, Any]:
        machine, boards = self.machine, self.identity.model.boards
        rows = [
            {
                self.key: board,
                "Name": self.device_name,
                "ID": board,
                "Enabled": "Y",
                "Status": "Alive" if board < self.boards_working() else "Dead",
                "Temperature": round(self.board_temperatures_c(board)[0], 2),
                **self.current(board),
                "Accepted": machine.accepted // boards,
                "Rejected": machine.rejected // boards,
                "Hardware Errors": machine.hardware_errors[board],
                "Last Share Pool": 0,
                "Last Share Time": int(machine.last_share_at_s or 0),
                "Frequency": self.identity.model.frequency_mhz,
                "Device Elapsed": int(machine.elapsed_s()),
            }
            for board in range(boards)
        ]
        return self.section("DEVS", rows, message=f"{len(rows)} {self.key}(s)")

    def _details(self) -> dict[str, Any]:
        model = self.identity.model
        rows = [
            {
                "DEVDETAILS": board,
                "Name": self.device_name,
                "ID": board,
                "Driver": self.driver,
                "Kernel": "",
                "Model": model.name,
                "Device Path": f"1:{board + 4}",
            }
            for board in range(model.boards)
        ]
        return self.section("DEVDETAILS", rows)

    def _stats(self) -> dict[str, Any]:
        elapsed_s = int(self.machine.elapsed_s())
        rows = [{"STATS": 0, "ID": f"{self.device_name}0", "Elapsed": elapsed_s, "Calls": 0, "Wait": 0.0}]
        return self.section("STATS", rows)


class PlainBfgminer(PlainCgminer):
    """One Zeus box under bfgminer, which names its devices PGA and gives a rolling rate."""

    program: ClassVar[str] = "BFGMiner"
    description: ClassVar[str] = "bfgminer 5.5.0"
    key: ClassVar[str] = "PGA"
    driver: ClassVar[str] = "zeusminer"
    device_name: ClassVar[str] = "ZUS"

    __slots__ = ()

    @property
    def joins(self) -> bool:
        """Take one command at a time."""
        return False

    def current(self, board: int | None = None) -> dict[str, float]:
        """Give the mean and the rolling rate."""
        machine, parts = self.machine, 1 if board is None else self.identity.model.boards
        rate_hs = machine.windows_hs[5.0] if board is None else self.board_window_hs(board, 5.0)
        return {"MHS av": round(machine.average_hs() / parts / 1e6, 4), "MHS rolling": round(rate_hs / 1e6, 4)}
