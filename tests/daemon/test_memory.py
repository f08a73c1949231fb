"""Objects that stay leave the collector's sight, no garbage with them, and the heap is left without large holes."""

import asyncio
import gc
import platform
import subprocess
import sys
import weakref
from collections.abc import Iterator
from typing import Self

import pytest

from daemon import memory


@pytest.fixture(autouse=True)
def _thawed() -> Iterator[None]:
    """Leave the collector of the test run as it was."""
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the seconds pass quickly."""
    monkeypatch.setattr(memory, "EVERY_S", 0.001)


class Site:
    """Counts as the daemon does, and is looked after while the block lasts."""

    devices = 2
    polls = 0

    async def __aenter__(self) -> Self:
        """Start looking after it."""
        settling = memory.settle(devices=lambda: self.devices, polls=lambda: self.polls)
        self._task = asyncio.get_running_loop().create_task(settling)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop looking after it."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


async def set_aside() -> int:
    """Give how much is set aside some turns later."""
    await asyncio.sleep(0.05)
    return gc.get_freeze_count()


async def test_what_stays_is_set_aside_until_all_were_asked_twice() -> None:
    """While devices are still to be met the newest objects are set aside, afterwards no more, until others join."""
    kept = []
    async with Site() as site:
        before = await set_aside()
        kept.append([[number] for number in range(5000)])
        while_meeting = await set_aside()
        site.polls = 100
        await set_aside()
        kept.append([[number] for number in range(5000)])
        afterwards = await set_aside()
        site.devices = 3
        kept.append([[number] for number in range(5000)])
        with_others = await set_aside()
    assert while_meeting >= before + 5000
    assert afterwards < while_meeting + 5000
    assert with_others >= afterwards + 10_000


def test_the_polls_under_way_are_not_looked_at() -> None:
    """Some thousand young objects do not bring the collector; many more do."""
    rounds = []

    def note(phase: str, _: dict[str, int]) -> None:
        rounds.append(phase)

    memory.look_seldom()
    gc.collect()
    gc.callbacks.append(note)
    try:
        polls = [[number] for number in range(memory.YOUNG // 2)]
        assert [] == rounds
        polls += ([number] for number in range(memory.YOUNG))
        assert ["start", "stop"] == rounds
    finally:
        gc.callbacks.remove(note)


def test_what_is_made_undisturbed_is_set_aside() -> None:
    """Within the block the collector rests, and what was made and lives is set aside at its end."""
    before = gc.get_freeze_count()
    kept: list[list[int]] = []
    with memory.undisturbed():
        assert not gc.isenabled()
        kept += ([number] for number in range(5000))
    assert gc.isenabled()
    assert before + 5000 <= gc.get_freeze_count()


async def test_a_reload_is_not_disturbed() -> None:
    """While devices are met and a configuration is read, nothing is set aside until that is done."""
    kept: list[list[int]] = []
    async with Site():
        await set_aside()
        with memory.undisturbed():
            before = gc.get_freeze_count()
            kept += ([number] for number in range(5000))
            assert before + 5000 > await set_aside()
        assert before + 5000 <= gc.get_freeze_count()


async def test_garbage_is_collected_before() -> None:
    """A cycle that nobody holds is freed, not kept for ever."""

    class Node:
        me: "Node"

    node = Node()
    node.me = node
    ghost = weakref.ref(node)
    del node
    async with Site():
        await set_aside()
    assert None is ghost()


LARGE_PIECE = """
import ctypes
import sys
from daemon.memory import give_back_large_pieces

class Counts(ctypes.Structure):
    _fields_ = [(f"field_{number}", ctypes.c_size_t) for number in range(10)]

library = ctypes.CDLL(None)
library.mallinfo2.restype = Counts
if sys.argv[1] == "yes":
    give_back_large_pieces()
freed = bytes(16 << 20)
del freed
held = bytes(1 << 20)
print(library.mallinfo2().field_4 >> 20)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only GNU's C library has a switch for it")
@pytest.mark.parametrize(("asked", "apart_mib"), [("yes", "1"), ("no", "0")])
def test_large_pieces_are_had_from_the_system_one_by_one(asked: str, apart_mib: str) -> None:
    """After a larger piece was freed, a large one still lies apart from the heap, as it does not by itself."""
    done = subprocess.run(
        [sys.executable, "-c", LARGE_PIECE, asked], capture_output=True, text=True, check=True, timeout=60
    )
    assert apart_mib == done.stdout.strip()
