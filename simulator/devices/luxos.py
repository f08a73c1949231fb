"""LuxOS on Antminers: everything on port 4028; reading is free, changing wants a session.

Boards and fans come in no order; the boards' own rates are in `devs`, everything else of them in `stats`.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from simulator.devices import cgminer
from simulator.devices.antminer_cgi import chip_string
from simulator.devices.cgminer_port import CgminerPort, Reply
from simulator.wire.http import WebAnswer, WebRequest

_WINDOWS = {"5s": 5.0, "1m": 60.0, "5m": 300.0, "15m": 900.0, "30m": 1800.0, "24h": 86400.0}
_PLACES = 4
_TEMPERATURE_CONTROL = {"Mode": "Automatic", "Target": 55, "Hot": 70, "Dangerous": 80, "Startup": 50}
_FAN_ORDER = (4, 2, 1, 3)
_STEP_MHZ = 25
_NO_SESSION = 402
_HOME = b"<!DOCTYPE html><html><head><title>Luxor Firmware</title></head><body></body></html>\n"
_CHANGING = frozenset(
    (
        "logon", "logoff", "kill", "session", "curtail", "rebootdevice", "resetminer", "profileset", "profilenew",
        "profilerem", "atmset", "fanset", "frequencyset", "voltageset", "enableboard", "disableboard", "ledset",
        "tempctrlset", "tempsensorset", "immersionswitch", "netset", "updaterun", "updateset", "groupquota", "addgroup",
        "removegroup", "uninstallluxos", "autotunerset", "powertargetset", "asctune", "logset", "hashboardshutdown",
    )
)  # fmt: skip
"""What takes a session, or takes the only one that there is from who has it."""


class LuxOS(CgminerPort):
    """One Antminer with LuxOS."""

    windows_s: ClassVar[tuple[float, ...]] = tuple(_WINDOWS.values())
    program: ClassVar[str] = "LUXminer"

    __slots__ = ()

    def describe(self) -> str:
        """Name program and version."""
        return f"LUXminer {self.identity.model.firmware}-5be20c3a"

    def part(self, name: str, fields: Mapping[str, Any] = {}) -> bytes:
        """Refuse what wants a session; the rest as cgminer does."""
        if name in _CHANGING or name in cgminer.PRIVILEGED:
            self.writes.append(name)
            return self.refuse(_NO_SESSION, f"Command '{name}' requires an active session")
        return super().part(name, fields)

    def answer_http(self, request: WebRequest) -> WebAnswer:
        """Give the page that the browser's program lives in."""
        if self.kind == "denied":
            return WebAnswer(status=403, kind="text/html", body=b"Forbidden")
        if request.path == "/" and request.method == "GET":
            return WebAnswer(kind="text/html", body=_HOME)
        return WebAnswer(status=404, kind="text/html", body=b"404 page not found")

    def replies(self) -> Mapping[str, Reply]:
        """Answer cgminer's commands, and those of LuxOS."""
        return {
            "version": lambda _: self._version(),
            "summary": lambda _: self._summary(),
            "stats": lambda _: self._stats(),
            "devs": lambda _: self._devs(),
            "pools": lambda _: self.pools(),
            "power": lambda _: self.section(
                "POWER", [{"PSU": True, "Watts": round(self.machine.power_w)}], code=311, message="Power usage"
            ),
            "fans": lambda _: self._fans(),
            "config": lambda _: self._config(),
            "groups": lambda _: self.section("GROUPS", [{"GROUP": 0, "Name": "Default", "Quota": 1}], code=329),
            "tempctrl": lambda _: self.section("TEMPCTRL", [_TEMPERATURE_CONTROL], code=203),
            "events": lambda _: self.section("EVENTS", self._events(), code=357, message="Miner Events"),
            "profiles": lambda _: self._profiles(),
            "voltageget": self._voltage,
        }

    def _version(self) -> dict[str, Any]:
        firmware = self.identity.model.firmware
        about = {
            "API": "3.7",
            "CompileTime": "Tue Jun 10 14:22:09 UTC 2025",
            "LUXminer": f"{firmware}-5be20c3a",
            "Miner": firmware,
            "Type": f"Antminer {self.identity.model.name}",
        }
        return self.section("VERSION", [about])

    def _summary(self) -> dict[str, Any]:
        body = {"Elapsed": int(self.machine.elapsed_s()), **self.rates("GHS", _WINDOWS), **self.counters()}
        return self.section("SUMMARY", [body])

    def _stats(self) -> dict[str, Any]:
        machine, model = self.machine, self.identity.model
        about = self._version()["VERSION"][0]
        head = {name: about[name] for name in ("CompileTime", "Miner", "Type")}
        body: dict[str, Any] = {
            "STATS": 0,
            "ID": "BTM_SOC0",
            "Elapsed": int(machine.elapsed_s()),
            "Calls": 0,
            "Wait": 0,
            "Max": 0,
            "Min": 99999999,
            "GHS 5s": round(machine.windows_hs[5.0] / 1e9, 2),
            "GHS av": round(machine.average_hs() / 1e9, 2),
            "rate_30m": round(machine.windows_hs[1800.0] / 1e9, 2),
            "Mode": 2,
            "miner_count": self.boards_working(),
            "frequency": int(model.frequency_mhz),
            "fan_num": model.fans,
            **{f"fan{number}": self.fan_rpm(number - 1) for number in range(1, model.fans + 1)},
            "temp_num": self.boards_working(),
        }
        for place in range(_PLACES):
            body |= self._chain(place)
        body |= {
            "total_rateideal": round(model.hashrate_hs / 1e9, 2),
            "rate_unit": "GH",
            "total_freqavg": int(model.frequency_mhz),
            "total_acn": model.chips * self.boards_working(),
            "no_matching_work": sum(machine.hardware_errors),
            "miner_version": model.firmware,
            "miner_id": self.identity.serial,
        }
        return self.section("STATS", [head, body])

    def _chain(self, place: int) -> dict[str, Any]:
        model, number = self.identity.model, place + 1
        if place >= self.boards_working():
            return {
                f"chain_acn{number}": 0, f"chain_acs{number}": "", f"chain_hw{number}": 0, f"chain_rate{number}": "0",
                f"freq{number}": 0.0, f"temp_pcb{number}": "0-0-0-0", f"temp_chip{number}": "0-0-0-0",
            }  # fmt: skip
        board_c, chip_c = (round(value) for value in self.board_temperatures_c(place))
        average_hs = self.machine.average_hs() / model.boards
        return {
            f"chain_acn{number}": model.chips,
            f"chain_acs{number}": chip_string(model.chips, group=4),
            f"chain_hw{number}": self.machine.hardware_errors[place],
            f"chain_rate{number}": f"{average_hs / 1e9:.2f}",
            f"freq{number}": float(model.frequency_mhz),
            f"temp_pcb{number}": f"{board_c}-{board_c - 12}-{board_c - 12}-{board_c}",
            f"temp_chip{number}": f"{chip_c}-{chip_c - 11}-{chip_c - 11}-{chip_c}",
        }

    def _devs(self) -> dict[str, Any]:
        machine, model = self.machine, self.identity.model
        working = self.boards_working()
        rows = [
            {
                "ASC": board,
                "Name": "",
                "ID": board,
                "Board": "BHB00000",
                "Connector": f"J{board + 6}",
                "Enabled": "Y",
                "Status": "Alive",
                "IsRamping": False,
                "IsUserShutdown": False,
                "Profile": self._profile(),
                "SerialNumber": f"{self.identity.serial}B{board}",
                "Temperature": round(self.board_temperatures_c(board)[0], 1),
                "MHS av": machine.average_hs() / model.boards / 1e6,
                **{f"MHS {label}": self.board_window_hs(board, span_s) / 1e6 for label, span_s in _WINDOWS.items()},
                "Nominal MHS": model.hashrate_hs / model.boards / 1e6,
                "Accepted": machine.accepted // model.boards,
                "Rejected": machine.rejected // model.boards,
                "Hardware Errors": machine.hardware_errors[board],
                "Last Share Pool": 0,
                "Last Share Time": int(machine.last_share_at_s or 0),
                "Last Share Difficulty": machine.share_difficulty,
                "Device Elapsed": int(machine.elapsed_s()),
            }
            for board in sorted(range(working), key=lambda board: (board + 1) % working)
        ]
        return self.section("DEVS", rows)

    def pool(self, index: int) -> dict[str, Any]:
        """Give one pool; the share's age is spoken, and one that never took a share counts from the start."""
        never_s = int(self.machine.elapsed_s())
        age = self.share_age() if index == 0 else f"{never_s // 3600:02}:{never_s // 60 % 60:02}:{never_s % 60:02}"
        return {**super().pool(index), "GROUP": 0, "AsicBoost": True, "Last Share Time": age}

    def _fans(self) -> dict[str, Any]:
        duty = round(100 * self.machine.thermals.duty_ratio)
        order = [number for number in _FAN_ORDER if number <= self.identity.model.fans]
        rows = [
            {"FAN": f"FAN{number}", "ID": at, "RPM": self.fan_rpm(number - 1), "Speed": duty}
            for at, number in enumerate(order)
        ]
        answer = self.section("FANS", rows, code=202, message=f"{len(rows)} Fan(s)")
        return {**answer, "FANCTRL": [{"MinFans": 3, "PowerOffSpeed": 20}]}

    def _config(self) -> dict[str, Any]:
        identity, model = self.identity, self.identity.model
        is_asleep = self.kind == "sleeping"
        body = {
            "ASC Count": self.boards_working(),
            "PGA Count": 0,
            "Pool Count": len(self.accounts()),
            "Strategy": "Failover",
            "OS": "LuxOS",
            "Hotplug": "None",
            "DHCP": True,
            "Hostname": identity.id,
            "IPAddr": identity.address,
            "MACAddr": identity.mac.lower(),
            "Model": f"Antminer {model.name}",
            "SerialNumber": identity.serial,
            "NameplateTHS": round(model.hashrate_hs / 1e12, 1),
            "Profile": self._profile(),
            "ProfileStep": "0",
            "ControlBoardType": "aml",
            "Cooling": "Air" if model.cooling == "air" else "Liquid",
            "CurtailMode": "Sleep" if is_asleep else "None",
            "ImmersionMode": model.cooling == "immersion",
            "IsAtmEnabled": True,
            "IsPowerSupplyOn": not is_asleep,
            "IsSingleVoltage": True,
            "IsTuning": False,
            "SystemStatus": "Normal",
            "GreenLed": "auto",
            "RedLed": "auto",
        }
        return self.section("CONFIG", [body], code=33, message="LUXminer config")

    def _events(self) -> list[dict[str, Any]]:
        if self.kind != "missing-board":
            return []
        lost = self.boards_working()
        words = "Board did not answer at start."
        return [{"Code": "BOARD_NOT_DETECTED", "Description": words, "ID": lost, "Target": "BOARD"}]

    def _profile(self) -> str:
        return f"{int(self.identity.model.frequency_mhz)}MHz"

    def _profiles(self) -> dict[str, Any]:
        model = self.identity.model
        rows = []
        for step in (-2, -1, 0, 1):
            share = 1.0 + step * _STEP_MHZ / model.frequency_mhz
            rows.append(
                {
                    "Profile Name": f"{int(model.frequency_mhz) + step * _STEP_MHZ}MHz",
                    "Frequency": int(model.frequency_mhz) + step * _STEP_MHZ,
                    "Hashrate": round(model.hashrate_hs * share / 1e12, 1),
                    "Watts": round(model.power_w * share),
                    "Voltage": model.voltage_v,
                    "Step": str(step),
                    "IsDynamic": True,
                    "IsTuned": step == 0,
                }
            )
        return self.section("PROFILES", rows, code=332, message=f"{len(rows)} Profile(s)")

    def _voltage(self, fields: Mapping[str, Any]) -> dict[str, Any] | bytes:
        wanted = str(fields.get("parameter", ""))
        if not wanted.isdigit() or int(wanted) >= self.boards_working():
            return self.refuse(cgminer.INVALID_COMMAND, "Board not found")
        body = {"Board": int(wanted), "Voltage": self.identity.model.voltage_v}
        return self.section("VOLTAGE", [body], code=307, message="Get Voltage")
