"""How a sample is written: escaping, numbers, heads."""

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

PREFIX = "headframe_"
Kind = Literal["gauge", "counter"]
TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """One metric family: its full name, kind, help and labels, as `docs/metrics.md` lists it."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    unit: str = ""

    def head(self, *, openmetrics: bool) -> bytes:
        """Give HELP and TYPE; a counter's family loses its `_total` in OpenMetrics."""
        name = self.name.removesuffix("_total") if openmetrics and self.kind == "counter" else self.name
        words = self.help.replace("\\", "\\\\").replace("\n", "\\n")
        if openmetrics:
            words = words.replace('"', '\\"')
        return f"# HELP {name} {words}\n# TYPE {name} {self.kind}\n".encode()


def escape(value: str) -> str:
    r"""Make a text safe as a label value: `\`, `"` and line feeds."""
    if "\\" in value or '"' in value or "\n" in value:
        return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return value


def labels(pairs: Mapping[str, str]) -> str:
    """Write a label set with its braces; an empty one is an empty text."""
    if not pairs:
        return ""
    return "{" + ",".join(f'{name}="{escape(value)}"' for name, value in pairs.items()) + "}"


def lines(name: str, samples: Iterable[tuple[Mapping[str, str], float]]) -> bytes:
    """Write the sample lines of one family."""
    return "".join(f"{name}{labels(pairs)} {value!r}\n" for pairs, value in samples).encode()
