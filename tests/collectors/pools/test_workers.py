"""The workers that a pool lists: in whatever shape its API gives them."""

from pathlib import Path

import orjson
import pytest

from collectors.errors import Garbled, Unreachable
from collectors.pools.workers import WorkerSource, read_workers, workers


@pytest.mark.parametrize(
    ("answer", "source"),
    [
        (["rig1", "rig2"], WorkerSource()),
        ({"rig1": {"hash": 1}, "rig2": {}}, WorkerSource()),
        ({"data": {"list": [{"id": "rig1"}, {"id": "rig2"}]}}, WorkerSource(pointer="/data/list", name="/id")),
        (
            [{"w": {"n": "rig1"}, "hs": "1.5"}, {"w": {"n": "rig2"}, "hs": 2}, {"w": {"n": "old"}, "hs": 0}, {"w": {}}],
            WorkerSource(name="/w/n", hashrate="/hs"),
        ),
    ],
)
def test_names_are_found(answer: object, source: WorkerSource) -> None:
    """A list of names, an object by name, entries with a name inside; those without hashrate are retired."""
    assert {"rig1", "rig2"} == workers(orjson.dumps(answer), source)


@pytest.mark.parametrize(
    ("content", "source", "message"),
    [
        (b"<html>", WorkerSource(), "not JSON"),
        (b"3", WorkerSource(), "neither a list nor an object at the top"),
        (b'{"data": []}', WorkerSource(pointer="/list"), "there is nothing at /list"),
        (b'[{"id": 1}]', WorkerSource(), "a worker's name is neither a text nor a number"),
    ],
)
def test_what_is_elsewhere_is_named(content: bytes, source: WorkerSource, message: str) -> None:
    """An answer of another shape says which place has nothing."""
    with pytest.raises(Garbled, match=message):
        workers(content, source)


async def test_a_file_will_do(tmp_path: Path) -> None:
    """What something else fetches may lie in a file; one that is gone is named."""
    path = tmp_path / "workers.json"
    path.write_bytes(b'["rig1", 7]')
    assert {"rig1", "7"} == await read_workers(WorkerSource(path=str(path)))
    path.unlink()
    with pytest.raises(Unreachable, match=r"workers\.json cannot be read"):
        await read_workers(WorkerSource(path=str(path)))
