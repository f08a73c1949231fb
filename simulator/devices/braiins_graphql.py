"""Braiins OS up to 25.05: GraphQL that anybody may ask, BOSminer's port 4028, and LuCI behind a login."""

import functools
from typing import Any, ClassVar

import orjson

from simulator.devices.bosminer import HOME, Bosminer
from simulator.devices.device import Identity, World
from simulator.wire import graphql
from simulator.wire.http import WebAnswer, WebRequest
from simulator.wire.sessions import Sessions, cookie, document, form

_COOKIE = "sysauth"
_LUCI = "/cgi-bin/luci"
_INTERFACE = f"{_LUCI}/admin/network/iface_status/lan"
_RATES = {"mhs5S": 5.0, "mhs1M": 60.0, "mhs5M": 300.0, "mhs15M": 900.0, "mhs24H": 86400.0}
_WITH_SERIALS = "25."
"""Versions from this one on know the boards' serial numbers; the others refuse the whole query that asks for them."""


class BraiinsGraphql(Bosminer):
    """One device whose figures come by GraphQL."""

    program: ClassVar[str] = "BOSer"
    description: ClassVar[str] = "BOSer boser-openwrt 0.1.0-7c1e44a0"
    login: ClassVar[tuple[str, str] | None] = ("root", "root")

    __slots__ = ("open_sessions",)

    def __init__(self, identity: Identity, world: World) -> None:
        super().__init__(identity, world)
        self.open_sessions: Sessions = self.sessions()

    def answer_http(self, request: WebRequest) -> WebAnswer:
        """Answer queries, and pages of LuCI to who has its cookie."""
        if self.kind == "denied":
            return WebAnswer(status=403, kind="text/html", body=b"<h1>Forbidden</h1>")
        match request.method, request.path:
            case "GET", "/":
                return WebAnswer(kind="text/html", body=HOME)
            case "POST", "/graphql":
                return self._answer_query(str(document(request).get("query", "")))
            case "POST", path if path == _LUCI:
                fields = form(request)
                token = self.open_sessions.open(fields.get("luci_username"), fields.get("luci_password"))
                if token is None:
                    return WebAnswer(status=403, kind="text/html", body=b"<h2>Authorization Required</h2>")
                opened = (("Set-Cookie", f"{_COOKIE}={token}; path={_LUCI}/"), ("Location", _LUCI))
                return WebAnswer(status=302, kind="text/html", headers=opened)
            case "GET", path if path == _INTERFACE:
                if not self.open_sessions.holds(cookie(request, _COOKIE)):
                    return WebAnswer(status=403, kind="text/html", body=b"<h2>Authorization Required</h2>")
                return WebAnswer(body=orjson.dumps([{"id": "lan", "macaddr": self.identity.mac, "proto": "dhcp"}]))
        return WebAnswer(status=404, kind="text/html", body=b"<h1>Not Found</h1>")

    def _answer_query(self, query: str) -> WebAnswer:
        if query.lstrip().startswith("mutation"):
            self.writes.append(query[:80])
            return _error("Not authenticated")
        try:
            wanted = graphql.selection(query)
        except ValueError as error:
            return _error(str(error))
        try:
            return WebAnswer(body=self.kept(query.encode(), functools.partial(self._chosen, wanted)))
        except graphql.UnknownField as error:
            return _error(str(error))

    def _chosen(self, wanted: graphql.Selection, _: bytes) -> bytes:
        return self.encode({"data": graphql.chosen(self._everything(), wanted)})

    def _everything(self) -> dict[str, Any]:
        machine, model = self.machine, self.identity.model
        duty = round(100 * machine.thermals.duty_ratio)
        solver = {
            "nominalMhs": model.hashrate_hs / 1e6,
            "realHashrate": {
                **{name: machine.windows_hs[span_s] / 1e6 for name, span_s in _RATES.items()},
                "mhsAv": machine.average_hs() / 1e6,
            },
            "childSolvers": [self._board(board) for board in range(self.boards_working())],
        }
        info = {
            "modelName": f"Antminer {model.name}",
            "fans": [{"name": str(at), "rpm": rpm, "speed": duty} for at, rpm in enumerate(self.speeds())],
            "summary": {"power": {"approxConsumptionW": round(machine.power_w), "limitW": self.limit_w()}},
            "workSolver": solver,
            "poolGroups": [{"name": "default", "pools": [self._pool(at) for at in range(len(self.accounts()))]}],
        }
        return {
            "bos": {
                "hostname": self.identity.id,
                "faultLight": False,
                "info": {"version": {"full": model.firmware}},
                "uptime": {"durationS": int(machine.elapsed_s()) + 75},
            },
            "bosminer": {"info": info},
            "events": {"appeals": []},
        }

    def _board(self, board: int) -> dict[str, Any]:
        model = self.identity.model
        board_c, chip_c = self.board_temperatures_c(board)
        parts: dict[str, Any] = {
            "chips": model.chips,
            "frequencyMhz": model.frequency_mhz,
            "voltageV": model.voltage_v,
        }
        if _WITH_SERIALS in model.dialect:
            parts["hbSerialNumber"] = f"{self.identity.serial}B{board}"
        rates = {name: self.board_window_hs(board, span_s) / 1e6 for name, span_s in _RATES.items()}
        average_mhs = self.machine.average_hs() / model.boards / 1e6
        warmth = {
            "MAX_BOARD": board_c,
            "MAX_CHIP": chip_c,
            "INLET": self.machine.thermals.inlet_c,
            "OUTLET": board_c - 1,
        }
        return {
            "name": str(self.number(board)),
            "nominalMhs": model.hashrate_hs / model.boards / 1e6,
            "realHashrate": {**rates, "mhsAv": average_mhs},
            "hwDetails": parts,
            "temperatures": [{"name": name, "degreesC": round(value * 2) / 2} for name, value in warmth.items()],
        }

    def _pool(self, index: int) -> dict[str, Any]:
        account, machine, active = self.accounts()[index], self.machine, index == 0
        return {
            "url": account.url,
            "user": account.user,
            "status": "ALIVE",
            "active": active and machine.hashrate_hs > 0,
            "shares": {
                "acceptedSolutions": machine.accepted if active else 0,
                "rejectedSolutions": machine.rejected if active else 0,
            },
        }


def _error(message: str) -> WebAnswer:
    return WebAnswer(body=orjson.dumps({"data": None, "errors": [{"message": message}]}))
