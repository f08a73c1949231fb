"""FutureBit Apollo: GraphQL on a port of its own behind a password; its web page leads to an overview."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import orjson

from simulator.devices import cgminer
from simulator.devices.device import Device, Identity, Wire, World
from simulator.wire import graphql
from simulator.wire.http import WebAnswer, WebRequest
from simulator.wire.sessions import bearer, document

_OVERVIEW = b"<!DOCTYPE html><html><head><title>FutureBit Apollo BTC</title></head><body id='__next'></body></html>\n"
_PASSWORD = re.compile(r'password\s*:\s*("(?:[^"\\]|\\.)*")')
_ARGUMENTS = re.compile(r"\((?:[^()\"]|\"(?:[^\"\\]|\\.)*\")*\)")
_WORD = re.compile(r"[A-Za-z_]\w*|[{}]")
_PERIODS = {"int_30": 30.0, "int_300": 300.0, "int_900": 900.0, "int_3600": 3600.0}
_BOOTED_BEFORE_S = 600


class Apollo(Device):
    """One Apollo with the units that hang on it; every unit is a board of the machine here."""

    wires: ClassVar[Mapping[str, Wire]] = MappingProxyType({"apollo": "apollo", "http": "http"})
    login: ClassVar[tuple[str, str] | None] = ("futurebit", "futurebit123")
    windows_s: ClassVar[tuple[float, ...]] = tuple(_PERIODS.values())
    chip_goal_c: ClassVar[float] = 62.0
    warm_up_s: ClassVar[float] = 60.0

    __slots__ = ("_open",)

    def __init__(self, identity: Identity, world: World) -> None:
        super().__init__(identity, world)
        self._open = self.sessions()

    def answer_http(self, request: WebRequest) -> WebAnswer:
        """Answer a query, or lead to the overview; one program serves both ports."""
        if request.path == "/api/graphql":
            if request.method != "POST":
                return WebAnswer(status=405, kind="text/plain", body=b"Method Not Allowed")
            return WebAnswer(body=self._answer(request))
        if request.path == "/overview":
            return WebAnswer(kind="text/html", body=_OVERVIEW)
        return WebAnswer(status=308, kind="text/html", headers=(("Location", "/overview"),), body=b"/overview")

    def _answer(self, request: WebRequest) -> bytes:
        asked = document(request)
        text = asked.get("query")
        words = _WORD.findall(_ARGUMENTS.sub("", text)) if isinstance(text, str) else []
        if not isinstance(text, str) or words.count("{") != words.count("}") or "{" not in words:
            return _problem("Syntax Error: a query is wanted", code="GRAPHQL_PARSE_FAILED")
        if words[0] == "mutation":
            self.writes.append(text[:80])
            return _problem("Not authorized", code="UNAUTHENTICATED")
        if "Auth" in words:
            return self._log_in(text, asked.get("variables"))
        if self.kind == "denied" or not self._open.holds(bearer(request)):
            message = {"result": None, "error": {"message": "User unauthenticated: jwt missing or expired"}}
            return orjson.dumps({"data": {name: {"stats": message} for name in ("Miner", "Mcu") if name in words}})
        self.refresh()
        try:
            wanted = graphql.selection(text)
        except ValueError as error:
            return _problem(f"Syntax Error: {error}", code="GRAPHQL_PARSE_FAILED")
        return self.kept(text.encode(), lambda _: self.encode({"data": self._answered(wanted)}))

    def _answered(self, wanted: graphql.Selection) -> Any:
        """Give what a query wants; null for what is not known."""
        return graphql.chosen(self._everything(), wanted, is_strict=False)

    def _log_in(self, text: str, variables: object) -> bytes:
        """Give a token for the password, which stands in the query itself or in its variables."""
        found = _PASSWORD.search(text)
        given = variables.get("input") if isinstance(variables, dict) else None
        password = orjson.loads(found[1]) if found else given.get("password") if isinstance(given, dict) else None
        token = None if self.kind == "denied" else self._open.open_by_password(password)
        wrong = {"result": None, "error": {"message": "Invalid password", "type": "authentication"}}
        login = wrong if token is None else {"result": {"accessToken": token}, "error": None}
        return orjson.dumps({"data": {"Auth": {"login": login}}})

    def _everything(self) -> dict[str, Any]:
        identity, elapsed_s = self.identity, int(self.machine.elapsed_s())
        units = [self._unit(index) for index in range(self.boards_working())]
        controller = {
            "hostname": identity.id,
            "uptime": str(elapsed_s + _BOOTED_BEFORE_S),
            "temperature": round(1000 * (self.machine.thermals.inlet_c + 22.0)),
            "architecture": "aarch64",
            "network": [
                {"name": "wlan0", "address": None, "mac": f"06{identity.mac[2:]}"},
                {"name": "eth0", "address": identity.address, "mac": identity.mac},
            ],
        }
        online = {"timestamp": int(self.world.now()), "status": "offline" if self.kind == "sleeping" else "online"}
        return {
            "Miner": {
                "online": {"result": {"online": online}, "error": None},
                "stats": {"result": {"stats": units}, "error": None},
            },
            "Mcu": {"stats": {"result": {"stats": controller}, "error": None}},
        }

    def _unit(self, index: int) -> dict[str, Any]:
        identity, model, machine = self.identity, self.identity.model, self.machine
        board_c = self.board_temperatures_c(index)[0]
        rates = {name: {"bySol": self._rate(index, window_s)} for name, window_s in _PERIODS.items()}
        average = {"bySol": round(machine.average_hs() / model.boards / 1e9, 4)}
        return {
            "uuid": identity.serial if index == 0 else f"{identity.serial}U{index}",
            "version": "v2",
            "date": "2026-03-01 00:00:00",
            "statVersion": "1.2",
            "versions": {"miner": model.firmware, "minerDate": "Feb  3 2026", "mspVer": "0x30a"},
            "master": {
                "upTime": int(machine.elapsed_s()),
                "hwAddr": "",
                "osc": round(model.frequency_mhz),
                "boardsW": round(machine.power_w / model.boards, 2),
                "intervals": {"int_0": average, **rates},
            },
            "pool": self._pool(index),
            "fans": {"int_0": {"rpm": self.fan_rpm(index)}},
            "temperature": {"min": round(board_c - 9.0, 1), "avr": round(board_c - 4.0, 1), "max": round(board_c, 1)},
            "slots": {
                "int_0": {
                    "revision": 4,
                    "spiNum": 1,
                    "chips": model.chips,
                    "temperature": round(board_c),
                    "specVoltage": round(1000 * model.voltage_v),
                    "ghs": self._rate(index, 30.0),
                    "errors": machine.hardware_errors[index],
                    "overheats": 0,
                }
            },
        }

    def _rate(self, index: int, window_s: float) -> float:
        return round(self.board_window_hs(index, window_s) / 1e9, 4)

    def _pool(self, index: int) -> dict[str, Any]:
        """Give the pool of one unit; each counts its own shares, which make up the machine's."""
        account, machine, boards = self.accounts()[0], self.machine, self.identity.model.boards
        counts = {
            name: count // boards + (count % boards if index == 0 else 0)
            for name, count in (("sharesAccepted", machine.accepted), ("sharesRejected", machine.rejected))
        }
        port = account.url.rpartition(":")[2]
        return {
            "host": cgminer.host_of(account.url),
            "port": port if port.isdigit() else "3333",
            "userName": account.user,
            "diff": machine.share_difficulty,
            "intervals": {"int_0": counts},
        }


def _problem(message: str, *, code: str) -> bytes:
    return orjson.dumps({"errors": [{"message": message, "extensions": {"code": code}}]})
