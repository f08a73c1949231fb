"""One address with the hardware that holds it."""

import msgspec

LONGEST_NAME = 64


class Lease(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One address in use. `expires_at` in epoch seconds, None where it does not end."""

    address: str
    mac: str
    hostname: str | None = None
    expires_at: float | None = None


def epoch_s(text: str) -> float | None:
    """Read epoch seconds; None for anything but plain digits."""
    return float(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None


def host_name(text: str) -> str | None:
    """Take the name that a machine gave itself: of what it wrote, what can be shown, and not more than a name has."""
    return "".join(letter for letter in text[:LONGEST_NAME] if letter.isprintable()) or None
