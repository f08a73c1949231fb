"""Braiins OS from 25.07 on: a REST interface that wants a token for everything; port 4028 still says who it is."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import orjson

from simulator.corruption import Json
from simulator.devices.bosminer import HOME, Bosminer
from simulator.devices.device import Identity, World
from simulator.wire.http import WebAnswer, WebRequest
from simulator.wire.sessions import Sessions, document

_ROOT = "/api/v1"
_WINDOWS = {
    "last_5s": 5.0, "last_15s": 15.0, "last_30s": 30.0, "last_1m": 60.0, "last_5m": 300.0, "last_15m": 900.0,
    "last_30m": 1800.0, "last_1h": 3600.0, "last_24h": 86400.0,
}  # fmt: skip
_LIFE_S = 3600


class BraiinsRest(Bosminer):
    """One device with today's Braiins OS."""

    windows_s: ClassVar[tuple[float, ...]] = tuple(_WINDOWS.values())
    program: ClassVar[str] = "BOSer"
    description: ClassVar[str] = "BOSer boser-buildroot 0.1.0-9e02b7d1"
    login: ClassVar[tuple[str, str] | None] = ("root", "root")

    __slots__ = ("open_sessions",)

    def __init__(self, identity: Identity, world: World) -> None:
        super().__init__(identity, world)
        self.open_sessions: Sessions = self.sessions(life_s=_LIFE_S)

    def answer_http(self, request: WebRequest) -> WebAnswer:
        """Open sessions by password; answer who sends a token, bare, as the vendor has it."""
        if request.method == "GET" and request.path == "/":
            return WebAnswer(kind="text/html", body=HOME)
        if request.path == f"{_ROOT}/auth/login" and request.method == "POST":
            said = document(request)
            token = self.open_sessions.open(said.get("username"), said.get("password"))
            if token is None or self.kind == "denied":
                return _refusal(401, "Invalid username or password")
            return WebAnswer(body=orjson.dumps({"token": token, "timeout_s": _LIFE_S}))
        if not request.path.startswith(f"{_ROOT}/"):
            return WebAnswer(status=404, kind="text/html", body=b"<h1>Not Found</h1>")
        if self.kind == "denied" or not self.open_sessions.holds(request.headers.get("authorization")):
            return _refusal(401, "Missing or invalid authentication token")
        if request.method != "GET":
            self.writes.append(f"{request.method} {request.path}")
            return _refusal(403, "Read only")
        page = self._pages().get(request.path.removeprefix(f"{_ROOT}/"))
        if page is None:
            return _refusal(404, "Not Found")
        return WebAnswer(body=self.kept(request.path.encode(), lambda _: self.encode(page())))

    def _pages(self) -> Mapping[str, Callable[[], Json]]:
        return {
            "miner/details": self._details_page,
            "miner/stats": self._stats_page,
            "miner/hw/hashboards": self._boards_page,
            "miner/errors": self._errors_page,
            "cooling/state": self._cooling_page,
            "pools": self._pools_page,
            "performance/tuner-state": self._tuner_page,
            "performance/target-profiles": self._profiles_page,
            "configuration/miner": lambda: {
                "pool_groups": [],
                "tuner": {"enabled": True, "tuner_mode": 1, "power_target": {"watt": self.limit_w()}},
            },
        }

    def _details_page(self) -> dict[str, Any]:
        identity, model, up_s = self.identity, self.identity.model, int(self.machine.elapsed_s())
        name = f"Antminer {model.name}"
        return {
            "uid": identity.serial[-12:],
            "miner_identity": {"brand": 1, "model": 18, "name": name, "miner_model": name},
            "platform": 6,
            "bos_mode": 5,
            "bos_version": {"current": model.firmware, "major": model.firmware, "bos_plus": True},
            "hostname": identity.id,
            "mac_address": identity.mac.lower(),
            "system_uptime": up_s + 80,
            "sticker_hashrate": {"gigahash_per_second": model.hashrate_hs / 1e9},
            "bosminer_uptime_s": up_s,
            "system_uptime_s": up_s + 80,
            "status": 3 if self.kind == "sleeping" else 2,
            "kernel_version": "4.9.113",
            "control_board_soc_family": 1,
            "serial_number": identity.serial,
            "psu_info": {"model_name": "APW1215", "version": 118, "fw_version": None, "serial_number": None},
        }  # fmt: skip

    def _rates(self, rate: Callable[[float], float], average_hs: float) -> dict[str, Any]:
        found = {name: {"gigahash_per_second": rate(span_s) / 1e9} for name, span_s in _WINDOWS.items()}
        return {**found, "since_restart": {"gigahash_per_second": average_hs / 1e9}}

    def _shares(self, *, mine: bool) -> dict[str, Any]:
        machine, at_s = self.machine, self.machine.last_share_at_s
        moment = {"seconds": int(at_s), "nanos": int(at_s % 1 * 1e9)} if mine and at_s is not None else None
        return {
            "accepted_shares": machine.accepted if mine else 0,
            "rejected_shares": machine.rejected if mine else 0,
            "stale_shares": machine.stale if mine else 0,
            "last_difficulty": int(machine.share_difficulty) if mine else 0,
            "best_share": int(machine.best_share) if mine else 0,
            "generated_work": int(machine.elapsed_s()) * 90 if mine else 0,
            "last_share_time": moment,
        }

    def _stats_page(self) -> dict[str, Any]:
        machine = self.machine
        watts, rate_th = round(machine.power_w), machine.hashrate_hs / 1e12
        return {
            "pool_stats": self._shares(mine=True),
            "miner_stats": {
                "real_hashrate": self._rates(machine.windows_hs.__getitem__, machine.average_hs()),
                "nominal_hashrate": {"gigahash_per_second": self.identity.model.hashrate_hs / 1e9},
                "error_hashrate": {"megahash_per_second": 0.0},
                "best_share": int(machine.best_share),
                "found_blocks": 0,
            },
            "power_stats": {
                "approximated_consumption": {"watt": watts},
                "efficiency": {"joule_per_terahash": watts / rate_th if rate_th else 0.0},
            },
        }

    def _boards_page(self) -> dict[str, Any]:
        model, inlet_c = self.identity.model, self.machine.thermals.inlet_c
        boards = []
        for board in range(self.boards_working()):
            board_c, chip_c = self.board_temperatures_c(board)
            average_hs = self.machine.average_hs() / model.boards
            rates = self._rates(lambda span_s, board=board: self.board_window_hs(board, span_s), average_hs)  # type: ignore[misc]
            boards.append(
                {
                    "id": str(self.number(board)),
                    "enabled": True,
                    "chips_count": model.chips,
                    "current_voltage": {"volt": model.voltage_v},
                    "current_frequency": {"hertz": model.frequency_mhz * 1e6},
                    "highest_chip_temp": {"id": 1, "location": 1, "temperature": {"degree_c": round(chip_c * 4) / 4}},
                    "board_temp": {"degree_c": round(board_c * 4) / 4},
                    "stats": {
                        "real_hashrate": rates,
                        "nominal_hashrate": {"gigahash_per_second": model.hashrate_hs / model.boards / 1e9},
                        "error_hashrate": {"megahash_per_second": 0.0},
                        "found_blocks": 0,
                        "best_share": int(self.machine.best_share),
                    },
                    "lowest_inlet_temp": {"degree_c": round(inlet_c * 4) / 4},
                    "highest_outlet_temp": {"degree_c": round(self.machine.thermals.outlet_c * 4) / 4},
                    "serial_number": f"{self.identity.serial}B{board}",
                    "board_name": "BHB00000",
                    "chip_type": "BM1368",
                    "model": "BHB00000",
                }
            )
        return {"hashboards": boards}

    def _errors_page(self) -> dict[str, Any]:
        """Give the log: a lost connection of long ago, and what is wrong now."""
        started_s = self.world.now() - self.machine.elapsed_s()
        entries = [_entry(started_s - 90_000.0, "Failed to resolve a pool's name")]
        if self.kind == "missing-board":
            entries.append(_entry(self.world.now(), "Hashboard did not come up", ("H3", "Hashboard not detected")))
        return {"errors": entries}

    def _cooling_page(self) -> dict[str, Any]:
        ratio = round(self.machine.thermals.duty_ratio, 2)
        fans = [{"position": at, "rpm": rpm, "target_speed_ratio": ratio} for at, rpm in enumerate(self.speeds())]
        hottest_c = max(self.board_temperatures_c(board)[1] for board in range(self.boards_working()))
        return {
            "fans": fans,
            "highest_temperature": {"id": None, "location": 1, "temperature": {"degree_c": hottest_c}},
        }

    def _pools_page(self) -> list[Any]:
        pools = [
            {
                "uid": f"{self.identity.id}-{index}",
                "url": account.url,
                "user": account.user,
                "enabled": True,
                "alive": True,
                "active": index == 0 and self.machine.hashrate_hs > 0,
                "stats": self._shares(mine=index == 0),
            }
            for index, account in enumerate(self.accounts())
        ]
        return [{"uid": "0", "name": "default", "strategy": {"quota": {"value": 1}}, "pools": pools}]

    def _profiles_page(self) -> dict[str, Any]:
        """Give what the tuner measured at the targets that it has had, the present one among them."""
        model = self.identity.model
        found = []
        for number, share in enumerate((0.7, 0.85, 1.0, 1.1)):
            watts = 10 * round(model.power_w * share / 10)
            rate_ghs = model.hashrate_hs * share**0.8 / 1e9
            created = {"seconds": 1_760_000_000 + 86_400 * number, "nanos": 0}
            found.append(
                {
                    "created": created,
                    "target": {"watt": watts},
                    "measured_hashrate": {"gigahash_per_second": rate_ghs},
                    "estimated_power_consumption": {"watt": watts + number},
                }
            )
        return {"power_target_profiles": found, "hashrate_target_profiles": []}

    def _tuner_page(self) -> dict[str, Any]:
        target = {"watt": self.limit_w()}
        return {
            "overall_tuner_state": 2,
            "mode_state": {"powertargetmodestate": {"profile": {"target": target}, "current_target": target}},
        }


def _entry(at_s: float, message: str, *codes: tuple[str, str]) -> dict[str, Any]:
    moment = dt.datetime.fromtimestamp(at_s, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    coded = [{"code": code, "reason": reason, "hint": ""} for code, reason in codes]
    return {"timestamp": moment, "message": message, "error_codes": coded, "components": []}


def _refusal(status: int, message: str) -> WebAnswer:
    return WebAnswer(status=status, body=orjson.dumps({"message": message}))
