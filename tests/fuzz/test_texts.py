"""The fuzz targets of texts, with bytes of hypothesis' own and with seeds that reach deep."""

import importlib.util
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

_SPEC = importlib.util.spec_from_file_location("fuzz_texts", Path(__file__).with_name("texts.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
texts = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(texts)


@pytest.mark.parametrize("target", texts.TARGETS, ids=lambda target: target.__name__)
def test_seeds(target):
    """Every seed runs through every target."""
    for seed in texts.SEEDS:
        target(seed)


@pytest.mark.parametrize("target", texts.TARGETS, ids=lambda target: target.__name__)
@given(data=st.binary(max_size=400))
def test_any_bytes(target, data):
    """No bytes let anything out of a target."""
    target(data)
