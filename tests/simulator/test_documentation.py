"""What the simulator's page says is what there is."""

import argparse
from pathlib import Path

import pytest

from daemon.commands import simulate
from simulator.misbehaviour import KINDS
from simulator.models import MODELS
from simulator.pool.server import KINDS as POOL_KINDS
from simulator.services.market import KINDS as PRICE_KINDS
from simulator.services.meter import KINDS as METER_KINDS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "simulator.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", sorted({*KINDS, *POOL_KINDS, *PRICE_KINDS, *METER_KINDS}))
def test_every_kind_of_trouble_is_told(kind: str) -> None:
    """Each misbehaviour stands on the page by the word that asks for it."""
    assert f"`{kind}`" in PAGE


@pytest.mark.parametrize("model", list(MODELS))
def test_every_model_is_told(model: str) -> None:
    """Each model stands on the page by its maker's name for it."""
    assert MODELS[model].name in PAGE


def test_every_option_is_told() -> None:
    """Each option of the command stands on the page."""
    parser = argparse.ArgumentParser()
    simulate.configure(parser)
    options = [option for action in parser._actions for option in action.option_strings if option.startswith("--")]
    assert [] == [option for option in options if option not in PAGE and option != "--help"]
