"""Proto Rig: Proto OS with its REST interface, open until its owner sets a password, then behind a bearer token."""

import datetime as dt
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import msgspec
import orjson

from simulator.corruption import Json
from simulator.devices.device import Device, Identity, Wire, World
from simulator.wire.http import WebAnswer, WebRequest
from simulator.wire.sessions import bearer, document, query

_ROOT = "/api/v1/"
_HOME = b"<!doctype html><html><head><title>Proto OS</title></head><body><div id='root'></div></body></html>\n"
_SUPPLIES = 3


class Habits(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What an owner made of it: `locked` once there is a password."""

    locked: bool


HABITS: Mapping[str, Habits] = MappingProxyType({"open": Habits(locked=False), "locked": Habits(locked=True)})


class Proto(Device):
    """One Proto Rig."""

    wires: ClassVar[Mapping[str, Wire]] = MappingProxyType({"http": "http"})
    login: ClassVar[tuple[str, str] | None] = ("admin", "rig-password")
    windows_s: ClassVar[tuple[float, ...]] = (5.0,)
    chip_goal_c: ClassVar[float] = 70.0
    warm_up_s: ClassVar[float] = 60.0

    __slots__ = ("_open", "habits")

    def __init__(self, identity: Identity, world: World) -> None:
        super().__init__(identity, world)
        self.habits = HABITS[identity.model.dialect]
        self._open = self.sessions()

    def answer_http(self, request: WebRequest) -> WebAnswer:
        """Answer the interface, or the page that the browser's program lives in."""
        if not request.path.startswith(_ROOT):
            return WebAnswer(kind="text/html", body=_HOME)
        name = request.path.removeprefix(_ROOT)
        if name == "auth/login" and request.method == "POST":
            return self._log_in(request)
        if self.kind == "denied" or (self.habits.locked and not self._open.holds(bearer(request))):
            return WebAnswer(status=401, body=b'{"error":{"code":"UNAUTHORIZED","message":"Authentication required"}}')
        if request.method != "GET":
            self.writes.append(f"{request.method} {request.path}")
            return WebAnswer(status=403, body=b'{"error":{"code":"FORBIDDEN","message":"Not allowed"}}')
        levels = query(request).get("level", "").split(",")
        pages: dict[str, Callable[[], Json]] = {
            "mining": self._mining,
            "telemetry": lambda: self._telemetry(levels),
            "cooling": self._cooling,
            "pools": self._pools,
            "errors": self._errors,
            "hardware": self._hardware,
            "system": self._system,
            "network": self._network,
            "mining/target": lambda: {"power_target_watts": self._target_w(), "performance_mode": "MaximumHashrate"},
        }
        page = pages.get(name)
        if page is None:
            return WebAnswer(status=404, body=b'{"error":{"code":"NOT_FOUND","message":"Not found"}}')
        return WebAnswer(body=self.kept(request.target.encode(), lambda _: self.encode(page())))

    def _log_in(self, request: WebRequest) -> WebAnswer:
        """Give a token for the password; as long as the owner has set none, that is an empty one."""
        given = document(request).get("password")
        password = self.credentials[1] if given == "" and not self.habits.locked else given
        token = None if self.kind == "denied" else self._open.open_by_password(password)
        if token is None:
            return WebAnswer(status=401, body=b'{"error":{"code":"INVALID_PASSWORD","message":"Wrong password"}}')
        return WebAnswer(body=orjson.dumps({"access_token": token, "refresh_token": token[::-1]}))

    def _target_w(self) -> int:
        return 100 * round(self.identity.model.power_w / 100)

    def _mining(self) -> dict[str, Any]:
        machine, model = self.machine, self.identity.model
        working = range(self.boards_working())
        rate_th = machine.hashrate_hs / 1e12
        efficiency = machine.power_w / rate_th if rate_th else 0.0
        status = "Mining" if machine.hashrate_hs else "Stopped" if self.kind == "sleeping" else "PoweringOn"
        return {
            "mining-status": {
                "status": status,
                "reboot_uptime_s": int(machine.elapsed_s()) + 30,
                "mining_uptime_s": int(machine.elapsed_s()),
                "hashboards_installed": self.boards_working(),
                "hashboards_mining": self.boards_working() if rate_th else 0,
                "hashrate_ghs": machine.windows_hs[5.0] / 1e9,
                "average_hashrate_ghs": machine.average_hs() / 1e9,
                "ideal_hashrate_ghs": round(model.hashrate_hs / 1e9),
                "power_usage_watts": machine.power_w,
                "power_target_watts": self._target_w(),
                "power_efficiency_jth": efficiency,
                "average_hb_efficiency_jth": efficiency,
                "average_hb_temp_c": sum(self.board_temperatures_c(index)[0] for index in working) / len(working),
                "average_asic_temp_c": sum(self.board_temperatures_c(index)[1] for index in working) / len(working),
                "hw_errors": sum(machine.hardware_errors),
            }
        }

    def _telemetry(self, levels: list[str]) -> dict[str, Any]:
        machine = self.machine
        now = dt.datetime.fromtimestamp(int(self.world.now()), dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        page: dict[str, Any] = {"timestamp": now}
        if "miner" in levels:
            rate_th = machine.windows_hs[5.0] / 1e12
            page["miner"] = {
                "hashrate": {"value": rate_th, "unit": "TH/s"},
                "power": {"value": machine.power_w, "unit": "W"},
                "efficiency": {"value": machine.power_w / rate_th if rate_th else 0.0, "unit": "J/TH"},
                "temperature": {"value": machine.thermals.board_c, "unit": "°C"},
            }
        if "hashboard" in levels:
            page["hashboards"] = [self._board(index) for index in range(self.boards_working())]
        if "psu" in levels:
            page["psus"] = [self._supply(index) for index in range(_SUPPLIES)]
        return page

    def _board(self, index: int) -> dict[str, Any]:
        machine, model = self.machine, self.identity.model
        rate_th, power_w = self.board_window_hs(index, 5.0) / 1e12, 0.96 * machine.power_w / model.boards
        outlet_c, inlet_c = self.board_temperatures_c(index)[0], machine.thermals.inlet_c
        return {
            "index": index,
            "serial_number": self._board_serial(index),
            "hashrate": {"value": rate_th, "unit": "TH/s"},
            "power": {"value": power_w, "unit": "W"},
            "efficiency": {"value": power_w / rate_th if rate_th else 0.0, "unit": "J/TH"},
            "temperature": {"inlet": inlet_c, "outlet": outlet_c, "average": (inlet_c + outlet_c) / 2, "unit": "°C"},
            "voltage": {"value": model.voltage_v, "unit": "V"},
            "current": {"value": power_w / model.voltage_v, "unit": "A"},
        }

    def _board_serial(self, index: int) -> str:
        return f"HB-{self.identity.serial}-{index}"

    def _supply(self, index: int) -> dict[str, Any]:
        power_w, voltage_v = self.machine.power_w / _SUPPLIES, self.identity.model.voltage_v
        return {
            "index": index,
            "serial_number": f"PSU-{self.identity.serial}-{index}",
            "power": {"input": power_w, "output": 0.94 * power_w, "unit": "W"},
            "voltage": {"input": 239.5, "output": voltage_v, "unit": "V"},
            "current": {"input": power_w / 239.5, "output": 0.94 * power_w / voltage_v, "unit": "A"},
            "temperature": {"ambient": self.machine.thermals.inlet_c, "average": 39.0, "hotspot": 47.5, "unit": "°C"},
        }

    def _cooling(self) -> dict[str, Any]:
        duty = round(100 * self.machine.thermals.duty_ratio)
        fans = [
            {"slot": index + 1, "rpm": self.fan_rpm(index), "speed_percentage": duty}
            for index in range(self.identity.model.fans)
        ]
        return {
            "cooling-status": {
                "fan_mode": "Auto", "speed_percentage": duty, "target_temperature_c": 50, "fans": fans,
            }
        }  # fmt: skip

    def _pools(self) -> dict[str, Any]:
        machine, rows = self.machine, []
        for index, account in enumerate(self.accounts()):
            mine = machine if index == 0 else None
            rows.append(
                {
                    "id": index,
                    "name": f"Pool {index + 1}",
                    "enabled": True,
                    "priority": index,
                    "url": account.url,
                    "user": account.user,
                    "status": "Active" if mine and machine.hashrate_hs else "Idle",
                    "connection_status": "Active" if mine and machine.hashrate_hs else "Idle",
                    "difficulty": str(int(machine.share_difficulty)) if mine else "0",
                    "accepted": mine.accepted if mine else 0,
                    "rejected": mine.rejected if mine else 0,
                }
            )
        return {"pools": rows}

    def _errors(self) -> list[dict[str, Any]]:
        last = self.identity.model.boards
        faults = {
            "missing-board": ("hashboard", last, "HashboardNotDetected", "the board does not answer"),
            "hot": ("hashboard", 1, "AsicOverheat", "a chip is above its limit"),
        }
        fault = faults.get(self.kind or "")
        if fault is None:
            return []
        names = ("source", "slot", "error_code", "message")
        return [{**dict(zip(names, fault, strict=True)), "timestamp": int(self.misbehaving_since_s)}]

    def _hardware(self) -> dict[str, Any]:
        identity, model = self.identity, self.identity.model
        return {
            "hardware-info": {
                "cb-info": {"board_id": "CB-001", "machine_name": "Rig", "serial_number": identity.serial},
                "hashboards-info": [
                    {
                        "slot": index + 1, "port": index, "board": "B4", "hb_sn": self._board_serial(index),
                        "chip_id": "MD1", "mining_asic": "MD1", "mining_asic_count": model.chips,
                    }
                    for index in range(self.boards_working())
                ],
                "fans-info": [
                    {"slot": index + 1, "name": f"Fan {index + 1}", "min_rpm": 1000, "max_rpm": model.fan_full_rpm}
                    for index in range(model.fans)
                ],
                "psus-info": [
                    {"slot": index + 1, "psu_sn": f"PSU-{identity.serial}-{index}", "model": "PSU", "hw_revision": "v1"}
                    for index in range(_SUPPLIES)
                ],
            }
        }  # fmt: skip

    def _system(self) -> dict[str, Any]:
        identity, version = self.identity, self.identity.model.firmware
        return {
            "system-info": {
                "manufacturer": "Proto",
                "product_name": "Proto Rig",
                "model": identity.model.name,
                "board": "C3",
                "cb_sn": identity.serial,
                "soc": "STM32MP157F",
                "uptime_seconds": int(self.machine.elapsed_s()) + 30,
                "os": {"name": "ProtoOS", "version": version, "variant": "release", "hostname": identity.id},
                "mining_driver_sw": {"name": "mcdd", "version": version},
                "web_server": {"name": "miner-api-server", "version": version},
                "sw_update_status": {"status": "current", "current_version": version},
            }
        }

    def _network(self) -> dict[str, Any]:
        identity = self.identity
        return {
            "network-info": {
                "dhcp": True, "ip_address": identity.address, "netmask": "255.0.0.0", "gateway": "",
                "mac": identity.mac, "hostname": identity.id,
            }
        }  # fmt: skip
