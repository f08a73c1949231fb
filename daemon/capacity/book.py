"""Which offers stand: made, renewed, changed, and taken back in so many words. Pure."""

from collections.abc import Iterable
from typing import Any

import msgspec

from daemon.capacity.feeder import FeederCapacity
from daemon.capacity.offer import moment, offer, withdrawal

SMALLEST_W = 10_000.0
LIFETIME_S = 3600.0
# A renewal goes out when this much of the lifetime is gone, a change when the power moved by this share, or when
# anything moved that decides what the power is good for.
RENEW_AT = 0.5
CHANGE = 0.05
# These come and go with single devices and a few kilowatts; an offer has them as they are when it goes out.
PASSING = frozenset({"uncertain", "unmetered", "thin_uplink", "scattered", "low_density"})


class Standing(msgspec.Struct, kw_only=True):
    """One offer that was published and not withdrawn; the promise in watts, times in epoch seconds.

    `kind` has in it what else was promised of the power: how firm it is, how it is built, and what stands in its way.
    """

    id: str
    feeder: str
    offered_w: float
    since: float
    expires_at: float
    kind: str = ""


class OfferBook:
    """Keeps one offer a feeder; give it the capacities of now, publish what it gives back, and keep `dump`."""

    def __init__(
        self,
        *,
        site: str,
        pue: float = 1.0,
        notice_s: float = 600.0,
        smallest_w: float = SMALLEST_W,
        lifetime_s: float = LIFETIME_S,
    ) -> None:
        self.site = site
        self.pue = pue
        self.notice_s = notice_s
        self.smallest_w = smallest_w
        self.lifetime_s = lifetime_s
        self.standing: dict[str, Standing] = {}

    def update(self, capacities: Iterable[FeederCapacity], *, now: float) -> list[dict[str, Any]]:
        """Give the documents to publish now: new, renewed and changed offers, and withdrawals.

        An offer is made from `smallest_w` on and withdrawn below four fifths of that, when its feeder is gone, or
        when it expired while nobody renewed it.
        """
        told: list[dict[str, Any]] = []
        seen: set[str] = set()
        for capacity in capacities:
            seen.add(capacity.feeder)
            standing = self.standing.get(capacity.feeder)
            if standing is not None and standing.expires_at <= now:
                told.append(self.withdraw(capacity.feeder, now=now, reason="it expired without being renewed"))
                standing = None
            if standing is None:
                if capacity.offered_w >= self.smallest_w:
                    told.append(self._make(capacity, now=now))
            elif capacity.offered_w < 0.8 * self.smallest_w:
                reason = capacity.reason or "too little is left"
                told.append(self.withdraw(capacity.feeder, now=now, reason=reason))
            elif self._is_due(standing, capacity, now=now):
                told.append(self._renew(standing, capacity, now=now))
        gone = [feeder for feeder in self.standing if feeder not in seen]
        reason = "its feeder is no longer in the configuration"
        told.extend(self.withdraw(feeder, now=now, reason=reason) for feeder in gone)
        return told

    def withdraw(self, feeder: str, *, now: float, reason: str) -> dict[str, Any]:
        """Take a feeder's offer back; raises KeyError when none stands."""
        standing = self.standing.pop(feeder)
        return withdrawal(offer_id=standing.id, site=self.site, feeder=feeder, now=now, reason=reason)

    def withdraw_all(self, *, now: float, reason: str) -> list[dict[str, Any]]:
        """Take every offer back, as before a planned stop."""
        return [self.withdraw(feeder, now=now, reason=reason) for feeder in list(self.standing)]

    def dump(self) -> bytes:
        """Write the standing offers down as JSON, so that a restart can withdraw what it no longer holds to."""
        return msgspec.json.encode(list(self.standing.values()))

    def load(self, written: bytes) -> None:
        """Take up what `dump` gave; raises ValueError when it is something else."""
        try:
            offers = msgspec.json.decode(written, type=list[Standing])
        except msgspec.MsgspecError as error:
            raise ValueError(f"not a book of offers: {error}") from error
        self.standing = {one.feeder: one for one in offers}

    def _make(self, capacity: FeederCapacity, *, now: float) -> dict[str, Any]:
        started = moment(now).replace(":", "").rstrip("Z")
        standing = Standing(
            id=f"{self.site}-{capacity.feeder}-{started}",
            feeder=capacity.feeder,
            offered_w=capacity.offered_w,
            since=now,
            expires_at=now + self.lifetime_s,
            kind=_kind(capacity),
        )
        self.standing[capacity.feeder] = standing
        return self._document(standing, capacity)

    def _renew(self, standing: Standing, capacity: FeederCapacity, *, now: float) -> dict[str, Any]:
        standing.offered_w, standing.kind = capacity.offered_w, _kind(capacity)
        standing.expires_at = now + self.lifetime_s
        return self._document(standing, capacity)

    def _is_due(self, standing: Standing, capacity: FeederCapacity, *, now: float) -> bool:
        moved = abs(capacity.offered_w - standing.offered_w)
        if standing.kind != _kind(capacity):
            return True
        return moved > CHANGE * standing.offered_w or standing.expires_at - now <= RENEW_AT * self.lifetime_s

    def _document(self, standing: Standing, capacity: FeederCapacity) -> dict[str, Any]:
        return offer(
            capacity,
            offer_id=standing.id,
            site=self.site,
            now=standing.since,
            offered_w=standing.offered_w,
            expires_at=standing.expires_at,
            pue=self.pue,
            notice_s=self.notice_s,
        )


def _kind(capacity: FeederCapacity) -> str:
    """Put into words what a consumer decides by beside the power, so that a change of it shows."""
    lasting = [name for name in capacity.blockers if name not in PASSING]
    built = (capacity.firmness, capacity.redundancy, capacity.cooling, capacity.uplink_bps, capacity.diverse_paths)
    return f"{built} {','.join(lasting)}"
