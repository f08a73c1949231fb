"""The page on the web interface names what there is."""

import re
from pathlib import Path

from daemon.web.events import Events
from daemon.web.server import Server
from tests.daemon.web.conftest import FixedSource

PAGE = Path(__file__).resolve().parents[3] / "docs" / "api.md"


def test_every_path_is_documented_and_no_other() -> None:
    """Each path that the daemon answers has its line in docs/api.md, and each line its path."""
    application = Server(source=FixedSource(), events=Events(dropped=lambda: None)).application()
    routes = {(route.method, route.resource.canonical) for route in application.router.routes() if route.resource}
    answered = {f"{method} {path}" for method, path in routes if method != "HEAD"}

    assert answered == set(re.findall(r"^\| `((?:GET|POST) \S+)`", PAGE.read_text(), re.MULTILINE))
