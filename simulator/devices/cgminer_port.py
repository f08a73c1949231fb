"""Port 4028 as cgminer and all that descends from it serve it: one request, one answer, NUL, and the end."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import orjson

from simulator.devices import cgminer
from simulator.devices.device import Device, Wire

Reply = Callable[[Mapping[str, Any]], dict[str, Any] | bytes]
"""What gives the answer to a command, from the request's members: a document, or bytes that are sent as they are."""

_CODES = {
    "VERSION": (22, "{program} versions"),
    "SUMMARY": (11, "Summary"),
    "POOLS": (7, "{count} Pool(s)"),
    "DEVS": (9, "{count} ASC(s)"),
    "DEVDETAILS": (69, "Device Details"),
    "STATS": (70, "{program} stats"),
}
_UNITS_HS = {"KHS": 1e3, "MHS": 1e6, "GHS": 1e9}


class CgminerPort(Device):
    """One device with cgminer's port; a family names its program and gives the answers to its commands."""

    wires: ClassVar[Mapping[str, Wire]] = MappingProxyType({"api": "line", "http": "http"})
    program: ClassVar[str] = "CGMiner"
    description: ClassVar[str] = "cgminer 4.11.1"

    __slots__ = ()

    @property
    def joins(self) -> bool:
        """Whether several commands may come joined by `+`."""
        return True

    def replies(self) -> Mapping[str, Reply]:
        """Give what answers each command."""
        return {}

    def clock_s(self) -> float:
        """Give the time that answers carry: the epoch's, on a device with a clock."""
        return self.world.now()

    def describe(self) -> str:
        """Give the name that every STATUS ends with."""
        return self.description

    def answer_line(self, request: bytes) -> bytes:
        """Answer one command, or several joined where the firmware joins; NUL stands at the end."""
        return self.kept(request, self._answer_line)

    def _answer_line(self, request: bytes) -> bytes:
        try:
            command = cgminer.read_command(request)
        except cgminer.BadCommand as error:
            return self.refuse(error.code, str(error)) + b"\0"
        if len(command.names) == 1:
            answer = self.part(command.names[0], command.fields)
        elif self.joins:
            answer = cgminer.joined(command.names, lambda name: self.part(name, command.fields))
        else:
            answer = self.refuse(cgminer.INVALID_COMMAND, "Invalid command")
        if command.text and self.kind is None:
            answer = cgminer.as_text(answer.replace(b"}{", b"},{"))
        return answer + b"\0"

    def part(self, name: str, fields: Mapping[str, Any] = MappingProxyType({})) -> bytes:
        """Give the whole answer to one command, without the NUL."""
        if self.kind == "denied":
            return self.refuse(cgminer.ACCESS_DENIED, f"Access denied to '{name}' command")
        if name in cgminer.PRIVILEGED:
            self.writes.append(name)
            return self.refuse(cgminer.ACCESS_DENIED, f"Access denied to '{name}' command")
        reply = self.replies().get(name)
        if reply is None:
            return self.refuse(cgminer.INVALID_COMMAND, "Invalid command")
        found = reply(fields)
        return found if isinstance(found, bytes) else self.encode(found)

    def refuse(self, code: int, message: str) -> bytes:
        """Give the answer to a command that is not obeyed."""
        return orjson.dumps(cgminer.refusal(code, message, when=self.clock_s(), description=self.describe()))

    def status(self, code: int, message: str) -> list[dict[str, Any]]:
        """Give the STATUS list before an answer."""
        return cgminer.status(code, message, when=self.clock_s(), description=self.describe())

    def section(
        self, name: str, body: list[dict[str, Any]], *, code: int | None = None, message: str | None = None
    ) -> dict[str, Any]:
        """Give a whole answer of one section; code and message are cgminer's where they are not the firmware's own."""
        usual_code, usual = _CODES.get(name, (0, name))
        text = usual.format(program=self.program, count=len(body)) if message is None else message
        return {"STATUS": self.status(usual_code if code is None else code, text), name: body, "id": 1}

    # -- what the answers of all of them have in common

    def rates(self, unit: str, windows: Mapping[str, float]) -> dict[str, float]:
        """Give the rates of `windows` (label → seconds) and the mean since boot, as `MHS 5s` or `GHS av`."""
        factor = _UNITS_HS[unit]
        found = {
            f"{unit} {label}": round(self.machine.windows_hs[span_s] / factor, 2) for label, span_s in windows.items()
        }
        return {f"{unit} av": round(self.machine.average_hs() / factor, 2), **found}

    def counters(self) -> dict[str, Any]:
        """Give what every summary counts since the start, after the rates."""
        machine, elapsed_s = self.machine, int(self.machine.elapsed_s())
        difficulty = self.identity.model.shown_difficulty
        return {
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
            "Difficulty Accepted": machine.accepted * difficulty,
            "Difficulty Rejected": machine.rejected * difficulty,
            "Difficulty Stale": machine.stale * difficulty,
            "Best Share": int(machine.best_share),
            "Device Hardware%": 0.0,
            "Device Rejected%": 0.0,
            "Pool Rejected%": percent(machine.rejected, machine.accepted + machine.rejected),
            "Pool Stale%": percent(machine.stale, machine.accepted + machine.stale),
            "Last getwork": int(self.world.now()),
        }

    def pools(self) -> dict[str, Any]:
        """Give the answer to `pools`."""
        return self.section("POOLS", [self.pool(index) for index in range(len(self.accounts()))])

    def pool(self, index: int) -> dict[str, Any]:
        """Give one pool as cgminer 4 lists it; the first one is active and has the shares."""
        account, machine = self.accounts()[index], self.machine
        active = index == 0
        mine = machine if active else None
        difficulty = self.identity.model.shown_difficulty if active else 0.0
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
            "Last Share Time": int(machine.last_share_at_s or 0) if mine else 0,
            "Diff1 Shares": 0,
            "Proxy Type": "",
            "Proxy": "",
            "Difficulty Accepted": mine.accepted * difficulty if mine else 0.0,
            "Difficulty Rejected": mine.rejected * difficulty if mine else 0.0,
            "Difficulty Stale": mine.stale * difficulty if mine else 0.0,
            "Last Share Difficulty": difficulty if mine and mine.accepted else 0.0,
            "Work Difficulty": difficulty,
            "Has Stratum": True,
            "Stratum Active": active and machine.hashrate_hs > 0,
            "Stratum URL": cgminer.host_of(account.url) if active else "",
            "Stratum Difficulty": difficulty,
            "Has GBT": False,
            "Best Share": int(mine.best_share) if mine else 0,
            "Pool Rejected%": percent(mine.rejected, mine.accepted + mine.rejected) if mine else 0.0,
            "Pool Stale%": percent(mine.stale, mine.accepted + mine.stale) if mine else 0.0,
        }

    def share_age(self) -> str:
        """Write how long ago the last share was, as `0:00:27`; `0` when there was none."""
        if self.machine.last_share_at_s is None:
            return "0"
        age_s = max(0, int(self.world.now() - self.machine.last_share_at_s))
        return f"{age_s // 3600}:{age_s // 60 % 60:02}:{age_s % 60:02}"


def percent(part: float, whole: float) -> float:
    """Give a part in per cent; 0 of nothing."""
    return round(100.0 * part / whole, 4) if whole else 0.0
