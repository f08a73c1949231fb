"""Which pool moved to a new block first, and how far the others are behind. Pure: times come in from outside."""

from collections import OrderedDict

_BLOCKS_KEPT = 32


class BlockRace:
    """Compares when several pools first gave work on each block, chain by chain.

    One race is shared by all observers. Times are seconds on one monotonic clock.
    """

    def __init__(self) -> None:
        self._first: dict[str, OrderedDict[str, float]] = {}
        self._newest: dict[str, tuple[int, str]] = {}
        self._place: dict[str, tuple[str, str]] = {}

    def see(self, pool: str, *, chain: str, block: str, height: int, at: float) -> float | None:
        """Note that `pool` gives work on top of `block` at height `height`; give its lag behind the earliest, in s.

        None while no other pool has been seen on this chain: alone there is no race.
        """
        self._place[pool] = (chain, block)
        blocks = self._first.setdefault(chain, OrderedDict())
        first = blocks.setdefault(block, at)
        while len(blocks) > _BLOCKS_KEPT:
            blocks.popitem(last=False)
        if chain not in self._newest or height > self._newest[chain][0]:
            self._newest[chain] = (height, block)
        if not any(other != pool and place[0] == chain for other, place in self._place.items()):
            return None
        return max(at - first, 0.0)

    def behind_s(self, pool: str, *, at: float) -> float | None:
        """Give how long `pool` has given work on an older block than another pool's; 0 on the newest, None unseen."""
        if pool not in self._place:
            return None
        chain, block = self._place[pool]
        newest = self._newest[chain][1]
        return 0.0 if block == newest else max(at - self._first[chain].get(newest, at), 0.0)

    def leave(self, pool: str) -> None:
        """Forget a pool that is watched no longer, or that is down."""
        self._place.pop(pool, None)
