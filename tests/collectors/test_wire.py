"""One bounded exchange, against devices that misbehave in every way."""

import asyncio
import struct

import pytest

from collectors.errors import Garbled, TimedOut, Unreachable
from collectors.wire import FrameEnding, exchange

OK = b'{"STATUS":[{"STATUS":"S"}]}'


async def ask(port, *, timeout_s=0.3, **more):
    return await exchange("127.0.0.1", port=port, request=b'{"command":"x"}', timeout_s=timeout_s, **more)


async def test_an_answer_that_ends_by_closing_is_whole(listen):
    """A device that closes after its answer is understood at once."""

    async def handler(reader, writer):
        await reader.read(100)
        writer.write(OK)

    assert OK == await ask(await listen(handler))


@pytest.mark.parametrize("tail", [b"\0", b"\n\0", b"\0rubbish"])
async def test_nul_ends_an_answer_though_the_socket_stays_open(listen, tail):
    """A device that sends NUL and never closes costs no waiting; what follows the NUL is dropped."""

    async def handler(reader, writer):
        await reader.read(100)
        writer.write(OK + tail)
        await reader.read()

    assert OK == (await ask(await listen(handler), timeout_s=5)).rstrip()


async def test_a_whole_object_ends_an_answer_though_nothing_else_does(listen):
    """A device that neither closes nor sends NUL is understood as soon as its object is whole."""

    async def handler(reader, writer):
        await reader.read(100)
        for part in (OK[:9], OK[9:18], OK[18:]):
            writer.write(part)
            await asyncio.sleep(0.01)
        await reader.read()

    assert OK == await ask(await listen(handler), timeout_s=5)


async def test_an_answer_in_two_packets_is_put_together(listen):
    """A pause inside an answer does not end it, not even behind a closing bracket."""

    async def handler(reader, writer):
        await reader.read(100)
        writer.write(b'{"a":{}')
        await asyncio.sleep(0.02)
        writer.write(b"}")

    assert b'{"a":{}}' == await ask(await listen(handler), timeout_s=5)


async def test_the_request_arrives_in_one_piece(listen):
    """A device that reads once gets the whole request."""
    heard = []

    async def handler(reader, writer):
        heard.append(await reader.read(100))
        writer.write(OK)

    await ask(await listen(handler))
    assert [b'{"command":"x"}'] == heard


async def test_silence_is_given_up_at_the_deadline(listen):
    """A device that accepts and says nothing is timed out."""

    async def handler(reader, writer):
        await reader.read(100)
        await reader.read()

    with pytest.raises(TimedOut, match="no answer"):
        await ask(await listen(handler))


async def test_drip_feed_cannot_hold_a_slot(listen):
    """A device that sends one byte after the other is given up at its deadline."""

    async def handler(reader, writer):
        await reader.read(100)
        while True:
            writer.write(b"1")
            await writer.drain()
            await asyncio.sleep(0.01)

    with pytest.raises(TimedOut, match="bytes of an answer"):
        await ask(await listen(handler))


async def test_a_flood_is_cut_at_the_limit(listen):
    """A device that never stops sending is cut at the size limit, long before its deadline."""

    async def handler(reader, writer):
        await reader.read(100)
        while True:
            writer.write(b"1" * 65536)
            await writer.drain()

    with pytest.raises(Garbled, match="larger than"):
        await ask(await listen(handler), timeout_s=20, max_bytes=1 << 18)


async def test_brackets_one_by_one_buy_no_decode_each(listen):
    """A text that looks complete after every byte is still read to its end, at bounded cost."""
    text = b"[" + b"{}," * 2000 + b"{}]"

    async def handler(reader, writer):
        await reader.read(100)
        for at in range(0, len(text), 3):
            writer.write(text[at : at + 3])
            await writer.drain()

    assert text == await ask(await listen(handler), timeout_s=20)


async def test_closing_without_a_word_is_garbled(listen):
    """A device that takes the request and hangs up says nothing usable."""

    async def handler(reader, writer):
        await reader.read(100)

    with pytest.raises(Garbled, match="without an answer"):
        await ask(await listen(handler))


async def test_a_reset_before_the_answer_is_garbled(listen):
    """A device that resets the connection says nothing usable."""

    async def handler(reader, writer):
        await reader.read(100)
        writer.transport.get_extra_info("socket").setsockopt(1, 13, struct.pack("ii", 1, 0))  # SO_LINGER 0
        writer.transport.abort()

    with pytest.raises(Garbled, match="without an answer"):
        await ask(await listen(handler))


async def test_a_reset_behind_the_answer_does_not_spoil_it(listen):
    """Some devices reset instead of closing; the answer before it counts."""

    async def handler(reader, writer):
        await reader.read(100)
        writer.write(OK)
        await writer.drain()
        await asyncio.sleep(0.02)
        writer.transport.get_extra_info("socket").setsockopt(1, 13, struct.pack("ii", 1, 0))
        writer.transport.abort()

    assert OK == await ask(await listen(handler), timeout_s=5)


async def test_a_refused_connection_is_unreachable():
    """A port that nobody listens on is told apart from silence."""
    with pytest.raises(Unreachable, match="connection refused"):
        await ask(1)


async def test_an_unknown_name_is_unreachable():
    """A name that resolves to nothing is the operator's typing error, not the device's."""
    with pytest.raises(Unreachable):
        await exchange("no-such-host.invalid", port=4028, request=b"x", timeout_s=20)


@pytest.mark.parametrize("host", ["", "a" * 70 + ".test", "x..y"])
async def test_what_is_no_name_is_unreachable(host):
    """A malformed name raises no foreign error."""
    with pytest.raises((Unreachable, Garbled)):
        await exchange(host, port=1, request=b"x", timeout_s=20)


async def test_a_deadline_that_has_passed_costs_nothing(listen):
    """No time left is a timeout, not an error."""

    async def handler(reader, writer):
        await reader.read()

    with pytest.raises(TimedOut):
        await ask(await listen(handler), timeout_s=0)


async def test_a_deadline_leaves_no_trace_on_its_task(listen):
    """After a poll that ran out of time its task counts as never cancelled, so that groups around it go on."""

    async def handler(reader, writer):
        await reader.read()

    port = await listen(handler)
    task = asyncio.current_task()
    with pytest.raises(TimedOut):
        await ask(port, timeout_s=0.01)
    assert task.cancelling() == 0
    await asyncio.sleep(0)


async def test_cancelling_is_no_deadline(listen):
    """A poll that is cancelled from outside ends as cancelled, not as timed out."""

    async def handler(reader, writer):
        await reader.read()

    port = await listen(handler)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(ask(port, timeout_s=30))
        await asyncio.sleep(0.01)
        task.cancel()
    assert task.cancelled()


async def test_cancelling_leaves_no_descriptor(listen, open_descriptors):
    """A poll that is cancelled in the middle gives its socket back."""

    async def handler(reader, writer):
        await reader.read()

    port = await listen(handler)
    for _ in range(20):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.005):
                await ask(port, timeout_s=30)
    await asyncio.sleep(0.05)
    before = open_descriptors()
    for _ in range(50):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.005):
                await ask(port, timeout_s=30)
    await asyncio.sleep(0.05)
    assert open_descriptors() <= before + 2


async def test_a_frame_is_read_by_its_length(listen):
    """A length-prefixed answer ends at its length, whatever the chunks, though the socket stays open."""

    async def handler(reader, writer):
        await reader.read(100)
        frame = len(OK).to_bytes(4, "little") + OK
        for at in range(0, len(frame), 5):
            writer.write(frame[at : at + 5])
            await asyncio.sleep(0.001)
        await reader.read()

    answer = await ask(await listen(handler), timeout_s=5, ending=FrameEnding())
    assert OK == answer[4:]


@pytest.mark.parametrize(
    ("sent", "words"), [(b"\xff\xff\xff\x7f{}", "announced"), (b"\x40\0\0\0{}", "cut off"), (b"\x01", "cut off")]
)
async def test_a_false_frame_is_garbled(listen, sent, words):
    """A frame that announces more than it may, or ends early, is no answer."""

    async def handler(reader, writer):
        await reader.read(100)
        writer.write(sent)

    with pytest.raises(Garbled, match=words):
        await ask(await listen(handler), timeout_s=5, ending=FrameEnding())
