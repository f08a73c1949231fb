"""What every pretend device is: an identity, a machine, a way to misbehave, and answers kept for a second."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Literal, Protocol

import msgspec

from simulator import misbehaviour
from simulator.corruption import Json, spoil
from simulator.models import Model
from simulator.physics.machine import Build, Machine
from simulator.physics.thermals import Cooling
from simulator.physics.weather import Weather
from simulator.wire.digest import DigestGuard
from simulator.wire.http import WebAnswer, WebRequest
from simulator.wire.sessions import Sessions

Wire = Literal["line", "frame", "http", "apollo", "auradine"]
"""A port that devices open; `apollo` and `auradine` are web ports that those families have elsewhere."""

Speech = Literal["line", "frame", "http"]
"""What is spoken on a port."""

SPEECH: Mapping[Wire, Speech] = MappingProxyType(
    {"line": "line", "frame": "frame", "http": "http", "apollo": "http", "auradine": "http"}
)
"""What is usually spoken on each port; a family whose devices do otherwise says so in `speech`."""

FRESH_S = 1.0
"""An answer is rendered anew when it is older than this."""

_MOST_KEPT = 32


class Account(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where a device mines: pool URL, worker, password."""

    url: str
    user: str
    password: str = "x"  # noqa: S105


class Identity(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who a device is and where it stands; `username` and `password` are what its web pages want."""

    id: str
    address: str
    model: Model
    mac: str
    serial: str
    seed: str
    feeder: str
    rack: str
    slot: int
    accounts: tuple[Account, ...] = ()
    username: str | None = None
    password: str | None = None
    inlet_offset_c: float = 0.0
    up_s: float = 86400.0


class World(msgspec.Struct, frozen=True, kw_only=True):
    """What all devices of a site share: the time, the weather, foreign pools, and whether anything changes at all."""

    now: Callable[[], float]
    weather: Weather = Weather()
    still: bool = False
    nonce_life_s: float = 600.0
    foreign: Account = Account(url="stratum+tcp://pool.elsewhere.example:3333", user="stranger.rig")


class Droppable(Protocol):
    """A connection, as far as its device cares."""

    def drop(self) -> None:
        """Reset it at once."""


class Device:
    """One pretend device. A family derives from it, names its wires, and answers for them.

    `wires` says which ports the family opens, by the name that the configuration's `ports` uses, and `speech` what is
    spoken there. The three `answer_*` methods are asked only for what is spoken. They give bytes; the wire sends them
    as they are, so whatever a real device ends its answers with (NUL, say) belongs into them.
    """

    wires: ClassVar[Mapping[str, Wire]] = MappingProxyType({})
    speech: ClassVar[Mapping[Wire, Speech]] = SPEECH
    login: ClassVar[tuple[str, str] | None] = None
    """Name and password that the maker gives its devices; None where nothing asks for any."""
    windows_s: ClassVar[tuple[float, ...]] = (5.0, 60.0, 900.0)
    chip_goal_c: ClassVar[float] = 68.0
    warm_up_s: ClassVar[float] = 90.0

    __slots__ = (
        "_kept",
        "_rendered_at_s",
        "connections",
        "identity",
        "kind",
        "machine",
        "misbehaving_since_s",
        "world",
        "writes",
    )

    def __init__(self, identity: Identity, world: World) -> None:
        self.identity = identity
        self.world = world
        self.kind: str | None = None
        self.misbehaving_since_s = 0.0
        self.connections: list[Droppable] = []
        self.writes: list[str] = []
        """What was asked of the device that would have changed it: a watcher must leave this empty."""
        model, now = identity.model, world.now()
        self.machine = Machine(
            Build(
                hashrate_hs=model.hashrate_hs,
                power_w=model.power_w,
                boards=model.boards,
                cooling=Cooling(
                    rise_c=30.0 if model.fans and model.cooling == "air" else 36.0,
                    goal_c=self.chip_goal_c,
                    fans=model.cooling == "air",
                ),
                windows_s=self.windows_s,
                warm_up_s=self.warm_up_s,
            ),
            seed=identity.seed,
            at_s=now,
            inlet_c=self._inlet_c(now),
            share_difficulty=model.share_difficulty,
            up_s=identity.up_s,
        )
        self._kept: dict[bytes, Any] = {}
        self._rendered_at_s = now

    # -- what the site and the operator do with it

    def misbehave(self, kind: str | None) -> None:
        """Take on a misbehaviour in place of the last one; None makes the device well. ValueError on unknown kinds."""
        self.refresh()
        self.kind = None if kind is None else misbehaviour.known(kind)
        self.misbehaving_since_s = self.world.now()
        self._kept.clear()
        self._rendered_at_s = float("-inf")

    def settle(self) -> None:
        """Be, at once, what its misbehaviour makes of it in the long run."""
        self.machine.settle(misbehaviour.conditions(self.kind))
        self._kept.clear()

    def reboot(self) -> None:
        """Switch off and on: the counters start at zero."""
        self.machine.reboot(self.world.now())
        self._kept.clear()

    def shut(self) -> bool:
        """Tell whether its ports are shut at this moment."""
        if self.kind == "refuses":
            return True
        phase = (self.world.now() - self.misbehaving_since_s) // misbehaviour.FLAPPING_S
        return self.kind == "flapping" and phase % 2 == 0

    def refresh(self) -> None:
        """Let the machine live up to now, when its last look is more than a second ago."""
        now = self.world.now()
        if now - self._rendered_at_s < FRESH_S or (self.world.still and self._rendered_at_s > 0.0):
            return
        self._rendered_at_s = now
        self._kept.clear()
        if self.kind == "stuck":
            return
        self.machine.step(now, inlet_c=self._inlet_c(now), conditions=misbehaviour.conditions(self.kind))

    def accounts(self) -> tuple[Account, ...]:
        """Give the pools as configured on the device, the foreign one first when it was hijacked."""
        own = self.identity.accounts
        return (self.world.foreign, *own[1:]) if self.kind == "wrong-pool" else own

    # -- what the wires ask

    @property
    def lingers_s(self) -> float:
        """How long a line stays open after an answer: 0 closes at once, as cgminer does."""
        return 0.0

    @property
    def most_sockets(self) -> int | None:
        """How many connections the device holds before it drops its oldest; None where that is never seen."""
        return None

    def answer_line(self, request: bytes) -> bytes:
        """Answer one request of TCP 4028."""
        raise LookupError(f"{self.identity.id} has no line port to answer {request[:40]!r} on")

    def answer_frame(self, request: bytes) -> bytes:
        """Answer the body of one frame of TCP 4433 with a body."""
        raise LookupError(f"{self.identity.id} has no frame port to answer {request[:40]!r} on")

    def answer_http(self, request: WebRequest) -> WebAnswer:
        """Answer one HTTP request."""
        raise LookupError(f"{self.identity.id} has no HTTP port to answer {request.target!r} on")

    # -- for the families

    @property
    def credentials(self) -> tuple[str, str]:
        """Give the name and password that open this device: its own, else the maker's."""
        name, password = self.login or ("", "")
        own_name, own_password = self.identity.username, self.identity.password
        return name if own_name is None else own_name, password if own_password is None else own_password

    def sessions(self, *, life_s: float = 3600.0) -> Sessions:
        """Make what checks logins with these credentials and remembers who is in."""
        username, password = self.credentials
        return Sessions(
            username=username, password=password, secret=self.identity.seed, now=self.world.now, life_s=life_s
        )

    def digest(self, *, realm: str) -> DigestGuard:
        """Make what lets requests with these credentials pass by HTTP digest."""
        username, password = self.credentials
        return DigestGuard(
            realm=realm,
            username=username,
            password=password,
            secret=self.identity.seed,
            life_s=self.world.nonce_life_s,
        )

    def challenged(self, guard: DigestGuard, request: WebRequest) -> WebAnswer | None:
        """Give None when a request may pass the guard, else the 401; nobody passes who is to be denied."""
        now = self.world.now()
        return guard.refuse(now, stale=False) if self.kind == "denied" else guard.challenge(request, now=now)

    def kept(self, key: bytes, render: Callable[[bytes], bytes]) -> bytes:
        """Give the answer to `key` as rendered within the last second, else render it."""
        self.refresh()
        answer: bytes | None = self._kept.get(key)
        if answer is None:
            answer = render(key)
            if len(self._kept) < _MOST_KEPT:
                # The encoder leaves its buffer's slack behind what it returns; a copy lets that go.
                self._kept[key] = answer = bytes(memoryview(answer))
        return answer

    def encode(self, document: Json) -> bytes:
        """Give a document's bytes, spoilt when the device misbehaves that way."""
        return spoil(document, kind=self.kind or "")

    def _inlet_c(self, now: float) -> float:
        return self.world.weather.ambient_c(now) + self.identity.inlet_offset_c

    def board_temperatures_c(self, index: int) -> tuple[float, float]:
        """Give one board's temperature and its chips', each board a little off the mean."""
        thermals, offset_c = self.machine.thermals, 120.0 * (self.machine.board_quality[index] - 1.0)
        return thermals.board_c + 0.7 * offset_c, thermals.chip_c + offset_c

    def board_window_hs(self, index: int, window_s: float) -> float:
        """Give one board's part of what the device shows for a window; the parts make up the whole."""
        machine = self.machine
        share = machine.board_hs[index] / machine.hashrate_hs if machine.hashrate_hs else 0.0
        return machine.windows_hs[window_s] * share

    def fan_rpm(self, index: int) -> int:
        """Give one fan's speed; 0 where the model has fans in its answers but none in its case."""
        model = self.identity.model
        if model.cooling != "air":
            return 0
        spread = 1.0 - 0.02 * (index % 3)
        return 30 * round(model.fan_full_rpm * self.machine.thermals.duty_ratio * spread / 30)

    def boards_working(self) -> int:
        """Count the boards that the device can see."""
        return self.identity.model.boards - misbehaviour.conditions(self.kind).boards_missing
