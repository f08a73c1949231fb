"""The fans of BOSminer: port 4028 and GraphQL list the control board's connectors, used or not."""

from typing import Any

from collectors.reading import Fan
from collectors.value import Fields, mapping

_OF_S9 = 2


def fans(fields: Fields, entries: list[Any], *, is_s9: bool) -> tuple[Fan, ...]:
    """Give the fans; an S9 uses two of its four connectors, and the ones that turn are taken for those."""
    found = []
    for at, value in enumerate(entries):
        fan = mapping(value)
        duty = fields.number(fan, "speed", "Speed", low=0.0, high=100.0)
        rpm = fields.positive(fan, "rpm", "RPM")
        found.append(Fan(index=at, rpm=rpm, duty_ratio=None if duty is None else duty / 100))
    if is_s9 and len(found) > _OF_S9:
        turning = [fan for fan in found if fan.rpm]
        found = (turning + [fan for fan in found if not fan.rpm])[: max(_OF_S9, len(turning))]
        found.sort(key=lambda fan: fan.index)
    return tuple(found)
