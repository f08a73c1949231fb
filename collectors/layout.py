"""Where an object keeps what: worked out once from its keys, for all devices that write the same ones.

Firmware writes the same keys at every poll. Which of several spellings it uses, how many fans and chains it lists and
what of all this is not there at all need not be looked for each time.
"""

from collections.abc import Callable, Collection, Mapping
from operator import itemgetter
from typing import Any, TypeVar

Layout = TypeVar("Layout")
# a whole site has a few dozen; what does not fit is a device that makes its keys up
_KINDS = 256
_KEYS_LENGTH = 16 << 10


def by_keys(work_out: Callable[[tuple[str, ...]], Layout]) -> Callable[[Mapping[str, Any]], Layout]:
    """Give what finds an object's layout: that which `work_out` makes of its keys, kept for the next such object.

    Keeps a bounded number of layouts, and none of an object with absurdly many or long keys.
    """
    known: dict[tuple[str, ...], Layout] = {}

    def layout(source: Mapping[str, Any]) -> Layout:
        keys = tuple(source)
        found = known.get(keys)
        if found is None:
            found = work_out(keys)
            if sum(map(len, keys)) <= _KEYS_LENGTH:
                if len(known) >= _KINDS:
                    known.clear()
                known[keys] = found
        return found

    return layout


def lookup(keys: Collection[str], names: tuple[str | None, ...]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """Give what takes all the named values out of an object with these keys at once; None for a name it has not."""
    if len(names) > 1 and all(name in keys for name in names):
        return itemgetter(*names)
    return lambda source: tuple([None if name is None else source.get(name) for name in names])
