"""bfgminer: its rolling rate is the current one."""

from collectors.miners.bfgminer import FAMILY
from collectors.poll import collect
from collectors.target import Target


async def test_the_rolling_rate_is_the_current_one(recordings, device):
    """`MHS rolling` has no length in its name: it stands for the realtime rate, of boards too."""
    pretend = await device(recordings["bfgminer/rig"]["requests"], joins=False)
    reading = await collect(Target("127.0.0.1", ports=pretend.ports_of(FAMILY)), FAMILY, timeout_s=5)
    assert (5400.25e6, 5400.25e6) == (reading.hashrate_hs, reading.boards[0].hashrate_hs)
