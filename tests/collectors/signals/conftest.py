"""Signals made from configuration text, as an operator writes them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from collectors.signals.signals import Signals, prepare
from config.load import load_text

MakeSignals = Callable[..., Signals]


@pytest.fixture
def make_signals(tmp_path: Path) -> MakeSignals:
    """Give the signals of a site, from a mapping as it stands under `signals:`, with further sections as text."""

    def make(signals: dict[str, Any], *, more: str = "", **settings: Any) -> Signals:
        text = f"version: 1\nsite: {{id: north, currency: USD}}\n{more}\n" + yaml.safe_dump({"signals": signals})
        loaded = load_text(text, file=str(tmp_path / "site.yaml"))
        prepared = prepare(loaded.config, base=tmp_path)
        return Signals(loaded.config.signals, prepared=prepared, **settings)

    return make
