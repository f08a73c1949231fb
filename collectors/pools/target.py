"""From a header's `nbits` to target, difficulty and network hashrate, in exact integers as far as they carry."""

DIFFICULTY_ONE = 0xFFFF << 208  # the target of difficulty 1: nbits 1d00ffff
BLOCK_INTERVAL_S = 600
_SIGN = 0x00800000
_LARGEST_TARGET = (1 << 256) - 1


def target_of(nbits: int) -> int | None:
    """Unpack the compact form (exponent byte, 23-bit mantissa); None when it is zero, negative or beyond 256 bits.

    Source: the block header's `nBits` as in Bitcoin's own documentation, `mantissa * 256 ** (exponent - 3)`.
    """
    mantissa = nbits & 0x007FFFFF
    exponent = nbits >> 24
    if mantissa == 0 or nbits & _SIGN:
        return None
    if exponent <= 3:
        target = mantissa >> (8 * (3 - exponent))
    elif exponent > 34:
        return None
    else:
        target = mantissa << (8 * (exponent - 3))
    return target if 0 < target <= _LARGEST_TARGET else None


def difficulty_of(target: int | None) -> float | None:
    """Give the difficulty of a target, `0xffff * 2 ** 208 / target`; None for a target that cannot be met."""
    if not target or target < 0:
        return None
    return DIFFICULTY_ONE / target


def network_hashrate_hs(difficulty: float | None) -> float | None:
    """Give the hashrate in H/s at which blocks come every 600 s: `difficulty * 2 ** 32 / 600`; None without one."""
    if difficulty is None:
        return None
    return difficulty * 4294967296 / BLOCK_INTERVAL_S
