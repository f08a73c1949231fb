"""IceRiver: one page with everything, fetched by a POST, behind a login whose cookie comes with it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import msgspec

from simulator.devices import cgminer
from simulator.devices.device import Device, Identity, Wire, World
from simulator.wire.http import WebAnswer, WebRequest
from simulator.wire.sessions import cookie, query

_COOKIE = "SESSIONID"
_HOME = "<HTML><HEAD><TITLE>用户界面</TITLE></HEAD><BODY><DIV ID='panel'></DIV></BODY></HTML>\r\n".encode()
_LOGIN = "<HTML><HEAD><TITLE>登录界面</TITLE></HEAD><BODY><FORM></FORM></BODY></HTML>\r\n".encode()
_DEAD_SENSOR_C = 126.0


class Habits(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a model does its own way.

    `software` names the program, by which some models are known; `floats` writes whole numbers as `18.0`; `dead_sensor`
    has an outlet sensor that says 126 °C.
    """

    software: str
    model: str
    unit: str
    unit_hs: float
    floats: bool
    dead_sensor: bool


HABITS: Mapping[str, Habits] = MappingProxyType(
    {
        "ks": Habits(
            software="V2_04_ks3m", model="none", unit="G", unit_hs=1e9, floats=False, dead_sensor=True,
        ),
        "al": Habits(
            software="ICM168_04_02_1810_10306", model="AL3", unit="T", unit_hs=1e12, floats=True, dead_sensor=False,
        ),
    }
)  # fmt: skip


class IceRiver(Device):
    """One IceRiver: asked without a session it answers 200 with the page of the login."""

    wires: ClassVar[Mapping[str, Wire]] = MappingProxyType({"http": "http"})
    login: ClassVar[tuple[str, str] | None] = ("admin", "12345678")
    windows_s: ClassVar[tuple[float, ...]] = (5.0,)
    chip_goal_c: ClassVar[float] = 70.0
    warm_up_s: ClassVar[float] = 120.0

    __slots__ = ("_open", "habits")

    def __init__(self, identity: Identity, world: World) -> None:
        super().__init__(identity, world)
        self.habits = HABITS[identity.model.dialect]
        self._open = self.sessions(life_s=1800.0)

    def answer_http(self, request: WebRequest) -> WebAnswer:
        """Answer the panel, the login, or the page that the browser's program lives in."""
        fields = query(request)
        if request.path == "/":
            return WebAnswer(kind="text/html", body=_HOME)
        if request.path == "/user/loginpost" and request.method == "POST" and fields.get("post") == "6":
            return self._log_in(fields)
        if request.path != "/user/userpanel":
            return WebAnswer(status=404, kind="text/html", body=b"Not Found")
        if self.kind == "denied" or not self._open.holds(cookie(request, _COOKIE)):
            return WebAnswer(kind="text/html", body=_LOGIN)
        if request.method != "POST" or fields.get("post") != "4":
            self.writes.append(f"{request.method} {request.target}")
            return WebAnswer(body=b'{"error":1,"message":"refused","data":{}}')
        return WebAnswer(body=self.kept(b"panel", lambda _: self.encode(self._panel())))

    def _log_in(self, fields: dict[str, str]) -> WebAnswer:
        token = None if self.kind == "denied" else self._open.open(fields.get("user"), fields.get("pwd"))
        if token is None:
            return WebAnswer(body=b'{"error":1,"message":"wrong user or password"}')
        headers = (("Set-Cookie", f"{_COOKIE}={token}; Path=/; HttpOnly"),)
        return WebAnswer(headers=headers, body=b'{"error":0,"message":"ok"}')

    def _panel(self) -> dict[str, Any]:
        machine, model, habits = self.machine, self.identity.model, self.habits
        broken = self.kind or ""
        data = {
            "model": habits.model,
            "algo": "none",
            "online": machine.hashrate_hs > 0,
            "powstate": True,
            "netstate": machine.hashrate_hs > 0,
            "fanstate": True,
            "tempstate": broken != "hot",
            "locate": False,
            "firmver1": "BOOT_3_1",
            "firmver2": "image_1.0",
            "softver1": f"{habits.software}_miner",
            "softver2": f"{habits.software}_bg",
            "firmtype": "Factory",
            "unit": habits.unit,
            "rtpow": self._spoken(machine.windows_hs[5.0]),
            "avgpow": self._spoken(machine.average_hs()),
            "reject": 0.0,
            "runtime": _runtime(int(machine.elapsed_s())),
            "nic": "eth0",
            "mac": self.identity.mac.replace(":", "-").lower(),
            "ip": self.identity.address,
            "netmask": "255.0.0.0",
            "host": self.identity.id,
            "dhcp": True,
            "gateway": "",
            "dns": "",
            "fancount": str(model.fans),
            "fans": [self.fan_rpm(index) for index in range(model.fans)],
            "boards": [self._board(index) for index in range(self.boards_working())],
            "pools": self._pools(),
        }
        return {"error": 0, "data": data, "message": ""}

    def _spoken(self, rate_hs: float) -> str:
        return f"{rate_hs / self.habits.unit_hs:.2f}{self.habits.unit}"

    def _whole(self, number: int) -> float | int:
        return float(number) if self.habits.floats else number

    def _board(self, index: int) -> dict[str, Any]:
        model, inlet_c = self.identity.model, self.machine.thermals.inlet_c
        board_c = self.board_temperatures_c(index)[0]
        is_dead = self.habits.dead_sensor and index == 0
        return {
            "no": self._whole(index + 1),
            "chipnum": self._whole(model.chips),
            "chipsuc": 0,
            "error": 0,
            "freq": self._whole(round(model.frequency_mhz)),
            "rtpow": self._spoken(self.board_window_hs(index, 5.0)),
            "idealpow": self._spoken(model.hashrate_hs / model.boards),
            "tempnum": "",
            "pcbtmp": "",
            "intmp": round((inlet_c + board_c) / 2, 1),
            "outtmp": _DEAD_SENSOR_C if is_dead else round(board_c, 1),
            "state": True,
            "false": [],
        }

    def _pools(self) -> list[dict[str, Any]]:
        """Give three places for pools, as the page has them, the last ones empty."""
        machine, rows = self.machine, []
        accounts = self.accounts()
        for index in range(3):
            account = accounts[index] if index < len(accounts) else None
            mine = machine if index == 0 else None
            connected = mine is not None and machine.hashrate_hs > 0
            rows.append(
                {
                    "no": index + 1,
                    "addr": account.url if account else "",
                    "user": account.user if account else "",
                    "pass": "x" if account else "",
                    "connect": connected,
                    "diff": cgminer.short_difficulty(machine.share_difficulty) if mine else "",
                    "priority": index + 1,
                    "accepted": mine.accepted if mine else 0,
                    "rejected": mine.rejected if mine else 0,
                    "diffa": 0,
                    "diffr": 0,
                    "state": int(account is not None),
                    "lsdiff": 0,
                    "lstime": "00:00:00",
                }
            )
        return rows


def _runtime(seconds: int) -> str:
    return f"{seconds // 86400:02}:{seconds // 3600 % 24:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
