"""Hiveon: known by its name alone, chains put together, the fee pool kept out."""

from collectors.evidence import Evidence
from collectors.family import SURE
from collectors.miners import antminer, hiveon
from collectors.poll import collect
from collectors.target import Target


def test_the_name_may_stand_in_stats_alone():
    """A version that copies the stock firmware does not hide what `stats` says."""
    evidence = Evidence()
    evidence.replies["rpc version"] = {"VERSION": [{"Type": "Antminer S19", "CompileTime": "x"}]}
    assert 0 == hiveon.recognises(evidence)
    evidence.replies["rpc stats"] = {"STATS": [{"Type": "Antminer S19 (Hiveon 1.03)"}]}
    assert (SURE, 0) == (hiveon.recognises(evidence), antminer.recognises(evidence))


async def test_without_a_password_only_the_mac_is_missing(recordings, device):
    """The web page wants credentials: the reading is whole otherwise and says what is missing."""
    pretend = await device(recordings["hiveon/t9-nine-chains"]["requests"], digest=("root", "own", "antMiner"))
    target = Target("127.0.0.1", ports=pretend.ports_of(hiveon.FAMILY))
    reading = await collect(target, hiveon.FAMILY, timeout_s=5)
    assert (None, "T9+", 3) == (reading.mac, reading.model, len(reading.boards))
    assert ("the device wants credentials",) == reading.warnings
