"""The messages that a watcher of a mining channel sends and reads.

Source: the mining protocol and common messages chapters of the Stratum V2 specification. Messages that hand in work
are not here.
"""

from typing import Any

import msgspec

from collectors.pools.v2.fields import U256_BYTES, Fields, decimal, number, text

MINING_PROTOCOL = 0
VERSION = 2

SETUP_CONNECTION = 0x00
SETUP_CONNECTION_SUCCESS = 0x01
SETUP_CONNECTION_ERROR = 0x02
RECONNECT = 0x04
OPEN_STANDARD_CHANNEL = 0x10
OPEN_STANDARD_CHANNEL_SUCCESS = 0x11
OPEN_CHANNEL_ERROR = 0x12
OPEN_EXTENDED_CHANNEL = 0x13
OPEN_EXTENDED_CHANNEL_SUCCESS = 0x14
NEW_STANDARD_JOB = 0x15
CLOSE_CHANNEL = 0x18
SET_EXTRANONCE_PREFIX = 0x19
NEW_EXTENDED_JOB = 0x1F
SET_NEW_PREVIOUS_HASH = 0x20
SET_TARGET = 0x21
SET_GROUP_CHANNEL = 0x25

_ANY_TARGET = b"\xff" * U256_BYTES


class SetupConnectionSuccess(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The connection is set up; `flags` bit 1 asks for extended channels only."""

    version: int
    flags: int


class SetupConnectionError(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The connection is refused."""

    flags: int
    code: str


class Reconnect(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The pool asks for a new connection; empty host and zero port mean the present ones."""

    host: str
    port: int


class ChannelOpened(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A channel is open; `extranonce_size` is None on a standard channel, `group` where the pool told none."""

    request: int
    channel: int
    target: int
    extranonce_prefix: bytes
    extranonce_size: int | None
    group: int | None


class ChannelRefused(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A channel is refused."""

    request: int
    code: str


class ChannelClosed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A channel is closed by the pool."""

    channel: int
    reason: str


class StandardJob(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A job that hides its coinbase; without `min_ntime` it waits for its block."""

    channel: int
    job: int
    min_ntime: int | None
    version: int


class ExtendedJob(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A job with its coinbase around the extranonce; without `min_ntime` it waits for its block."""

    channel: int
    job: int
    min_ntime: int | None
    version: int
    version_rolling: bool
    branches: int
    coinbase_prefix: bytes
    coinbase_suffix: bytes


class NewPreviousHash(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A new block: the named job counts from now on; `previous` is in internal byte order."""

    channel: int
    job: int
    previous: bytes
    min_ntime: int
    nbits: int


class TargetSet(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Work must stay below this target from now on."""

    channel: int
    target: int


class ExtranoncePrefixSet(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The pool's part of the extranonce changes, from the next job on."""

    channel: int
    prefix: bytes


class GroupSet(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """These channels are addressed together under a group's number from now on."""

    group: int
    channels: tuple[int, ...]


Message = (
    SetupConnectionSuccess
    | SetupConnectionError
    | Reconnect
    | ChannelOpened
    | ChannelRefused
    | ChannelClosed
    | StandardJob
    | ExtendedJob
    | NewPreviousHash
    | TargetSet
    | ExtranoncePrefixSet
    | GroupSet
)


def setup_connection(
    *,
    host: str,
    port: int,
    vendor: str,
    hardware: str,
    firmware: str,
    device: str,
    protocol: int = MINING_PROTOCOL,
    flags: int = 0,
) -> bytes:
    """Write SetupConnection for version 2."""
    return (
        number(protocol, 1)
        + number(VERSION, 2)
        + number(VERSION, 2)
        + number(flags, 4)
        + text(host)
        + number(port, 2)
        + text(vendor)
        + text(hardware)
        + text(firmware)
        + text(device)
    )


def open_extended_channel(*, request: int, user: str, hashrate_hs: float, extranonce_size: int) -> bytes:
    """Write OpenExtendedMiningChannel, content with any target."""
    return number(request, 4) + text(user) + decimal(hashrate_hs) + _ANY_TARGET + number(extranonce_size, 2)


def open_standard_channel(*, request: int, user: str, hashrate_hs: float) -> bytes:
    """Write OpenStandardMiningChannel, content with any target."""
    return number(request, 4) + text(user) + decimal(hashrate_hs) + _ANY_TARGET


def read(kind: int, payload: bytes) -> Message | None:
    """Read a message; None for a kind that a watcher need not know, Garbled when it is too short."""
    reader = _READERS.get(kind)
    return None if reader is None else reader(Fields(payload))


def _setup_success(fields: Fields) -> Message:
    return SetupConnectionSuccess(version=fields.number(2), flags=fields.number(4))


def _setup_error(fields: Fields) -> Message:
    return SetupConnectionError(flags=fields.number(4), code=fields.text())


def _reconnect(fields: Fields) -> Message:
    return Reconnect(host=fields.text(), port=fields.number(2))


def _extended_opened(fields: Fields) -> Message:
    return ChannelOpened(
        request=fields.number(4),
        channel=fields.number(4),
        target=fields.number(U256_BYTES),
        extranonce_size=fields.number(2),
        extranonce_prefix=fields.short_bytes(),
        group=None if fields.ended else fields.number(4),
    )


def _standard_opened(fields: Fields) -> Message:
    return ChannelOpened(
        request=fields.number(4),
        channel=fields.number(4),
        target=fields.number(U256_BYTES),
        extranonce_prefix=fields.short_bytes(),
        extranonce_size=None,
        group=None if fields.ended else fields.number(4),
    )


def _refused(fields: Fields) -> Message:
    return ChannelRefused(request=fields.number(4), code=fields.text())


def _closed(fields: Fields) -> Message:
    return ChannelClosed(channel=fields.number(4), reason=fields.text())


def _standard_job(fields: Fields) -> Message:
    return StandardJob(
        channel=fields.number(4), job=fields.number(4), min_ntime=fields.option(4), version=fields.number(4)
    )


def _extended_job(fields: Fields) -> Message:
    channel, job, min_ntime, version = fields.number(4), fields.number(4), fields.option(4), fields.number(4)
    rolling, branches = fields.flag(), fields.number(1)
    fields.take(branches * U256_BYTES)
    return ExtendedJob(
        channel=channel,
        job=job,
        min_ntime=min_ntime,
        version=version,
        version_rolling=rolling,
        branches=branches,
        coinbase_prefix=fields.long_bytes(),
        coinbase_suffix=fields.long_bytes(),
    )


def _previous_hash(fields: Fields) -> Message:
    return NewPreviousHash(
        channel=fields.number(4),
        job=fields.number(4),
        previous=fields.take(U256_BYTES),
        min_ntime=fields.number(4),
        nbits=fields.number(4),
    )


def _target(fields: Fields) -> Message:
    return TargetSet(channel=fields.number(4), target=fields.number(U256_BYTES))


def _extranonce_prefix(fields: Fields) -> Message:
    return ExtranoncePrefixSet(channel=fields.number(4), prefix=fields.short_bytes())


def _group(fields: Fields) -> Message:
    group, count = fields.number(4), fields.number(2)
    raw = fields.take(4 * count)
    return GroupSet(
        group=group, channels=tuple(int.from_bytes(raw[at : at + 4], "little") for at in range(0, len(raw), 4))
    )


_READERS: dict[int, Any] = {
    SETUP_CONNECTION_SUCCESS: _setup_success,
    SETUP_CONNECTION_ERROR: _setup_error,
    RECONNECT: _reconnect,
    OPEN_STANDARD_CHANNEL_SUCCESS: _standard_opened,
    OPEN_EXTENDED_CHANNEL_SUCCESS: _extended_opened,
    OPEN_CHANNEL_ERROR: _refused,
    CLOSE_CHANNEL: _closed,
    NEW_STANDARD_JOB: _standard_job,
    NEW_EXTENDED_JOB: _extended_job,
    SET_NEW_PREVIOUS_HASH: _previous_hash,
    SET_TARGET: _target,
    SET_EXTRANONCE_PREFIX: _extranonce_prefix,
    SET_GROUP_CHANNEL: _group,
}
