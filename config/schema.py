"""The JSON Schema of the configuration, for editors, made from the model."""

import json
from typing import Any

from config.model import SiteConfig

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """Give the schema (JSON Schema 2020-12). It knows keys and shapes; units and names are left to `check-config`."""
    tidy: dict[str, Any] = _tidied(SiteConfig.model_json_schema())
    return {"$schema": DIALECT, **tidy, "title": "Headframe site configuration"}


def schema_text() -> str:
    """Give the schema as the file `config/schema.json` has it."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _tidied(value: Any) -> Any:
    """Leave out titles, which repeat the keys, and defaults that show attributes instead of the operator's words."""
    if isinstance(value, list):
        return [_tidied(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: {name: _tidied(item) for name, item in part.items()} if key in {"properties", "$defs"} else _tidied(part)
        for key, part in value.items()
        if not (key == "title" and isinstance(part, str))
        and not (key == "default" and (part is None or isinstance(part, dict)))
    }
