"""What Avalon's error codes mean, and how the values of its texts are taken.

Boards tell theirs in `ECHU` (a bit each), the control board in `ECMM`, the supply at the head of `PS`, the fans in
`FanErr`.
"""

from typing import Any

from collectors.reading import DeviceError
from collectors.value import Fields, number

Module = dict[str, Any]

_IDLE_BIT = 1
# bits of a board's error code
_BITS = (
    (2, "checksum errors"),
    (4, "no fan"),
    (8, "locked"),
    (16, "overflow of an interface's queue"),
    (32, "overflow of the results' buffer"),
    (64, "too hot"),
    (128, "was too hot before"),
    (256, "chips do not answer"),
    (512, "the test of the cores failed"),
    (1024, "the power controller is not valid"),
    (2048, "power not good"),
    (4096, "a temperature sensor failed"),
    (8192, "voltage out of range"),
    (16384, "core voltage out of range"),
)


def numbers(module: Module, name: str) -> list[float | None]:
    """Give the values of a key, in their places; None for what is no number, an empty list without the key."""
    value = module.get(name)
    return [number(part) for part in value.split()] if isinstance(value, str) else []


def at_place(values: list[float | None], place: int) -> float | None:
    """Give the value at a place; None where the list ends before it."""
    return values[place] if place < len(values) else None


def errors_of(fields: Fields, modules: list[Module]) -> tuple[DeviceError, ...]:
    """Give what a machine's modules complain about, in words."""
    errors: list[DeviceError] = []
    for module in modules:
        for board, code in enumerate(numbers(module, "ECHU")):
            if code is not None and is_fault(code):
                errors.append(DeviceError(code=f"ECHU:{int(code)}", message=f"board {board}: {_words(int(code))}"))
        code = fields.number(module, "ECMM")
        if code:
            errors.append(DeviceError(code=f"ECMM:{int(code)}", message=f"control board: error {int(code)}"))
        code = at_place(numbers(module, "PS"), 0)
        if code:
            errors.append(DeviceError(code=f"PS:{int(code)}", message=f"power supply: error {int(code)}"))
        code = fields.number(module, "FanErr")
        if code:
            errors.append(DeviceError(code=f"FanErr:{int(code)}", message=f"fans: error {int(code)}"))
    return tuple(errors)


def is_fault(code: float | None) -> bool:
    """Tell whether a board's error code is more than the bit that says it is at rest."""
    return code is not None and bool(int(code) & ~_IDLE_BIT)


def _words(bits: int) -> str:
    known = [words for bit, words in _BITS if bits & bit]
    return ", ".join(known) or f"error {bits}"
