"""Write what is made from the code into docs/ and deploy/; with --check only say what is not as it would be written.

A block is what stands between `<!-- begin NAME -->` and `<!-- end NAME -->` of a page; the rest is written by hand.
"""  # noqa: INP001

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from configuration_page import tables
from devices_page import page as devices
from prometheus_client.metrics import MetricWrapperBase

from config.schema import schema_text
from daemon.metrics.catalogue import DEVICE_METRICS, SITE_METRICS
from daemon.metrics.own import Durations, OwnMetrics
from daemon.metrics.text import Metric
from daemon.rules import docs as rules

ROOT = Path(__file__).resolve().parents[1]
UNITS = {"seconds": "s", "watts": "W", "joules": "J"}


def metrics() -> str:
    """Give the tables of docs/metrics.md, a section a kind of thing."""
    known = [*DEVICE_METRICS, *SITE_METRICS, *_own()]
    sections = {
        "Devices": "device_",
        "Pools": "pool_",
        "Network": "network_",
        "Site": ("site_", "capacity_", "finding_"),
        "The watch itself": "",
    }
    text = []
    for heading, prefix in sections.items():
        rows = [metric for metric in known if metric.name.removeprefix("headframe_").startswith(prefix)]
        known = [metric for metric in known if metric not in rows]
        text += [f"### {heading}\n", "| metric | type | labels | unit | meaning |", "|---|---|---|---|---|"]
        text += [
            f"| `{metric.name}` | {metric.kind} | {', '.join(metric.labels)} | {metric.unit} | {metric.help} |"
            for metric in rows
        ]
        text.append("")
    return "\n".join(text)


def _own() -> Iterator[Metric]:
    for kept in vars(OwnMetrics()).values():
        if not isinstance(kept, MetricWrapperBase | Durations):
            continue
        # describe() leaves the label names out, and a family without children shows none.
        (family,) = kept.describe() if isinstance(kept, MetricWrapperBase) else kept.collect()
        labels = (kept if isinstance(kept, MetricWrapperBase) else family)._labelnames  # noqa: SLF001
        name = f"{family.name}_total" if family.type == "counter" else family.name
        unit = UNITS.get(name.removesuffix("_total").rpartition("_")[2], "")
        yield Metric(name=name, kind=family.type, help=family.documentation, labels=tuple(labels), unit=unit)


BLOCKS: list[tuple[str, str, Callable[[], str]]] = [
    ("docs/metrics.md", "metrics", metrics),
    ("docs/configuration.md", "configuration", tables),
]
FILES: list[tuple[str, Callable[[], str]]] = [
    ("config/schema.json", schema_text),
    ("docs/rules.md", rules.markdown),
    ("docs/devices.md", devices),
]
SCRIPTS = ["deploy/grafana/build.py"]


def main(arguments: list[str]) -> int:
    """Write or check everything; the result is the exit code."""
    check = "--check" in arguments
    stale = [f"{name} ({block})" for name, block, make in BLOCKS if not _block(ROOT / name, block, make(), check=check)]
    stale += [name for name, make in FILES if not _file(ROOT / name, make(), check=check)]
    if stale and check:
        print(f"stale, write anew with docs/generate.py: {', '.join(stale)}", file=sys.stderr)
    codes = [
        subprocess.run([sys.executable, ROOT / script, *arguments], check=False).returncode  # noqa: S603
        for script in SCRIPTS
    ]
    return int((check and bool(stale)) or any(codes))


def _file(path: Path, wanted: str, *, check: bool) -> bool:
    """Write a file that is made as a whole; False when it was not there as it should be."""
    if path.is_file() and path.read_text() == wanted:
        return True
    if not check:
        path.write_text(wanted)
    return False


def _block(path: Path, name: str, text: str, *, check: bool) -> bool:
    """Put the block in its place; False when it was not there as it should be."""
    page = path.read_text()
    begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
    head, rest = page.split(begin)
    tail = rest[rest.index(end) :]
    wanted = f"{head}{begin}\n{text}\n{tail}"
    if wanted == page:
        return True
    if not check:
        path.write_text(wanted)
    return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
