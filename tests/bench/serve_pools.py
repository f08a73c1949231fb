"""Many pretend pools in a process of their own, pinned to a core of their own; ends when its standard input does.

usage: serve_pools.py '{"core": 1, "count": 200, "refresh_s": 30, "block_s": 60}'

Each pool has an address of its own and sends a job every `refresh_s`, at a moment of its own; every `block_s` a block
is found, and all send an empty job and a full one. Prints one JSON line: the URLs.
"""

import asyncio
import json
import os
import sys
import time
from typing import Any

import uvloop

from simulator.pool.chain import Chain
from simulator.pool.server import Pool, PoolPlan


async def serve(wanted: dict[str, Any]) -> None:
    """Serve until standard input ends."""
    count, refresh_s = wanted["count"], wanted["refresh_s"]
    chain = Chain(seed="bench", at_s=time.time())
    pools = [
        Pool(PoolPlan(id=f"p{number}", tag=f"/pool {number}/", refresh_s=refresh_s), chain, now=time.time, seed="bench")
        for number in range(count)
    ]
    for number, pool in enumerate(pools):
        await pool.open(f"127.101.{number // 250}.{number % 250 + 1}", 0)
        # Pools in the field do not send in step.
        await asyncio.sleep(min(refresh_s, 5.0) / count)
    print(json.dumps({"urls": [pool.url for pool in pools]}), flush=True)
    blocks = asyncio.get_running_loop().create_task(find(chain, pools, every_s=wanted["block_s"]))
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    blocks.cancel()
    for pool in pools:
        pool.close()


async def find(chain: Chain, pools: list[Pool], *, every_s: float) -> None:
    """Find a block now and then."""
    while True:
        await asyncio.sleep(every_s)
        chain.found(time.time())
        for pool in pools:
            pool.tip_changed()


def main(words: list[str]) -> int:
    """Pin, and serve."""
    wanted = json.loads(words[0])
    os.sched_setaffinity(0, {wanted["core"]})
    uvloop.run(serve(wanted))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
