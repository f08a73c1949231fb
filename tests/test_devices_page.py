"""docs/devices.md names every family and every recording, and says what fields come from as the recordings show it."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

from collectors import registry

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs/devices.md").read_text(encoding="utf-8")


@pytest.fixture
def field_sources(monkeypatch):
    """Load the module beside the page; docs/ is no package."""
    spec = importlib.util.spec_from_file_location("field_sources", ROOT / "docs/field_sources.py")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "field_sources", module)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", registry.TABLE)
def test_each_family_has_its_section(name):
    """A section names every request that the family may send."""
    section = PAGE.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    assert [] == [request for request in registry.family(name).requests if f"`{request}`" not in section]


def test_each_recording_is_linked():
    """No recording proves something in silence."""
    paths = (ROOT / "tests/fixtures").glob("*/*.json")
    assert [] == [path.name for path in paths if f"{path.parent.name}/{path.name})" not in PAGE]


def test_a_field_comes_from_the_key_without_which_it_is_gone(field_sources):
    """The MAC of a stock Antminer stands on one page under one name; a rate that two answers have names no key."""
    recording = json.loads((ROOT / "tests/fixtures/antminer/s19j-pro.json").read_text(encoding="utf-8"))
    found = field_sources.sources(registry.family("antminer"), {"one": recording})
    assert {"GET /cgi-bin/get_system_info.cgi": {"macaddr": None}} == found["mac"]
    assert "chain_acnN" in found["boards[].chips"]["rpc stats"]
    assert "pools[].index" not in found
