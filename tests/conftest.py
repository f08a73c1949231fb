"""What every test may count on: an event loop that must not block, and the recordings kept beside the checkout."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from blockbuster import BlockBuster, blockbuster_ctx
from hypothesis import settings

pytest_plugins = ("tests.servers.fixtures",)

# A property says what holds, not how long it takes on a machine that is busy.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(autouse=True)
def _loop_never_blocks() -> Iterator[BlockBuster]:
    """A call that blocks the event loop fails the test that made it."""
    with blockbuster_ctx(["config", "collectors", "daemon", "simulator"]) as blocker:
        yield blocker


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of recordings beside the checkout; without it the test skips and says so."""
    if not SHARED.is_dir():
        pytest.skip("no recordings beside this checkout (../shared)")
    return SHARED


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let golden files be written anew on purpose."""
    parser.addoption("--golden", action="store_true", help="write golden files anew instead of comparing")
