"""One address with the hardware that holds it."""

import msgspec


class Lease(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One address in use. `expires_at` in epoch seconds, None where it does not end."""

    address: str
    mac: str
    hostname: str | None = None
    expires_at: float | None = None


def epoch_s(text: str) -> float | None:
    """Read epoch seconds; None for anything but plain digits."""
    return float(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None
