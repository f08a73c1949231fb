"""The two shapes in which Bitmain's firmware, and what descends from it, tells of boards, fans and rates.

* `flat`: that of port 4028: `STATS[1]` with `chain_acn1`, `temp_pcb1`, `fan1` …
* `listed`: that of `stats.cgi`, and of `stats` with `new_api`: `STATS[0].chain[]`, `fan[]`, `rate_5s` …

`told` has what both share: what is made of them, and the readers of rates, sensors and the work mode.
"""

from collections.abc import Mapping
from typing import Any

from collectors.bitmain.flat import flat
from collectors.bitmain.layout import NOTHING, layout_of
from collectors.bitmain.listed import listed
from collectors.bitmain.told import Stats as Stats
from collectors.bitmain.told import condition as condition
from collectors.bitmain.told import kind as kind
from collectors.bitmain.told import work_mode as work_mode
from collectors.value import Fields, listing


def stats(fields: Fields, reply: Mapping[str, Any], *, factor: float | None = None) -> Stats:
    """Read a `stats` answer of either shape; `factor` is the unit of rates where the answer does not name it."""
    info = body = last = None
    layout = layout_of_last = NOTHING
    for entry in listing(reply.get("STATS")):
        if type(entry) is not dict:
            continue
        of = layout_of(entry)
        if of.may_be_listed and type(entry["chain"]) is list:
            return listed(fields, reply, factor=factor)
        if info is None and of.has_kind:
            info = entry
        if body is None and of.is_body:
            body, layout = entry, of
        last, layout_of_last = entry, of
    if body is None and last is not None:
        body, layout = last, layout_of_last
    return flat(fields, info or {}, body or {}, layout=layout, factor=factor)
