"""What every section of the configuration is: frozen, closed to unknown keys, silent about its input in errors."""

from collections.abc import Iterable
from contextvars import ContextVar
from datetime import tzinfo
from typing import Any

import msgspec
from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, ValidationError
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError

Location = tuple[str | int, ...]


class Refused(ValueError):
    """A value cannot be taken; the message completes a sentence that begins with the value's path."""


class Section(BaseModel):
    """One mapping of the file. Keys are the operator's words (aliases), attributes carry their unit."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class AlsoAs:
    """Tell the schema of another shape that a field takes before it is read as its section."""

    def __init__(self, shape: dict[str, Any]) -> None:
        self._shape = shape

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [handler(core), self._shape]}


class Surroundings(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a field needs to know of the rest of the file; None where that is not known (yet, or at all).

    `folder` is the configuration file's; relative paths are taken from there.
    """

    currency: str | None = None
    timezone: tzinfo | None = None
    folder: str | None = None


_UNKNOWN = Surroundings()
SURROUNDINGS: ContextVar[Surroundings] = ContextVar("surroundings", default=_UNKNOWN)


def wrong(problems: Iterable[tuple[Location, str]], *, title: str = "configuration") -> ValidationError:
    """Make the error that names places inside the section, for a validator that looks at several keys."""
    details: list[InitErrorDetails] = [
        InitErrorDetails(type=PydanticCustomError("wrong", "{message}", {"message": message}), loc=where, input=None)
        for where, message in problems
    ]
    return ValidationError.from_exception_data(title, details)


def only(where: Location, message: str) -> ValidationError:
    """Make the error for one place inside the section."""
    return wrong([(where, message)])


def as_mapping(value: Any) -> dict[str, Any]:
    """Give the raw value if it is a mapping, else an empty one: for looking ahead before anything is checked."""
    return value if isinstance(value, dict) else {}


def as_items(value: Any) -> list[Any]:
    """Give the raw value if it is a list, else an empty one: for looking ahead before anything is checked."""
    return value if isinstance(value, list) else []
