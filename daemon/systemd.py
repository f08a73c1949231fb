"""What systemd is told: ready, reloading, stopping, a status line, and the watchdog's food.

The protocol is sd_notify(3): datagrams of `NAME=value` lines to the socket that `NOTIFY_SOCKET` names.
"""

import os
import socket
import time


def notify(*lines: str) -> bool:
    """Tell systemd; False when the process does not run under it or it cannot be reached."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return False
    target = "\0" + address[1:] if address[0] == "@" else address
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
        sock.settimeout(0)
        try:
            sock.sendto("\n".join(lines).encode(), target)
        except OSError:
            return False
    return True


def reloading() -> bool:
    """Say that a reload began; `READY=1` ends it."""
    return notify("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")


def watchdog_interval_s() -> float | None:
    """Give half of the watchdog's patience; None when no watchdog looks at this process."""
    patience = os.environ.get("WATCHDOG_USEC", "")
    if not patience.isdecimal() or int(patience) == 0:
        return None
    if os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    return int(patience) / 2e6
