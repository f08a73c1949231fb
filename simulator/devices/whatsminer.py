"""Whatsminer on port 4028: API 1 and 2, which share cgminer's reading commands and add `get_*` answers of their own."""

import datetime as dt
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import msgspec
import orjson

from simulator.devices import cgminer
from simulator.devices.device import Device, Identity, Wire, World
from simulator.wire.http import WebAnswer, WebRequest

DESCRIPTION = "cgminer 4.9.2"
_OK = 131
_JOINABLE = frozenset({"summary", "devs", "edevs", "pools", "devdetails"})
_WRITES = frozenset(
    (
        "update_pools", "restart_btminer", "power_off", "power_on", "reboot", "set_led", "set_low_power",
        "factory_reset", "set_power_pct", "pre_power_on", "set_target_freq", "enable_web_pools", "set_high_power",
        "set_normal_power", "set_hostname", "set_zone", "adjust_power_limit", "adjust_upfreq_speed",
        "set_poweroff_cool", "update_pwd", "set_fan_zero_speed", "update_firmware_bin", "net_config", "load_log",
    )
)  # fmt: skip


class Habits(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a firmware generation does its own way.

    `in_msg` moves the summary's body under `Msg`; `unit_hs` is what rates count that are labelled MH/s; `bare_errors`
    writes the list of error codes like an object, which is no JSON.
    """

    api: str
    platform: str
    knows_cmd: bool = True
    in_msg: bool = False
    unit_hs: float = 1e6
    bare_errors: bool = False
    keeps_open_s: float = 2.0


HABITS: Mapping[str, Habits] = MappingProxyType(
    {
        "1": Habits(api="1.4.0", platform="H3", knows_cmd=False, keeps_open_s=0.0),
        "2-old": Habits(api="2.0.4", platform="H6OS", in_msg=True, unit_hs=1e12, bare_errors=True),
        "2": Habits(api="2.0.5", platform="H616"),
        "2-msg": Habits(api="2.0.6", platform="H6OS", in_msg=True),
        "3": Habits(api="3.0.3", platform="H616"),
    }
)


class Whatsminer(Device):
    """One Whatsminer of API 1 or 2; it reads without a password and sends its web visitors to https."""

    wires: ClassVar[Mapping[str, Wire]] = MappingProxyType({"api": "line", "http": "http"})
    windows_s: ClassVar[tuple[float, ...]] = (5.0, 60.0, 300.0, 900.0)
    chip_goal_c: ClassVar[float] = 74.0
    warm_up_s: ClassVar[float] = 240.0

    __slots__ = ("habits",)

    def __init__(self, identity: Identity, world: World) -> None:
        super().__init__(identity, world)
        self.habits = HABITS[identity.model.dialect[:5]]

    @property
    def lingers_s(self) -> float:
        """Newer firmware sends its NUL and keeps the socket open for a while."""
        return self.habits.keeps_open_s

    def answer_http(self, request: WebRequest) -> WebAnswer:
        """Send the browser to the encrypted page, where LuCI would be."""
        return redirect(self.identity.address, request)

    def answer_line(self, request: bytes) -> bytes:
        """Answer one command, or several joined of those that can be; NUL stands at the end."""
        return self.kept(request, self._answer_line)

    def _answer_line(self, request: bytes) -> bytes:
        keys = ("command", "cmd") if self.habits.knows_cmd else ("command",)
        try:
            command = cgminer.read_command(request, keys=keys)
        except cgminer.BadCommand as error:
            return self._refuse(error.code, str(error)) + b"\0"
        if len(command.names) == 1:
            return self.part(command.names[0]) + b"\0"
        return cgminer.joined(command.names, self._joined_part) + b"\0"

    def _joined_part(self, name: str) -> bytes:
        return self.part(name) if name in _JOINABLE else self._refuse(cgminer.INVALID_COMMAND, "invalid cmd")

    def part(self, name: str) -> bytes:
        """Give the whole answer to one command, without the NUL."""
        if self.kind == "denied":
            return self._refuse(cgminer.ACCESS_DENIED, "permission denied")
        if name in _WRITES:
            self.writes.append(name)
            return self._refuse(cgminer.ACCESS_DENIED, "permission denied")
        render = self._renders().get(name)
        if render is None:
            return self._refuse(cgminer.INVALID_COMMAND, "invalid cmd")
        answer = self.encode(render())
        if name == "get_error_code" and self.habits.bare_errors:
            answer = answer.replace(b"[{", b"[").replace(b"},{", b",").replace(b"}]", b"]")
        return answer

    def _renders(self) -> dict[str, Callable[[], dict[str, Any]]]:
        shared = {
            "summary": self._summary, "devs": self._devs, "pools": self._pools, "devdetails": self._devdetails,
            "get_version": self._get_version, "get_psu": self._get_psu, "status": self._get_status,
        }  # fmt: skip
        if not self.habits.knows_cmd:
            return shared | {"version": self._version}
        return shared | {
            "edevs": self._devs,
            "get_error_code": self._get_error_code,
            "get_miner_info": self._get_miner_info,
        }

    def _refuse(self, code: int, message: str) -> bytes:
        when = int(self.world.now())
        if not self.habits.knows_cmd:
            return orjson.dumps(cgminer.refusal(code, message, when=when, description=DESCRIPTION))
        return orjson.dumps({"STATUS": "E", "When": when, "Code": code, "Msg": message, "Description": ""})

    def _status(self, code: int, message: str) -> list[dict[str, Any]]:
        return cgminer.status(code, message, when=self.world.now(), description=DESCRIPTION)

    def _message(self, message: dict[str, Any]) -> dict[str, Any]:
        description = "" if self.habits.knows_cmd else f"whatsminer v{self.habits.api}"
        return {
            "STATUS": "S", "When": int(self.world.now()), "Code": _OK, "Msg": message, "Description": description,
        }  # fmt: skip

    def _version(self) -> dict[str, Any]:
        about = {"CGMiner": "4.9.2", "API": "3.7"}
        return {"STATUS": self._status(22, "CGMiner versions"), "VERSION": [about], "id": 1}

    def _devdetails(self) -> dict[str, Any]:
        model = model_text(self.identity.model.name)
        rows = [
            {"DEVDETAILS": index, "Name": "SM", "ID": index, "Driver": "bitmicro", "Kernel": "", "Model": model}
            for index in range(self.boards_working())
        ]
        return {"STATUS": self._status(69, "Device Details"), "DEVDETAILS": rows, "id": 1}

    def _get_version(self) -> dict[str, Any]:
        if not self.habits.knows_cmd:
            firmware = self.identity.model.firmware
            return self._message({"api_ver": f"whatsminer v{self.habits.api}", "fw_ver": firmware})
        return self._message(
            {
                "api_ver": self.habits.api,
                "fw_ver": self.identity.model.firmware,
                "platform": self.habits.platform,
                "chip": "H16B01",
            }
        )

    def _get_psu(self) -> dict[str, Any]:
        about = {"name": "P222C", "model": "P222C", "hw_version": "", "sw_version": "221018.220506"}
        if not self.habits.knows_cmd:
            return self._message(about)
        power_w = self.machine.power_w
        return self._message(
            about
            | {
                "iin": str(round(power_w / 230.0 * 1000)),
                "vin": "23000",
                "pin": str(round(power_w)),
                "fan_speed": str(self._psu_fan_rpm()),
                "serial_no": f"P{self.identity.serial}",
                "vendor": "1",
                "temp0": "41.5",
            }
        )

    def _get_status(self) -> dict[str, Any]:
        off = "true" if self.kind == "sleeping" else "false"
        if not self.habits.knows_cmd:
            return self._message({"btmineroff": off, "Firmware Version": f"'{self.identity.model.firmware}'"})
        return self._message(
            {
                "mineroff": off,
                "mineroff_reason": "",
                "mineroff_time": "",
                "FirmwareVersion": self.identity.model.firmware,
                "power_mode": "normal",
                "power_limit_set": str(self._power_limit_w()),
                "hash_percent": "0",
            }
        )

    def _get_error_code(self) -> dict[str, Any]:
        when = self.world.now()
        return self._message({"error_code": [{code: spoken_time(when)} for code in fault_codes(self)]})

    def _get_miner_info(self) -> dict[str, Any]:
        identity = self.identity
        return self._message(
            {
                "ip": identity.address,
                "proto": "dhcp",
                "netmask": "255.0.0.0",
                "gateway": "",
                "dns": "",
                "hostname": "WhatsMiner",
                "mac": identity.mac,
                "ledstat": "auto",
                "minersn": identity.serial,
                "powersn": f"P{identity.serial}",
            }
        )

    def _summary(self) -> dict[str, Any]:
        body = self._summary_body()
        if self.habits.in_msg:
            return self._message(body)
        return {"STATUS": self._status(11, "Summary"), "SUMMARY": [body], "id": 1}

    def _summary_body(self) -> dict[str, Any]:
        machine, model, thermals = self.machine, self.identity.model, self.machine.thermals
        elapsed_s, codes = int(machine.elapsed_s()), fault_codes(self)
        average_hs, rate_th = machine.average_hs(), machine.hashrate_hs / 1e12
        errors = {f"Error Code {index}": int(code) for index, code in enumerate(codes)}
        body = {
            "Elapsed": elapsed_s,
            "MHS av": self._mhs(average_hs),
            "MHS 5s": self._mhs(machine.windows_hs[5.0]),
            "MHS 1m": self._mhs(machine.windows_hs[60.0]),
            "MHS 5m": self._mhs(machine.windows_hs[300.0]),
            "MHS 15m": self._mhs(machine.windows_hs[900.0]),
            "HS RT": self._mhs(machine.windows_hs[60.0]),
            "Accepted": machine.accepted,
            "Rejected": machine.rejected,
            "Total MH": round(machine.hashes / 1e6),
            "Temperature": round(self._board_c(), 1),
            "freq_avg": int(model.frequency_mhz),
            "Fan Speed In": self.fan_rpm(0),
            "Fan Speed Out": self.fan_rpm(1),
            "Power": round(machine.power_w),
            "Power Rate": round(machine.power_w / rate_th, 2) if rate_th else 0.0,
            "Pool Rejected%": round(100.0 * machine.rejected / max(1, machine.accepted + machine.rejected), 4),
            "Pool Stale%": 0.0,
            "Last getwork": 0,
            "Uptime": elapsed_s + 40,
            "Security Mode": 0,
            "Hash Stable": True,
            "Hash Deviation%": 0.1,
            "Target Freq": int(model.frequency_mhz),
            "Env Temp": round(thermals.inlet_c, 1),
            "Power Mode": "Normal",
            "Factory GHS": round(model.hashrate_hs / 1e9),
            "Power Limit": self._power_limit_w(),
            "Chip Temp Min": round(thermals.chip_c - 10.0, 2),
            "Chip Temp Max": round(self._chip_c(), 2),
            "Chip Temp Avg": round(thermals.chip_c - 4.0, 2),
            "Liquid Cooling": model.cooling != "air",
            "MAC": self.identity.mac,
            "Error Code Count": len(codes),
            **errors,
            "Factory Error Code Count": 0,
            "Upfreq Complete": 1,
        }
        if self.habits.knows_cmd:
            return body
        old = {"Power_RT": round(machine.power_w) + 6, "Voltage": 1180, "Power Fanspeed": self._psu_fan_rpm()}
        board = {"CB Platform": "ALLWINNER_H3", "CB Version": "V8"}
        return body | old | board | {"Firmware Version": f"'{model.firmware}'"}

    def _devs(self) -> dict[str, Any]:
        rows = [self._board(index) for index in range(self.boards_working())]
        return {"STATUS": self._status(9, f"{len(rows)} ASC(s)"), "DEVS": rows, "id": 1}

    def _board(self, index: int) -> dict[str, Any]:
        machine, model = self.machine, self.identity.model
        board_c, chip_c = self.board_temperatures_c(index)
        share = machine.board_hs[index] / machine.hashrate_hs if machine.hashrate_hs else 0.0
        return {
            "ASC": index,
            "Name": "SM",
            "ID": index,
            "Slot": index,
            "Enabled": "Y",
            "Status": "Alive",
            "Temperature": round(board_c, 1),
            "Chip Frequency": int(model.frequency_mhz),
            "Fan Speed In": self.fan_rpm(0),
            "Fan Speed Out": self.fan_rpm(1),
            "MHS av": self._mhs(machine.average_hs() / model.boards),
            "MHS 5s": self._mhs(machine.windows_hs[5.0] * share),
            "MHS 1m": self._mhs(machine.windows_hs[60.0] * share),
            "MHS 5m": self._mhs(machine.windows_hs[300.0] * share),
            "MHS 15m": self._mhs(machine.windows_hs[900.0] * share),
            "HS RT": self._mhs(machine.windows_hs[60.0] * share),
            "Accepted": round(machine.accepted / model.boards),
            "Rejected": round(machine.rejected / model.boards),
            "Hardware Errors": machine.hardware_errors[index],
            "Last Share Time": int(machine.last_share_at_s or 0),
            "Factory GHS": round(model.hashrate_hs / model.boards / 1e9),
            "Upfreq Complete": 1,
            "Effective Chips": model.chips,
            "PCB SN": f"{self.identity.serial}B{index}",
            "Chip Temp Min": round(chip_c - 10.0, 2),
            "Chip Temp Max": round(chip_c, 2),
            "Chip Temp Avg": round(chip_c - 4.0, 2),
            "Device Elapsed": int(machine.elapsed_s()),
        }

    def _pools(self) -> dict[str, Any]:
        rows = [self._pool(index) for index in range(len(self.accounts()))]
        return {"STATUS": self._status(7, f"{len(rows)} Pool(s)"), "POOLS": rows, "id": 1}

    def _pool(self, index: int) -> dict[str, Any]:
        account, machine = self.accounts()[index], self.machine
        mine = machine if index == 0 else None
        difficulty = machine.share_difficulty
        return {
            "POOL": index + 1,
            "URL": account.url,
            "Status": "Alive",
            "Priority": index,
            "Quota": 1,
            "Getworks": int(machine.elapsed_s()) // 25 if mine else 0,
            "Accepted": mine.accepted if mine else 0,
            "Rejected": mine.rejected if mine else 0,
            "Works": int(machine.elapsed_s()) * 90 if mine else 0,
            "Discarded": 0,
            "Stale": mine.stale if mine else 0,
            "Get Failures": 0,
            "Remote Failures": 0,
            "User": account.user,
            "Last Share Time": int(machine.last_share_at_s or 0) if mine else 0,
            "Difficulty Accepted": mine.accepted * difficulty if mine else 0.0,
            "Difficulty Rejected": mine.rejected * difficulty if mine else 0.0,
            "Difficulty Stale": mine.stale * difficulty if mine else 0.0,
            "Last Share Difficulty": difficulty if mine else 0.0,
            "Has Stratum": True,
            "Stratum Active": index == 0 and machine.hashrate_hs > 0,
            "Stratum URL": cgminer.host_of(account.url),
            "Stratum Difficulty": difficulty if mine else 0.0,
            "Best Share": int(machine.best_share) if mine else 0,
            "Pool Rejected%": 0.0,
            "Pool Stale%": 0.0,
            "Bad Work": 0,
            "Current Block Height": 0,
            "Current Block Version": 536870912,
        }

    def _mhs(self, rate_hs: float) -> float:
        return round(rate_hs / self.habits.unit_hs, 2)

    def _board_c(self) -> float:
        return max(self.board_temperatures_c(index)[0] for index in range(self.boards_working()))

    def _chip_c(self) -> float:
        return max(self.board_temperatures_c(index)[1] for index in range(self.boards_working()))

    def _psu_fan_rpm(self) -> int:
        return 0 if self.identity.model.cooling != "air" else 5400 + 20 * round(self.machine.thermals.inlet_c)

    def _power_limit_w(self) -> int:
        return 100 * round(self.identity.model.power_w * 1.06 / 100)


def fault_codes(device: Device) -> list[str]:
    """Give the codes that a Whatsminer shows for what is wrong with it."""
    last = device.identity.model.boards - 1
    faults = {"hot": ["350", "600"], "missing-board": [f"53{last}"], "low-hashrate": ["2010"]}
    return faults.get(device.kind or "", [])


def model_text(name: str) -> str:
    """Give the model as `devdetails` has it: with the hashboard's bin behind an underscore."""
    generation = {"M2": "V10", "M3": "VH40", "M5": "VH50", "M6": "VK40"}[name[:2]]
    return f"{name}_{generation}"


def spoken_time(at_s: float) -> str:
    """Give a time the way Whatsminer writes it into its error list."""
    return dt.datetime.fromtimestamp(int(at_s), dt.UTC).strftime("%Y-%m-%d %H:%M:%S")


def redirect(address: str, request: WebRequest) -> WebAnswer:
    """Give the answer of a Whatsminer's web server to anything that came unencrypted."""
    return WebAnswer(
        status=307, kind="text/html", headers=(("Location", f"https://{address}{request.target}"),), close=True
    )
