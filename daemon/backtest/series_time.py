"""The times of a series: epoch seconds, with an offset, or by a local clock that goes forward and back."""

from datetime import UTC, datetime, tzinfo


class NoSuchTime(ValueError):
    """A local time that never was, because the clocks went forward over it."""


def instant(written: str, *, zone: tzinfo, after: float | None) -> float:
    """Read a time as epoch seconds; one without an offset is of `zone`.

    `after` is the row before: in the hour that comes twice in autumn it tells the second from the first. Raises
    ValueError with what is wrong, NoSuchTime for a time that the clocks left out.
    """
    text = written.strip()
    try:
        number = float(text)
    except ValueError:
        number = None
    if number is not None and 1e8 < number < 1e11:
        return number
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text[:40]!r} is no time; write it as 2026-03-01T00:15:00Z") from None
    if moment.tzinfo is not None:
        return moment.astimezone(UTC).timestamp()
    local = moment.replace(tzinfo=zone)
    at = local.timestamp()
    if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0) != moment:
        raise NoSuchTime(
            f"{text[:40]} never was in {zone}, where the clocks went forward; if the times are of another zone, say so "
            "in the head, as in `time (UTC)`"
        )
    return moment.replace(tzinfo=zone, fold=1).timestamp() if after is not None and at <= after else at
