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
from simulator.devices.device import Device, Identity, Wire, World
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
    watts: bool | None = None
    """Whether its power reading is live; False where it is there but always 0, None where there is none."""


HABITS: Mapping[str, Habits] = MappingProxyType(
    {
        "s9": Habits(
            program="BMMiner", program_version="2.0.0", api="3.1", miner_version="16.8.1.3", first_chain=6, chains=3,
            fan_names=(3, 6), missing_comma=True, sensors=1, chips_a_group=9, pages="old",
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


class Antminer(Device):
    """One stock Antminer: 4028 without a password, web pages with digest."""

    wires: ClassVar[Mapping[str, Wire]] = MappingProxyType({"api": "line", "http": "http"})
    windows_s: ClassVar[tuple[float, ...]] = (5.0, 1800.0)
    login: ClassVar[tuple[str, str] | None] = ("root", "root")

    __slots__ = ("habits", "pages")

    def __init__(self, identity: Identity, world: World) -> None:
        super().__init__(identity, world)
        self.habits = HABITS[identity.model.dialect]
        self.pages = Pages(self, realm=REALM, dialect=self.habits.pages)

    def answer_http(self, request: WebRequest) -> WebAnswer:
        """Answer a CGI page behind digest."""
        return self.pages.answer(request)

    def answer_line(self, request: bytes) -> bytes:
        """Answer one command, or several joined where the firmware joins; NUL stands at the end."""
        return self.kept(request, self._answer_line)

    def _answer_line(self, request: bytes) -> bytes:
        try:
            command = cgminer.read_command(request)
        except cgminer.BadCommand as error:
            return self._refuse(error.code, str(error)) + b"\0"
        new = self.habits.new_api and command.fields.get("new_api") is True
        if len(command.names) == 1:
            answer = self.part(command.names[0], new=new)
        elif self.habits.joins:
            answer = cgminer.joined(command.names, lambda name: self.part(name, new=new))
        else:
            answer = self._refuse(cgminer.INVALID_COMMAND, "Invalid command")
        if command.text and self.kind is None:
            answer = cgminer.as_text(answer.replace(b"}{", b"},{"))
        return answer + b"\0"

    def part(self, name: str, *, new: bool = False) -> bytes:
        """Give the whole answer to one command, without the NUL; `new` asks `stats` for the newer shape."""
        if self.kind == "denied":
            return self._refuse(cgminer.ACCESS_DENIED, f"Access denied to '{name}' command")
        if name in cgminer.PRIVILEGED:
            self.writes.append(name)
            return self._refuse(cgminer.ACCESS_DENIED, f"Access denied to '{name}' command")
        if name == "stats":
            return self.encode(stats_page(self)) if new else self._stats()
        renders = {"version": self._version, "summary": self._summary, "pools": self._pools, "devs": self._devs}
        render = renders.get(name)
        if render is None:
            return self._refuse(cgminer.INVALID_COMMAND, "Invalid command")
        return self.encode(render())

    def _refuse(self, code: int, message: str) -> bytes:
        return orjson.dumps(cgminer.refusal(code, message, when=self.world.now(), description=self._description()))

    def _description(self) -> str:
        return f"{self.habits.program.lower()} {self.habits.program_version}"

    def _status(self, code: int, message: str) -> list[dict[str, Any]]:
        return cgminer.status(code, message, when=self.world.now(), description=self._description())

    def _about(self) -> dict[str, Any]:
        habits, model = self.habits, self.identity.model
        return {
            habits.program: habits.program_version,
            "Miner": habits.miner_version,
            "CompileTime": model.firmware,
            "Type": f"Antminer {model.name}",
        }

    def _version(self) -> dict[str, Any]:
        about = {"API": self.habits.api, **self._about()}
        return {"STATUS": self._status(22, f"{self.habits.program} versions"), "VERSION": [about], "id": 1}

    def _summary(self) -> dict[str, Any]:
        machine, elapsed_s = self.machine, int(self.machine.elapsed_s())
        old = self.habits.sensors == 1
        short, long = machine.windows_hs[5.0] / 1e9, machine.windows_hs[1800.0] / 1e9
        body = {
            "Elapsed": elapsed_s,
            "GHS 5s": f"{short:.2f}" if old else round(short, 2),
            "GHS av": round(machine.average_hs() / 1e9, 2),
            **({} if old else {"GHS 30m": round(long, 2)}),
            "Found Blocks": 0,
            "Getworks": elapsed_s // 25,
            "Accepted": machine.accepted,
            "Rejected": machine.rejected,
            "Hardware Errors": sum(machine.hardware_errors),
            "Utility": round(60.0 * machine.accepted / max(1, elapsed_s), 2),
            "Discarded": elapsed_s * 3,
            "Stale": machine.stale,
            "Get Failures": 0,
            "Local Work": elapsed_s * 7,
            "Remote Failures": 0,
            "Network Blocks": elapsed_s // 600,
            "Total MH": round(machine.hashes / 1e6),
            "Work Utility": round(60.0 * machine.average_hs() / 2**32, 2),
            "Difficulty Accepted": machine.accepted * machine.share_difficulty,
            "Difficulty Rejected": machine.rejected * machine.share_difficulty,
            "Difficulty Stale": machine.stale * machine.share_difficulty,
            "Best Share": int(machine.best_share),
            "Device Hardware%": 0.0,
            "Device Rejected%": 0.0,
            "Pool Rejected%": _percent(machine.rejected, machine.accepted + machine.rejected),
            "Pool Stale%": _percent(machine.stale, machine.accepted + machine.stale),
            "Last getwork": int(self.world.now()),
        }
        return {"STATUS": self._status(11, "Summary"), "SUMMARY": [body], "id": 1}

    def _devs(self) -> dict[str, Any]:
        machine = self.machine
        row = {
            "ASC": 0, "Name": "BTM_SOC", "ID": 0, "Enabled": "Y", "Status": "Alive", "Temperature": 0.0, "MHS av": 0.0,
            "MHS 5s": 0.0, "Accepted": machine.accepted, "Rejected": machine.rejected,
            "Hardware Errors": sum(machine.hardware_errors), "Utility": 0.0, "Last Share Pool": 0,
            "Last Share Time": int(machine.last_share_at_s or 0), "Device Elapsed": int(machine.elapsed_s()),
        }  # fmt: skip
        return {"STATUS": self._status(9, "1 ASC(s)"), "DEVS": [row], "id": 1}

    def _pools(self) -> dict[str, Any]:
        accounts = self.accounts()
        rows = [self._pool(index) for index in range(len(accounts))]
        return {"STATUS": self._status(7, f"{len(rows)} Pool(s)"), "POOLS": rows, "id": 1}

    def _pool(self, index: int) -> dict[str, Any]:
        account, machine = self.accounts()[index], self.machine
        active, hashing = index == 0, machine.hashrate_hs > 0
        mine = machine if active else None
        age_s = max(0, int(self.world.now() - machine.last_share_at_s)) if machine.last_share_at_s else 0
        spoken = f"{age_s // 3600}:{age_s // 60 % 60:02}:{age_s % 60:02}"
        difficulty = machine.share_difficulty
        return {
            "POOL": index,
            "URL": account.url,
            "Status": "Alive",
            "Priority": index,
            "Quota": 1,
            "Long Poll": "N",
            "Getworks": int(machine.elapsed_s()) // 25 if mine else 1,
            "Accepted": mine.accepted if mine else 0,
            "Rejected": mine.rejected if mine else 0,
            "Discarded": int(machine.elapsed_s()) * 3 if mine else 0,
            "Stale": mine.stale if mine else 0,
            "Get Failures": 0,
            "Remote Failures": 0,
            "User": account.user,
            "Last Share Time": spoken if mine else "0",
            "Diff": cgminer.short_difficulty(difficulty) if mine else "",
            "Diff1 Shares": 0,
            "Proxy Type": "",
            "Proxy": "",
            "Difficulty Accepted": mine.accepted * difficulty if mine else 0.0,
            "Difficulty Rejected": mine.rejected * difficulty if mine else 0.0,
            "Difficulty Stale": mine.stale * difficulty if mine else 0.0,
            "Last Share Difficulty": difficulty if mine and mine.accepted else 0.0,
            "Has Stratum": True,
            "Stratum Active": active and hashing,
            "Stratum URL": cgminer.host_of(account.url) if active else "",
            "Has GBT": False,
            "Best Share": mine.best_share if mine else 0.0,
            "Pool Rejected%": _percent(mine.rejected, mine.accepted + mine.rejected) if mine else 0.0,
            "Pool Stale%": _percent(mine.stale, mine.accepted + mine.stale) if mine else 0.0,
        }

    def _stats(self) -> bytes:
        """Give `stats` in the old flat shape; the S9 forgets the comma between its two objects."""
        model, machine, habits = self.identity.model, self.machine, self.habits
        old = habits.sensors == 1
        short, long = machine.windows_hs[5.0] / 1e9, machine.windows_hs[1800.0] / 1e9
        body: dict[str, Any] = {
            "STATS": 0,
            "ID": "BC50" if habits.missing_comma else "BTM_SOC0",
            "Elapsed": int(machine.elapsed_s()),
            "Calls": 0,
            "Wait": 0.0,
            "Max": 0.0,
            "Min": 99999999.0,
            "GHS 5s": f"{short:.2f}" if old else round(short, 2),
            "GHS av": round(machine.average_hs() / 1e9, 2),
            **({} if old else {"rate_30m": round(long, 2)}),
            "Mode": 2,
            "miner_count": self.boards_working(),
            "frequency": str(int(model.frequency_mhz)) if old else int(model.frequency_mhz),
            "fan_num": model.fans,
        }
        names = range(1, 9) if old else habits.fan_names
        body |= {f"fan{name}": self.fan_rpm(name) if name in habits.fan_names else 0 for name in names}
        body["temp_num"] = self.boards_working()
        for place in range(habits.chains):
            body |= self._chain(place)
        body |= {
            "total_rateideal": round(model.hashrate_hs / 1e9, 2),
            **({} if old else {"rate_unit": "GH"}),
            "total_freqavg": int(model.frequency_mhz),
            "total_acn": model.chips * self.boards_working(),
            "total rate": round(machine.average_hs() / 1e9, 2),
            "temp_max": 0,
            "no_matching_work": sum(machine.hardware_errors),
            "miner_version": habits.miner_version,
            "miner_id": self.identity.serial,
        }
        if not habits.missing_comma:
            return self.encode({"STATUS": self._status(70, "CGMiner stats"), "STATS": [self._about(), body], "id": 1})
        opening = orjson.dumps({"STATUS": self._status(70, "BMMiner stats")})[:-1]
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
            f"chain_rate{number}": f"{machine.board_hs[place] / 1e9:.2f}" if present else "",
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


def _percent(part: float, whole: float) -> float:
    return round(100.0 * part / whole, 4) if whole else 0.0
