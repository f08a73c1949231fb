"""The command line: one table of commands; a command's module is imported only when it is run."""

import argparse
import importlib
import sys
from collections.abc import Sequence

PROGRAM = "headframe"
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("demo", "show a live pretend site: simulator, daemon and page in one"),
    "init": ("init", "write an annotated configuration to start from"),
    "check-config": ("check_config", "say everything that is wrong with a configuration"),
    "run": ("run", "watch the site: the daemon"),
    "once": ("once", "poll everything one time and print what `run` would publish"),
    "probe": ("probe", "ask one device and print its reading"),
    "discover": ("discover", "find and name the devices of a network"),
    "pool": ("pool", "probe or watch a pool, or decode a recorded job"),
    "calc": ("calc", "work out one device's money from figures on the command line"),
    "explain": ("explain", "show how one device's money comes about, term by term"),
    "rules": ("rules", "list the rules, or test a rules file against readings"),
    "findings": ("findings", "list, acknowledge or silence findings of a running daemon"),
    "test-alert": ("test_alert", "send a marked test through the configured hooks"),
    "report": ("report", "energy, money and downtime of a period; verify the closed days"),
    "backtest": ("backtest", "replay price and power series through the rules"),
    "stress": ("stress", "what a fall in price or a rise in difficulty would turn"),
    "record": ("record", "write a redacted recording of a device, to contribute it"),
    "simulate": ("simulate", "serve pretend devices, a pool, a meter and a price on loopback"),
    "diagnose": ("diagnose", "gather a support bundle without secrets"),
    "completion": ("completion", "print a completion script for bash, zsh or fish"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the result is the exit code (0 fine, 2 usage; the rest per command)."""
    words = list(sys.argv[1:] if argv is None else argv)
    name = next((word for word in words if not word.startswith("-")), None)
    parser = overview()
    if name not in COMMANDS or words[0] != name:
        parser.parse_args(words)
        parser.print_help()
        return 2
    module = importlib.import_module(f"daemon.commands.{COMMANDS[name][0]}")
    command = argparse.ArgumentParser(
        prog=f"{PROGRAM} {name}", description=module.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    module.configure(command)
    try:
        code: int = module.run(command.parse_args(words[1:]))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    return code


def overview() -> argparse.ArgumentParser:
    """Build the parser that knows the names of the commands, and nothing that is slow to import."""
    width = max(map(len, COMMANDS)) + 2
    table = "\n".join(f"  {name:<{width}}{text}" for name, (_, text) in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        usage=f"{PROGRAM} COMMAND ...",
        description="Watches a Bitcoin mining site: what every device earns, what it costs, how sure that is.",
        epilog=f"commands:\n{table}\n\n`{PROGRAM} COMMAND --help` says more. Start with `{PROGRAM} demo` or `{PROGRAM} init`.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    parser.add_argument("command", metavar="COMMAND", choices=list(COMMANDS), help=argparse.SUPPRESS)
    return parser


class _Version(argparse.Action):
    """Look the version up only when asked for it: package metadata is slow to read."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"{PROGRAM} {version(PROGRAM)}")
        parser.exit()
