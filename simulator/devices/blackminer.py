"""Blackminer's control board as Hammer and VolcMiner use it: Scrypt in MH/s, an old Antminer's words, two realms.

The Hammer answers on port 4028, with a comma too few and with shares that are none; the VolcMiner on its web page
alone, whose JSON has remarks in it.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import orjson

from simulator.devices import cgminer
from simulator.devices.antminer_cgi import chip_string
from simulator.devices.cgminer_port import CgminerPort, Reply
from simulator.devices.device import Device, Identity, Wire, World
from simulator.wire.digest import DigestGuard
from simulator.wire.http import WebAnswer, WebRequest

_REALM = "blackMiner Configuration"
_PLACES = 4
_SYSTEM, _CONFIGURATION, _STATUS = (
    f"/cgi-bin/get_{name}.cgi" for name in ("system_info", "miner_conf", "miner_status")
)


class _Pages(Device):
    """The web pages that both have, behind digest."""

    make: ClassVar[str] = ""

    __slots__ = ("guard",)

    def __init__(self, identity: Identity, world: World) -> None:
        super().__init__(identity, world)
        self.guard: DigestGuard = self.digest(realm=_REALM)

    def answer_http(self, request: WebRequest) -> WebAnswer:
        """Let the user pass, then give the page."""
        refused = self.challenged(self.guard, request)
        if refused is not None:
            return refused
        if request.method != "GET":
            self.writes.append(request.path)
            return WebAnswer(status=403, kind="text/html", body=b"<h1>403 - Forbidden</h1>")
        page = self.web_pages().get(request.path)
        if page is None:
            return WebAnswer(status=404, kind="text/html", body=b"<h1>404 - Not Found</h1>")
        return WebAnswer(kind="text/plain", body=self.kept(request.path.encode(), lambda _: page()))

    def web_pages(self) -> Mapping[str, Callable[[], bytes]]:
        """Give the pages by path."""
        return {_SYSTEM: lambda: orjson.dumps(self._system()), _CONFIGURATION: lambda: orjson.dumps(self._settings())}

    def _system(self) -> dict[str, Any]:
        identity = self.identity
        return {
            "minertype": f"{self.make} {identity.model.name}",
            "nettype": "DHCP",
            "netdevice": "eth0",
            "macaddr": identity.mac,
            "hostname": identity.id,
            "ipaddress": identity.address,
            "netmask": "255.0.0.0",
            "gateway": "",
            "dnsservers": "",
            "system_mode": "GNU/Linux",
            "system_kernel_version": "Linux 3.8.13 #22 SMP",
            "system_filesystem_version": identity.model.firmware,
            "cgminer_version": "2.3.3",
        }

    def _settings(self) -> dict[str, Any]:
        return {
            "pools": [{"url": account.url, "user": account.user, "pass": "x"} for account in self.accounts()],
            "api-listen": True,
            "api-network": True,
            "api-groups": "A:stats:pools:devs:summary:version",
            "api-allow": "A:0/0,W:*",
            "bitmain-freq": str(int(self.identity.model.frequency_mhz)),
            "bitmain-work-mode": "1" if self.kind == "sleeping" else "0",
        }


class Hammer(_Pages, CgminerPort):
    """One Hammer."""

    wires: ClassVar[Mapping[str, Wire]] = CgminerPort.wires
    windows_s: ClassVar[tuple[float, ...]] = (5.0, 1800.0)
    description: ClassVar[str] = "ccminer 2.3.3"
    login: ClassVar[tuple[str, str] | None] = ("root", "root")
    make: ClassVar[str] = "Hammer"

    __slots__ = ()

    @property
    def joins(self) -> bool:
        """Take one command at a time."""
        return False

    def replies(self) -> Mapping[str, Reply]:
        """Answer the usual reading commands."""
        return {
            "version": lambda _: self._version(),
            "summary": lambda _: self._summary(),
            "stats": lambda _: self._stats(),
            "pools": lambda _: self.pools(),
        }

    def _about(self) -> dict[str, Any]:
        model = self.identity.model
        return {"CGMiner": "2.3.3", "Miner": "2.0.2.2", "CompileTime": model.firmware, "Type": f"Hammer {model.name}"}

    def _version(self) -> dict[str, Any]:
        return self.section("VERSION", [{"API": "3.1", **self._about()}])

    def _totals(self) -> dict[str, str]:
        machine = self.machine
        return {"MHS 5s": f"{machine.windows_hs[5.0] / 1e6:.4f}", "MHS av": f"{machine.average_hs() / 1e6:.4f}"}

    def _summary(self) -> dict[str, Any]:
        wrong = f"{self.machine.accepted % 1000:8.4f}"
        body = {"Elapsed": int(self.machine.elapsed_s()), **self._totals(), **self.counters()}
        return self.section("SUMMARY", [{**body, "Accepted": wrong, "Rejected": wrong}])

    def pool(self, index: int) -> dict[str, Any]:
        """Give one pool, the share's age and the difficulty as texts."""
        row = super().pool(index)
        difficulty = self.identity.model.shown_difficulty
        row["Last Share Time"] = self.share_age() if index == 0 else "0"
        return {**row, "Diff": cgminer.short_difficulty(difficulty) if index == 0 else ""}

    def _stats(self) -> bytes:
        machine, model, working = self.machine, self.identity.model, self.boards_working()
        places = range(_PLACES)
        heat = [round(self.board_temperatures_c(place)[0]) if place < working else 0 for place in places]
        body: dict[str, Any] = {
            "STATS": 0,
            "ID": "A30",
            "Elapsed": int(machine.elapsed_s()),
            "Calls": 0,
            "Wait": 0.0,
            "Max": 0.0,
            "Min": 99999999.0,
            **self._totals(),
            "miner_count": working,
            "frequency": str(int(model.frequency_mhz)),
            "fan_num": model.fans,
            **{f"fan{fan + 1}": self.fan_rpm(fan) for fan in range(model.fans)},
            "temp_num": 12,
            **{f"temp{place + 1}": heat[place] for place in places},
            "temp_max": max(heat),
            "Device Hardware%": 0.0,
            "no_matching_work": sum(machine.hardware_errors),
        }
        for place in places:
            number, present = place + 1, place < working
            body |= {
                f"chain_acn{number}": model.chips if present else 0,
                f"chain_acs{number}": chip_string(model.chips, group=8) if present else "",
                f"chain_hw{number}": machine.hardware_errors[place] if present else 0,
                f"chain_rate{number}": f"{self.board_window_hs(place, 5.0) / 1e6:.4f}" if present else "",
                f"chipTemp{number}": self._chip_text(place) if present else "",
            }
        opening = orjson.dumps({"STATUS": self.status(70, "CGMiner stats")})[:-1]
        return b'%b,"STATS":[%b%b],"id":1}' % (opening, orjson.dumps(self._about()), self.encode(body))

    def _chip_text(self, place: int) -> str:
        """Write the chips' temperatures; the list runs on into memory that is no temperature."""
        chip_c = self.board_temperatures_c(place)[1]
        return f"[{chip_c:.2f}, {chip_c - 3.3:.2f}, 0.00, -73364045383872769689863497711616.00, 0.13]"


class VolcMiner(_Pages):
    """One VolcMiner: port 4028 is shut, and the page's numbers are texts in MH/s under names that say GH/s."""

    wires: ClassVar[Mapping[str, Wire]] = MappingProxyType({"http": "http"})
    windows_s: ClassVar[tuple[float, ...]] = (5.0, 1800.0)
    login: ClassVar[tuple[str, str] | None] = ("root", "ltc@dog")
    make: ClassVar[str] = "VolcMiner"

    __slots__ = ()

    def web_pages(self) -> Mapping[str, Callable[[], bytes]]:
        """Add the page of figures."""
        return {**super().web_pages(), _STATUS: self._status}

    def _status(self) -> bytes:
        """Give the page: JSON with a line of remark in it."""
        whole = self.encode({"summary": self._totals(), "pools": self._pools(), "devs": self._chains()})
        return whole.replace(b'"pools":', b'\n// configured pools\n"pools":', 1)

    def _totals(self) -> dict[str, Any]:
        machine = self.machine
        return {
            "elapsed": str(int(machine.elapsed_s())),
            "ghs5s": f"{machine.windows_hs[5.0] / 1e6:.2f}",
            "ghsav": f"{machine.average_hs() / 1e6:.2f}",
            "foundblocks": "0",
            "hw": str(sum(machine.hardware_errors)),
        }

    def _pools(self) -> list[Any]:
        machine = self.machine
        difficulty = cgminer.short_difficulty(self.identity.model.shown_difficulty)
        return [
            {
                "index": index,
                "url": account.url,
                "user": account.user,
                "status": "Alive",
                "priority": index,
                "stratum_active": index == 0,
                "accepted": str(machine.accepted if index == 0 else 0),
                "rejected": str(machine.rejected if index == 0 else 0),
                "stale": str(machine.stale if index == 0 else 0),
                "diff": difficulty if index == 0 else "",
                "lstime": "0:00:11" if index == 0 else "0",
            }
            for index, account in enumerate(self.accounts())
        ]

    def _chains(self) -> list[Any]:
        model = self.identity.model
        fans = ",".join(f"fan{fan + 1}={self.fan_rpm(fan)}" for fan in range(model.fans))
        told = f"frequency={int(model.frequency_mhz)},fan_num={model.fans},{fans},temp_num={self.boards_working()}"
        rows = []
        for board in range(self.boards_working()):
            board_c, chip_c = (round(value) for value in self.board_temperatures_c(board))
            rows.append(
                {
                    "index": str(board + 1),
                    "chain_acn": str(model.chips),
                    "freq": told if board == 0 else "",
                    "temp": str(board_c),
                    "temp2": str(chip_c),
                    "hw": str(self.machine.hardware_errors[board]),
                    "chain_rate": f"{self.board_window_hs(board, 5.0) / 1e6:.2f}",
                }
            )
        return rows
