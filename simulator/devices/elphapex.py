"""Elphapex: Scrypt in MH/s on web pages in Bitmain's listed shape, behind digest, with units of its own."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from simulator.devices import cgminer
from simulator.devices.antminer_cgi import chip_string
from simulator.devices.device import Device, Identity, Wire, World
from simulator.wire.digest import DigestGuard
from simulator.wire.http import WebAnswer, WebRequest

_HOME = b"<!DOCTYPE html><html><head><title>Elphapex</title></head><body><div id='app'></div></body></html>\n"


class Elphapex(Device):
    """One Elphapex; nothing is open."""

    wires: ClassVar[Mapping[str, Wire]] = MappingProxyType({"http": "http"})
    windows_s: ClassVar[tuple[float, ...]] = (5.0, 900.0, 1800.0)
    login: ClassVar[tuple[str, str] | None] = ("root", "root")

    __slots__ = ("guard",)

    def __init__(self, identity: Identity, world: World) -> None:
        super().__init__(identity, world)
        self.guard: DigestGuard = self.digest(realm="Daoge Configuration")

    def answer_http(self, request: WebRequest) -> WebAnswer:
        """Let the user pass, then give the page."""
        refused = self.challenged(self.guard, request)
        if refused is not None:
            return refused
        if request.path == "/":
            return WebAnswer(kind="text/html", body=_HOME)
        page = self._pages().get(request.path.removeprefix("/cgi-bin/").removesuffix(".cgi"))
        if request.method != "GET" or request.path.startswith("/cgi-bin/set_"):
            self.writes.append(request.path)
            return WebAnswer(status=403, kind="text/html", body=b"<h1>403 - Forbidden</h1>")
        if page is None:
            return WebAnswer(status=404, kind="text/html", body=b"<h1>404 - Not Found</h1>")
        return WebAnswer(body=self.kept(request.path.encode(), lambda _: self.encode(page())))

    def _pages(self) -> Mapping[str, Callable[[], dict[str, Any]]]:
        return {
            "stats": self._stats,
            "summary": self._summary,
            "pools": self._pools,
            "get_system_info": self._system,
            "get_miner_conf": self._settings,
            "get_power": self._supply,
            "get_blink_status": lambda: {"blink": False},
        }

    def _with_head(self, name: str, section: str, body: Any) -> dict[str, Any]:
        """Put status and info before a section; the status counts from the boot beside the epoch's time."""
        model = self.identity.model
        return {
            "STATUS": {
                "STATUS": "S",
                "when": int(self.machine.elapsed_s()) + 20,
                "timestamp": int(self.world.now()),
                "Msg": name,
                "api_version": "1.0.0",
            },
            "INFO": {
                "miner_version": f"{model.name}_V{model.firmware}",
                "CompileTime": "",
                "dev_sn": self.identity.serial,
                "type": model.name,
                "hw_version": f"{model.name}_HW_V1.0",
            },
            section: body,
        }

    def _rates(self) -> dict[str, Any]:
        machine = self.machine
        return {
            "elapsed": int(machine.elapsed_s()),
            "rate_5s": round(machine.windows_hs[5.0] / 1e6, 2),
            "rate_15m": round(machine.windows_hs[900.0] / 1e6, 2),
            "rate_30m": round(machine.windows_hs[1800.0] / 1e6, 2),
            "rate_avg": round(machine.average_hs() / 1e6, 2),
            "rate_ideal": round(self.identity.model.hashrate_hs / 1e6, 2),
            "rate_unit": "MH/s",
        }

    def _stats(self) -> dict[str, Any]:
        model = self.identity.model
        body = {
            **self._rates(),
            "chain_num": model.boards,
            "fan_num": model.fans,
            "fan": [self.fan_rpm(fan) for fan in range(model.fans)],
            "hwp_total": 0.01,
            "chain": [self._chain(board) for board in range(model.boards)],
        }
        return self._with_head("stats", "STATS", [body])

    def _chain(self, board: int) -> dict[str, Any]:
        """Give one board; one that is lost stays in the list, without chips."""
        model, present = self.identity.model, board < self.boards_working()
        board_c, chip_c = self.board_temperatures_c(board)
        warm, rate = round(board_c), round(self.board_window_hs(board, 5.0) / 1e6, 2)
        chips = [round(1000 * (chip_c - less)) for less in (0.0, 1.2, 3.1, 2.4)]
        return {
            "index": board,
            "freq_avg": round(100 * model.frequency_mhz) if present else 0,
            "rate_ideal": round(model.hashrate_hs / model.boards / 1e6, 2),
            "rate_real": rate if present else 0,
            "rate_15m": rate if present else 0,
            "hashrate": rate if present else 0,
            "asic_num": model.chips if present else 0,
            "asic": chip_string(model.chips, group=8) if present else "",
            "temp_pic": [warm - 3, warm - 4, warm - 8 - board, warm - 9],
            "temp_pcb": [warm - 2, warm - 3 - board, warm, warm - 1],
            "temp_chip": [str(chip) for chip in chips] if present else ["", "", "", ""],
            "hw": self.machine.hardware_errors[board],
            "failrate": 0,
            "sn": f"{self.identity.serial}B{board}" if present else "",
        }

    def _summary(self) -> dict[str, Any]:
        machine = self.machine
        is_low = self.kind in {"missing-board", "low-hashrate"}
        checks = {
            "rate": ("e", 2, "hashrate is low") if is_low else ("s", 0, ""),
            "network": ("", 0, ""),
            "fans": ("s", 0, ""),
            "temp": ("e", 3, "too hot") if self.kind == "hot" else ("s", 0, ""),
        }
        status = [
            {"type": name, "status": letter, "code": code, "msg": words}
            for name, (letter, code, words) in checks.items()
        ]
        counted = {"hw_all": sum(machine.hardware_errors), "bestshare": int(machine.best_share), "status": status}
        return self._with_head("summary", "SUMMARY", [{**self._rates(), **counted}])

    def _pools(self) -> dict[str, Any]:
        machine, difficulty = self.machine, self.identity.model.shown_difficulty
        age_s = max(0, int(self.world.now() - machine.last_share_at_s)) if machine.last_share_at_s else 0
        rows = [
            {
                "index": index,
                "url": account.url,
                "user": account.user,
                "status": "Alive",
                "priority": index,
                "getworks": int(machine.elapsed_s()) // 25 if index == 0 else 0,
                "accepted": machine.accepted if index == 0 else 0,
                "rejected": machine.rejected if index == 0 else 0,
                "stale": machine.stale if index == 0 else 0,
                "diff": cgminer.short_difficulty(difficulty) if index == 0 else "",
                "diff1": 0,
                "diffa": machine.accepted * difficulty if index == 0 else 0,
                "diffr": 0,
                "diffs": 0,
                "lsdiff": difficulty if index == 0 else 0,
                "lstime": f"{age_s // 3600}:{age_s // 60 % 60:02}:{age_s % 60:02}" if index == 0 else "",
            }
            for index, account in enumerate(self.accounts())
        ]
        return self._with_head("pools", "POOLS", rows)

    def _system(self) -> dict[str, Any]:
        identity, model = self.identity, self.identity.model
        return {
            "minertype": model.name,
            "nettype": "DHCP",
            "netdevice": "eth0",
            "macaddr": identity.mac,
            "hostname": identity.id,
            "ipaddress": identity.address,
            "netmask": "255.0.0.0",
            "gateway": "",
            "dnsservers": "",
            "system_mode": "GNU/Linux",
            "system_kernel_version": "4.4.194 #1 SMP",
            "system_filesystem_version": f"{model.name}_V{model.firmware}",
            "firmware_type": "Release",
            "Algorithm": "Scrypt",
        }

    def _settings(self) -> dict[str, Any]:
        return {
            "pools": [{"url": account.url, "user": account.user, "pass": "x"} for account in self.accounts()],
            "algo": "ltc",
            "fc-fan-ctrl": False,
            "fc-fan-pwm": "100",
            "fc-freq": str(int(self.identity.model.frequency_mhz)),
            "fc-freq-level": "100",
            "fc-voltage": "1470",
            "fc-work-mode": "1" if self.kind == "sleeping" else "0",
        }

    def _supply(self) -> dict[str, Any]:
        inlet_c = self.machine.thermals.inlet_c
        return {
            "power_output": str(round(self.machine.power_w)),
            "power_sn": f"P{self.identity.serial}",
            "power_temp": str(round(10 * (inlet_c + 12.0))),
        }
