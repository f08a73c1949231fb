"""A reading as text for people: aligned, in the units that they use, silent about what the device did not say."""

from collections.abc import Iterable, Sequence

from collectors.reading import Reading

_PREFIXES = ((1e18, "E"), (1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_NOTHING = "–"


def describe(reading: Reading, *, target: str) -> str:
    """Give one reading as a block of lines."""
    parts = [_title(reading, target=target), _facts(reading)]
    parts += [table for table in (_boards(reading), _fans(reading), _pools(reading), _errors(reading)) if table]
    return "\n".join(parts)


def rate(hashes_per_second: float | None) -> str:
    """Give a hashrate with the prefix that suits it: `104.1 TH/s`."""
    if hashes_per_second is None:
        return _NOTHING
    for factor, prefix in _PREFIXES:
        if hashes_per_second >= factor:
            return f"{hashes_per_second / factor:.4g} {prefix}H/s"
    return f"{hashes_per_second:.4g} H/s"


def duration(seconds: float | None) -> str:
    """Give a time span in its two largest units: `5 d 19 h`."""
    if seconds is None:
        return _NOTHING
    whole = int(seconds)
    days, hours, minutes = whole // _DAY, whole % _DAY // _HOUR, whole % _HOUR // _MINUTE
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min" if minutes else f"{whole} s"


def _title(reading: Reading, *, target: str) -> str:
    name = " ".join(part for part in (reading.make, reading.model) if part) or reading.family
    return f"{target}  {name}  ({reading.family}, {reading.state})"


def _facts(reading: Reading) -> str:
    expected = reading.hashrate_expected_hs
    hashrate = rate(reading.hashrate_hs)
    if expected and reading.hashrate_hs is not None:
        hashrate += f"  ({reading.hashrate_hs / expected:.1%} of {rate(expected)})"
    power = _NOTHING if reading.power_w is None else f"{reading.power_w:.0f} W  ({reading.power_grade})"
    if reading.power_limit_w is not None:
        power += f"  limit {reading.power_limit_w:.0f} W"
    efficiency = reading.efficiency_j_per_th
    rows = [
        ("hashrate", hashrate),
        ("averages", "  ".join(f"{name} {rate(value)}" for name, value in reading.hashrate_averages_hs.items())),
        ("power", power),
        ("efficiency", f"{efficiency:.4g} J/TH" if efficiency is not None else None),
        ("inlet", _celsius(reading.temperature_inlet_c) if reading.temperature_inlet_c is not None else None),
        ("outlet", _celsius(reading.temperature_outlet_c) if reading.temperature_outlet_c is not None else None),
        ("uptime", duration(reading.uptime_s)),
        ("shares", _shares(reading.accepted, reading.rejected, reading.stale)),
        ("firmware", " ".join(part for part in (reading.firmware, reading.firmware_version) if part)),
        ("mac", reading.mac),
        ("serial", reading.serial),
        ("hostname", reading.hostname),
        ("unread", ", ".join(reading.unread)),
        ("missing", "; ".join(reading.warnings)),
        ("security", "opens to the vendor's own password" if reading.vendor_login else None),
    ]
    return "\n".join(f"  {name:<11}{value}" for name, value in rows if value)


def _boards(reading: Reading) -> str:
    rows = [
        (
            str(board.index),
            board.state,
            rate(board.hashrate_hs),
            _celsius(board.board_temperature_c),
            _celsius(board.chip_temperature_c),
            _of(board.chips, board.chips_expected),
            _NOTHING if board.frequency_hz is None else f"{board.frequency_hz / 1e6:.0f} MHz",
            board.serial or "",
        )
        for board in reading.boards
    ]
    return _table(("board", "state", "hashrate", "board", "chip", "chips", "frequency", "serial"), rows)


def _fans(reading: Reading) -> str:
    rows = [
        (
            str(fan.index),
            _NOTHING if fan.rpm is None else f"{fan.rpm:.0f} rpm",
            "" if fan.duty_ratio is None else f"{fan.duty_ratio:.0%}",
        )
        for fan in reading.fans
    ]
    return _table(("fan", "speed", "duty"), rows)


def _pools(reading: Reading) -> str:
    rows = [
        (
            str(pool.index),
            {True: "active", False: "standby", None: ""}[pool.active],
            {True: "alive", False: "dead", None: ""}[pool.alive],
            pool.url or "",
            pool.user or "",
            _shares(pool.accepted, pool.rejected, pool.stale),
            "" if pool.last_share_age_s is None else f"{duration(pool.last_share_age_s)} ago",
        )
        for pool in reading.pools
    ]
    return _table(("pool", "use", "state", "url", "user", "accepted/rejected/stale", "last share"), rows)


def _errors(reading: Reading) -> str:
    return "\n".join(f"  error {error.code}: {error.message}" for error in reading.errors)


def _celsius(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.1f} °C"


def _of(found: int | None, expected: int | None) -> str:
    if found is None and expected is None:
        return _NOTHING
    return f"{_NOTHING if found is None else found}" + (f"/{expected}" if expected is not None else "")


def _shares(*counts: int | None) -> str:
    if all(count is None for count in counts):
        return ""
    return " / ".join(_NOTHING if count is None else str(count) for count in counts)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Align columns; a column in which no row has anything is left out."""
    rows = list(rows)
    if not rows:
        return ""
    used = [at for at in range(len(heads)) if any(row[at] not in ("", _NOTHING) for row in rows)]
    lines = [[heads[at] for at in used], *([row[at] for at in used] for row in rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(used))]
    return "\n".join(
        "  " + "  ".join(f"{word:<{width}}" for word, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
