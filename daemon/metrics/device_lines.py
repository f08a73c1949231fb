"""The lines of every device, one block of bytes a family and device, written when something about it changes.

At 10,000 devices a page is some 400,000 lines; making them at the scrape would hold the event loop for seconds.
So a reading writes its own lines, and the scrape only joins them, one family at a time.
"""

from functools import lru_cache
from operator import attrgetter

from orjson import dumps

from collectors.reading import Board, Reading
from daemon.economics.money import VERDICTS, Money
from daemon.economics.work import Work, truth_of
from daemon.fleet import DeviceState
from daemon.metrics import catalogue as c
from daemon.metrics.text import escape

# Samples are put together as bytes, and `dumps` writes a number in a fifth of the time that `repr` and `encode` take.
STATES = ("hashing", "idle", "sleeping", "starting", "fault", "unknown")
_WORK = (c.DEVICE_REPORTED, c.DEVICE_PROVED, c.DEVICE_PROVED_LOW, c.DEVICE_PROVED_HIGH)
# what is compared at every poll, in one call each
_identity = attrgetter("make", "model", "firmware_version", "mac", "family")
_degrees = attrgetter("index", "board_temperature_c", "chip_temperature_c")
_STAYS_WHEN_STALE = {c.DEVICE_INFO.name, c.DEVICE_UP.name, c.DEVICE_STATE.name, c.DEVICE_LAST_READING.name}


class DeviceLines:
    """All device families; `blocks(name)` gives one family's blocks in device order."""

    def __init__(self) -> None:
        self._blocks: dict[str, list[bytes]] = {metric.name: [] for metric in c.DEVICE_METRICS}
        b = self._blocks
        self._info, self._up, self._state = b[c.DEVICE_INFO.name], b[c.DEVICE_UP.name], b[c.DEVICE_STATE.name]
        self._hashrate = b[c.DEVICE_HASHRATE.name]
        self._expected = b[c.DEVICE_HASHRATE_EXPECTED.name]
        self._power, self._efficiency = b[c.DEVICE_POWER.name], b[c.DEVICE_EFFICIENCY.name]
        self._board_temperature = b[c.DEVICE_BOARD_TEMPERATURE.name]
        self._chip_temperature = b[c.DEVICE_CHIP_TEMPERATURE.name]
        self._board_hashrate, self._fan = b[c.DEVICE_BOARD_HASHRATE.name], b[c.DEVICE_FAN.name]
        self._accepted, self._rejected = b[c.DEVICE_ACCEPTED.name], b[c.DEVICE_REJECTED.name]
        self._stale, self._uptime = b[c.DEVICE_STALE.name], b[c.DEVICE_UPTIME.name]
        self._energy, self._last = b[c.DEVICE_ENERGY.name], b[c.DEVICE_LAST_READING.name]
        self._revenue, self._cost = b[c.DEVICE_REVENUE.name], b[c.DEVICE_COST.name]
        self._margin, self._verdict = b[c.DEVICE_MARGIN.name], b[c.DEVICE_VERDICT.name]
        self._break_even = b[c.DEVICE_BREAK_EVEN.name]
        self._worked = [b[metric.name] for metric in _WORK]
        self._labels: list[bytes] = []
        self._facts: list[object] = []
        self._shown: list[tuple[str, bool] | None] = []
        self._verdicts: list[str | None] = []
        # what the lines were last written from
        self._readings: list[Reading | None] = []
        self._moneys: list[Money | None] = []
        self._drawn: list[tuple[float | None, float | None, str] | None] = []
        self._turns: list[float | None] = []
        self._owed: dict[int, DeviceState] = {}

    def blocks(self, name: str) -> list[bytes]:
        """Give the blocks of the family called `name`."""
        return self._blocks[name]

    def clear(self, device: DeviceState) -> None:
        """Take a device off the page, or make room for a new one."""
        index = device.index
        while len(self._labels) <= index:
            for blocks in self._blocks.values():
                blocks.append(b"")
            self._labels.append(b"")
            self._facts.append(None)
            self._shown.append(None)
            self._verdicts.append(None)
            self._readings.append(None)
            self._moneys.append(None)
            self._drawn.append(None)
            self._turns.append(None)
        for blocks in self._blocks.values():
            blocks[index] = b""
        self._owed.pop(index, None)
        self._labels[index] = f'{{device="{escape(device.entry.id)}"'.encode()
        self._facts[index] = self._shown[index] = self._verdicts[index] = None
        self._readings[index] = self._moneys[index] = self._drawn[index] = self._turns[index] = None

    def write(self, device: DeviceState) -> None:
        """Write the device's lines anew from its state; a stale device keeps only four families."""
        i = device.index
        label = self._labels[i]
        reading = device.reading
        if device.stale or reading is None:
            self._write_stale(device, i, label)
            return
        if (reading.state, device.missed == 0) != self._shown[i]:
            self._write_state(i, label, reading.state, up=device.missed == 0)
        # Most of what a device says is what it said before, and comparing costs a tenth of writing.
        before = self._readings[i]
        self._readings[i] = reading
        if before is None or _identity(reading) != _identity(before):
            facts: object = _identity(reading)
            if facts != self._facts[i]:
                self._facts[i] = facts
                self._info[i] = _info(device, label)
        only = label + b"} "
        v = reading.hashrate_hs
        if before is None or v != before.hashrate_hs:
            name = b"headframe_device_hashrate_hashes_per_second"
            self._hashrate[i] = b"" if v is None else name + only + dumps(v) + b"\n"
        v, power_w, grade = drawn = (device.expected_hs, device.power_w, device.power_grade)
        if drawn != self._drawn[i]:
            self._drawn[i] = drawn
            self._expected[i] = _sample(b"headframe_device_hashrate_expected_hashes_per_second" + only, v)
            self._power[i] = _sample(b"headframe_device_power_watts" + label + _grade(grade), power_w)
        if before is None or reading.power_w != before.power_w or reading.hashrate_hs != before.hashrate_hs:
            v = reading.efficiency_j_per_th
            self._efficiency[i] = _sample(b"headframe_device_efficiency_joules_per_terahash" + only, v)
        v = reading.uptime_s
        if before is None or v != before.uptime_s:
            name = b"headframe_device_uptime_seconds"
            self._uptime[i] = b"" if v is None else name + only + dumps(v) + b"\n"
        v = reading.accepted
        if before is None or v != before.accepted:
            self._accepted[i] = _sample(b"headframe_device_shares_accepted_total" + only, v)
        v = reading.rejected
        if before is None or v != before.rejected:
            self._rejected[i] = _sample(b"headframe_device_shares_rejected_total" + only, v)
        v = reading.stale
        if before is None or v != before.stale:
            self._stale[i] = _sample(b"headframe_device_shares_stale_total" + only, v)
        self._last[i] = _sample(b"headframe_device_last_reading_timestamp_seconds" + only, device.reading_at)
        energy = b""
        for source, joules in device.energy_j.items():
            energy += b"headframe_device_energy_joules_total" + label + _grade(source) + dumps(joules) + b"\n"
        self._energy[i] = energy
        if before is None or reading.boards != before.boards:
            self._write_boards(i, label, reading.boards, () if before is None else before.boards)
        if before is None or reading.fans != before.fans:
            fans = b""
            for fan in reading.fans:
                if fan.rpm is not None:
                    fans += (
                        b"headframe_device_fan_speed_rpm" + label + _number("fan", fan.index) + dumps(fan.rpm) + b"\n"
                    )
            self._fan[i] = fans
        self.write_money(device)

    def _write_boards(self, i: int, label: bytes, boards: tuple[Board, ...], before: tuple[Board, ...]) -> None:
        """Write the boards' rates, and their temperatures unless all are what they were."""
        rates = b""
        name = b"headframe_device_board_hashrate_hashes_per_second" + label
        for board in boards:
            if board.hashrate_hs is not None:
                rates += name + _number("board", board.index) + dumps(board.hashrate_hs) + b"\n"
        self._board_hashrate[i] = rates
        if before and [*map(_degrees, boards)] == [*map(_degrees, before)]:
            return
        on_board = on_chips = b""
        for board in boards:
            place = label + _number("board", board.index)
            celsius = board.board_temperature_c
            if celsius is not None:
                on_board += b"headframe_device_board_temperature_celsius" + place + dumps(celsius) + b"\n"
            celsius = board.chip_temperature_c
            if celsius is not None:
                on_chips += b"headframe_device_chip_temperature_celsius" + place + dumps(celsius) + b"\n"
        self._board_temperature[i] = on_board
        self._chip_temperature[i] = on_chips

    def owes_work(self, device: DeviceState, *, turn: float) -> bool:
        """Tell whether the lines of the day's work are of another turn than this one."""
        return self._turns[device.index] != turn

    def write_work(self, device: DeviceState, day: Work | None, *, turn: float) -> None:
        """Write what the device reported and proved in a day, which is settled anew once a turn."""
        i = device.index
        self._turns[i] = turn
        truth = None if day is None else truth_of(day)
        if truth is None:
            for blocks in self._worked:
                blocks[i] = b""
            return
        values = (truth.reported_hs, truth.share_hs, truth.share_low_hs, truth.share_high_hs)
        label = self._labels[i]
        for metric, blocks, value in zip(_WORK, self._worked, values, strict=True):
            blocks[i] = _sample(metric.name.encode() + label + b"} ", value)

    def owe_money(self, device: DeviceState) -> None:
        """Leave the money families for the next scrape, as after a change of price: there may be several until then."""
        self._owed[device.index] = device

    def catch_up(self, most: int) -> bool:
        """Write the money families of at most so many devices that are owed them; True while there are more."""
        owed = self._owed
        for _ in range(min(most, len(owed))):
            self.write_money(owed.popitem()[1])
        return bool(owed)

    def write_money(self, device: DeviceState) -> None:
        """Write only the money families."""
        i = device.index
        money = device.money
        if money is None or device.stale:
            self._revenue[i] = self._cost[i] = self._margin[i] = self._verdict[i] = self._break_even[i] = b""
            self._verdicts[i] = self._moneys[i] = None
            return
        before = self._moneys[i]
        self._moneys[i] = money
        if before is not None and before.currency != money.currency:
            before = None
        label = self._labels[i]
        tail = label + _currency(money.currency)
        v = money.revenue_per_day
        if before is None or v != before.revenue_per_day:
            self._revenue[i] = _sample(b"headframe_device_revenue_per_day" + tail, v)
        v = money.margin_per_day
        if before is None or v != before.margin_per_day:
            self._margin[i] = _sample(b"headframe_device_margin_per_day" + tail, v)
        v = money.break_even_price_per_kwh
        if before is None or v != before.break_even_price_per_kwh:
            self._break_even[i] = _sample(b"headframe_device_break_even_price_per_kilowatt_hour" + tail, v)
        if before is None or money.cost_terms != before.cost_terms:
            self._cost[i] = _cost(money, label)
        if money.verdict != self._verdicts[i]:
            self._verdicts[i] = money.verdict
            self._verdict[i] = b"".join(
                b'headframe_device_verdict%b,verdict="%b"} %d\n' % (label, verdict.encode(), verdict == money.verdict)
                for verdict in VERDICTS
            )

    def _write_stale(self, device: DeviceState, i: int, label: bytes) -> None:
        self._write_state(i, label, "unknown", up=False)
        if self._facts[i] is None:
            self._info[i] = _info(device, label)
        for name, blocks in self._blocks.items():
            if name not in _STAYS_WHEN_STALE:
                blocks[i] = b""
        self._verdicts[i] = self._readings[i] = self._moneys[i] = self._drawn[i] = self._turns[i] = None
        if device.reading_at is not None:
            self._last[i] = _sample(
                b"headframe_device_last_reading_timestamp_seconds" + label + b"} ", device.reading_at
            )
        self._state[i] = b'headframe_device_state%b,state="unknown"} 1\n' % label
        self._shown[i] = None

    def _write_state(self, i: int, label: bytes, state: str, *, up: bool) -> None:
        if self._shown[i] == (state, up):
            return
        self._shown[i] = (state, up)
        self._up[i] = b"headframe_device_up%b} %d\n" % (label, up)
        self._state[i] = b"".join(
            b'headframe_device_state%b,state="%b"} %d\n' % (label, name.encode(), name == state) for name in STATES
        )


def _sample(series: bytes, value: float | None) -> bytes:
    """Write one line; nothing where there is no value."""
    return b"" if value is None else series + dumps(value) + b"\n"


@lru_cache(maxsize=16)
def _grade(grade: str) -> bytes:
    return f',grade="{grade}"}} '.encode()


@lru_cache(maxsize=16)
def _currency(currency: str) -> bytes:
    return f',currency="{currency}"}} '.encode()


@lru_cache(maxsize=256)
def _number(name: str, index: int) -> bytes:
    return f',{name}="{index}"}} '.encode()


def _info(device: DeviceState, label: bytes) -> bytes:
    reading, entry = device.reading, device.entry
    facts = {
        "make": reading and reading.make,
        "model": (reading and reading.model) or entry.model,
        "family": (reading and reading.family) or entry.family,
        "firmware_version": reading and reading.firmware_version,
        "rack": entry.rack,
        "feeder": entry.feeder,
        "mac": reading and reading.mac,
    }
    rest = "".join(f',{name}="{escape(value or "")}"' for name, value in facts.items())
    return b"headframe_device_info%b%b} 1\n" % (label, rest.encode())


def _cost(money: Money, label: bytes) -> bytes:
    cost = b""
    for term, value in money.cost_terms.items():
        cost += b"headframe_device_cost_per_day" + label + _term(term, money.currency) + dumps(value) + b"\n"
    return cost


@lru_cache(maxsize=64)
def _term(term: str, currency: str) -> bytes:
    return f',term="{term}",currency="{currency}"}} '.encode()
