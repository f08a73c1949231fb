"""What the daemon calls after each poll and each survey, and empties every few minutes into the ledger. Pure.

The time between two good polls is booked when it is at most three intervals long, as energy is counted everywhere;
beyond, the device was lost if polls failed meanwhile, and else nobody watched, and nothing is booked.
"""

from collections.abc import Iterator
from datetime import tzinfo

from daemon.books.account import (
    CONDITIONS,
    CURTAILED,
    EXCUSED,
    HASHING,
    LOST,
    Account,
    Mark,
    book,
    lost_since,
    mark_of,
)
from daemon.books.calendar import Period, period_at
from daemon.books.hours import Hours, Outlook
from daemon.economics.tariff_hours import zone_of
from daemon.fleet import GAP_INTERVALS, DeviceState
from daemon.ledger.records import DeviceDay, SiteHour
from daemon.rules.survey.models import model_key

SLICE = 200
# Polls of a device that does not answer become rare, but never rarer than once an hour.
LONGEST_LOST_S = 4000.0
FAULT = CONDITIONS["fault"]
MAKES_ROOM = frozenset({CONDITIONS["sleeping"], CONDITIONS["idle"]})

Taken = tuple[list[DeviceDay], list[SiteHour]]


class Books:
    """All accounts of one site. `closed_through` is the last day that takes no more entries."""

    def __init__(self, *, site: str, timezone: str) -> None:
        self.closed_through = -1
        self.models: dict[str, str] = {}
        self._site = site
        self._timezone = timezone
        self._zone: tzinfo = zone_of(timezone)
        self._accounts: dict[str, Account] = {}
        self._hours = Hours()
        self._left: list[DeviceDay] = []
        self._period = Period(day=0, hour=0, begin=0.0, end=0.0)
        self._curtailed: frozenset[str] = frozenset()
        self._excused: frozenset[str] = frozenset()
        self._is_eased = self._has_windows = False

    def configure(self, *, site: str, timezone: str) -> None:
        """Take a configuration's site and time zone; what was summed up before goes by the old ones."""
        self._site = site
        if timezone != self._timezone:
            for account in self._accounts.values():
                self._close(account)
            self._timezone, self._zone = timezone, zone_of(timezone)
            self._period = Period(day=0, hour=0, begin=0.0, end=0.0)

    def poll(self, device: DeviceState, now: float) -> None:
        """Book the time since the device's poll before, answered or not."""
        entry = device.entry
        account = self._accounts.get(entry.id)
        if account is None:
            account = self._accounts[entry.id] = Account(entry.id)
        if device.missed or device.reading is None:
            self._lost(device, account, now)
            return
        before = account.mark
        after = account.mark = mark_of(device, now)
        if before is None or account.has_missed:
            self._again(device, account, before, after)
            return
        period, seconds = self._period, now - before[0]
        if (
            account.period is not period
            or before[0] < period.begin
            or now >= period.end
            or not 0.0 < seconds <= GAP_INTERVALS * entry.interval_s
        ):
            self._span(device, account, before, after)
            return
        book(account.sums, before, after, seconds=seconds, share=1.0)
        if entry.maintenance or self._has_windows:
            self._excuse(device, account, seconds, before[7])

    def survey(self, outlook: Outlook, *, now: float) -> None:
        """Take what the survey found: meters, worth of a hash, carbon, and the windows that hold from now on."""
        self._curtailed, self._excused, self._is_eased = outlook.curtailed, outlook.excused, outlook.is_eased
        self._has_windows = bool(self._curtailed or self._excused or self._is_eased)
        self._hours.survey(outlook, now=now, site=self._site)

    def forget(self, device_id: str) -> None:
        """Let a device go; what it has done stays in the books."""
        account = self._accounts.pop(device_id, None)
        if account is not None:
            self._close(account)

    def take(self, *, at_most: int = SLICE) -> Iterator[Taken]:
        """Take everything out, in slices between which others may work."""
        accounts = list(self._accounts.values())
        for first in range(0, len(accounts), at_most):
            for account in accounts[first : first + at_most]:
                self._close(account)
            rows, self._left = self._left, []
            yield rows, []
        rows, self._left = self._left, []
        yield rows, list(self._hours.take())

    def __len__(self) -> int:
        return len(self._accounts)

    # Off the hot path

    def _lost(self, device: DeviceState, account: Account, now: float) -> None:
        mark = account.mark
        if mark is None:
            account.mark = lost_since(None, now)
            self._place(device, account)
        elif mark[7] != LOST and now - mark[0] <= GAP_INTERVALS * device.entry.interval_s:
            account.has_missed = True  # the next answer tells whether it worked on meanwhile
        else:
            account.has_missed = False
            account.mark = lost_since(mark, now)
            self._split(device, account, lost_since(mark, mark[0]), account.mark)

    def _again(self, device: DeviceState, account: Account, before: Mark | None, after: Mark) -> None:
        """Take the first answer ever, or the first after lost polls that were not booked yet."""
        account.has_missed = False
        self._place(device, account)
        if before is None:
            return
        is_short = after[0] - before[0] <= GAP_INTERVALS * device.entry.interval_s
        self._split(device, account, before if is_short else lost_since(before, before[0]), after)

    def _span(self, device: DeviceState, account: Account, before: Mark, after: Mark) -> None:
        """Book what is not plainly within one period and gap."""
        self._place(device, account)
        limit = LONGEST_LOST_S if before[7] == LOST else GAP_INTERVALS * device.entry.interval_s
        if 0.0 < after[0] - before[0] <= limit:
            self._split(device, account, before, after)

    def _split(self, device: DeviceState, account: Account, before: Mark, after: Mark) -> None:
        """Book a span into every period that it touches; a closed day takes nothing any more."""
        at, now = before[0], after[0]
        whole = now - at
        if not 0.0 < whole <= max(LONGEST_LOST_S, GAP_INTERVALS * device.entry.interval_s):
            return
        while at < now:
            period = self._period_at(at)
            if account.period is not period:
                self._close(account)
                account.period = period
            until = min(now, period.end)
            if period.day > self.closed_through:
                book(account.sums, before, after, seconds=until - at, share=(until - at) / whole)
                if device.entry.maintenance or self._has_windows:
                    self._excuse(device, account, until - at, before[7])
            at = until

    def _period_at(self, instant: float) -> Period:
        """Give the instant's period; the newest one is kept, for nearly all polls fall into it."""
        current = self._period
        if current.begin <= instant < current.end:
            return current
        period = period_at(instant, zone=self._zone)
        if period.begin > current.begin:
            self._period = period
        return period

    def _excuse(self, device: DeviceState, account: Account, seconds: float, condition: int) -> None:
        """Name the cause of time in which the device did not hash; a second has one cause, maintenance first.

        A device that reports a fault is faulty whatever the plan was. Where the site merely draws less, a device that
        does not answer may as well be broken: only those that sleep or idle made room.
        """
        if condition == HASHING:
            return
        entry = device.entry
        places = {entry.id, entry.rack, entry.feeder, self._site}
        if entry.maintenance or not self._excused.isdisjoint(places):
            account.sums[EXCUSED] += seconds
        elif condition != FAULT and (
            not self._curtailed.isdisjoint(places) or (self._is_eased and condition in MAKES_ROOM)
        ):
            account.sums[CURTAILED] += seconds

    def _place(self, device: DeviceState, account: Account) -> None:
        """Note the feeder and the model, which hardly ever change, once in a while."""
        feeder = device.entry.feeder
        if account.feeder != feeder:
            self._close(account)
            account.feeder = feeder
        if device.reading is not None:
            self.models[account.device] = model_key(device.reading) or device.reading.family

    def _close(self, account: Account) -> None:
        """Put an account's sums aside, as a part of its day and of its feeder's hour."""
        period = account.period
        row = account.row()
        if row is not None and period is not None:
            self._left.append(row)
            self._hours.add(row, hour=period.hour, feeder=account.feeder)
