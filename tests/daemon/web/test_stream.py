"""Long answers give others their turn while they are made, and leave nothing out."""

import asyncio
from collections.abc import Generator

import orjson
import pytest
from aiohttp import ClientSession, web

from daemon.clock import SystemClock
from daemon.tasks import Tasks
from daemon.web.stream import LIST_SLICE, TURN_S, list_pieces, stream


@pytest.fixture
def turns() -> list[int]:
    """Hold, for each piece of an answer, how many turns others had had by then."""
    return []


async def fetched(pieces: Generator[bytes, None, None]) -> bytes:
    """Serve the pieces at a free port, and fetch them."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return await stream(request, pieces, kind="text/plain")

    app = web.Application()
    app.router.add_get("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with ClientSession() as session, session.get(f"http://127.0.0.1:{runner.addresses[0][1]}/") as response:
            return await response.read()
    finally:
        await runner.cleanup()


async def test_others_have_their_turns_while_a_long_answer_is_made(turns: list[int]) -> None:
    """Small pieces that take long to make let others in between them."""
    had = 0

    async def other() -> None:
        nonlocal had
        while True:
            had += 1
            await asyncio.sleep(0)

    def pieces() -> Generator[bytes, None, None]:
        clock = SystemClock()
        for _ in range(20):
            begun = clock.monotonic()
            while clock.monotonic() < begun + TURN_S:
                pass
            turns.append(had)
            yield b"x"

    async with Tasks() as tasks:
        tasks.start(other(), name="the other")
        assert b"x" * 20 == await fetched(pieces())
    assert 20 == len(set(turns))


async def test_a_large_answer_arrives_whole() -> None:
    """Pieces of any size, none among them, arrive in their order."""
    made = [bytes([number % 256]) * (number * 977 % 300_000) for number in range(200)]
    assert b"".join(made) == await fetched(one for one in made)


@pytest.mark.parametrize("count", [0, 1, LIST_SLICE, 3 * LIST_SLICE + 1])
def test_a_list_is_the_json_of_its_documents(count: int) -> None:
    """Pieces of a list make one JSON list; whatever is absent leaves no gap."""
    documents = [{"number": number} if number % 7 else None for number in range(count)]
    assert [one for one in documents if one] == orjson.loads(b"".join(list_pieces(documents)))
