"""How findings write numbers: few digits, the unit people use, never a false precision. Pure."""


def power(watts: float) -> str:
    """Write watts as W, kW or MW."""
    size = abs(watts)
    if size < 1000.0:
        return f"{watts:.0f} W"
    if size < 1e6:
        return f"{watts / 1e3:.1f} kW"
    return f"{watts / 1e6:.2f} MW"


def share(ratio: float) -> str:
    """Write a ratio in percent."""
    return f"{ratio * 100:.1f} %"


def hashrate(hs: float) -> str:
    """Write hashes per second with the prefix that leaves one to three digits before the point."""
    size = abs(hs)
    for scale, unit in ((1e18, "EH/s"), (1e15, "PH/s"), (1e12, "TH/s"), (1e9, "GH/s"), (1e6, "MH/s")):
        if size >= scale:
            return f"{hs / scale:.1f} {unit}"
    return f"{hs:.0f} H/s"


def money(amount: float, currency: str) -> str:
    """Write an amount to the cent, or finer when it is that small."""
    return f"{amount:.2f} {currency}" if abs(amount) >= 0.1 else f"{amount:.4f} {currency}"


def price(per_kwh: float, currency: str) -> str:
    """Write an energy price per kWh, or per MWh where a kWh costs next to nothing."""
    if 0.0 < abs(per_kwh) < 0.001:
        return f"{per_kwh * 1000.0:.2f} {currency}/MWh"
    return f"{per_kwh:.4f} {currency}/kWh"


def duration(seconds: float) -> str:
    """Write a duration in its one or two largest units."""
    rest = max(0, round(seconds))
    parts = []
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"


def many(count: int, noun: str) -> str:
    """Write a count with its noun, in the singular or plural."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
