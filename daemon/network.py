"""The network as several pools show it: height, difficulty, fees, hashprice, and the next difficulty change. Pure.

    network = Network(trusted=("p1",), remembered=ledger_dict)
    network.hear("p1", job, at=now)          # every job of every pool
    network.state(now=now)                   # what holds now
    network.memory()                         # a plain dict, to be kept over restarts

Whose word counts. Only jobs of Bitcoin itself are heard; a pool on another chain is named and has no voice. A voice
lasts for `FRESH_S` after its newest job. If pools are trusted, the first of them in that order that has a voice
decides. Otherwise more than half of the voices must agree on `nbits`, and of those more than half on the height to
within two blocks; the height that at least half of them have then holds. Where no such majority is, what held before
goes on to hold for those who agree with it, and nobody new is believed. One pool left alone cannot overturn what
several had agreed on while that is not older than `HELD_S`. Whoever contradicts what holds is named as disagreeing.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Literal, Protocol

import msgspec

from collectors.pools.subsidy import BLOCKS_PER_PERIOD, hashprice_sats_per_ph_day, subsidy_sats

FRESH_S = 600.0
HELD_S = 3600.0
FEE_HEIGHTS = 144
_CLOSE_BLOCKS = 2
_TRUSTED_VOICES = 2  # a trusted pool's word stands like that of two who agree
_INTERVALS_NEEDED = 12
_BLOCK_INTERVAL_S = 600.0
_SATS_PER_BTC = 100_000_000
_RETARGET_LIMIT = 4.0
_FASTEST_BLOCK_S = 120.0
_NO_FEES = frozenset({"fees_without_transactions", "over_claim", "under_claim", "wrong_chain"})

DecidedBy = Literal["trusted", "majority", "held"]


class HeardJob(Protocol):
    """The facts of a pool's job that matter here; `collectors.pools.job.Job` has them."""

    @property
    def height(self) -> int | None:
        """Height of the block that is worked on; None where the job hides its coinbase."""
        ...

    @property
    def nbits(self) -> str:
        """Compact target in hex."""
        ...

    @property
    def chain(self) -> str:
        """Chain by evidence."""
        ...

    @property
    def network_difficulty(self) -> float | None:
        """Difficulty of that target; None where it means none."""
        ...

    @property
    def fees_sats(self) -> int | None:
        """Reward beyond the subsidy, negative where a part is left unclaimed; None without a height."""
        ...

    @property
    def empty(self) -> bool | None:
        """Whether the block has no transactions; None where the job does not show."""
        ...

    @property
    def anomalies(self) -> Collection[str]:
        """What is odd about the job."""
        ...


class NetworkState(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What holds of the network now; None where nothing does.

    `height` is the block being worked on. `fees_mean_sats` is the mean of the last full job of each of `fees_heights`
    heights, at most 144; `hashprice_btc_per_ph_day` is BTC for 1 PH/s in a day from subsidy and those fees, before any
    pool's fee. `epoch_progress` is the share of the difficulty period that is done, `next_change_ratio` the expected
    change of difficulty at its end (0.01 is one per cent more) from the pace observed in it, None before twelve
    blocks; `next_change_at` is when, in epoch seconds. `sources` are the pools that agree, `disagreeing` those that do
    not, `other_chain` those that work on another chain. `age_s` is the age of the newest job that bears it out.
    """

    height: int | None = None
    nbits: str | None = None
    difficulty: float | None = None
    network_hashrate_hs: float | None = None
    subsidy_sats: int | None = None
    fees_mean_sats: float | None = None
    fees_heights: int = 0
    hashprice_btc_per_ph_day: float | None = None
    epoch_progress: float | None = None
    blocks_to_change: int | None = None
    next_change_ratio: float | None = None
    next_change_at: float | None = None
    decided_by: DecidedBy | None = None
    sources: tuple[str, ...] = ()
    disagreeing: tuple[str, ...] = ()
    other_chain: tuple[str, ...] = ()
    age_s: float | None = None

    @property
    def disagreement(self) -> bool:
        """True while a pool contradicts what holds, or while pools contradict each other and nothing holds."""
        return bool(self.disagreeing)

    def document(self) -> dict[str, Any]:
        """Give the JSON object of the API."""
        fields: dict[str, Any] = msgspec.to_builtins(self)
        fields["disagreement"] = self.disagreement
        return fields


class _Voice(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One pool's newest job on Bitcoin."""

    height: int
    nbits: str
    difficulty: float
    at: float


class _Held(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What was last agreed on, when a job last bore it out, and how many pools stood behind it."""

    height: int
    nbits: str
    difficulty: float
    at: float
    voices: int


class _Pace(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Two heights of one difficulty period with the times they were first seen."""

    first_height: int
    first_at: float
    last_height: int
    last_at: float


class _Memory(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is kept over restarts."""

    held: _Held | None = None
    pace: _Pace | None = None
    fees_sats: dict[int, int] = {}


class Network:
    """Hears every pool's jobs and says what holds; `remembered` is a former `memory()`, which may be of any shape."""

    def __init__(self, *, trusted: Sequence[str] = (), remembered: Any = None) -> None:
        self._trusted = tuple(trusted)
        self._voices: dict[str, _Voice] = {}
        self._elsewhere: dict[str, float] = {}
        memory = _recall(remembered)
        self._held = memory.held
        self._pace = memory.pace
        self._fees: dict[int, int] = dict(memory.fees_sats)
        self._decided_by: DecidedBy | None = None

    def hear(self, pool: str, job: HeardJob, *, at: float) -> None:
        """Take a pool's newest job, at its time in epoch seconds."""
        if job.chain != "main" or job.height is None or job.network_difficulty is None:
            self._voices.pop(pool, None)
            self._elsewhere[pool] = at
            self._decide(at)
            return
        self._elsewhere.pop(pool, None)
        voice = _Voice(height=job.height, nbits=job.nbits, difficulty=job.network_difficulty, at=at)
        self._voices[pool] = voice
        self._decide(at)
        held = self._held
        if held is None or not _agrees(voice, held):
            return
        if not job.empty and job.fees_sats is not None and _NO_FEES.isdisjoint(job.anomalies):
            self._fees.pop(job.height, None)
            self._fees[job.height] = job.fees_sats
        for height in [known for known in self._fees if not _in_window(known, held)]:
            del self._fees[height]

    def forget(self, pool: str) -> None:
        """Drop a pool that is watched no longer."""
        self._voices.pop(pool, None)
        self._elsewhere.pop(pool, None)

    def state(self, *, now: float) -> NetworkState:
        """Say what holds now."""
        self._decide(now)
        voices = self._fresh(now)
        other = tuple(sorted(pool for pool, at in self._elsewhere.items() if now - at <= FRESH_S))
        held = self._held
        if held is None or now - held.at > HELD_S:
            return NetworkState(disagreeing=tuple(sorted(voices)), other_chain=other)
        heights = sorted((height for height in self._fees if _in_window(height, held)), reverse=True)[:FEE_HEIGHTS]
        fees = [self._fees[height] for height in heights]
        subsidy = subsidy_sats(held.height, chain="main")
        mean = sum(fees) / len(fees) if fees else None
        hashprice = None if mean is None else hashprice_sats_per_ph_day(subsidy + mean, difficulty=held.difficulty)
        left = BLOCKS_PER_PERIOD - held.height % BLOCKS_PER_PERIOD
        interval_s = self._interval_s(held)
        return NetworkState(
            height=held.height,
            nbits=held.nbits,
            difficulty=held.difficulty,
            network_hashrate_hs=held.difficulty * 4294967296 / _BLOCK_INTERVAL_S,
            subsidy_sats=subsidy,
            fees_mean_sats=mean,
            fees_heights=len(fees),
            hashprice_btc_per_ph_day=None if hashprice is None else hashprice / _SATS_PER_BTC,
            epoch_progress=held.height % BLOCKS_PER_PERIOD / BLOCKS_PER_PERIOD,
            blocks_to_change=left,
            next_change_ratio=None if interval_s is None else _change(interval_s),
            next_change_at=held.at + left * (interval_s or _BLOCK_INTERVAL_S),
            decided_by=self._decided_by,
            sources=tuple(sorted(pool for pool, voice in voices.items() if _agrees(voice, held))),
            disagreeing=tuple(sorted(pool for pool, voice in voices.items() if not _agrees(voice, held))),
            other_chain=other,
            age_s=max(now - held.at, 0.0),
        )

    def memory(self) -> dict[str, Any]:
        """Give what is worth keeping over restarts, as plain JSON values."""
        kept: dict[str, Any] = msgspec.to_builtins(
            _Memory(held=self._held, pace=self._pace, fees_sats=self._fees), str_keys=True
        )
        return kept

    def _fresh(self, now: float) -> dict[str, _Voice]:
        return {pool: voice for pool, voice in self._voices.items() if now - voice.at <= FRESH_S}

    def _decide(self, now: float) -> None:
        """Let the voices decide what holds."""
        voices = self._fresh(now)
        leader = next((voices[pool] for pool in self._trusted if pool in voices), None)
        if leader is not None:
            self._decided_by = "trusted"
            self._hold(leader, voices=_TRUSTED_VOICES, at=leader.at)
            return
        held = self._held if self._held is not None and now - self._held.at <= HELD_S else None
        chosen = _majority(list(voices.values()))
        if held is not None and (chosen is None or (len(chosen) == 1 < held.voices)):
            chosen = [voice for voice in voices.values() if _follows(voice, held, now=now)]
            self._decided_by = "held"
            backing = held.voices
        else:
            self._decided_by = "majority" if chosen else None
            backing = len(chosen or ())
        if chosen:
            self._hold(_common(chosen), voices=backing, at=max(voice.at for voice in chosen))

    def _hold(self, voice: _Voice, *, voices: int, at: float) -> None:
        """Make a voice what holds, and keep the pace of blocks within its period."""
        self._held = _Held(height=voice.height, nbits=voice.nbits, difficulty=voice.difficulty, at=at, voices=voices)
        pace = self._pace
        period = voice.height // BLOCKS_PER_PERIOD
        if pace is None or pace.first_height // BLOCKS_PER_PERIOD != period or voice.height < pace.first_height:
            self._pace = _Pace(first_height=voice.height, first_at=at, last_height=voice.height, last_at=at)
        elif voice.height > pace.last_height:
            self._pace = msgspec.structs.replace(pace, last_height=voice.height, last_at=at)

    def _interval_s(self, held: _Held) -> float | None:
        """Give the observed time between blocks of this period; None before enough of them were seen."""
        pace = self._pace
        if pace is None or pace.first_height // BLOCKS_PER_PERIOD != held.height // BLOCKS_PER_PERIOD:
            return None
        blocks, seconds = pace.last_height - pace.first_height, pace.last_at - pace.first_at
        return seconds / blocks if blocks >= _INTERVALS_NEEDED and seconds > 0 else None


def _majority(voices: list[_Voice]) -> list[_Voice] | None:
    """Give the voices of more than half that agree on `nbits` and, to within two blocks, on the height."""
    if not voices:
        return None
    nbits, count = Counter(voice.nbits for voice in voices).most_common(1)[0]
    if count * 2 <= len(voices):
        return None
    agreeing = [voice for voice in voices if voice.nbits == nbits]
    for low in sorted({voice.height for voice in agreeing}, reverse=True):
        near = [voice for voice in agreeing if low <= voice.height <= low + _CLOSE_BLOCKS]
        if len(near) * 2 > len(agreeing):
            return near
    return None


def _common(voices: list[_Voice]) -> _Voice:
    """Give the highest voice whose height at least half of them have reached."""
    ordered = sorted(voices, key=lambda voice: voice.height)
    return ordered[len(ordered) // 2]


def _agrees(voice: _Voice, held: _Held) -> bool:
    """Say whether a voice is compatible with what holds; around a retarget two values of `nbits` are."""
    if abs(voice.height - held.height) > _CLOSE_BLOCKS:
        return False
    return voice.nbits == held.nbits or _retargets(voice, held)


def _follows(voice: _Voice, held: _Held, *, now: float) -> bool:
    """Say whether a voice can be what became of what held: the same, or blocks later at a believable pace."""
    most = held.height + _CLOSE_BLOCKS + max(now - held.at, 0.0) / _FASTEST_BLOCK_S
    if not held.height - _CLOSE_BLOCKS <= voice.height <= most:
        return False
    return voice.nbits == held.nbits or _retargets(voice, held)


def _retargets(voice: _Voice, held: _Held) -> bool:
    """Say whether a period ends between the two heights, and the difficulty moves within the rule's factor of four."""
    apart = voice.height // BLOCKS_PER_PERIOD != held.height // BLOCKS_PER_PERIOD
    return apart and 1 / _RETARGET_LIMIT <= voice.difficulty / held.difficulty <= _RETARGET_LIMIT


def _in_window(height: int, held: _Held) -> bool:
    """Say whether a height is among the newest whose fees count."""
    return held.height - FEE_HEIGHTS < height <= held.height + _CLOSE_BLOCKS


def _change(interval_s: float) -> float:
    """Turn the pace of blocks into the change of difficulty, bounded by the rule's factor of four."""
    return min(max(_BLOCK_INTERVAL_S / interval_s, 1 / _RETARGET_LIMIT), _RETARGET_LIMIT) - 1


def _recall(remembered: Any) -> _Memory:
    """Read a former memory; one that cannot be read is an empty one, for everything in it comes again."""
    if not isinstance(remembered, Mapping):
        return _Memory()
    try:
        memory = msgspec.convert(remembered, _Memory, strict=False)
    except msgspec.ValidationError:
        return _Memory()
    return memory if _is_sound(memory) else _Memory()


def _is_sound(memory: _Memory) -> bool:
    """Say whether the numbers of a memory can be calculated with."""
    numbers: Iterable[float] = [
        *([memory.held.difficulty, memory.held.at] if memory.held else []),
        *([memory.pace.first_at, memory.pace.last_at] if memory.pace else []),
    ]
    return all(0 < number < float("inf") for number in numbers)
