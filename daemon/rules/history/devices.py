"""The past of every device in about 270 bytes: means of work, power and money, shares and errors of late. Pure.

Means fade exponentially, so that a row never grows; time in which a device was silent, sleeping or starting counts for
nothing.
"""

from array import array
from math import exp, sqrt

from daemon.fleet import DeviceState
from daemon.rules.history.columns import Columns

VERSION = 1
DAY = 86400.0
# A device must have run this long before its hashrate means anything.
SETTLING_S = 600.0
# Between two readings further apart than this nothing is assumed.
LONGEST_STEP_S = 900.0
# The preset has changed when the expected hashrate moved by more than this.
PRESET_CHANGE = 0.02
# Hashes behind one counted nonce, at most: device firmware filters at share difficulties up to 65,536.
TICKET_HASHES = 65536 * 2.0**32
GRADES_WITH_TELEMETRY = frozenset({"metered", "branch", "reported"})

_COLUMNS = (
    "accepted_recent",
    "at",
    "base_m2",
    "base_mean",
    "base_time",
    "cash_sum",
    "error_base",
    "error_base_shares",
    "error_recent",
    "error_shares",
    "expected",
    "hash_sum",
    "hash_time",
    "last_accepted",
    "last_errors",
    "last_rejected",
    "loaded_sum",
    "money_time",
    "power_sum",
    "power_time",
    "rejected_recent",
    "shares",
)


class DeviceHistory:
    """Feed it every good reading before the rules are asked; a window is the time constant of its fading mean.

    Columns hold -1 for a counter never seen; sums come with the seconds (or shares) that they were gathered over.
    """

    def __init__(
        self,
        *,
        hash_window_s: float = DAY,
        share_window_s: float = 1800.0,
        error_window_s: float = 3600.0,
        learn_s: float = 7 * DAY,
        money_window_s: float = 30 * DAY,
    ) -> None:
        self.hash_window_s = hash_window_s
        self.share_window_s = share_window_s
        self.error_window_s = error_window_s
        self.learn_s = learn_s
        self.money_window_s = money_window_s
        self._kept = Columns(_COLUMNS, word="firmware")
        self.rows = self._kept.rows
        self.firmware = self._kept.words
        columns = self._kept.columns
        self.accepted_recent = columns["accepted_recent"]
        self.at = columns["at"]
        self.base_m2 = columns["base_m2"]
        self.base_mean = columns["base_mean"]
        self.base_time = columns["base_time"]
        self.cash_sum = columns["cash_sum"]
        self.error_base = columns["error_base"]
        self.error_base_shares = columns["error_base_shares"]
        self.error_recent = columns["error_recent"]
        self.error_shares = columns["error_shares"]
        self.expected = columns["expected"]
        self.hash_sum = columns["hash_sum"]
        self.hash_time = columns["hash_time"]
        self.last_accepted = columns["last_accepted"]
        self.last_errors = columns["last_errors"]
        self.last_rejected = columns["last_rejected"]
        self.loaded_sum = columns["loaded_sum"]
        self.money_time = columns["money_time"]
        self.power_sum = columns["power_sum"]
        self.power_time = columns["power_time"]
        self.rejected_recent = columns["rejected_recent"]
        self.shares = columns["shares"]

    def feed(self, device: DeviceState, now: float) -> None:
        """Take in the device's newest reading and money at epoch time `now`."""
        reading = device.reading
        if reading is None:
            return
        device_id = device.entry.id
        row = self.rows.get(device_id)
        if row is None:
            row = self._add(device_id, now)
        elapsed = now - self.at[row]
        if elapsed < 0.0:
            elapsed = 0.0
        self.at[row] = now
        step = min(LONGEST_STEP_S, elapsed)
        fresh = self._count(row, elapsed, reading.accepted, reading.rejected, reading.hardware_errors)
        if reading.firmware_version != self.firmware[row]:
            self.firmware[row] = reading.firmware_version
            self._new_preset(row, device.expected_hs or 0.0)
        if step and reading.state == "hashing" and (reading.uptime_s is None or reading.uptime_s >= SETTLING_S):
            self._work(row, step, fresh, device)
        money = device.money
        if step and money is not None and money.margin_per_day is not None:
            loaded = money.margin_loaded_per_day
            if loaded is not None:
                keep = exp(-step / self.money_window_s)
                self.cash_sum[row] = self.cash_sum[row] * keep + money.margin_per_day * step
                self.loaded_sum[row] = self.loaded_sum[row] * keep + loaded * step
                self.money_time[row] = self.money_time[row] * keep + step

    def forget(self, device_id: str) -> None:
        """Drop a device that left the inventory; its row serves the next newcomer."""
        self._kept.forget(device_id)

    def mean_hashrate_hs(self, device_id: str) -> float | None:
        """Give the mean over the hashing time of the last day; None before there is any."""
        row = self.rows.get(device_id)
        if row is None or not self.hash_time[row]:
            return None
        return self.hash_sum[row] / self.hash_time[row]

    def counted(self, device_id: str) -> float:
        """Give how many hashing results, at the least, stand behind the mean hashrate: its noise is 1/sqrt of that."""
        row = self.rows.get(device_id)
        if row is None:
            return 0.0
        return max(self.shares[row], self.hash_sum[row] / TICKET_HASHES)

    def mean_power_w(self, device_id: str) -> float | None:
        """Give the watts of the last day's hashing; None without telemetry of power."""
        row = self.rows.get(device_id)
        return None if row is None or not self.power_time[row] else self.power_sum[row] / self.power_time[row]

    def mean_efficiency_j_per_th(self, device_id: str) -> float | None:
        """Give watts over hashrate of the last day's hashing; None without telemetry of power."""
        row = self.rows.get(device_id)
        if row is None or not self.power_time[row] or not self.hash_sum[row]:
            return None
        power_w = self.power_sum[row] / self.power_time[row]
        return power_w / (self.hash_sum[row] / self.hash_time[row] / 1e12)

    def usual_efficiency(self, device_id: str) -> tuple[float, float] | None:
        """Give the device's own usual J/TH and its standard deviation; None until a week of this preset is learnt.

        None as well where the watts told were none all that time: nothing can be held against that.
        """
        row = self.rows.get(device_id)
        if row is None or self.base_time[row] < self.learn_s or self.base_mean[row] <= 0.0:
            return None
        # rounding may leave a scatter of nothing a hair below it
        return self.base_mean[row], sqrt(max(0.0, self.base_m2[row]) / self.base_time[row])

    def recent_rejects(self, device_id: str) -> tuple[float, float] | None:
        """Give rejected and all decided shares of the last half hour, fading; None before two readings counted any."""
        row = self.rows.get(device_id)
        if row is None or self.last_accepted[row] < 0.0 or self.last_rejected[row] < 0.0:
            return None
        rejected = self.rejected_recent[row]
        return rejected, rejected + self.accepted_recent[row]

    def error_ratios(self, device_id: str) -> tuple[float, float] | None:
        """Give hardware errors per accepted share, of the last hour and usual; None until a day of them is learnt."""
        row = self.rows.get(device_id)
        if row is None or not self.error_shares[row] or not self.error_base_shares[row]:
            return None
        return (
            self.error_recent[row] / self.error_shares[row],
            self.error_base[row] / self.error_base_shares[row],
        )

    def mean_margins(self, device_id: str) -> tuple[float, float, float] | None:
        """Give cash margin, loaded margin (money per day) and the days behind them, of the last month; None before."""
        row = self.rows.get(device_id)
        if row is None or not self.money_time[row]:
            return None
        seconds = self.money_time[row]
        return self.cash_sum[row] / seconds, self.loaded_sum[row] / seconds, seconds / DAY

    def export_state(self) -> bytes:
        """Write everything down (MessagePack), to be handed to `restore_state` after a restart."""
        return self._kept.dump(version=VERSION)

    def restore_state(self, written: bytes) -> None:
        """Take up what `export_state` gave, in place of what is known; raises ValueError for anything else."""
        self._kept.load(written, version=VERSION, what="the devices' past")

    def _add(self, device_id: str, now: float) -> int:
        row = self._kept.add(device_id)
        self.at[row] = now
        self.last_accepted[row] = self.last_rejected[row] = self.last_errors[row] = -1.0
        return row

    def _count(self, row: int, elapsed: float, accepted: int | None, rejected: int | None, errors: int | None) -> float:
        """Count shares and errors since the last reading; gives the accepted ones."""
        fresh = self._fresh(self.last_accepted, row, accepted)
        refused = self._fresh(self.last_rejected, row, rejected)
        if elapsed:
            keep = exp(-elapsed / self.share_window_s)
            self.accepted_recent[row] *= keep
            self.rejected_recent[row] *= keep
        self.accepted_recent[row] += fresh
        self.rejected_recent[row] += refused
        if errors is not None:
            wrong = self._fresh(self.last_errors, row, errors)
            keep = exp(-elapsed / self.error_window_s)
            self.error_recent[row] = self.error_recent[row] * keep + wrong
            self.error_shares[row] = self.error_shares[row] * keep + fresh
            keep = exp(-elapsed / self.learn_s)
            self.error_base[row] = self.error_base[row] * keep + wrong
            self.error_base_shares[row] = self.error_base_shares[row] * keep + fresh
        return fresh

    @staticmethod
    def _fresh(column: "array[float]", row: int, count: int | None) -> float:
        """Give a counter's growth; one that fell has been reset and counts from zero."""
        if count is None:
            return 0.0
        last = column[row]
        column[row] = count
        if last < 0.0:
            return 0.0
        return count - last if count >= last else float(count)

    def _work(self, row: int, step: float, fresh: float, device: DeviceState) -> None:
        reading = device.reading
        if reading is None or reading.hashrate_hs is None:
            return
        expected = device.expected_hs or 0.0
        if abs(expected - self.expected[row]) > PRESET_CHANGE * expected:
            self._new_preset(row, expected)
        hashrate = reading.hashrate_hs
        keep = exp(-step / self.hash_window_s)
        self.hash_sum[row] = self.hash_sum[row] * keep + hashrate * step
        self.hash_time[row] = self.hash_time[row] * keep + step
        self.shares[row] = self.shares[row] * keep + fresh
        power_w = device.power_w
        if power_w and hashrate > 0.0 and device.power_grade in GRADES_WITH_TELEMETRY:
            self.power_sum[row] = self.power_sum[row] * keep + power_w * step
            self.power_time[row] = self.power_time[row] * keep + step
            learnt = self.base_time[row]
            if learnt < self.learn_s:
                usual = power_w / hashrate * 1e12
                off = usual - self.base_mean[row]
                self.base_time[row] = learnt + step
                self.base_mean[row] += off * step / (learnt + step)
                self.base_m2[row] += step * off * (usual - self.base_mean[row])

    def _new_preset(self, row: int, expected: float) -> None:
        """Begin anew: what was usual at another preset or firmware says nothing of this one."""
        self.expected[row] = expected
        for column in (
            self.hash_sum,
            self.hash_time,
            self.shares,
            self.power_sum,
            self.power_time,
            self.base_time,
            self.base_mean,
            self.base_m2,
        ):
            column[row] = 0.0
