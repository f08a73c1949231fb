"""What one device said once, in base units: H/s, W, °C, s, rpm, V, Hz.

`None` means that the device did not say; zero means zero. NaN and infinities never get this far.
"""

from typing import Any, Literal

import msgspec

DeviceCondition = Literal["hashing", "idle", "sleeping", "starting", "fault", "unknown"]
BoardCondition = Literal["ok", "missing", "fault", "unknown"]
PowerGrade = Literal["metered", "branch", "reported", "estimated", "spec", "unknown"]

CONDITIONS: tuple[DeviceCondition, ...] = ("hashing", "idle", "sleeping", "starting", "fault", "unknown")
GRADES: tuple[PowerGrade, ...] = ("metered", "branch", "reported", "estimated", "spec", "unknown")


_TOLD = (
    "model", "firmware_version", "mac", "serial", "hostname", "hashrate_expected_hs", "power_w", "power_limit_w",
    "uptime_s", "temperature_inlet_c", "temperature_outlet_c", "accepted", "rejected", "stale", "hardware_errors",
)  # fmt: skip


class Board(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One hashboard; its temperatures are those of its hottest plausible sensors, `chips` are those answering."""

    index: int
    hashrate_hs: float | None = None
    hashrate_expected_hs: float | None = None
    board_temperature_c: float | None = None
    chip_temperature_c: float | None = None
    chips: int | None = None
    chips_expected: int | None = None
    frequency_hz: float | None = None
    voltage_v: float | None = None
    state: BoardCondition = "unknown"
    serial: str | None = None


class Fan(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One fan of the device, never the power supply's; a stopped fan stays, at 0 rpm."""

    index: int
    rpm: float | None = None
    duty_ratio: float | None = None


class PoolSlot(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One configured pool; share counts are counts, never difficulty sums, None where slots share one counter."""

    index: int
    url: str | None = None
    user: str | None = None
    active: bool | None = None
    alive: bool | None = None
    accepted: int | None = None
    rejected: int | None = None
    stale: int | None = None
    difficulty: float | None = None
    last_share_age_s: float | None = None


class DeviceError(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One fault that the device reports now: its own code, and what that means in words."""

    code: str
    message: str


class PowerSetting(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One setting that the firmware offers, with what its maker or its tuner says it hashes and draws there.

    `target_w` is the power limit that goes with it, None where that is `power_w`, or where it is no limit of watts.
    """

    name: str
    hashrate_hs: float
    power_w: float
    target_w: float | None = None


class Reading(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The whole of one answer.

    `hashrate_hs` is the shortest window the device gives; `hashrate_averages_hs` has every window by name
    (`5s`, `1m`, `30m`, `1h`, `lifetime`). `accepted`, `rejected`, `stale` are the device's own share counters
    over all pools since its start; `hardware_errors` counts the results since then that failed the device's own
    check. `unread` names the fields that were there but could not be parsed. `warnings` says in words what kept a
    part of the answer away (a page that wants credentials); `vendor_login` is true when the vendor's own did open it.
    `settings` has the presets or tuner profiles that the firmware offers, where it tells hashrate and watts of them.
    """

    family: str
    make: str | None = None
    model: str | None = None
    firmware: str | None = None
    firmware_version: str | None = None
    mac: str | None = None
    serial: str | None = None
    hostname: str | None = None
    algorithm: str | None = None
    state: DeviceCondition = "unknown"
    hashrate_hs: float | None = None
    hashrate_averages_hs: dict[str, float] = {}
    hashrate_expected_hs: float | None = None
    power_w: float | None = None
    power_grade: PowerGrade = "unknown"
    power_limit_w: float | None = None
    uptime_s: float | None = None
    temperature_inlet_c: float | None = None
    temperature_outlet_c: float | None = None
    accepted: int | None = None
    rejected: int | None = None
    stale: int | None = None
    hardware_errors: int | None = None
    boards: tuple[Board, ...] = ()
    fans: tuple[Fan, ...] = ()
    pools: tuple[PoolSlot, ...] = ()
    errors: tuple[DeviceError, ...] = ()
    unread: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    vendor_login: bool = False
    settings: tuple[PowerSetting, ...] = ()

    @property
    def says_something(self) -> bool:
        """Anything at all was told, other than what the family alone says (its make, firmware and algorithm)."""
        return (
            self.hashrate_hs is not None
            or bool(self.boards or self.fans or self.pools or self.errors or self.hashrate_averages_hs)
            or any(getattr(self, name) is not None for name in _TOLD)
        )

    @property
    def efficiency_j_per_th(self) -> float | None:
        """J/TH from power and hashrate as read; None when either is absent or zero."""
        if not self.power_w or not self.hashrate_hs:
            return None
        return self.power_w / (self.hashrate_hs / 1e12)

    def document(self) -> dict[str, Any]:
        """Give the JSON object of `headframe probe`, without its `target`; dozens of presets would bury the rest."""
        fields: dict[str, Any] = msgspec.to_builtins(self)
        del fields["settings"]
        fields["unread_fields"] = len(fields.pop("unread"))
        fields["efficiency_j_per_th"] = self.efficiency_j_per_th
        return fields
