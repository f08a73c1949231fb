"""Numbers as people read them; an absent one is a dash, never a zero."""

ABSENT = "–"
_PREFIXES = ((1e18, "E"), (1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def hashrate(value: float | None) -> str:
    """Write H/s with the prefix that fits."""
    return _prefixed(value, "H/s", smallest=1e6)


def power(value: float | None) -> str:
    """Write watts: W below 10 kW, else kW or MW."""
    if value is None:
        return ABSENT
    if abs(value) < 1e4:
        return f"{value:,.0f} W"
    return _prefixed(value, "W", smallest=1e3)


def money(value: float | None, *, currency: str) -> str:
    """Write an amount with its sign and currency."""
    if value is None:
        return ABSENT
    digits = 0 if abs(value) >= 1000 else 2
    sign = "−" if value < 0 and round(value, digits) != 0 else ""
    return f"{sign}{abs(value):,.{digits}f} {currency}"


def plain(value: float | None, *, digits: int = 0, unit: str = "") -> str:
    """Write a number with a fixed count of digits."""
    return ABSENT if value is None else f"{value:,.{digits}f}{unit}"


def age(seconds: float | None) -> str:
    """Write a duration in the one or two units that matter."""
    if seconds is None:
        return ABSENT
    whole = int(max(0.0, seconds))
    if whole < 120:
        return f"{whole} s"
    if whole < 7200:
        return f"{whole // 60} min"
    if whole < 172_800:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86_400} d {whole % 86_400 // 3600} h"


def _prefixed(value: float | None, unit: str, *, smallest: float) -> str:
    if value is None:
        return ABSENT
    for factor, prefix in _PREFIXES:
        if abs(value) >= factor and factor >= smallest:
            return f"{value / factor:,.2f} {prefix}{unit}"
    return f"{value:,.0f} {unit}"
