"""Say everything that is wrong with a configuration, one line each: FILE:LINE:COL: path: message.

Nothing is contacted. Exit code 0 when the file can be used, 1 when it cannot.
"""

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config.load import Loaded
    from config.problems import ConfigError


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", metavar="FILE", help="the configuration")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument(
        "--resolve-secrets", action="store_true", help="also read every secret, as the daemon would at its start"
    )


def run(arguments: argparse.Namespace) -> int:
    """Check and tell."""
    from config.problems import ConfigError
    from daemon.start import load_checked

    try:
        loaded = load_checked(arguments.file, secrets=arguments.resolve_secrets)
    except ConfigError as error:
        return _invalid(arguments.file, error, as_json=arguments.json)
    return _valid(loaded, as_json=arguments.json)


def _invalid(file: str, error: "ConfigError", *, as_json: bool) -> int:
    from daemon.commands.output import print_json

    number = len(error.problems)
    if as_json:
        message = "1 problem" if number == 1 else f"{number} problems"
        print_json(
            {
                "valid": False,
                "error": {"reason": "invalid", "message": message, "target": file},
                "problems": [
                    {
                        "file": each.file,
                        "line": each.line,
                        "column": each.column,
                        "path": each.path,
                        "message": each.message,
                    }
                    for each in error.problems
                ],
            }
        )
    else:
        for problem in error.problems:
            print(problem)
    return 1


def _valid(loaded: "Loaded", *, as_json: bool) -> int:
    from daemon.commands.output import print_json

    config = loaded.config
    counts = {
        "devices": len(loaded.entries),
        "feeders": len(config.feeders),
        "racks": len(config.racks),
        "pools": len(config.pools),
        "signals": len(config.signals),
        "rules": len(config.rules),
        "hooks": len(config.hooks),
    }
    if as_json:
        warnings = [str(warning) for warning in loaded.warnings]
        print_json({"valid": True, "file": loaded.path, "site": config.site.id, "counts": counts, "warnings": warnings})
    else:
        for warning in loaded.warnings:
            print(f"warning: {warning}", file=sys.stderr)
        listed = ", ".join(f"{number} {_noun(name, number)}" for name, number in counts.items())
        print(f"{loaded.path}: valid: site {config.site.id}, {listed}")
    return 0


def _noun(plural: str, number: int) -> str:
    return plural.removesuffix("s") if number == 1 else plural
