"""The example and what is generated from the model are true."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.load import load
from config.model import SiteConfig
from config.schema import DIALECT, schema

CONFIG = Path(__file__).resolve().parents[2] / "config"
EXAMPLE = CONFIG / "example.yaml"
TEXT = EXAMPLE.read_text(encoding="utf-8")


def test_the_example_is_valid_and_needs_nothing_else() -> None:
    """A newcomer's first check succeeds, secrets included."""
    found = load(EXAMPLE, secrets=True)

    assert () == found.warnings
    assert len(found.entries) > 10


def test_the_example_shows_every_section() -> None:
    """Every section of the file is in the example."""
    sections = {field.alias or name for name, field in SiteConfig.model_fields.items()}

    assert sections == set(yaml.safe_load(TEXT))


def test_what_is_commented_out_is_valid_too(tmp_path: Path) -> None:
    """Taking the comment marks off leads to a valid configuration as well."""
    text = re.sub(r"^( *)# (?=(- |  |[a-z_]+: ))", r"\1", TEXT, flags=re.MULTILINE)
    text = text.replace("# yaml-language-server", "#")
    path = tmp_path / "site.yaml"
    path.write_text(text, encoding="utf-8")
    (tmp_path / "devices.csv").write_text("id,host\nx1,10.20.9.1\n")

    assert text != TEXT
    assert "telegram" in {hook.id for hook in load(path).config.hooks}


def test_the_schema_knows_every_key_of_the_example() -> None:
    """An editor with the schema finds nothing unknown or missing in the example."""
    made = schema()

    assert DIALECT == made["$schema"]
    assert [] == list(strangers(yaml.safe_load(TEXT), made, made["$defs"]))


def test_the_schema_refuses_what_the_model_refuses() -> None:
    """Unknown keys, missing ones and words outside a choice show in an editor."""
    made = schema()
    wrong = {
        "site": {"id": "a", "nme": "b"},
        "pools": [{"id": "p", "scheme": "ppps"}],
        "devices": "10.0.0.1",
    }

    assert {"version", "site.nme", "pools.0.url", "pools.0.scheme", "devices"} == {
        path for path, _ in strangers(wrong, made, made["$defs"])
    }


def test_the_schema_file_is_the_models() -> None:
    """What stands in the repository is what the model says."""
    assert schema() == json.loads((CONFIG / "schema.json").read_text(encoding="utf-8"))


def test_every_key_is_described() -> None:
    """Each key of each section says what it is for, in one sentence at least."""
    made = schema()
    missing = [
        f"{name}.{key}"
        for name, section in [("file", made), *made["$defs"].items()]
        for key, shape in section.get("properties", {}).items()
        if not shape.get("description", "").endswith(".")
    ]

    assert [] == missing
    assert all(section.get("description") for section in made["$defs"].values())


def strangers(value: Any, shape: dict[str, Any], defs: dict[str, Any], path: str = "") -> Any:
    """Yield what the schema does not allow: as much of JSON Schema as the schema uses."""
    if "$ref" in shape:
        yield from strangers(value, defs[shape["$ref"].rpartition("/")[2]], defs, path)
        return
    if "anyOf" in shape:
        found = [list(strangers(value, part, defs, path)) for part in shape["anyOf"]]
        yield from min(found, key=len)
        return
    kinds = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float)}
    types = shape.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(
        (kind == "null" and value is None) or isinstance(value, kinds.get(kind, ())) for kind in types
    ):
        yield path, f"is not {types}"
        return
    if value not in shape.get("enum", [value]) or value != shape.get("const", value):
        yield path, "is none of the choices"
    if isinstance(value, str) and not re.search(shape.get("pattern", ""), value):
        yield path, "does not match"
    if isinstance(value, dict):
        yield from strange_keys(value, shape, defs, f"{path}." if path else "")
    if isinstance(value, list):
        for place, item in enumerate(value):
            yield from strangers(item, shape.get("items", {}), defs, f"{path}.{place}")


def strange_keys(value: dict[str, Any], shape: dict[str, Any], defs: dict[str, Any], before: str) -> Any:
    """Yield the keys of a mapping that are unknown, missing, or wrong inside."""
    known, others = shape.get("properties", {}), shape.get("additionalProperties", True)
    patterns = shape.get("patternProperties", {})
    for key in shape.get("required", []):
        if key not in value:
            yield f"{before}{key}", "is missing"
    for key, item in value.items():
        inner = known.get(key) or next((part for pattern, part in patterns.items() if re.search(pattern, key)), None)
        inner = inner or (others if isinstance(others, dict) else None)
        if inner is not None:
            yield from strangers(item, inner, defs, f"{before}{key}")
        elif others is False or patterns:
            yield f"{before}{key}", "is unknown"


@pytest.mark.parametrize("key", ["signals", "rules", "hooks"])
def test_the_page_shows_every_section(key: str) -> None:
    """The reference has a table for each section."""
    page = (CONFIG.parent / "docs/configuration.md").read_text(encoding="utf-8")

    assert f"### `{key}" in page
