"""What stands still by plan: windows of the configuration, and the target that a grid or a controller gives. Pure."""

import msgspec

# A target of this share of full load or less asks for all of it: what stays on are fans and lights.
WHOLE_SHARE = 0.05


class Curtailed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is curtailed at one instant.

    `places` are ids of devices, racks, feeders or the site that are to stand still as a whole. `is_eased` says that
    the site is to draw less than it can, and nobody said which devices make room: then only those that sleep or idle
    do so by plan. `target_w` is the signal's value, None without a fresh one; `full_w` is what it was held against.
    """

    places: frozenset[str] = frozenset()
    is_eased: bool = False
    target_w: float | None = None
    full_w: float | None = None

    @property
    def is_on(self) -> bool:
        """Anything is curtailed, wholly or in part."""
        return bool(self.places) or self.is_eased


def curtailed(
    planned: frozenset[str], *, site: str, target_w: float | None, contracted_w: float, peak_w: float | None
) -> Curtailed:
    """Put the planned windows and the target together.

    The target, in watts at the site's meters, curtails when it lies below full load: the contracted power of all
    feeders or, where none is configured, the month's peak. Without either, and for a negative target, it says nothing.
    """
    full_w = contracted_w or peak_w
    if target_w is None or not full_w or not 0.0 <= target_w < full_w:
        return Curtailed(places=planned, target_w=target_w, full_w=full_w or None)
    if target_w <= WHOLE_SHARE * full_w:
        return Curtailed(places=planned | {site}, target_w=target_w, full_w=full_w)
    return Curtailed(places=planned, is_eased=True, target_w=target_w, full_w=full_w)
