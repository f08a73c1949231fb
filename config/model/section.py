"""What every section of the configuration is: frozen, closed to unknown keys, silent about its input in errors."""

from collections.abc import Iterable
from contextvars import ContextVar
from datetime import tzinfo
from typing import Any, Self

import msgspec
from pydantic import (
    BaseModel,
    ConfigDict,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError

Location = tuple[str | int, ...]


class Refused(ValueError):
    """A value cannot be taken; the message completes a sentence that begins with the value's path."""


class Section(BaseModel):
    """One mapping of the file. Keys are the operator's words (aliases), attributes carry their unit."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    @classmethod
    def glance(cls, raw: dict[str, Any]) -> Iterable[tuple[Location, str]]:
        """Tell what is wrong between the keys that are given, so that it is reported even where a value is wrong."""
        del raw
        return ()

    @model_validator(mode="wrap")
    @classmethod
    def _with_glance(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        given = {key: value for key, value in data.items() if value is not None} if isinstance(data, dict) else None
        found = [] if given is None else list(cls.glance(given))
        try:
            made = handler(data)
        except ValidationError as error:
            if not found:
                raise
            raise wrong(found, beside=error) from None
        if found:
            raise wrong(found)
        return made


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


def wrong(problems: Iterable[tuple[Location, str]], *, beside: ValidationError | None = None) -> ValidationError:
    """Make the error that names places inside the section; `beside` has errors that are to be kept."""
    details = [] if beside is None else [_again(detail) for detail in beside.errors(include_url=False)]
    details += [InitErrorDetails(type=_own(message), loc=where, input=None) for where, message in problems]
    return ValidationError.from_exception_data("configuration", details)


def only(where: Location, message: str) -> ValidationError:
    """Make the error for one place inside the section."""
    return wrong([(where, message)])


def _own(message: str) -> PydanticCustomError:
    return PydanticCustomError("wrong", "{message}", {"message": message})


def _again(detail: Any) -> InitErrorDetails:
    """Carry an error over: one of pydantic's own by its type, one of ours by its message."""
    context = detail.get("ctx", {})
    kind: Any = detail["type"]
    if kind == "value_error":
        kind = _own(str(context["error"]))
    elif kind == "wrong":
        kind = _own(context["message"])
    return InitErrorDetails(type=kind, loc=detail["loc"], input=None, ctx=context)


def as_mapping(value: Any) -> dict[str, Any]:
    """Give the raw value if it is a mapping, else an empty one: for looking ahead before anything is checked."""
    return value if isinstance(value, dict) else {}


def as_items(value: Any) -> list[Any]:
    """Give the raw value if it is a list, else an empty one: for looking ahead before anything is checked."""
    return value if isinstance(value, list) else []
