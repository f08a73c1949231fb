"""Poll everything one time and print what `run` would publish. Sends no alert and keeps nothing."""

import argparse
from typing import Any


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument("--config", required=True, metavar="FILE", help="configuration of the site")
    parser.add_argument("--device", metavar="ID", help="poll this device alone")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(arguments: argparse.Namespace) -> int:
    """Print the site; 0 whatever was found, 1 when the configuration is invalid."""
    import sys

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
        view = await survey(loaded, only=arguments.device, polled=_progress if sys.stderr.isatty() else _quiet)
        found.update(view.whole())

    try:
        run_in_loop(look())
    except StartError as error:
        return fail("refused", str(error), target=arguments.config, code=1, as_json=arguments.json)
    if arguments.json:
        print_json(found)
    else:
        from daemon.commands.site_text import rendered

        print(rendered(found))
    return 0


def _progress(done: int, whole: int) -> None:
    import sys

    print(f"\rpolled {done} of {whole}", end="\n" if done == whole else "", file=sys.stderr, flush=True)


def _quiet(_done: int, _whole: int) -> None:
    """Say nothing to a file."""
