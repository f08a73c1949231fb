"""StrongU on port 4028: the coin in the summary, the model in the boards, share times as texts of its own zone."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, ClassVar

import orjson

from simulator.devices.cgminer_port import CgminerPort, Reply
from simulator.devices.device import Identity, World
from simulator.wire.digest import DigestGuard
from simulator.wire.http import WebAnswer, WebRequest

_WINDOWS = {"5s": 5.0, "1m": 60.0, "5m": 300.0, "15m": 900.0}
_NEVER = "Thu Jan  1 08:00:00 1970\n"
_EAST_S = 8 * 3600


class StrongU(CgminerPort):
    """One StrongU; its web page is behind digest."""

    windows_s: ClassVar[tuple[float, ...]] = tuple(_WINDOWS.values())
    description: ClassVar[str] = "cgminer 4.10.0"
    login: ClassVar[tuple[str, str] | None] = ("root", "root")

    __slots__ = ("guard",)

    def __init__(self, identity: Identity, world: World) -> None:
        super().__init__(identity, world)
        self.guard: DigestGuard = self.digest(realm="stuMiner Configuration")

    def answer_http(self, request: WebRequest) -> WebAnswer:
        """Let the user pass, then tell the network."""
        refused = self.challenged(self.guard, request)
        if refused is not None:
            return refused
        if request.method != "GET":
            self.writes.append(request.path)
            return WebAnswer(status=403, kind="text/html", body=b"<h1>Forbidden</h1>")
        if request.path == "/":
            return WebAnswer(kind="text/html", body=b"<html><head><title>stuMiner</title></head></html>")
        if request.path != "/cgi-bin/get_network_info.cgi":
            return WebAnswer(status=404, kind="text/html", body=b"<h1>Not Found</h1>")
        page = {
            "nettype": "DHCP",
            "netdevice": "eth0",
            "macaddr": self.identity.mac,
            "ipaddress": self.identity.address,
            "netmask": "255.0.0.0",
            "conf_nettype": "DHCP",
            "conf_hostname": self.identity.id,
        }
        return WebAnswer(body=orjson.dumps(page))

    def replies(self) -> Mapping[str, Reply]:
        """Answer the usual reading commands."""
        return {
            "version": lambda _: self._version(),
            "summary": lambda _: self._summary(),
            "devs": lambda _: self._devs(),
            "pools": lambda _: self.pools(),
        }

    def _version(self) -> dict[str, Any]:
        about = {"CGMiner": "4.10.0", "API": "3.7", "Miner": "", "CompileTime": self.identity.model.firmware}
        return self.section("VERSION", [about])

    def _summary(self) -> dict[str, Any]:
        fans = self.identity.model.fans
        body = {
            "Elapsed": int(self.machine.elapsed_s()),
            **self.rates("MHS", _WINDOWS),
            **self.counters(),
            "Miner type": "btc",
            "Fan Num": fans,
            **{f"Fan{fan + 1}": self.fan_rpm(fan) for fan in range(fans)},
        }
        return self.section("SUMMARY", [body])

    def _devs(self) -> dict[str, Any]:
        machine, model = self.machine, self.identity.model
        rows = [
            {
                "ASC": board,
                "Name": model.name.rpartition("-")[2].lower(),
                "ID": board,
                "Enabled": "Y",
                "Status": "Alive",
                "Temperature": round(self.board_temperatures_c(board)[0], 1),
                "volt": model.voltage_v,
                "ChipNum": model.chips,
                "Frequency": int(model.frequency_mhz),
                "MHS av": round(machine.average_hs() / model.boards / 1e6, 2),
                **{
                    f"MHS {label}": round(self.board_window_hs(board, span_s) / 1e6, 2)
                    for label, span_s in _WINDOWS.items()
                },
                "Accepted": machine.accepted // model.boards,
                "Rejected": machine.rejected // model.boards,
                "Hardware Errors": machine.hardware_errors[board],
                "Last Share Pool": 0,
                "Last Share Time": int(machine.last_share_at_s or 0),
                "Last Share Difficulty": machine.share_difficulty,
                "Device Elapsed": int(machine.elapsed_s()),
            }
            for board in range(self.boards_working())
        ]
        return self.section("DEVS", rows)

    def pool(self, index: int) -> dict[str, Any]:
        """Give one pool; its last share's time is a text, in the device's zone, with a line's end in it."""
        at_s = self.machine.last_share_at_s if index == 0 else None
        zone = dt.timezone(dt.timedelta(seconds=_EAST_S))
        spoken = _NEVER if at_s is None else dt.datetime.fromtimestamp(at_s, zone).strftime("%a %b %e %H:%M:%S %Y\n")
        return {**super().pool(index), "Last Share Time": spoken}
