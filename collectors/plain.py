"""Objects whose fields are all as they should be, proven at once instead of one by one.

A reader that runs at every poll declares the fields it takes as a struct of these types. Nearly every answer is of
that form, and msgspec proves it several times faster than `Fields` can look at each. What is not of it is left to
`Fields`, which takes each field by itself and notes what cannot be read: so a plain value means here what it means
there, and everything that may be written in another way (a number in a text, an older name) is not plain.
"""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from collectors.value import MOST, MOST_COUNTED, TEXT_LENGTH

Form = TypeVar("Form", bound=msgspec.Struct)
Amount = Annotated[float, Meta(ge=0.0, le=MOST)]
"""What `Fields.positive` takes, where it is a number."""
Count = Annotated[int, Meta(ge=0, le=MOST_COUNTED)]
"""What `Fields.count` takes, where it is a whole number."""
Text = Annotated[str, Meta(min_length=1, max_length=TEXT_LENGTH)]
"""A text that is not empty; to be shown it still goes through `collectors.value.text`."""


def plain(source: Mapping[str, Any], form: type[Form]) -> Form | None:
    """Give the object as a struct when all of its fields are of the struct's types, else None; others are ignored."""
    try:
        return msgspec.convert(source, form)
    except msgspec.ValidationError:
        return None
