"""The walk itself: the caller shows every device, in slices if the fleet is large, and then asks for the sums. Pure.

Nothing is kept between two surveys. One device costs a few microseconds, so a fleet of ten thousand is shown in
slices of some hundred, with the event loop let in between.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import floor

import msgspec

from collectors.reading import Reading
from daemon.capacity.load import FeederLoad, LoadCount
from daemon.capacity.plan import RackCount
from daemon.capacity.value import quantile
from daemon.fleet import DeviceState
from daemon.rules.context import Cooling, Peers
from daemon.rules.history.claims import Claims
from daemon.rules.history.devices import DeviceHistory
from daemon.rules.history.work import WorkHistory
from daemon.rules.snapshot import FleetFacts, ModelFacts, RowFacts, Tier
from daemon.rules.survey.loads import LOST_POLLS, count
from daemon.rules.survey.models import ModelCount, model_key, peers
from daemon.rules.survey.places import Endpoint, Mined, endpoint_of

# A feeder counts as lost when this share of its devices, and at least so many, do not answer.
LOST_SHARE = 0.5
LOST_DEVICES = 3


class Wakers(msgspec.Struct, kw_only=True, gc=False):
    """What devices of one feeder that start, and that sleep, usually draw while they hash; `unseen` have no usual."""

    waking_w: float = 0.0
    asleep_w: float = 0.0
    unseen: int = 0


class Survey(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one walk found.

    `peers` is by model key, `racks` by rack id, `mined` by the active pool's endpoint, `claims` by metered feeder.
    """

    fleet: FleetFacts
    feeders: dict[str, FeederLoad]
    models: tuple[ModelFacts, ...]
    rows: tuple[RowFacts, ...]
    racks: dict[str, RackCount]
    peers: dict[str, Peers]
    mined: dict[Endpoint, Mined]
    claims: dict[str, Claims] = {}
    wakers: dict[str, Wakers] = {}


class Surveyor:
    """Counts the devices that it is shown.

    `feeders` are the ids of the configured feeders, `row_of` gives a rack's row, `cooling` is by feeder id. `excused`
    holds ids of devices, racks and feeders, or the `site`'s, that are in maintenance or curtailed: who is silent there
    is not lost. Of the `metered` feeders it is summed up what each group of devices claims to draw.
    """

    def __init__(
        self,
        *,
        history: DeviceHistory,
        work: WorkHistory | None = None,
        feeders: Iterable[str] = (),
        row_of: Mapping[str, str] | None = None,
        cooling: Mapping[str, Cooling] | None = None,
        excused: frozenset[str] = frozenset(),
        site: str = "",
        metered: Iterable[str] = (),
    ) -> None:
        self._excused = excused
        self._all_excused = site in excused
        self._claims: dict[str, Claims] = {feeder: Claims() for feeder in metered}
        self._history = history
        self._work = work
        self._row_of = row_of or {}
        self._cooling = cooling or {}
        self._feeders = {feeder: LoadCount(feeder) for feeder in feeders}
        self._all = LoadCount("")
        self._models: dict[tuple[str, str], ModelCount] = {}
        self._inlets: dict[str, list[float]] = {}
        self._row_cooling: dict[str, Cooling | None] = {}
        self._racks: dict[str, list[float]] = {}
        self._efficiencies: dict[str, list[float]] = {}
        self._tiers: dict[int, list[float]] = {}
        self._mined: dict[str, list[float]] = {}
        self._cost = self._margin = self._backup = self._placed = self._refused = 0.0
        self._lost_without_feeder = 0
        self._wakers: dict[str, Wakers] = {}

    def add(self, device: DeviceState) -> None:
        """Show one device."""
        entry, reading = device.entry, device.reading
        feeder = self._feeders.get(entry.feeder) if entry.feeder else None
        is_excused = (
            entry.maintenance
            or self._all_excused
            or (bool(self._excused) and not self._excused.isdisjoint((entry.id, entry.rack or "", entry.feeder or "")))
        )
        if feeder is None and device.missed >= LOST_POLLS and not is_excused:
            self._lost_without_feeder += 1
        key = model_key(reading) if reading is not None else ""
        count(device, into=(self._all,) if feeder is None else (self._all, feeder), is_excused=is_excused)
        if entry.rack:
            self._rack(device, entry.rack)
        if reading is None or device.stale:
            return
        claims = self._claims.get(entry.feeder) if self._claims and entry.feeder else None
        if claims is not None:
            claims.add(device)
        if entry.feeder and reading.state in ("starting", "sleeping"):
            self._waker(device, entry.feeder, is_starting=reading.state == "starting")
        if reading.temperature_inlet_c is not None:
            row = self._row_of.get(entry.rack or "") or entry.feeder
            if row:
                self._inlets.setdefault(row, []).append(reading.temperature_inlet_c)
                self._row_cooling.setdefault(row, self._cooling.get(entry.feeder or ""))
        money = device.money
        if money is not None and money.margin_per_day is not None:
            self._margin += money.margin_per_day
            self._cost += sum(money.cost_terms.values())
        if reading.state == "hashing":
            self._hashing(device, reading, key)

    def finish(self) -> Survey:
        """Give the sums; the surveyor is used up."""
        feeders = {feeder: load.load() for feeder, load in self._feeders.items()}
        whole = self._all.load()
        return Survey(
            fleet=FleetFacts(
                devices=whole.devices,
                answering=whole.answering,
                hashing=whole.hashing,
                lost=whole.lost,
                lost_feeders=sum(1 for load in feeders.values() if _is_lost(load)),
                lost_without_feeder=self._lost_without_feeder,
                lost_reason=whole.lost_reason,
                hashrate_hs=whole.hashrate_hs,
                reject_ratio=self._refused / whole.hashrate_hs if whole.hashrate_hs else 0.0,
                power_w=whole.devices_w,
                silent_w=whole.silent_w,
                unknown_devices=whole.unknown_devices,
                power_w_by_grade=whole.power_w_by_grade,
                cost_per_day=self._cost,
                margin_per_day=self._margin,
                backup_hs=self._backup,
                shares_hs=self._placed,
                tiers=tuple(
                    Tier(j_per_th=float(step), devices=int(sums[0]), hashrate_hs=sums[1], power_w=sums[2])
                    for step, sums in sorted(self._tiers.items())
                ),
            ),
            feeders=feeders,
            models=tuple(model.facts() for _, model in sorted(self._models.items())),
            rows=tuple(
                RowFacts(
                    id=row,
                    sensors=len(inlets),
                    inlet_median_c=quantile(sorted(inlets), 0.5),
                    cooling=self._row_cooling[row],
                )
                for row, inlets in sorted(self._inlets.items())
            ),
            racks={
                rack: RackCount(devices=int(sums[0]), unprofitable=int(sums[1]), unprofitable_w=sums[2])
                for rack, sums in self._racks.items()
            },
            peers={model: peers(efficiencies) for model, efficiencies in self._efficiencies.items()},
            mined=_by_endpoint(self._mined),
            claims=self._claims,
            wakers=self._wakers,
        )

    def _waker(self, device: DeviceState, feeder: str, *, is_starting: bool) -> None:
        wakers = self._wakers.setdefault(feeder, Wakers())
        usual_w = device.entry.power_w or self._history.mean_power_w(device.entry.id)
        if usual_w is None:
            wakers.unseen += 1
        elif is_starting:
            wakers.waking_w += max(0.0, usual_w - (device.power_w or 0.0))
        else:
            wakers.asleep_w += usual_w

    def _rack(self, device: DeviceState, rack: str) -> None:
        sums = self._racks.setdefault(rack, [0.0, 0.0, 0.0])
        sums[0] += 1
        money = device.money
        if money is not None and money.verdict == "unprofitable" and not device.stale:
            sums[1] += 1
            sums[2] += device.power_w or 0.0

    def _hashing(self, device: DeviceState, reading: Reading, key: str) -> None:
        hashrate, power_w = reading.hashrate_hs, device.power_w
        firmware = reading.firmware_version or ""
        model = self._models.get((key, firmware))
        if model is None:
            model = self._models[key, firmware] = ModelCount(key or "unknown model", firmware=firmware)
        model.add(device.money, power_w=power_w, hashrate_hs=hashrate)
        if not hashrate:
            return
        self._refused += hashrate * device.reject_ratio
        if power_w:
            efficiency = self._history.mean_efficiency_j_per_th(device.entry.id)
            if key and efficiency is not None:
                self._efficiencies.setdefault(key, []).append(efficiency)
            sums = self._tiers.setdefault(floor(power_w / hashrate * 1e12), [0.0, 0.0, 0.0])
            sums[0] += 1
            sums[1] += hashrate
            sums[2] += power_w
        first = True
        for slot in reading.pools:
            if not slot.url:
                continue
            if slot.active:
                self._placed += hashrate
                if not first:
                    self._backup += hashrate
                sums = self._mined.setdefault(slot.url, [0.0, 0.0, 0.0])
                sums[0] += self._history.mean_hashrate_hs(device.entry.id) or hashrate
                day = self._work.settled_day(device.entry.id) if self._work is not None else None
                if day is not None:
                    sums[1] += day.shares
                    sums[2] += day.difficulty
                break
            first = False


def _is_lost(load: FeederLoad) -> bool:
    return load.lost >= LOST_DEVICES and load.lost >= LOST_SHARE * load.devices


def _by_endpoint(mined: Mapping[str, Sequence[float]]) -> dict[Endpoint, Mined]:
    """Put together what is mined under addresses that are written differently."""
    places: dict[Endpoint, list[float]] = {}
    for url, sums in mined.items():
        place = places.setdefault(endpoint_of(url), [0.0, 0.0, 0.0])
        for number, value in enumerate(sums):
            place[number] += value
    return {place: Mined(hashrate_hs=sums[0], shares=sums[1], difficulty=sums[2]) for place, sums in places.items()}
