"""The metrics page against its golden copy, in both forms."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from daemon.economics.money import Money
from daemon.fleet import DeviceState, Fleet
from daemon.metrics.catalogue import DEVICE_METRICS, SITE_METRICS
from daemon.metrics.device_lines import DeviceLines
from daemon.metrics.own import OwnMetrics
from daemon.metrics.page import Page

GOLDEN = Path(__file__).parents[2] / "golden" / "metrics.txt"
SITE = {
    "headframe_pool_up": [({"pool": "p1"}, 1)],
    "headframe_pool_reconnects_total": [({"pool": "p1", "reason": "reset"}, 2)],
    "headframe_network_height": [({}, 925_000)],
    "headframe_capacity_spare_watts": [({"feeder": "f1", "kind": "spare"}, 1250.5)],
    "headframe_finding_active": [({"rule": "P-01", "subject": 'odd"\\\n', "severity": "warn"}, 1)],
}


def whole(lines: DeviceLines, *, openmetrics: bool) -> str:
    page = Page(devices=lines, own=OwnMetrics(), site=lambda: SITE)
    return b"".join(page.slices(openmetrics=openmetrics)).decode()


def steady(page: str) -> str:
    """Drop what differs from run to run: the process' own figures and the versions."""
    kept = [line for line in page.splitlines() if " process_" not in line and not line.startswith("process_")]
    return "\n".join(re.sub(r'(python|version)="[^"]*"', r'\1="…"', line) for line in kept) + "\n"


def test_the_page_is_the_golden_page(lines: DeviceLines, request: pytest.FixtureRequest) -> None:
    """Every sample line and head stands as it stood; a changed page is a changed contract."""
    page = steady(whole(lines, openmetrics=False))
    if request.config.getoption("--golden"):
        GOLDEN.write_text(page)
    assert GOLDEN.read_text() == page


def test_both_forms_have_the_same_samples(lines: DeviceLines) -> None:
    """Only the heads differ between Prometheus text and OpenMetrics."""
    pages = [steady(whole(lines, openmetrics=form)) for form in (False, True)]
    samples = [[line for line in page.splitlines() if not line.startswith("#")] for page in pages]
    assert samples[0] == samples[1]
    assert pages[1].endswith("# EOF\n")
    assert 1 == pages[1].count("# EOF")


def test_strict_parsers_read_both_forms(lines: DeviceLines) -> None:
    """Families are contiguous, names do not clash, and escapes survive the round trip."""
    families = list(parse_openmetrics(whole(lines, openmetrics=True)))
    assert families
    texts = {
        sample.labels["subject"]
        for family in parse_text(whole(lines, openmetrics=False))
        for sample in family.samples
        if sample.name == "headframe_finding_active"
    }
    assert {'odd"\\\n'} == texts


def test_a_stale_device_keeps_four_families(fleet: Fleet, text_of: Callable[[DeviceState], str]) -> None:
    """A device whose reading is too old shows that it is down, what it is and when it last spoke; nothing else."""
    stale = list(fleet)[1]
    names = [line.split("{")[0] for line in text_of(stale).splitlines()]
    assert [
        "headframe_device_info",
        "headframe_device_up",
        "headframe_device_state",
        "headframe_device_last_reading_timestamp_seconds",
    ] == names
    assert 'headframe_device_up{device="m2"} 0' in text_of(stale)
    assert 'headframe_device_state{device="m2",state="unknown"} 1' in text_of(stale)


def test_a_device_that_comes_back_shows_everything_again(
    fleet: Fleet, lines: DeviceLines, text_of: Callable[[DeviceState], str]
) -> None:
    """Staleness leaves nothing behind: after a good answer state, power and verdict are there again."""
    device = list(fleet)[1]
    assert device.reading is not None
    device.accept(device.reading, now=1300.0)
    device.money = Money(currency="USD", verdict="unknown", verdict_reason="The hashprice is not known.")
    lines.write(device)
    text = text_of(device)
    assert 'headframe_device_up{device="m2"} 1' in text
    assert 'headframe_device_state{device="m2",state="hashing"} 1' in text
    assert 'headframe_device_power_watts{device="m2",grade="metered"} 3200.0' in text
    assert 'headframe_device_verdict{device="m2",verdict="unknown"} 1' in text
    assert "revenue" not in text


def test_a_device_that_left_leaves_no_line(
    fleet: Fleet, lines: DeviceLines, text_of: Callable[[DeviceState], str]
) -> None:
    """Clearing a device empties its place in every family."""
    device = next(iter(fleet))
    lines.clear(device)
    assert "" == text_of(device)


def test_energy_is_summed_between_near_readings_only(fleet: Fleet, text_of: Callable[[DeviceState], str]) -> None:
    """Thirty seconds at 3068 W are 92,040 J."""
    assert 'headframe_device_energy_joules_total{device="m1",grade="spec"} 92040.0' in text_of(next(iter(fleet)))


def test_promtool_finds_nothing_to_say(lines: DeviceLines, tmp_path: Path) -> None:
    """`promtool check metrics` is content with the page."""
    tool = shutil.which("promtool")
    if tool is None:
        pytest.skip("promtool is not installed")
    result = subprocess.run(
        [tool, "check", "metrics"],
        input=whole(lines, openmetrics=False).encode(),
        capture_output=True,
        check=False,
    )
    assert (0, "") == (result.returncode, result.stderr.decode() + result.stdout.decode())


def test_names_are_unique_and_counters_end_in_total() -> None:
    """The catalogue names every family once, by the naming rules."""
    metrics = (*DEVICE_METRICS, *SITE_METRICS)
    names = [metric.name for metric in metrics]
    assert len(set(names)) == len(names)
    assert all(metric.name.endswith("_total") == (metric.kind == "counter") for metric in metrics)
