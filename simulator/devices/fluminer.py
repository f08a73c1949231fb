"""Fluminer: small JSON pages with a code of their own; figures are open, the pools want a session."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import orjson

from simulator.devices import cgminer
from simulator.devices.device import Device, Identity, Wire, World
from simulator.wire.http import WebAnswer, WebRequest
from simulator.wire.sessions import cookie, document

_COOKIE = "session"
_HOME = b"<!doctype html><html><head><title>Fluminer</title></head><body><div id='app'></div></body></html>\n"
_UNAUTHORIZED = b'{"code":401,"message":"unauthorized","data":null}'


class Fluminer(Device):
    """One Fluminer: one board, numbers as texts."""

    wires: ClassVar[Mapping[str, Wire]] = MappingProxyType({"http": "http"})
    login: ClassVar[tuple[str, str] | None] = ("root", "root")
    windows_s: ClassVar[tuple[float, ...]] = (5.0,)
    chip_goal_c: ClassVar[float] = 66.0
    warm_up_s: ClassVar[float] = 60.0

    __slots__ = ("_open",)

    def __init__(self, identity: Identity, world: World) -> None:
        super().__init__(identity, world)
        self._open = self.sessions()

    def answer_http(self, request: WebRequest) -> WebAnswer:
        """Answer a page, the login, or what the browser's program lives in."""
        if not request.path.startswith("/api/"):
            return WebAnswer(kind="text/html", body=_HOME)
        if request.path == "/api/login" and request.method == "POST":
            return self._log_in(request)
        if self.kind == "denied":
            return WebAnswer(body=_UNAUTHORIZED)
        if request.method != "GET":
            self.writes.append(f"{request.method} {request.path}")
            return WebAnswer(body=_UNAUTHORIZED)
        if request.path == "/api/getPools" and not self._open.holds(cookie(request, _COOKIE)):
            return WebAnswer(body=_UNAUTHORIZED)
        pages = {"/api/overview": self._overview, "/api/summary": self._summary, "/api/getPools": self._pools}
        page = pages.get(request.path)
        if page is None:
            return WebAnswer(status=404, body=b'{"code":404,"message":"not found"}')
        answer = self.kept(
            request.path.encode(), lambda _: self.encode({"code": 0, "message": "success", "data": page()})
        )
        return WebAnswer(body=answer)

    def _log_in(self, request: WebRequest) -> WebAnswer:
        given = document(request)
        token = None if self.kind == "denied" else self._open.open(given.get("username"), given.get("password"))
        if token is None:
            return WebAnswer(body=b'{"code":1,"message":"wrong user name or password","data":null}')
        headers = (("Set-Cookie", f"{_COOKIE}={token}; Path=/; HttpOnly"),)
        return WebAnswer(headers=headers, body=orjson.dumps({"code": 0, "message": "success", "data": {}}))

    def _overview(self) -> dict[str, Any]:
        identity = self.identity
        return {
            "minerInfo": {
                "model": identity.model.name,
                "sn": identity.serial,
                "minerVersion": identity.model.firmware,
                "macAddress": identity.mac,
                "wifiMacAddress": "",
                "ip": identity.address,
                "hostname": identity.id,
            }
        }

    def _summary(self) -> dict[str, Any]:
        machine, account = self.machine, self.accounts()[0]
        board_c, chip_c = self.board_temperatures_c(0)
        port = account.url.rpartition(":")[2]
        status = {"sleeping": "sleep", "hot": "overheat", "missing-board": "board lost"}.get(self.kind or "", "OK")
        row = {
            "hrt": f"{machine.windows_hs[5.0] / 1e9:.2f}",
            "hra": f"{machine.average_hs() / 1e9:.2f}",
            "temp": f"{board_c:.0f}|{chip_c:.0f}",
            "fan": "|".join(str(self.fan_rpm(index)) for index in range(self.identity.model.fans)),
            "power": f"{machine.power_w:.1f}",
            "voltage": f"{self.identity.model.voltage_v:.2f}",
            "status": status,
            "uptime": str(int(machine.elapsed_s())),
            "acc": str(machine.accepted),
            "rej": str(machine.rejected),
            "diff": cgminer.short_difficulty(machine.share_difficulty),
            "pool": cgminer.host_of(account.url),
            "port": port if port.isdigit() else "3333",
            "poolAlive": "1",
        }
        return {"summary": [row]}

    def _pools(self) -> dict[str, Any]:
        rows = [{"url": account.url, "user": account.user, "pass": "x"} for account in self.accounts()]
        return {"pools": rows}
