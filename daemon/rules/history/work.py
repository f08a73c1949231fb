"""What every device claims to hash and what its shares prove, over an hour and a day, in about 410 bytes each. Pure.

Only time in which both accounts speak of the same thing counts: the device hashes and has settled, the same pool is
active at the same share difficulty as at the last reading, and the counter went on. A reading after a restart, a pool
switch or a new difficulty begins anew and counts for neither side, so it can make no gap.

Payouts need the other view: of every share that was accepted since the last look, at which pool, from below and above.
That is `take_proved`; work that nobody counted share by share is in its upper bound alone.

Kept with one row a device: the running ten minutes, five tens that went before, and eight windows
of three hours. Hour and day therefore cover 50 to 60 minutes, and 21 to 24 hours.
"""

from array import array
from math import exp, log

import msgspec

from daemon.economics.network import DAY_S, TWO32
from daemon.economics.work import DOUBLE_SHA256, Work
from daemon.fleet import DeviceState
from daemon.rules.history.columns import Columns, clear
from daemon.rules.history.devices import LONGEST_STEP_S, SETTLING_S

VERSION = 1
STEP_S = 600.0
_TENS = 5
_STEPS_PER_WINDOW = 18
_WINDOWS = 8
_SUMS = 5  # seconds, hashes claimed, shares, difficulty, difficulty squared
# The usual difficulty follows with this time constant, and is known after an hour.
USUAL_S = 6 * 3600.0
USUAL_KNOWN_S = 3600.0
# More shares than this many times the claim, and some by chance, come from a counter that was garbled.
_GARBLED_TIMES = 100.0
_GARBLED_SHARES = 50.0
# Ten times the network's own by now: nobody is given shares like that.
_ABSURD_DIFFICULTY = 1e15

_COLUMNS = (
    "at",
    "claimed",
    "day_claimed",
    "day_difficulty",
    "day_seconds",
    "day_shares",
    "day_square",
    "difficulties",
    "difficulty",
    "grown_at",
    "last",
    "place",
    "seconds",
    "shares",
    "squares",
    "step",
    "uptime",
    "usual",
    "usual_s",
)


class Bounds(msgspec.Struct, gc=False):
    """The least and the most that a sum of share difficulty can be."""

    low: float = 0.0
    high: float = 0.0


class WorkHistory:
    """Feed it every good reading before the rules are asked."""

    def __init__(self) -> None:
        self._kept = Columns(_COLUMNS, word="urls", rings={"tens": _TENS * _SUMS, "windows": _WINDOWS * _SUMS})
        self.rows = self._kept.rows
        self.urls = self._kept.words
        self._tens = self._kept.rings["tens"]
        self._windows = self._kept.rings["windows"]
        columns = self._kept.columns
        self.at = columns["at"]
        self.claimed = columns["claimed"]
        self.day_claimed = columns["day_claimed"]
        self.day_difficulty = columns["day_difficulty"]
        self.day_seconds = columns["day_seconds"]
        self.day_shares = columns["day_shares"]
        self.day_square = columns["day_square"]
        self.difficulties = columns["difficulties"]
        self.difficulty = columns["difficulty"]
        self.grown_at = columns["grown_at"]
        self.last = columns["last"]
        self.place = columns["place"]
        self.seconds = columns["seconds"]
        self.shares = columns["shares"]
        self.squares = columns["squares"]
        self.step = columns["step"]
        self.uptime = columns["uptime"]
        self.usual = columns["usual"]
        self.usual_s = columns["usual_s"]
        self._proved: dict[str, Bounds] = {}

    def take_proved(self) -> dict[str, Bounds]:
        """Give the share difficulty accepted since the last call, lower and upper bound by pool URL, and begin anew."""
        proved, self._proved = self._proved, {}
        return proved

    def feed(self, device: DeviceState, now: float) -> None:
        """Take in the device's newest reading at epoch time `now`."""
        reading = device.reading
        if reading is None:
            return
        row = self.rows.get(device.entry.id)
        if row is None:
            row = self._add(device.entry.id, now)
        elapsed = now - self.at[row]
        self.at[row] = now
        if now // STEP_S != self.step[row]:
            self._turn(row, now // STEP_S)
        hashrate = reading.hashrate_hs
        uptime = reading.uptime_s
        if hashrate is None or reading.state != "hashing" or (uptime is not None and uptime < SETTLING_S):
            self.last[row] = -1.0
            if hashrate and reading.state == "hashing":
                url = next((one.url for one in reading.pools if one.active), None)
                self._prove(url, 0.0, hashrate * elapsed / TWO32)
            return
        slot = None
        if reading.algorithm in DOUBLE_SHA256:
            for one in reading.pools:
                if one.active:
                    slot = one
                    break
        if slot is None or slot.difficulty is None or not 0.0 < slot.difficulty < _ABSURD_DIFFICULTY:
            self.last[row] = -1.0
            if slot is not None:
                self._prove(slot.url, 0.0, hashrate * elapsed / TWO32)
            return
        count, place = slot.accepted, float(slot.index)
        if count is None:
            # One counter for all slots.
            count, place = reading.accepted, -1.0 - place
            if count is None:
                self.last[row] = -1.0
                self._prove(slot.url, 0.0, hashrate * elapsed / TWO32)
                return
        last, self.last[row] = self.last[row], count
        restarted = False
        if uptime is not None:
            restarted = uptime < self.uptime[row]
            self.uptime[row] = uptime
        difficulty = slot.difficulty
        if place != self.place[row] or slot.url != self.urls[row] or restarted or not 0.0 <= last <= count:
            self._begin(row, now, place=place, url=slot.url, difficulty=difficulty)
            self._prove(slot.url, 0.0, hashrate * elapsed / TWO32)
            return
        fresh = count - last
        if fresh:
            self.grown_at[row] = now
        proved, claimed = fresh * difficulty, hashrate * elapsed
        if proved * TWO32 > _GARBLED_TIMES * claimed and fresh > _GARBLED_SHARES:
            self.difficulty[row] = difficulty
            return
        if difficulty != self.difficulty[row]:
            before, self.difficulty[row] = self.difficulty[row], difficulty
            self._prove(slot.url, fresh * min(before, difficulty), fresh * max(before, difficulty))
            return
        if not 0.0 < elapsed <= LONGEST_STEP_S:
            is_one_life = uptime is not None and uptime >= elapsed and now // DAY_S == (now - elapsed) // DAY_S
            self._prove(slot.url, proved if is_one_life else 0.0, max(proved, claimed / TWO32))
            return
        if fresh:
            self._prove(slot.url, proved, proved)
        self.seconds[row] += elapsed
        self.claimed[row] += claimed
        if fresh:
            self.shares[row] += fresh
            self.difficulties[row] += proved
            self.squares[row] += proved * difficulty

    def forget(self, device_id: str) -> None:
        """Drop a device that left the inventory; its row serves the next newcomer."""
        self._kept.forget(device_id)

    def hour(self, device_id: str, *, now: float) -> Work | None:
        """Give the work of the last 50 to 60 minutes; None for a stranger."""
        row = self._current(device_id, now)
        return None if row is None else self._work(row, _sums(self._tens, row, _TENS))

    def day(self, device_id: str, *, now: float) -> Work | None:
        """Give the work of the last 21 to 24 hours; None for a stranger."""
        row = self._current(device_id, now)
        return None if row is None else self._work(row, _sums(self._windows, row, _WINDOWS))

    def settled_day(self, device_id: str) -> Work | None:
        """Give the day's work as of the last full ten minutes, at next to no cost; None for a stranger."""
        row = self.rows.get(device_id)
        if row is None:
            return None
        return Work(
            seconds=self.day_seconds[row],
            claimed=self.day_claimed[row],
            shares=self.day_shares[row],
            difficulty=self.day_difficulty[row],
            square=self.day_square[row],
            share_difficulty=self.difficulty[row],
        )

    def is_settled(self, device_id: str) -> bool:
        """Tell whether `settled_day` has anything to say of a device yet."""
        row = self.rows.get(device_id)
        return row is not None and self.day_seconds[row] > 0.0

    def newest_day(self, device_id: str, *, now: float) -> Work | None:
        """Give the settled day, or what is known so far while none has been settled; None for a stranger."""
        return self.settled_day(device_id) if self.is_settled(device_id) else self.day(device_id, now=now)

    def gap(self, device_id: str, *, least_s: float) -> float | None:
        """Give the part of the day's claim that shares do not show; None before `least_s` seconds of it are known."""
        row = self.rows.get(device_id)
        if row is None or self.day_seconds[row] < least_s or not self.day_claimed[row]:
            return None
        return 1.0 - self.day_difficulty[row] * TWO32 / self.day_claimed[row]

    def without_share_s(self, device_id: str, *, now: float) -> float | None:
        """Give for how long the active slot's counter has not grown while it was watched; None when it is not."""
        row = self.rows.get(device_id)
        return None if row is None or self.last[row] < 0.0 else max(0.0, now - self.grown_at[row])

    def usual_difficulty(self, device_id: str) -> float | None:
        """Give the share difficulty that is usual at the active pool; None until an hour of it is known."""
        row = self.rows.get(device_id)
        return None if row is None or self.usual_s[row] < USUAL_KNOWN_S else exp(self.usual[row])

    def export_state(self) -> bytes:
        """Write everything down (MessagePack), to be handed to `restore_state` after a restart."""
        return self._kept.dump(version=VERSION)

    def restore_state(self, written: bytes) -> None:
        """Take up what `export_state` gave, in place of what is known; raises ValueError for anything else."""
        self._kept.load(written, version=VERSION, what="the devices' work")

    def _prove(self, url: str | None, low: float, high: float) -> None:
        bounds = self._proved.get(url or "")
        if bounds is None:
            bounds = self._proved[url or ""] = Bounds()
        bounds.low += low
        bounds.high += high

    def _add(self, device_id: str, now: float) -> int:
        row = self._kept.add(device_id)
        self.at[row] = self.grown_at[row] = now
        self.last[row] = -1.0
        self.step[row] = now // STEP_S
        return row

    def _begin(self, row: int, now: float, *, place: float, url: str | None, difficulty: float) -> None:
        """Take the reading as a first one: another pool, another counter, or the device's next life."""
        if url != self.urls[row]:
            self.usual_s[row] = 0.0
        self.urls[row] = url
        self.place[row] = place
        self.difficulty[row] = difficulty
        self.grown_at[row] = now

    def _current(self, device_id: str, now: float) -> int | None:
        row = self.rows.get(device_id)
        if row is not None and now // STEP_S > self.step[row]:
            self._turn(row, now // STEP_S)
        return row

    def _turn(self, row: int, step: float) -> None:
        """Close the running ten minutes, and let go what is older than the windows; time that runs back closes too."""
        before, after = int(self.step[row]), int(step)
        self.step[row] = step
        base = row * _TENS * _SUMS
        for passed in range(max(before, after - _TENS), after):
            clear(self._tens, base + passed % _TENS * _SUMS, _SUMS)
        windows = row * _WINDOWS * _SUMS
        at = windows + before // _STEPS_PER_WINDOW % _WINDOWS * _SUMS
        ten = base + before % _TENS * _SUMS if after - before <= _TENS else None
        for place, column in enumerate((self.seconds, self.claimed, self.shares, self.difficulties, self.squares)):
            if ten is not None:
                self._tens[ten + place] = column[row]
            self._windows[at + place] += column[row]
            column[row] = 0.0
        newest = after // _STEPS_PER_WINDOW
        for passed in range(max(before // _STEPS_PER_WINDOW, newest - _WINDOWS) + 1, newest + 1):
            clear(self._windows, windows + passed % _WINDOWS * _SUMS, _SUMS)
        sums = _sums(self._windows, row, _WINDOWS)
        self.day_seconds[row], self.day_claimed[row], self.day_shares[row] = sums[:3]
        self.day_difficulty[row], self.day_square[row] = sums[3:]
        if self.last[row] >= 0.0 and self.difficulty[row] > 0.0:
            self._learn_difficulty(row)

    def _learn_difficulty(self, row: int) -> None:
        newest = log(self.difficulty[row])
        if not self.usual_s[row]:
            self.usual[row] = newest
        self.usual[row] += (newest - self.usual[row]) * STEP_S / (USUAL_S + STEP_S)
        self.usual_s[row] += STEP_S

    def _work(self, row: int, sums: list[float]) -> Work:
        return Work(
            seconds=sums[0] + self.seconds[row],
            claimed=sums[1] + self.claimed[row],
            shares=sums[2] + self.shares[row],
            difficulty=sums[3] + self.difficulties[row],
            square=sums[4] + self.squares[row],
            share_difficulty=self.difficulty[row],
        )


def _sums(ring: "array[float]", row: int, slots: int) -> list[float]:
    start = row * slots * _SUMS
    held = ring[start : start + slots * _SUMS]
    return [sum(held[place::_SUMS]) for place in range(_SUMS)]
