"""Show how one device's money comes about, term by term: what it earns, what it costs, how sure that is, and why.

The device is polled once; prices, pools and the tariff are those of the configuration, now.
"""

import argparse
from typing import Any


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument("device", metavar="DEVICE", help="id of the device")
    parser.add_argument("--config", required=True, metavar="FILE", help="configuration of the site")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(arguments: argparse.Namespace) -> int:
    """Print the account; 1 when there is no such device or it does not answer."""
    from config.problems import ConfigError
    from daemon.commands.output import fail, print_json
    from daemon.loop import run_in_loop
    from daemon.once import survey
    from daemon.start import StartError, load_checked

    def refuse(reason: str, message: str) -> int:
        return fail(reason, message, target=arguments.device, code=1, as_json=arguments.json)

    try:
        loaded = load_checked(arguments.config)
    except ConfigError as error:
        return refuse("invalid_config", "\n".join(map(str, error.problems)))
    found: dict[str, Any] = {}

    async def look() -> None:
        view = await survey(loaded, only=arguments.device)
        found["device"] = view.device_document(arguments.device)
        found["text"] = view.explanation(arguments.device)
        found["lines"] = view.account(arguments.device)

    try:
        run_in_loop(look())
    except StartError as error:
        return refuse("unknown_device", str(error))
    device = found["device"]
    if device["reading"] is None:
        return refuse(device["reason"] or "no_reading", device["detail"] or "the device gave no reading")
    if arguments.json:
        print_json({"device": device["id"], "money": device["money"], "lines": found["lines"]})
    else:
        print(found["text"])
    return 0
