"""Show how one device's money comes about: it is polled once, and every term stands on a line of its own.

  headframe explain m1 --config site.yaml

Where revenue, cost or verdict cannot be worked out, the line says what is missing. Nothing is kept and nobody alerted.
"""

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from daemon.view import View


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument("device", metavar="DEVICE", help="id of the device, as `headframe once` lists it")
    parser.add_argument("--config", required=True, metavar="FILE", help="configuration of the site")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(arguments: argparse.Namespace) -> int:
    """Print the account; 0 whatever it says, 1 when the configuration is invalid or there is no such device."""
    from config.problems import ConfigError
    from daemon.commands.output import fail, print_json
    from daemon.loop import run_in_loop
    from daemon.once import survey
    from daemon.start import StartError, load_checked

    try:
        loaded = load_checked(arguments.config)
    except ConfigError as error:
        return fail("invalid_config", str(error), target=arguments.config, code=1, as_json=arguments.json)
    found: dict[str, Any] = {}

    async def look() -> None:
        found.update(_document(await survey(loaded, only=arguments.device), device=arguments.device))

    try:
        run_in_loop(look())
    except StartError as error:
        return fail("refused", str(error), target=arguments.device, code=1, as_json=arguments.json)
    if arguments.json:
        print_json(found)
    else:
        print("\n".join(found["lines"]))
    return 0


def _document(view: "View", *, device: str) -> dict[str, Any]:
    """Take the account as text lines, with the money that it explains; that is null without a fresh reading."""
    known = view.device_document(device) or {}
    return {
        "device": device,
        "reason": known.get("reason"),
        "money": known.get("money"),
        "lines": view.explanation(device).splitlines(),
    }
