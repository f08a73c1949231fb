"""Stock Antminer on port 4028: bmminer's and cgminer's words, from the S9 of 2017 to today's `new_api`.

The CGI pages of the same devices are in `antminer_cgi.py`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import msgspec
import orjson

from simulator.devices import cgminer
from simulator.devices.antminer_cgi import Pages, chip_string, stats_page
from simulator.devices.cgminer_port import CgminerPort, Reply
from simulator.devices.device import Identity, World
from simulator.wire.http import WebAnswer, WebRequest

REALM = "antMiner Configuration"


class Habits(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a firmware generation does its own way."""

    program: str
    program_version: str
    api: str
    miner_version: str
    joins: bool = True
    new_api: bool = False
    first_chain: int = 1
    chains: int = 4
    fan_names: tuple[int, ...] = (1, 2, 3, 4)
    missing_comma: bool = False
    sensors: int = 4
    chips_a_group: int = 3
    pages: str = "new"
    unit_hs: float = 1e9
    """What its rates count, whatever their labels say: Scrypt models kept the labels and not the unit."""
    watts: bool | None = None
    """Whether its power reading is live; False where it is there but always 0, None where there is none."""


HABITS: Mapping[str, Habits] = MappingProxyType(
    {
        "s9": Habits(
            program="BMMiner", program_version="2.0.0", api="3.1", miner_version="16.8.1.3", first_chain=6, chains=3,
            fan_names=(3, 6), missing_comma=True, sensors=1, chips_a_group=9, pages="old",
        ),
        "l3": Habits(
            program="CGMiner", program_version="4.9.0", api="3.1", miner_version="1.0.1.3", chains=4, fan_names=(1, 2),
            missing_comma=True, sensors=1, chips_a_group=8, pages="old", unit_hs=1e6,
        ),
        "2019": Habits(
            program="BMMiner", program_version="1.0.0", api="3.1", miner_version="17.8.1.3", chains=3, joins=False,
            chips_a_group=8, pages="old",
        ),
        "2020": Habits(
            program="BMMiner", program_version="1.0.0", api="3.1", miner_version="49.0.1.3", joins=False,
        ),
        "2021": Habits(program="BMMiner", program_version="1.0.0", api="3.1", miner_version="49.0.1.3"),
        "2023": Habits(
            program="BMMiner", program_version="1.0.0", api="3.1", miner_version="70.0.1.3", new_api=True,
            chips_a_group=6, watts=True,
        ),
        "2025": Habits(
            program="BMMiner", program_version="1.0.0", api="3.1", miner_version="71.0.1.3", new_api=True,
            chips_a_group=8, pages="2025", watts=False,
        ),
    }
)  # fmt: skip


class Antminer(CgminerPort):
    """One stock Antminer: 4028 without a password, web pages with digest."""

    windows_s: ClassVar[tuple[float, ...]] = (5.0, 1800.0)
    login: ClassVar[tuple[str, str] | None] = ("root", "root")

    table: ClassVar[Mapping[str, Habits]] = HABITS

    __slots__ = ("habits", "pages")

    def __init__(self, identity: Identity, world: World) -> None:
        super().__init__(identity, world)
        self.habits = self.table[identity.model.dialect]
        self.pages = Pages(self, realm=REALM, dialect=self.habits.pages)

    def answer_http(self, request: WebRequest) -> WebAnswer:
        """Answer a CGI page behind digest."""
        return self.pages.answer(request)

    @property
    def joins(self) -> bool:
        """Stock firmware of some years takes one command at a time."""
        return self.habits.joins

    def describe(self) -> str:
        """Name the program."""
        return f"{self.habits.program.lower()} {self.habits.program_version}"

    def replies(self) -> Mapping[str, Reply]:
        """Answer the reading commands of stock firmware."""
        return {
            "version": lambda _: self._version(),
            "summary": lambda _: self._summary(),
            "pools": lambda _: self.pools(),
            "devs": lambda _: self._devs(),
            "stats": self._any_stats,
        }

    def _any_stats(self, fields: Mapping[str, Any]) -> dict[str, Any] | bytes:
        is_new = self.habits.new_api and fields.get("new_api") is True
        return stats_page(self) if is_new else self._stats()

    def _about(self) -> dict[str, Any]:
        habits, model = self.habits, self.identity.model
        return {
            habits.program: habits.program_version,
            "Miner": habits.miner_version,
            "CompileTime": model.firmware,
            "Type": self.kind_text(),
        }

    def kind_text(self) -> str:
        """Give the model as the firmware writes it."""
        return f"Antminer {self.identity.model.name}"

    def more_stats(self) -> dict[str, Any]:
        """Give what a firmware built on stock's adds to `stats`."""
        return {}

    def _version(self) -> dict[str, Any]:
        about = {"API": self.habits.api, **self._about()}
        return self.section("VERSION", [about])

    def _summary(self) -> dict[str, Any]:
        machine, elapsed_s = self.machine, int(self.machine.elapsed_s())
        old = self.habits.sensors == 1
        unit_hs = self.habits.unit_hs
        short, long = machine.windows_hs[5.0] / unit_hs, machine.windows_hs[1800.0] / unit_hs
        body = {
            "Elapsed": elapsed_s,
            "GHS 5s": f"{short:.2f}" if old else round(short, 2),
            "GHS av": round(machine.average_hs() / unit_hs, 2),
            **({} if old else {"GHS 30m": round(long, 2)}),
            **self.counters(),
        }
        return self.section("SUMMARY", [body])

    def _devs(self) -> dict[str, Any]:
        machine = self.machine
        row = {
            "ASC": 0, "Name": "BTM_SOC", "ID": 0, "Enabled": "Y", "Status": "Alive", "Temperature": 0.0, "MHS av": 0.0,
            "MHS 5s": 0.0, "Accepted": machine.accepted, "Rejected": machine.rejected,
            "Hardware Errors": sum(machine.hardware_errors), "Utility": 0.0, "Last Share Pool": 0,
            "Last Share Time": int(machine.last_share_at_s or 0), "Device Elapsed": int(machine.elapsed_s()),
        }  # fmt: skip
        return self.section("DEVS", [row])

    def pool(self, index: int) -> dict[str, Any]:
        """Give one pool as bmminer lists it: the share's age and the difficulty as short texts."""
        row = super().pool(index)
        for name in ("Work Difficulty", "Stratum Difficulty"):
            del row[name]
        row["Last Share Time"] = self.share_age() if index == 0 else "0"
        row["Diff"] = cgminer.short_difficulty(self.identity.model.shown_difficulty) if index == 0 else ""
        return row

    def _stats(self) -> bytes:
        """Give `stats` in the old flat shape; the S9 forgets the comma between its two objects."""
        model, machine, habits = self.identity.model, self.machine, self.habits
        old = habits.sensors == 1
        unit_hs = self.habits.unit_hs
        short, long = machine.windows_hs[5.0] / unit_hs, machine.windows_hs[1800.0] / unit_hs
        body: dict[str, Any] = {
            "STATS": 0,
            "ID": "BC50" if habits.missing_comma else "BTM_SOC0",
            "Elapsed": int(machine.elapsed_s()),
            "Calls": 0,
            "Wait": 0.0,
            "Max": 0.0,
            "Min": 99999999.0,
            "GHS 5s": f"{short:.2f}" if old else round(short, 2),
            "GHS av": round(machine.average_hs() / unit_hs, 2),
            **({} if old else {"rate_30m": round(long, 2)}),
            "Mode": 2,
            "miner_count": self.boards_working(),
            "frequency": str(int(model.frequency_mhz)) if old else int(model.frequency_mhz),
            "fan_num": model.fans,
        }
        names = range(1, 9) if old else habits.fan_names
        speeds = {name: self.fan_rpm(index) for index, name in enumerate(habits.fan_names)}
        body |= {f"fan{name}": speeds.get(name, 0) for name in names}
        body["temp_num"] = self.boards_working()
        for place in range(habits.chains):
            body |= self._chain(place)
        body |= {
            "total_rateideal": round(model.hashrate_hs / unit_hs, 2),
            **({} if old else {"rate_unit": "GH"}),
            "total_freqavg": int(model.frequency_mhz),
            "total_acn": model.chips * self.boards_working(),
            "total rate": round(machine.average_hs() / unit_hs, 2),
            "temp_max": 0,
            "no_matching_work": sum(machine.hardware_errors),
            "miner_version": habits.miner_version,
            "miner_id": self.identity.serial,
            **self.more_stats(),
        }
        if not habits.missing_comma:
            return self.encode({"STATUS": self.status(70, "CGMiner stats"), "STATS": [self._about(), body], "id": 1})
        opening = orjson.dumps({"STATUS": self.status(70, "BMMiner stats")})[:-1]
        return b'%b,"STATS":[%b%b],"id":1}' % (opening, orjson.dumps(self._about()), self.encode(body))

    def _chain(self, place: int) -> dict[str, Any]:
        """Give the keys of one board connector, also of an empty one."""
        habits, model, machine, number = self.habits, self.identity.model, self.machine, self.habits.first_chain + place
        present = place < self.boards_working()
        board_c, chip_c = (round(value) for value in self.board_temperatures_c(place)) if present else (0, 0)
        keys: dict[str, Any] = {
            f"chain_acn{number}": model.chips if present else 0,
            f"chain_acs{number}": chip_string(model.chips, group=habits.chips_a_group) if present else "",
            f"chain_hw{number}": machine.hardware_errors[place] if present else 0,
            f"chain_rate{number}": f"{machine.board_hs[place] / habits.unit_hs:.2f}" if present else "",
        }
        if habits.sensors == 1:
            return keys | {
                f"temp{number}": board_c,
                f"temp2_{number}": chip_c,
                f"freq_avg{number}": model.frequency_mhz,
            }
        inlet_c = self.machine.thermals.inlet_c
        cool_c = round(inlet_c + 0.35 * (chip_c - inlet_c)) if present else 0
        step = 8 if present else 0
        return keys | {
            f"freq{number}": int(model.frequency_mhz) if present else 0,
            f"temp_pcb{number}": f"{cool_c}-{cool_c + step // 4}-{board_c}-{max(0, board_c - 1)}",
            f"temp_chip{number}": f"{cool_c + step}-{cool_c + step + step // 4}-{chip_c}-{max(0, chip_c - 2)}",
            f"temp_pic{number}": f"{cool_c}-{cool_c}-{max(0, board_c - step)}-{max(0, board_c - step)}",
        }
