"""Ebang Ebit: pages behind a login form, each asked for with an empty POST, rates as texts with a prefix."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from simulator.devices.device import Device, Identity, Wire, World
from simulator.wire.http import WebAnswer, WebRequest
from simulator.wire.sessions import Sessions, cookie, form

_COOKIE = "-http-session-"
_PREFIX = "7::http.session::"
_FORM = (
    b'<!DOCTYPE html><html><head><title>login</title></head><body><form method="post" action="/user/login">'
    b'<input name="username"><input name="word" type="password"><input name="yuyan" value="1">'
    b'<input name="get_password" type="hidden"></form></body></html>\n'
)
_FANS = ("devicefan", "devicefan2", "devicefan3", "devicefan4")


class Ebang(Device):
    """One Ebit, its pages plain over HTTP."""

    wires: ClassVar[Mapping[str, Wire]] = MappingProxyType({"http": "http"})
    windows_s: ClassVar[tuple[float, ...]] = (5.0, 300.0)
    login: ClassVar[tuple[str, str] | None] = ("admin", "admin")

    __slots__ = ("open_sessions",)

    def __init__(self, identity: Identity, world: World) -> None:
        super().__init__(identity, world)
        self.open_sessions: Sessions = self.sessions()

    def answer_http(self, request: WebRequest) -> WebAnswer:
        """Show the form, open a session by it, and answer the pages to who has one."""
        if request.path == "/user/login":
            return self._log_in(request)
        token = (cookie(request, _COOKIE) or "").removeprefix(_PREFIX)
        if self.kind == "denied" or not self.open_sessions.holds(token):
            return WebAnswer(status=302, kind="text/html", headers=(("Location", "/user/login"),))
        page = self._pages().get(request.path)
        if page is None:
            if request.method != "GET":
                self.writes.append(request.path)
            return WebAnswer(status=404, kind="text/html", body=b"<h1>Not Found</h1>")
        if request.method != "POST":
            return WebAnswer(status=405, kind="text/html", body=b"Method Not Allowed")
        return WebAnswer(
            body=self.kept(request.path.encode(), lambda _: self.encode({"status": 1, "feedback": page()}))
        )

    def _log_in(self, request: WebRequest) -> WebAnswer:
        if request.method != "POST":
            return WebAnswer(kind="text/html", body=_FORM)
        fields = form(request)
        token = self.open_sessions.open(fields.get("username"), fields.get("word"))
        if token is None or self.kind == "denied":
            return WebAnswer(kind="text/html", body=_FORM)
        opened = (("Set-Cookie", f"{_COOKIE}={_PREFIX}{token}; path=/; httponly"), ("Location", "/"))
        return WebAnswer(status=302, kind="text/html", headers=opened)

    def _pages(self) -> Mapping[str, Callable[[], dict[str, Any]]]:
        return {
            "/Cgminer/CgminerStatus": self._status,
            "/Cgminer/CgminerGetVal": self._pools,
            "/Status/getsystemstatus": self._system,
            "/alarm/GetAlarmLoop": self._alarms,
            "/admininfo/Getadmininfo": lambda: {"macaddr": self.identity.mac, "hostname": self.identity.id},
        }

    def _status(self) -> dict[str, Any]:
        machine = self.machine
        hours, rest = divmod(int(machine.elapsed_s()), 3600)
        return {
            "currentpooltime": "3:20:45",
            "accepted": machine.accepted,
            "rejected": machine.rejected,
            "findblock": 0,
            "getworks": int(machine.elapsed_s()) // 25,
            "harderrornumber": 0.0002,
            "currentaccident": machine.share_difficulty,
            "fivesecfigure": _tera(machine.windows_hs[5.0]),
            "fiveavg": _tera(machine.windows_hs[300.0]),
            "averfigure": _tera(machine.average_hs()),
            "worktime": f"{hours}:{rest // 60}:{rest % 60}",
            "cgminerstatus": self.accounts()[0].url if machine.hashrate_hs > 0 else "",
        }

    def _system(self) -> dict[str, Any]:
        model = self.identity.model
        sensors = [self._sensors(board) if board < self.boards_working() else "" for board in range(model.boards)]
        return {
            "systemsoftwareversion": f"soft_v{model.firmware}",
            "hardwareversion": "EBAZ4303-13-1.1.1.1",
            "productname": f"EBIT {model.name}",
            **{f"device{board + 1}temp": text for board, text in enumerate(sensors)},
            **{name: self.fan_rpm(fan) for fan, name in enumerate(_FANS[: model.fans])},
        }

    def _sensors(self, board: int) -> str:
        hottest_c = round(self.board_temperatures_c(board)[0])
        return f"{hottest_c},{hottest_c - 5}|{hottest_c - 4},{hottest_c - 8}"

    def _alarms(self) -> dict[str, Any]:
        hottest_c = max(self.board_temperatures_c(board)[0] for board in range(self.boards_working()))
        return {
            "calValue": round(self.machine.windows_hs[5.0] / 1e9, 3),
            "pllValue": int(self.identity.model.frequency_mhz),
            "tmpValue": round(hottest_c),
            "eth1Alarm": 0,
            "calAlarm": 1 if self.kind in {"missing-board", "low-hashrate"} else 0,
            "poolAlarm": 0,
            "tempAlarm": 1 if self.kind == "hot" else 0,
        }

    def _pools(self) -> dict[str, Any]:
        accounts = self.accounts()
        fields: dict[str, Any] = {}
        for slot in range(3):
            account = accounts[slot] if slot < len(accounts) else None
            fields[f"Mip{slot + 1}"] = account.url if account else ""
            fields[f"Mwork{slot + 1}"] = account.user if account else ""
            fields[f"Mpassword{slot + 1}"] = ""
        return fields


def _tera(rate_hs: float) -> str:
    return f"{rate_hs / 1e12:.2f}T"
