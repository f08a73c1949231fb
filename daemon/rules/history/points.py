"""The settings that each device was seen at: hashrate and watts of every power level that it ran at for long. Pure.

What counts is what a device did at one setting for half an hour on end. Hot afternoons draw more watts at the same
hashrate, so that watts of like hashrate are one setting and its mean; a device that names its power limit is at
another setting when that is another. Hours in which the setting changed unseen give a point between two settings,
which lies above the hull of both and so never passes for a good one.
"""

from typing import Any

import msgspec

from daemon.fleet import DeviceState
from daemon.rules.history.devices import LONGEST_STEP_S, SETTLING_S

VERSION = 1
BLOCK_S = 1800.0
# Known well enough to be held against another one.
KNOWN_S = 3600.0
# Of like hashrate, and of like limit: nearer than this it is one setting.
LIKE_HASHRATE, LIKE_LIMIT = 0.04, 0.01
# A setting's past fades, so that dust and seasons show, and is forgotten.
FADES_S, FORGOTTEN_S = 14 * 86400.0, 90 * 86400.0
MOST = 8
GRADES = frozenset({"metered", "branch", "reported", "estimated"})


class Level(msgspec.Struct, kw_only=True, array_like=True, gc=False):
    """One setting as it was seen: means over `seconds`, the latest at epoch `at`; the limit where the device told."""

    hashrate_hs: float
    power_w: float
    seconds: float
    at: float
    limit_w: float | None = None


class Past(msgspec.Struct, kw_only=True, array_like=True, gc=False):
    """One device's levels, which of them is the present one, and the half hour that is being gathered."""

    levels: list[Level] = []
    current: int | None = None
    firmware: str | None = None
    limit_w: float | None = None
    at: float = 0.0
    seconds: float = 0.0
    hashes: float = 0.0
    joules: float = 0.0


class PastsRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Everything written down, with the version of this form."""

    version: int
    devices: dict[str, Past]


class OperatingPoints:
    """Feed it every good reading; a device that never changes its setting has one level."""

    def __init__(self) -> None:
        self._devices: dict[str, Past] = {}

    def feed(self, device: DeviceState, now: float) -> None:
        """Take in the device's newest reading at epoch time `now`."""
        reading = device.reading
        if reading is None:
            return
        past = self._devices.get(device.entry.id)
        if past is None:
            past = self._devices[device.entry.id] = Past(at=now, firmware=reading.firmware_version)
        elapsed, past.at = now - past.at, now
        if reading.firmware_version != past.firmware:
            past.firmware, past.levels, past.current = reading.firmware_version, [], None
            _begin(past)
        hashrate, power_w = reading.hashrate_hs, device.power_w
        if (
            reading.state != "hashing"
            or not hashrate
            or not power_w
            or device.entry.power_w is not None
            or device.power_grade not in GRADES
            or not 0.0 < elapsed <= LONGEST_STEP_S
            or (reading.uptime_s is not None and reading.uptime_s < SETTLING_S)
            or any(board.state in ("missing", "fault") for board in reading.boards)
        ):
            _begin(past)
            return
        limit = reading.power_limit_w
        if not _is_like(limit, past.limit_w):
            past.limit_w, past.current = limit, None
            _begin(past)
        past.seconds += elapsed
        past.hashes += hashrate * elapsed
        past.joules += power_w * elapsed
        if past.seconds >= BLOCK_S:
            _close(past, now)

    def forget(self, device_id: str) -> None:
        """Drop a device that left the inventory."""
        self._devices.pop(device_id, None)

    def levels(self, device_id: str) -> list[Level]:
        """Give the levels that are known well enough, in rising hashrate."""
        past = self._devices.get(device_id)
        if past is None:
            return []
        known = [level for level in past.levels if level.seconds >= KNOWN_S]
        return sorted(known, key=lambda level: level.hashrate_hs)

    def current(self, device_id: str) -> Level | None:
        """Give the level that the device runs at; None until it has been there for some time."""
        past = self._devices.get(device_id)
        if past is None or past.current is None:
            return None
        level = past.levels[past.current]
        return level if level.seconds >= KNOWN_S else None

    def export_state(self) -> bytes:
        """Write everything down (MessagePack), to be handed to `restore_state` after a restart."""
        return msgspec.msgpack.encode(PastsRecord(version=VERSION, devices=self._devices))

    def restore_state(self, written: bytes) -> None:
        """Take up what `export_state` gave, in place of what is known; raises ValueError for anything else."""
        try:
            version = msgspec.msgpack.decode(written, type=dict[str, Any])["version"]
            if version != VERSION:
                raise ValueError(f"operating points of version {version}; this program knows {VERSION}")
            self._devices = msgspec.msgpack.decode(written, type=PastsRecord).devices
        except (msgspec.MsgspecError, KeyError) as error:
            raise ValueError(f"not the operating points: {error}") from error


def _begin(past: Past) -> None:
    past.seconds = past.hashes = past.joules = 0.0


def _close(past: Past, now: float) -> None:
    """Put the half hour to the level that it belongs to, or make it a new one."""
    seconds, hashrate, power_w = past.seconds, past.hashes / past.seconds, past.joules / past.seconds
    _begin(past)
    for place, level in enumerate(past.levels):
        is_near = abs(hashrate - level.hashrate_hs) <= LIKE_HASHRATE * level.hashrate_hs
        if is_near and _is_like(past.limit_w, level.limit_w):
            share = seconds / (min(level.seconds, FADES_S) + seconds)
            level.hashrate_hs += share * (hashrate - level.hashrate_hs)
            level.power_w += share * (power_w - level.power_w)
            level.seconds = min(level.seconds, FADES_S) + seconds
            level.at = now
            past.current = place
            return
    made = Level(hashrate_hs=hashrate, power_w=power_w, seconds=seconds, at=now, limit_w=past.limit_w)
    kept = [level for level in past.levels if now - level.at <= FORGOTTEN_S]
    if len(kept) >= MOST:
        kept.remove(min(kept, key=lambda level: level.seconds))
    past.levels = [*kept, made]
    past.current = len(kept)


def _is_like(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= LIKE_LIMIT * max(one, other)
