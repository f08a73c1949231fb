"""What can go wrong when a device or a pool is asked.

* CollectError
  x Unreachable     nobody there: refused, no route, unknown name
  x TimedOut        there, but slower than its deadline
  x Denied          wants other credentials, or none of ours
  x Garbled         answered with something that is not its protocol
  x Unsupported     answered well, but as a model or firmware we do not know
"""

from typing import ClassVar


class CollectError(Exception):
    """One question failed; `reason` is a bounded label for metrics, `exit_code` the command line's answer."""

    reason: ClassVar[str] = "failed"
    exit_code: ClassVar[int] = 1


class Unreachable(CollectError):
    """Check the cable, the address and the device's power."""

    reason = "unreachable"
    exit_code = 3


class TimedOut(CollectError):
    """Check the device's load and the network's loss; raise `timeout` only when it is slow by nature."""

    reason = "timed_out"
    exit_code = 4


class Denied(CollectError):
    """Correct `username` and `password` of the device."""

    reason = "denied"
    exit_code = 5


class Garbled(CollectError):
    """Check that the port belongs to the device; record it with `headframe record` if it does."""

    reason = "garbled"
    exit_code = 6


class Unsupported(CollectError):
    """Name the family in the configuration, or record the device with `headframe record` and open an issue."""

    reason = "unsupported"
    exit_code = 7


REASONS = tuple(kind.reason for kind in (Unreachable, TimedOut, Denied, Garbled, Unsupported))
