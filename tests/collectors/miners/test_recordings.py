"""Every recording under tests/fixtures, served over real sockets, identified and read."""

import json
from pathlib import Path

import pytest

from collectors.identify import identify
from collectors.poll import collect
from collectors.registry import family as family_named
from collectors.target import Target

FOLDER = Path(__file__).resolve().parents[2] / "fixtures"
NAMES = sorted(f"{path.parent.name}/{path.stem}" for path in FOLDER.glob("*/*.json"))


def differences(expected, actual, *, path=""):
    """Name what differs; only what the recording expects is compared."""
    if isinstance(expected, dict):
        if not isinstance(actual, dict):
            return [f"{path}: expected {expected!r}, got {actual!r}"]
        return [one for key in expected for one in differences(expected[key], actual.get(key), path=f"{path}.{key}")]
    if isinstance(expected, list):
        if not isinstance(actual, list) or len(expected) != len(actual):
            return [f"{path}: expected {len(expected)} entries, got {actual!r}"]
        pairs = enumerate(zip(expected, actual, strict=True))
        return [one for at, (want, got) in pairs for one in differences(want, got, path=f"{path}[{at}]")]
    if isinstance(expected, float | int) and not isinstance(expected, bool) and isinstance(actual, float | int):
        return [] if actual == pytest.approx(expected, rel=1e-9) else [f"{path}: expected {expected}, got {actual}"]
    return [] if expected == actual else [f"{path}: expected {expected!r}, got {actual!r}"]


@pytest.mark.parametrize("name", NAMES)
async def test_a_recording_is_read_as_it_says(name, recordings, device):
    """The reading agrees with everything that the recording's author expects of it."""
    recording = recordings[name]
    family = family_named(recording["family"])
    pretend = await device(recording["requests"], joins=recording.get("joins", True))
    target = Target("127.0.0.1", ports=pretend.ports_of(family), **recording.get("credentials", {}))
    reading = await collect(target, family, timeout_s=5)
    document = json.loads(json.dumps(reading.document()))
    assert [] == differences({"family": recording["family"], **recording["expected"]}, document)


@pytest.mark.parametrize("name", NAMES)
async def test_a_second_poll_reads_the_same_with_fewer_requests(name, recordings, device):
    """What was learnt in the first poll is not asked again, and costs nothing of the reading."""
    recording = recordings[name]
    family = family_named(recording["family"])
    pretend = await device(recording["requests"], joins=recording.get("joins", True))
    target = Target("127.0.0.1", ports=pretend.ports_of(family), **recording.get("credentials", {}))
    once = await collect(target, family, timeout_s=5)
    first_requests = len(pretend.heard)
    pretend.heard.clear()
    again = await collect(target, family, timeout_s=5)
    assert once.document() == again.document()
    assert len(pretend.heard) <= first_requests


@pytest.mark.parametrize("name", NAMES)
async def test_a_recording_is_identified(name, recordings, device):
    """The family is found from nothing but the address."""
    recording = recordings[name]
    family = family_named(recording["family"])
    pretend = await device(recording["requests"], joins=recording.get("joins", True))
    ports = {"api": pretend.ports.get(4028, 1), "http": pretend.ports.get(80, 1), "framed": pretend.ports.get(4433, 1)}
    ports |= {name: pretend.ports.get(port, 1) for name, port in family.ports.items()}
    identity = await identify(Target("127.0.0.1", ports=ports), timeout_s=5)
    assert recording["family"] == identity.family.name
