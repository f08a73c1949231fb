"""Some devices of one kind, as plans and tables count them."""

import msgspec

from collectors.reading import PowerGrade


class Batch(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """`count` devices that hash and draw alike: H/s and watts at the wall of each one, None where not known."""

    model: str
    count: int = 1
    hashrate_hs: float | None = None
    power_w: float | None = None
    grade: PowerGrade = "spec"

    @property
    def j_per_th(self) -> float | None:
        """Efficiency of each; None when either figure is missing or zero."""
        if not self.power_w or not self.hashrate_hs:
            return None
        return self.power_w / self.hashrate_hs * 1e12
