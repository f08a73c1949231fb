"""Watch the site: poll its devices, listen to its pools, publish metrics, judge, and alert.

SIGHUP reloads the configuration, SIGTERM and Ctrl-C end the daemon cleanly. Under systemd it says when it is ready.
"""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from daemon.app import App


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument("--config", required=True, metavar="FILE", help="configuration of the site")


def run(arguments: argparse.Namespace) -> int:
    """Run the daemon; 1 when the configuration is invalid or the start is refused."""
    import signal
    import sys

    # Until somebody listens to it, a reload that is asked for would end the process.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)

    from config.problems import ConfigError
    from daemon import log
    from daemon.app import App
    from daemon.loop import run_in_loop
    from daemon.memory import give_back_large_pieces
    from daemon.start import StartError, load_checked

    give_back_large_pieces()
    try:
        loaded = load_checked(arguments.config)
    except ConfigError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        return 1
    log.configure(level=loaded.config.log.level, form=loaded.config.log.format)
    for warning in loaded.warnings:
        print(warning, file=sys.stderr)
    try:
        run_in_loop(_watch(App(loaded)))
    except StartError as error:
        print(f"headframe: {error}", file=sys.stderr)
        return 1
    return 0


async def _watch(app: "App") -> None:
    from daemon.hangup import hangups
    from daemon.loop import stop_on_signals

    stop = stop_on_signals()
    async with hangups() as next_hangup:
        await app.run(stop, reload=next_hangup)
