"""mskminer ("rwglr") on the S19 generation: sixteen chains in `stats`, of which three are there, and a login form."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import orjson

from simulator.devices.antminer import Antminer, Habits
from simulator.devices.device import Identity, World
from simulator.wire.http import WebAnswer, WebRequest
from simulator.wire.sessions import Sessions, cookie, form

_PLACES = range(1, 17)
_FANS = range(1, 9)
_COOKIE = "msk_session"
_LOGIN_PAGE = (
    b'<!DOCTYPE html><html><head><title>Miner</title></head><body><form action="/admin/login" method="post">'
    b'<input name="username"><input name="password" type="password"></form></body></html>\n'
)


class MskMiner(Antminer):
    """One S19 with mskminer: open on 4028; its pages want the session that the login form opens."""

    table: ClassVar[Mapping[str, Habits]] = MappingProxyType(
        {
            "2.6": Habits(
                program="BMMiner", program_version="4.11.1 rwglr", api="3.1", miner_version="0.0.1.3",
                missing_comma=True,
            )
        }
    )  # fmt: skip

    __slots__ = ("open_sessions",)

    def __init__(self, identity: Identity, world: World) -> None:
        super().__init__(identity, world)
        self.open_sessions: Sessions = self.sessions()

    def describe(self) -> str:
        """Name the program that it descends from."""
        return "bmminer 1.0.0"

    def kind_text(self) -> str:
        """Give model, chips of a board and version, as `S19-88 v.2.6.0.39 `."""
        model = self.identity.model
        return f"{model.name}-{model.chips} v.2.6.0.44 "

    def answer_http(self, request: WebRequest) -> WebAnswer:
        """Open a session, and tell the network to who has one."""
        if request.method == "POST" and request.path == "/admin/login":
            # Sources disagree about the user name; it is the password that counts.
            password = form(request).get("password")
            token = None if self.kind == "denied" else self.open_sessions.open_by_password(password)
            if token is None:
                return WebAnswer(status=401, kind="text/html", body=_LOGIN_PAGE)
            opened = (("Set-Cookie", f"{_COOKIE}={token}; Path=/; HttpOnly"), ("Location", "/"))
            return WebAnswer(status=302, kind="text/html", headers=opened)
        if request.path == "/" and request.method == "GET":
            return WebAnswer(kind="text/html", body=_LOGIN_PAGE)
        if not self.open_sessions.holds(cookie(request, _COOKIE)):
            return WebAnswer(status=401, kind="text/html", body=_LOGIN_PAGE)
        if request.path == "/api/info_v1":
            return WebAnswer(body=self.kept(b"info_v1", lambda _: self.encode(self._information())))
        if request.method != "GET":
            self.writes.append(request.path)
        return WebAnswer(status=404, kind="text/html", body=b"<h1>Not Found</h1>")

    def _information(self) -> dict[str, Any]:
        network = {"address": self.identity.address, "macaddr": self.identity.mac.lower(), "netmask": "255.0.0.0"}
        return {"network_info": {"result": network}}

    def _stats(self) -> bytes:
        """Give `stats`, key after key over all places; a comma is missing between its two objects."""
        machine, model = self.machine, self.identity.model
        working = range(1, self.boards_working() + 1)
        heat = {place: [round(value) for value in self.board_temperatures_c(place - 1)] for place in working}
        ideal = model.hashrate_hs / model.boards / 1e9
        body: dict[str, Any] = {
            "STATS": 0,
            "ID": "BC50",
            "Elapsed": int(machine.elapsed_s()),
            "Calls": 0,
            "Wait": 0.0,
            "Max": 0.0,
            "Min": 99999999.0,
            "GHS 5s": round(machine.windows_hs[5.0] / 1e9, 2),
            "GHS av": round(machine.average_hs() / 1e9, 2),
            "miner_count": len(working),
            "frequency": "",
            "fan_num": model.fans,
            **{f"fan{name}": self.fan_rpm(name - 1) if name <= model.fans else 0 for name in _FANS},
            "temp_num": len(working),
        }

        def over(name: str, value: Any, nothing: Any) -> None:
            body.update({f"{name}{place}": value(place) if place in working else nothing for place in _PLACES})

        over("temp", lambda place: heat[place][0], 0)
        over("temp2_", lambda place: heat[place][1], 0)
        over(
            "temp_pcb",
            lambda place: f"{heat[place][0]}-{heat[place][0] - 3}-{heat[place][0]}-{heat[place][0] - 3}",
            "0-0-0-0",
        )
        over(
            "temp_chip",
            lambda place: f"{heat[place][1]}-{heat[place][1] - 2}-{heat[place][1]}-{heat[place][1] - 2}",
            "0-0-0-0",
        )
        body |= {
            "total_rateideal": round(model.hashrate_hs / 1e9, 2),
            "total_freqavg": int(model.frequency_mhz),
            "total_power": round(machine.power_w),
            "psu_status": "PSU OK",
            "tune_running": "0",
        }
        over("chain_rateideal", lambda _: round(ideal, 2), round(ideal, 2))
        over("chain_acn", lambda _: model.chips, 0)
        over("chain_acs", lambda _: "", "")
        over("chain_hw", lambda place: machine.hardware_errors[place - 1], 0)
        over("chain_rate", lambda place: round(machine.board_hs[place - 1] / 1e9, 2), 0.0)
        over("freq", lambda _: int(model.frequency_mhz), 0)
        over("chain_voltage", lambda _: model.voltage_v, 0.0)
        over("chain_power", lambda _: round(machine.power_w / len(working)), 0)
        opening = orjson.dumps({"STATUS": self.status(70, "BMMiner stats")})[:-1]
        return b'%b,"STATS":[%b%b],"id":1}' % (opening, orjson.dumps(self._about()), self.encode(body))
