"""Innosilicon: rates and chips on port 4028 for anybody, watts and warmth on web pages behind a web token.

The T1 is a DragonMint, which shuts port 4028 and refuses with success that is none.
"""

import base64
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import orjson

from simulator.devices.cgminer_port import CgminerPort, Reply
from simulator.devices.device import Identity, Wire, World
from simulator.wire.http import WebAnswer, WebRequest
from simulator.wire.sessions import Sessions, bearer, form

_WINDOWS = {"5s": 5.0, "1m": 60.0, "5m": 300.0, "15m": 900.0}


class Innosilicon(CgminerPort):
    """One T2 to T3, or one that descends from it."""

    windows_s: ClassVar[tuple[float, ...]] = tuple(_WINDOWS.values())
    program: ClassVar[str] = "Innominer"
    description: ClassVar[str] = "cgminer 4.11.1"
    login: ClassVar[tuple[str, str] | None] = ("admin", "admin")
    title: ClassVar[str] = "Innominer"

    __slots__ = ("open_sessions",)

    def __init__(self, identity: Identity, world: World) -> None:
        super().__init__(identity, world)
        self.open_sessions: Sessions = self.sessions()

    # -- port 4028

    def replies(self) -> Mapping[str, Reply]:
        """Answer the usual reading commands."""
        return {
            "version": lambda _: self.section("VERSION", [{"Innominer": "1.0.5", "API": "3.7"}]),
            "summary": lambda _: self._summary(),
            "devs": lambda _: self._devs(),
            "stats": lambda _: self._stats(),
            "pools": lambda _: self.pools(),
        }

    def _summary(self) -> dict[str, Any]:
        body = {"Elapsed": int(self.machine.elapsed_s()), **self.rates("MHS", _WINDOWS), **self.counters()}
        return self.section("SUMMARY", [body])

    def _devs(self) -> dict[str, Any]:
        machine, model = self.machine, self.identity.model
        rows = [
            {
                "ASC": board,
                "Name": f"BA{board}",
                "ID": board,
                "Enabled": "Y",
                "Status": "Alive",
                "Temperature": round(self.board_temperatures_c(board)[1], 1),
                "MHS av": round(machine.average_hs() / model.boards / 1e6, 2),
                **{
                    f"MHS {label}": round(self.board_window_hs(board, span_s) / 1e6, 2)
                    for label, span_s in _WINDOWS.items()
                },
                "Accepted": machine.accepted // model.boards,
                "Rejected": machine.rejected // model.boards,
                "Hardware Errors": machine.hardware_errors[board],
                "Last Share Time": int(machine.last_share_at_s or 0),
            }
            for board in range(self.boards_working())
        ]
        return self.section("DEVS", rows)

    def _stats(self) -> dict[str, Any]:
        model = self.identity.model
        rows = [
            {
                "STATS": board,
                "ID": f"BA{board}",
                "Elapsed": int(self.machine.elapsed_s()),
                "Chain ID": board,
                "Num chips": model.chips,
                "Num active chips": model.chips if board < self.boards_working() else 0,
            }
            for board in range(model.boards)
        ]
        return self.section("STATS", rows)

    # -- the pages

    def answer_http(self, request: WebRequest) -> WebAnswer:
        """Give a token for the password, and the pages for a token; every page is asked for with POST."""
        if request.path == "/" and request.method == "GET":
            page = f"<!DOCTYPE html><html><head><title>{self.title}</title></head><body></body></html>\n"
            return WebAnswer(kind="text/html", body=page.encode())
        if not request.path.startswith("/api/"):
            return WebAnswer(status=404, kind="text/html", body=b"Not Found")
        if request.path == "/api/auth" and request.method == "POST":
            fields = form(request)
            token = self.open_sessions.open(fields.get("username"), fields.get("password"))
            if token is None or self.kind == "denied":
                return self.turned_away("Invalid username or password")
            return WebAnswer(body=orjson.dumps({"success": True, "jwt": _jwt(token)}))
        token = (bearer(request) or "").rpartition(".")[2]
        if self.kind == "denied" or not self.open_sessions.holds(token):
            return self.turned_away("token invalid or expired")
        page_of = self._pages().get(request.path)
        if page_of is None:
            if request.method != "GET":
                self.writes.append(request.path)
            return WebAnswer(status=404, body=b'{"success":false}')
        return WebAnswer(body=self.kept(request.path.encode(), lambda _: self.encode({"success": True, **page_of()})))

    def turned_away(self, words: str) -> WebAnswer:
        """Give the answer to who may not ask."""
        return WebAnswer(status=401, body=orjson.dumps({"success": False, "message": words}))

    def _pages(self) -> Mapping[str, Callable[[], dict[str, Any]]]:
        return {"/api/getAll": self._all, "/api/overview": self._overview, "/api/getErrorDetail": self._faults}

    def _all(self) -> dict[str, Any]:
        machine = self.machine
        whole = {
            "chain": [self._chain(board) for board in range(self.boards_working())],
            "total_hash": _rate(machine.windows_hs[5.0]),
            "power": round(machine.power_w),
            "fansSpeed": round(100 * machine.thermals.duty_ratio),
            "running_mode": {"level": 1},
            "mac": self.identity.mac,
        }
        return {"all": whole, "POOLS": self.pools()["POOLS"]}

    def _chain(self, board: int) -> dict[str, Any]:
        board_c, chip_c = self.board_temperatures_c(board)
        warmth = {"Temp min": round(board_c, 1), "Temp max": round(chip_c, 1)}
        return {"ASC": board, **_rate(self.board_window_hs(board, 5.0)), **warmth}

    def _overview(self) -> dict[str, Any]:
        identity = self.identity
        about = {"fwver": identity.model.firmware, "ethaddr": identity.mac, "hostname": identity.id}
        return {"type": f"{self.title_of_model()}{identity.model.name}", "version": about}

    def title_of_model(self) -> str:
        """Give what stands before the model's name."""
        return ""

    def _faults(self) -> dict[str, Any]:
        if self.kind == "missing-board":
            return {"code": 21, "message": "a board does not plug in"}
        return {"code": 0, "message": ""}


class DragonMint(Innosilicon):
    """One DragonMint T1: web pages alone."""

    wires: ClassVar[Mapping[str, Wire]] = MappingProxyType({"http": "http"})
    title: ClassVar[str] = "DragonMint"

    __slots__ = ()

    def title_of_model(self) -> str:
        """Name the make."""
        return "DragonMint "

    def turned_away(self, words: str) -> WebAnswer:
        """Refuse with 200."""
        return WebAnswer(body=orjson.dumps({"success": False, "message": words}))


def _rate(rate_hs: float) -> dict[str, Any]:
    return {"Hash Rate": round(rate_hs / 1e12, 2), "Unit": "TH/s", "Hash Rate H": round(rate_hs)}


def _jwt(token: str) -> str:
    """Wrap a token in the form of a web token; its signature is what is checked."""
    parts = ({"alg": "HS256", "typ": "JWT"}, {"user": "admin"})
    head = ".".join(base64.urlsafe_b64encode(orjson.dumps(part)).rstrip(b"=").decode() for part in parts)
    return f"{head}.{token}"
