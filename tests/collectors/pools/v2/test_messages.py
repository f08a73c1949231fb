"""Messages of Stratum V2."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.errors import Garbled
from collectors.pools.v2 import messages
from collectors.pools.v2.fields import Fields, number, text
from collectors.pools.v2.framing import Frame, encode


def test_open_extended_channel():
    """Request, user, hashrate, any target, extranonce size."""
    written = messages.open_extended_channel(request=1, user="a.b", hashrate_hs=1e14, extranonce_size=4)
    assert "01000000" + "03612e62" + "21e6b556" + "ff" * 32 + "0400" == written.hex()


def test_open_standard_channel():
    """The same without extranonce."""
    written = messages.open_standard_channel(request=1, user="", hashrate_hs=1e14)
    assert "01000000" + "00" + "21e6b556" + "ff" * 32 == written.hex()


def test_long_texts_are_cut():
    """A text takes at most 255 bytes."""
    assert b"\xff" + b"x" * 255 == text("x" * 300)


def test_channel_opened_with_and_without_group():
    """Older pools leave the group out."""
    base = number(1, 4) + number(7, 4) + number(5, 32) + number(8, 2) + b"\x02\xaa\xbb"
    for tail, group in ((b"", None), (number(3, 4), 3)):
        message = messages.read(messages.OPEN_EXTENDED_CHANNEL_SUCCESS, base + tail)
        assert (
            messages.ChannelOpened(
                request=1, channel=7, target=5, extranonce_prefix=b"\xaa\xbb", extranonce_size=8, group=group
            )
            == message
        )


def test_standard_channel_opened():
    """A standard channel has a fixed extranonce and no size."""
    raw = number(1, 4) + number(7, 4) + number(5, 32) + b"\x01\xcc" + number(3, 4)
    message = messages.read(messages.OPEN_STANDARD_CHANNEL_SUCCESS, raw)
    assert (
        messages.ChannelOpened(request=1, channel=7, target=5, extranonce_prefix=b"\xcc", extranonce_size=None, group=3)
        == message
    )


@pytest.mark.parametrize(("option", "ntime"), [(b"\x00", None), (b"\x01" + number(99, 4), 99)])
def test_extended_job(option, ntime):
    """The time is optional, the path counts its branches, both coinbase parts follow."""
    raw = number(7, 4) + number(2, 4) + option + number(0x20000000, 4) + b"\x01" + b"\x02" + bytes(64)
    raw += number(3, 2) + b"abc" + number(2, 2) + b"de"
    job = messages.read(messages.NEW_EXTENDED_JOB, raw)
    assert (7, 2, ntime, True, 2, b"abc", b"de") == (
        job.channel,
        job.job,
        job.min_ntime,
        job.version_rolling,
        job.branches,
        job.coinbase_prefix,
        job.coinbase_suffix,
    )


def test_small_messages():
    """Target, prefix, group, close, reconnect, refusal."""
    assert messages.TargetSet(channel=7, target=9) == messages.read(messages.SET_TARGET, number(7, 4) + number(9, 32))
    assert messages.ExtranoncePrefixSet(channel=7, prefix=b"x") == messages.read(
        messages.SET_EXTRANONCE_PREFIX, number(7, 4) + b"\x01x"
    )
    assert messages.GroupSet(group=3, channels=(7, 8)) == messages.read(
        messages.SET_GROUP_CHANNEL, number(3, 4) + number(2, 2) + number(7, 4) + number(8, 4)
    )
    assert messages.ChannelClosed(channel=7, reason="bye") == messages.read(
        messages.CLOSE_CHANNEL, number(7, 4) + text("bye")
    )
    assert messages.Reconnect(host="pool.example", port=1) == messages.read(
        messages.RECONNECT, text("pool.example") + number(1, 2)
    )
    assert messages.ChannelRefused(request=1, code="unknown-user") == messages.read(
        messages.OPEN_CHANNEL_ERROR, number(1, 4) + text("unknown-user")
    )


def test_unknown_kinds_are_none():
    """What a watcher need not know is passed over."""
    assert messages.read(0x71, b"anything") is None


@given(st.sampled_from(sorted(messages._READERS)), st.binary(max_size=300))
def test_any_payload_is_read_or_garbled(kind, payload):
    """No payload raises anything but Garbled."""
    with contextlib.suppress(Garbled):
        assert messages.read(kind, payload) is not None


def test_fields_end():
    """A field beyond the end is garbled."""
    fields = Fields(b"\x05abc")
    with pytest.raises(Garbled, match="too short"):
        fields.text()


@pytest.mark.shared
def test_published_messages(shared):
    """Set-up messages of another implementation's tests are written and read alike."""
    known = {row["name"]: row for row in json.loads((shared / "stratum" / "sv2-messages.json").read_text())["vectors"]}
    setup = known["SetupConnection payload"]
    fields = setup["fields"]
    written = messages.setup_connection(
        host=fields["endpoint_host"],
        port=fields["endpoint_port"],
        vendor=fields["vendor"],
        hardware=fields["hardware_version"],
        firmware=fields["firmware"],
        device=fields["device_id"],
        protocol=fields["protocol"],
        flags=fields["flags"],
    )
    assert setup["hex"] == written.hex()
    header, _ = encode(Frame(extension=0, kind=messages.SETUP_CONNECTION, payload=written))
    assert known["frame header of it"]["hex"] == header.hex()
    success = messages.read(
        messages.SETUP_CONNECTION_SUCCESS, bytes.fromhex(known["SetupConnection.Success payload"]["hex"])
    )
    assert messages.SetupConnectionSuccess(version=2, flags=3) == success
    error = messages.read(messages.SETUP_CONNECTION_ERROR, bytes.fromhex(known["SetupConnection.Error payload"]["hex"]))
    assert messages.SetupConnectionError(flags=0, code="protocol-version-mismatch") == error
