"""VNish (AnthillOS) 1.2 and 1.3: open pages for the figures, a password for settings and the boards' papers.

Its port 4028 knows no `version`, but names the firmware in `stats`.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import msgspec
import orjson

from simulator.corruption import Json
from simulator.devices import cgminer
from simulator.devices.cgminer_port import CgminerPort, Reply
from simulator.devices.device import Identity, World
from simulator.wire.http import WebAnswer, WebRequest
from simulator.wire.sessions import Sessions, bearer, document

_ROOT = "/api/v1"
_HOME = b"<!DOCTYPE html><html><head><title>AnthillOS</title></head><body><div id='app'></div></body></html>\n"
_FEE = 0.028
_UNKNOWN = 0


class Habits(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a version does its own way."""

    boards: str
    millivolts: bool
    shows_preset: bool
    knows_serial: bool
    meters: bool


HABITS: Mapping[str, Habits] = MappingProxyType(
    {
        "1.2": Habits(boards="chains", millivolts=True, shows_preset=True, knows_serial=False, meters=False),
        "1.3": Habits(boards="boards", millivolts=False, shows_preset=False, knows_serial=True, meters=True),
    }
)


class VNish(CgminerPort):
    """One Antminer with VNish."""

    windows_s: ClassVar[tuple[float, ...]] = (5.0, 1800.0)
    login: ClassVar[tuple[str, str] | None] = ("admin", "admin")

    __slots__ = ("habits", "open_sessions")

    def __init__(self, identity: Identity, world: World) -> None:
        super().__init__(identity, world)
        self.habits = HABITS[identity.model.dialect]
        self.open_sessions: Sessions = self.sessions()

    # -- port 4028

    def replies(self) -> Mapping[str, Reply]:
        """Answer a few of cgminer's commands, `version` not among them."""
        return {
            "version": lambda _: self.refuse(_UNKNOWN, "Invalid command"),
            "summary": lambda _: self._summary(),
            "stats": lambda _: self._stats(),
            "devdetails": lambda _: self._details(),
            "pools": lambda _: self.pools(),
        }

    def _kind(self) -> str:
        return f"Antminer {self.identity.model.name} (Vnish {self.identity.model.firmware})"

    def _summary(self) -> dict[str, Any]:
        rates = self.rates("GHS", {"5s": 5.0, "30m": 1800.0})
        body = {"Elapsed": int(self.machine.elapsed_s()), **rates, **self.counters(), "Total MH": 0}
        return self.section("SUMMARY", [body])

    def _stats(self) -> dict[str, Any]:
        about = {"Type": self._kind(), "Miner": "0.0.0", "Cgminer": self.identity.model.firmware}
        rates = self.rates("GHS", {"5s": 5.0})
        body: dict[str, Any] = {"Elapsed": int(self.machine.elapsed_s()), **rates, "fan_num": self.identity.model.fans}
        body |= {f"fan{number + 1}": self.fan_rpm(number) for number in range(self.identity.model.fans)}
        for board in range(self.boards_working()):
            board_c, chip_c = (round(value) for value in self.board_temperatures_c(board))
            body |= {
                f"temp_pcb{board + 1}": f"{board_c}-{board_c - 9}-{board_c}-{board_c}",
                f"temp_chip{board + 1}": f"{chip_c}-{chip_c - 10}-{chip_c}-{chip_c}",
                f"chain_rate{board + 1}": round(self.board_window_hs(board, 5.0) / 1e9, 3),
                f"chain_acn{board + 1}": self.identity.model.chips,
            }
        return self.section("STATS", [about, body])

    def _details(self) -> dict[str, Any]:
        code = self.identity.model.name.upper().replace(" ", "")
        return self.section("DEVDETAILS", [{"DEVDETAILS": 0, "Name": f"BTM_{code}", "ID": 0, "Driver": "bitmain_drv"}])

    def pool(self, index: int) -> dict[str, Any]:
        """Give one pool, its address without a scheme."""
        row = super().pool(index)
        return {**row, "URL": _bare(row["URL"]), "Type": 0, "Last Share Time": self.share_age() if index == 0 else "0"}

    # -- the pages

    def answer_http(self, request: WebRequest) -> WebAnswer:
        """Answer the open pages, and the others to who has unlocked the device."""
        if request.method == "GET" and request.path in {"/", "/index.html"}:
            return WebAnswer(kind="text/html", body=_HOME)
        if not request.path.startswith(f"{_ROOT}/"):
            return WebAnswer(status=404, kind="text/html", body=b"Not Found")
        page = request.path.removeprefix(_ROOT)
        if page == "/unlock" and request.method == "POST":
            token = self.open_sessions.open_by_password(document(request).get("pw"))
            if token is None or self.kind == "denied":
                return _refusal(401, "Wrong password")
            return WebAnswer(body=orjson.dumps({"token": token}))
        is_open = self.kind != "denied" and self.open_sessions.holds(_token(request))
        if request.method != "GET":
            self.writes.append(f"{request.method} {page}")
            return _refusal(403 if is_open else 401, "Authorization required")
        shown, locked = self._open_pages(), self._locked_pages()
        render = shown.get(page) if self.kind != "denied" else None
        if render is None and (page in locked or page in shown):
            if not is_open:
                return _refusal(401, "Authorization required")
            render = locked[page]
        if render is None:
            return _refusal(404, "Not found")
        return WebAnswer(body=self.kept(page.encode(), lambda _: self.encode(render())))

    def _open_pages(self) -> Mapping[str, Callable[[], Json]]:
        pages: dict[str, Callable[[], Json]] = {"/summary": self._summary_page, "/info": self._info_page}
        if self.habits.shows_preset:
            pages["/perf-summary"] = self._preset_page
        return pages

    def _locked_pages(self) -> Mapping[str, Callable[[], Json]]:
        return {
            "/settings": self._settings_page,
            "/chains/factory-info": self._papers_page,
            "/autotune/presets": self._presets_page,
        }

    def _summary_page(self) -> dict[str, Any]:
        machine, model = self.machine, self.identity.model
        rate_hs, average_hs = machine.windows_hs[5.0], machine.average_hs()
        boards_c, chips_c = zip(
            *(self.board_temperatures_c(board) for board in range(self.boards_working())), strict=True
        )
        watts = round(machine.power_w)
        errors = sum(machine.hardware_errors)
        metering = {"psu": {"psu_power_metering": True}} if self.habits.meters else {}
        return {
            "miner": {
                "miner_status": {
                    "miner_state": "stopped" if self.kind == "sleeping" else "mining",
                    "miner_state_time": int(machine.elapsed_s()),
                },
                "miner_type": self._kind(),
                "hr_stock": round(model.hashrate_hs / 1e9, 1),
                "average_hashrate": round(average_hs / 1e12, 5),
                "instant_hashrate": round(rate_hs / 1e12, 5),
                "hr_realtime": round(rate_hs / 1e9, 2),
                "hr_nominal": round(model.hashrate_hs / 1e9, 2),
                "hr_average": round(average_hs / 1e9, 2),
                "pcb_temp": {"min": round(min(boards_c)) - 9, "max": round(max(boards_c))},
                "chip_temp": {"min": round(min(chips_c)) - 11, "max": round(max(chips_c))},
                "power_consumption": watts,
                "power_usage": watts,
                "power_efficiency": round(watts / (rate_hs / 1e12), 4) if rate_hs else 0.0,
                "hw_errors_percent": 0.0,
                "hr_error": 0.0,
                "hw_errors": errors,
                "devfee_percent": 100 * _FEE,
                **metering,
                "pools": [*(self._pool(index) for index in range(len(self.accounts()))), self._fee_pool()],
                "cooling": self._cooling(),
                self.habits.boards: [self._chain(board) for board in range(self.boards_working())],
            }
        }  # fmt: skip

    def _pool(self, index: int) -> dict[str, Any]:
        account, machine, active = self.accounts()[index], self.machine, index == 0
        difficulty = machine.share_difficulty
        return {
            "id": index,
            "url": _bare(account.url),
            "pool_type": "UserPool",
            "user": account.user,
            "status": "active" if active and machine.hashrate_hs > 0 else "working",
            "asic_boost": True,
            "diff": cgminer.short_difficulty(difficulty) if active else "",
            "accepted": machine.accepted if active else 0,
            "rejected": machine.rejected if active else 0,
            "stale": machine.stale if active else 0,
            "ls_diff": difficulty if active else 0.0,
            "ls_time": self.share_age() if active else "0",
            "diffa": machine.accepted * difficulty if active else 0.0,
            "ping": 14 if active else 0,
        }

    def _fee_pool(self) -> dict[str, Any]:
        count = len(self.accounts())
        shares = int(self.machine.accepted * _FEE)
        who = {"id": count, "url": "DevFee", "pool_type": "DevFee", "user": "DevFee", "status": "active"}
        return {**self._pool(0), **who, "accepted": shares, "rejected": 0, "stale": 0}

    def _cooling(self) -> dict[str, Any]:
        model = self.identity.model
        fans = [
            {"id": fan, "rpm": self.fan_rpm(fan), "status": "ok", "max_rpm": model.fan_full_rpm}
            for fan in range(model.fans)
        ]
        duty = round(100 * self.machine.thermals.duty_ratio)
        return {"fan_num": len(fans), "fans": fans, "settings": {"mode": {"name": "auto"}}, "fan_duty": duty}

    def _chain(self, board: int) -> dict[str, Any]:
        model = self.identity.model
        board_c, chip_c = (round(value) for value in self.board_temperatures_c(board))
        rate_hs = self.board_window_hs(board, 5.0)
        is_dry = model.cooling == "hydro"
        water = {"inlet_water_temp": board_c - 14, "outlet_water_temp": board_c - 5} if is_dry else {}
        return {
            "id": board + 1,
            "frequency": float(model.frequency_mhz),
            "voltage": round(model.voltage_v * 1000) if self.habits.millivolts else model.voltage_v,
            "power_consumption": round(self.machine.power_w / model.boards),
            "hashrate_ideal": round(model.hashrate_hs / model.boards / 1e9, 3),
            "hashrate_rt": round(rate_hs / 1e9, 3),
            "hashrate_percentage": round(100 * rate_hs / (model.hashrate_hs / model.boards), 2),
            "hr_error": 0.0,
            "hw_errors": self.machine.hardware_errors[board],
            "pcb_temp": {"min": board_c - 9, "max": board_c},
            "chip_temp": {"min": chip_c - 11, "max": chip_c},
            "chip_statuses": {"red": 0, "orange": 3, "grey": model.chips - 3},
            "status": {"state": "stopped" if self.kind == "sleeping" else "mining"},
            **water,
        }

    def _info_page(self) -> dict[str, Any]:
        identity, model = self.identity, self.identity.model
        minutes = int(self.machine.elapsed_s()) // 60 + 2
        days, hours = minutes // 1440, minutes // 60 % 24
        clock = f"{hours}:{minutes % 60:02}"
        network = {
            "mac": identity.mac,
            "dhcp": True,
            "ip": identity.address,
            "netmask": "255.0.0.0",
            "gateway": "",
            "dns": [],
            "hostname": identity.id,
        }
        return {
            "miner": f"Antminer {model.name}",
            "model": model.name.lower().replace(" ", ""),
            "fw_name": "Vnish",
            "fw_version": model.firmware,
            "platform": "aml",
            "install_type": "nand",
            "algorithm": "sha256d",
            "hr_measure": "GH/s",
            "system": {
                "os": "GNU/Linux",
                "miner_name": model.name.lower().replace(" ", ""),
                "network_status": network,
                "uptime": f"{days} days, {clock}" if days else clock,
            },
            "serial": identity.serial if self.habits.knows_serial else "N/A",
        }

    def _preset(self) -> str:
        return str(10 * round(self.identity.model.power_w / 10))

    def _preset_page(self) -> dict[str, Any]:
        rate_th = round(self.identity.model.hashrate_hs / 1e12)
        current = {"name": self._preset(), "pretty": f"{self._preset()} watt ~ {rate_th} TH", "status": "tuned"}
        return {"current_preset": current, "preset_switcher": {"enabled": False}}

    def _presets_page(self) -> list[Any]:
        """Give every preset; the first one stands for none."""
        model = self.identity.model
        found = [{"name": "disabled", "pretty": "Disabled", "status": "untuned", "modded_psu_required": False}]
        for share in (0.8, 0.9, 1.0, 1.1):
            name, rate_th = str(10 * round(model.power_w * share / 10)), round(model.hashrate_hs * share / 1e12)
            status = "tuned" if name == self._preset() else "untuned"
            pretty = f"{name} watt ~ {rate_th} TH"
            found.append({"name": name, "pretty": pretty, "status": status, "modded_psu_required": share > 1.0})
        return found

    def _settings_page(self) -> dict[str, Any]:
        pools = [{"url": _bare(account.url), "user": account.user, "pass": "x"} for account in self.accounts()]
        overclock = {"modded_psu": False, "preset": self._preset()}
        return {"miner": {"cooling": {"mode": {"name": "auto"}}, "overclock": overclock, "pools": pools}}

    def _papers_page(self) -> list[Any]:
        serial = self.identity.serial
        return [{"id": board + 1, "board_serial": f"{serial}B{board}"} for board in range(self.boards_working())]


def _bare(url: str) -> str:
    return url.rpartition("//")[2]


def _refusal(status: int, words: str) -> WebAnswer:
    return WebAnswer(status=status, body=orjson.dumps({"err": words}))


def _token(request: WebRequest) -> str | None:
    """Give the token, with or without the word before it."""
    return bearer(request) or request.headers.get("authorization")
