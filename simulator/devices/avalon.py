"""Canaan Avalon on port 4028: the figures stand in one long text, `Key[values]` after `Key[values]`.

The machines of the hall have it in `estats` and `stats`, those for the home a short one in `litestats` too. None of
them has a clock: they count from their boot.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import msgspec

from simulator.devices.cgminer_port import CgminerPort, Reply
from simulator.devices.device import Identity, World
from simulator.wire.http import WebAnswer, WebRequest

_HOME = b"<!DOCTYPE html><html><head><title>Avalon Device</title></head><body></body></html>\n"
_NO_SENSOR_C = -273
_LOST_CHIPS = 256
_WINDOWS = {"30s": 30.0, "1m": 60.0, "5m": 300.0, "15m": 900.0}


class Habits(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a generation does its own way; `summary` puts the text under a name of its own, with the chips beside it."""

    product: str
    code: str
    hardware: str
    joins: bool = True
    lite: bool = False
    summary: bool = False
    wall: bool = False
    short_window: bool = True
    plain_mac: bool = True


HABITS: Mapping[str, Habits] = MappingProxyType(
    {
        "a13": Habits(product="AvalonMiner 1346-110", code="1346-110", hardware="MM4v1_X3"),
        "a15": Habits(product="AvalonMiner 15-194", code="15-194", hardware="MM4v2_X3", wall=True, short_window=False),
        "nano": Habits(product="Avalon Nano3s", code="Nano3s", hardware="N_MM1v1_X1", joins=False, lite=True),
        "q": Habits(
            product="Avalon Q", code="Q", hardware="Q_MM1v1_X1", lite=True, summary=True, plain_mac=False,
        ),
    }
)  # fmt: skip


class Avalon(CgminerPort):
    """One Avalon; its web page only shows that it is one."""

    windows_s: ClassVar[tuple[float, ...]] = (5.0, *_WINDOWS.values())
    chip_goal_c: ClassVar[float] = 75.0

    __slots__ = ("habits",)

    def __init__(self, identity: Identity, world: World) -> None:
        super().__init__(identity, world)
        self.habits = HABITS[identity.model.dialect]

    @property
    def joins(self) -> bool:
        """The smallest take one command at a time."""
        return self.habits.joins

    def clock_s(self) -> float:
        """Count from the boot of the control board."""
        return self.machine.elapsed_s() + 11.0

    def answer_http(self, request: WebRequest) -> WebAnswer:
        """Show what it is, and ask for a login for the rest."""
        if self.kind == "denied" or request.path != "/":
            return WebAnswer(status=401, kind="text/html", body=b"Unauthorized")
        return WebAnswer(kind="text/html", body=_HOME)

    def replies(self) -> Mapping[str, Reply]:
        """Answer cgminer's commands, and the long and short texts."""
        lite: dict[str, Reply] = {"litestats": lambda _: self._stats(chips=False)} if self.habits.lite else {}
        return {
            "version": lambda _: self._version(),
            "summary": lambda _: self._summary(),
            "devs": lambda _: self._devs(),
            "pools": lambda _: self.pools(),
            "stats": lambda _: self._stats(chips=True),
            "estats": lambda _: self._stats(chips=True),
            **lite,
        }

    def _version(self) -> dict[str, Any]:
        identity, habits = self.identity, self.habits
        mac = identity.mac.replace(":", "").lower() if habits.plain_mac else identity.mac
        versions = ("CGVERSION", "LVERSION", "BVERSION") if habits.lite else ("VERSION",)
        about = {
            "CGMiner": "4.11.1",
            "API": "3.7",
            "STM8": "20.08.01",
            "PROD": habits.product,
            "MODEL": habits.code,
            "HWTYPE": habits.hardware,
            "SWTYPE": "MM319",
            **dict.fromkeys(versions, identity.model.firmware),
            "LOADER": "d0d779de.00",
            "DNA": identity.serial,
            "MAC": mac,
            "UPAPI": "2",
        }
        return self.section("VERSION", [about])

    def _rates(self) -> dict[str, float]:
        return self.rates("MHS", {**({"5s": 5.0} if self.habits.short_window else {}), **_WINDOWS})

    def _summary(self) -> dict[str, Any]:
        body = {"Elapsed": int(self.machine.elapsed_s()), **self._rates(), **self.counters()}
        return self.section("SUMMARY", [body])

    def _devs(self) -> dict[str, Any]:
        machine = self.machine
        row = {
            "ASC": 0,
            "Name": "AVA10",
            "ID": 0,
            "Enabled": "Y",
            "Status": "Alive",
            "Temperature": float(_NO_SENSOR_C),
            **self._rates(),
            "Accepted": machine.accepted,
            "Rejected": machine.rejected,
            "Hardware Errors": sum(machine.hardware_errors),
            "Last Share Pool": 0,
            "Last Share Time": self.pool(0)["Last Share Time"],
            "Total MH": machine.hashes / 1e6,
            "Device Elapsed": int(machine.elapsed_s()),
        }
        return self.section("DEVS", [row])

    def pool(self, index: int) -> dict[str, Any]:
        """Give one pool; the time of the last share is counted from the boot."""
        at_s = self.machine.last_share_at_s
        since_s = int(self.clock_s() - (self.world.now() - at_s)) if at_s is not None and index == 0 else 0
        return {**super().pool(index), "Last Share Time": since_s, "Works": 0}

    def _stats(self, *, chips: bool) -> dict[str, Any]:
        body: dict[str, Any] = {
            "STATS": 0,
            "ID": "AVA100",
            "Elapsed": int(self.machine.elapsed_s()),
            "Calls": 0,
            "Wait": 0.0,
            "Max": 0.0,
            "Min": 99999999.0,
        }
        text = self._text()
        if self.habits.summary:
            body["MM ID0:Summary"] = f"'STATS':{{{text}}}"
            if chips:
                body["HBinfo"] = ",".join(
                    f"'HB{board}':{{{self._chips(board)}}}" for board in range(self.identity.model.boards)
                )
        else:
            body["MM ID0"] = " ".join([text, *(self._chips(board) for board in range(self.identity.model.boards))])
        body |= {"MM Count": 1, "Smart Speed": 1, "Voltage Level Offset": 0, "Nonce Mask": 25}
        return self.section("STATS", [body, {"STATS": 1, "ID": "POOL0", "Elapsed": int(self.machine.elapsed_s())}])

    def _works(self, board: int) -> bool:
        return board < self.boards_working()

    def _over_boards(self, value: Any, nothing: str) -> str:
        return " ".join(value(board) if self._works(board) else nothing for board in range(self.identity.model.boards))

    def _text(self) -> str:
        machine, model, thermals = self.machine, self.identity.model, self.machine.thermals
        working = self.boards_working()
        heat = [self.board_temperatures_c(board) for board in range(working)]
        hottest_c = round(max(chip_c for _, chip_c in heat))
        is_asleep = self.kind == "sleeping"
        word = "Idle" if is_asleep else "Work"
        watts = round(machine.power_w)
        volts = round(model.voltage_v * 100)
        output_w = round(0.945 * machine.power_w)
        members = [
            f"Ver[{self.habits.code}-{model.firmware}]",
            f"DNA[{self.identity.serial}]",
            f"SYSTEMSTATU[Work: In {word}, Hash Board: {working} ]",
            f"Elapsed[{int(machine.elapsed_s())}]",
            "BOOTBY[0x04.00000000]",
            f"MH[{self._over_boards(lambda board: str(machine.hardware_errors[board]), '0')}]",
            f"HW[{sum(machine.hardware_errors)}]",
            "DH[1.204%]",
            *self._air(heat[0][0]),
            f"TMax[{hottest_c}]",
            f"TAvg[{round(thermals.chip_c)}]",
            *(f"Fan{number + 1}[{self.fan_rpm(number)}]" for number in range(model.fans)),
            f"FanR[{round(100 * thermals.duty_ratio)}%]",
            f"PS[0 1210 {volts} {round(output_w / model.voltage_v)} {output_w} {volts} {watts}]",
            *([f"WALLPOWER[{watts}]"] if self.habits.wall else []),
            f"GHSspd[{machine.windows_hs[5.0] / 1e9:.2f}]",
            "DHspd[1.204%]",
            f"GHSmm[{model.hashrate_hs / 1e9:.2f}]",
            f"GHSavg[{machine.average_hs() / 1e9:.2f}]",
            f"Freq[{model.frequency_mhz:.2f}]",
            "Led[0]",
            f"MGHS[{self._over_boards(lambda board: f'{self.board_window_hs(board, 5.0) / 1e9:.2f}', '0.00')}]",
            f"MTmax[{self._over_boards(lambda board: str(round(heat[board][1])), str(_NO_SENSOR_C))}]",
            f"MTavg[{self._over_boards(lambda board: str(round(heat[board][1]) - 6), str(_NO_SENSOR_C))}]",
            f"TA[{model.chips * working}]",
            "PING[38]",
            f"SoftOFF[{4 if is_asleep else 0}]",
            f"ECHU[{self._over_boards(lambda _: '0', str(_LOST_CHIPS))}]",
            "ECMM[0]",
            f"MPO[{10 * round(model.power_w / 10)}]",
            "WORKMODE[1]",
        ]
        return " ".join(members)

    def _air(self, board_c: float) -> list[str]:
        thermals = self.machine.thermals
        if not self.habits.lite:
            return [f"Temp[{round(thermals.inlet_c)}]"]
        outlet = f"OTemp[{round(thermals.outlet_c)}]"
        boards = f"HBITemp[{round(board_c) - 3}] HBOTemp[{round(board_c)}]"
        return [f"ITemp[{round(thermals.inlet_c)}]", boards, outlet]

    def _chips(self, board: int) -> str:
        if not self._works(board):
            warmth = [_NO_SENSOR_C] * self.identity.model.chips
        else:
            chip_c = round(self.board_temperatures_c(board)[1])
            warmth = [chip_c - chip % 9 for chip in range(self.identity.model.chips)]
        return f"PVT_T{board}[ {' '.join(map(str, warmth))}]"
