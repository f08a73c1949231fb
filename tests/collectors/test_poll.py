"""When a poll is a reading: something of meaning came back now, be it little."""

import json

import pytest

from collectors.errors import CollectError
from collectors.poll import collect
from collectors.registry import family as family_named
from collectors.target import Target

VERSION = {
    "STATUS": [{"STATUS": "S", "When": 1790000000, "Code": 22}],
    "VERSION": [{"API": "3.7", "BOSer": "boser-openwrt 0.2.0-00aa11bb"}],
}
REFUSED = {"STATUS": [{"STATUS": "E", "When": 1790000000, "Code": 14, "Msg": "Invalid command"}]}


def answering(**replies):
    return [{"transport": "rpc", "port": 4028, "request": name, "reply": reply} for name, reply in replies.items()]


async def test_a_device_that_answers_one_command_is_a_reading_every_time(device):
    """A Braiins unit without REST and GraphQL whose port 4028 knows `version` alone is there, poll after poll."""
    family = family_named("braiins")
    pretend = await device(answering(version=VERSION))
    target = Target("127.0.0.1", ports={**pretend.ports_of(family), "http": 1})
    for _ in range(3):
        reading = await collect(target, family, timeout_s=5)
        assert ("braiins", "boser-openwrt 0.2.0-00aa11bb", "unknown", None) == (
            reading.family,
            reading.firmware_version,
            reading.state,
            reading.hashrate_hs,
        )


@pytest.mark.parametrize("name", ["antminer", "avalon", "cgminer", "luxos", "sealminer", "strongu", "whatsminer"])
async def test_what_is_remembered_makes_no_reading(name, device, recordings):
    """A device that refuses every command today is lost, however well it is known from yesterday."""
    family = family_named(name)
    recording = next(recordings[one] for one in recordings if one.startswith(f"{name}/") and "web-only" not in one)
    rpc = [one for one in recording["requests"] if one["transport"] == "rpc"]
    pretend = await device(rpc)
    target = Target("127.0.0.1", ports=pretend.ports_of(family))
    assert (await collect(target, family, timeout_s=5)).says_something
    rpc[:] = answering(version=REFUSED)
    pretend._requests = rpc
    for _ in range(2):
        with pytest.raises(CollectError):
            await collect(target, family, timeout_s=5)


async def test_a_device_that_falls_silent_half_way_is_read_as_far_as_it_came(listen):
    """Asked one by one, what was answered before it hangs is kept, and a warning names what is missing."""
    summary = {
        "STATUS": [{"STATUS": "S", "When": 1790000000}],
        "SUMMARY": [{"Elapsed": 60, "MHS 5s": 14000000.0, "Accepted": 3}],
    }

    async def handler(reader, writer):
        command = json.loads(await reader.read(4096))["command"]
        if command == "devs":
            await reader.read()
            return
        writer.write(json.dumps(summary if command == "summary" else REFUSED).encode() + b"\0")
        await writer.drain()

    target = Target("127.0.0.1", ports={"api": await listen(handler), "http": 1})
    target.memory["joined"] = False
    reading = await collect(target, family_named("cgminer"), timeout_s=1)
    assert (1.4e13, 3) == (reading.hashrate_hs, reading.accepted)
    assert any(words.startswith("devs: ") for words in reading.warnings)
