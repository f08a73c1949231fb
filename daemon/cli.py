"""The command line: one table of commands; a command's module is imported only when it is run."""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from daemon.commands.parser import WrongWords

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


def main(argv: list[str] | None = None) -> int:
    """Run one command; the result is the exit code (0 fine, 2 usage; the rest per command)."""
    words = list(sys.argv[1:] if argv is None else argv)
    first = words[0] if words else ""
    if first in {"-h", "--help"}:
        print(overview())
        return 0
    if first == "--version":
        from importlib.metadata import version

        print(f"{PROGRAM} {version(PROGRAM)}")
        return 0
    if first not in COMMANDS:
        print(_confusion(first), file=sys.stderr)
        return 2
    return _run(first, words[1:])


def overview() -> str:
    """Say what there is; argparse is left out, for importing it takes longer than all the rest."""
    width = max(map(len, COMMANDS)) + 2
    table = "\n".join(f"  {name:<{width}}{text}" for name, (_, text) in COMMANDS.items())
    return f"""usage: {PROGRAM} COMMAND ...
       {PROGRAM} --version

Watches a Bitcoin mining site: what every device earns, what it costs, how sure that is.

commands:
{table}

`{PROGRAM} COMMAND --help` says more. Start with `{PROGRAM} demo` or `{PROGRAM} init`."""


def _confusion(word: str) -> str:
    if not word:
        return overview()
    from difflib import get_close_matches

    near = get_close_matches(word, COMMANDS, n=1)
    hint = f"did you mean `{near[0]}`?" if near else f"`{PROGRAM} --help` lists them"
    return f"{PROGRAM}: there is no command `{word}`; {hint}"


def _run(name: str, words: list[str]) -> int:
    import argparse
    import importlib

    from daemon.commands.parser import Parser, WrongWords

    module = importlib.import_module(f"daemon.commands.{COMMANDS[name][0]}")
    command = Parser(
        prog=f"{PROGRAM} {name}", description=module.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    module.configure(command)
    try:
        arguments = command.parse_args(words)
    except WrongWords as error:
        return _refused(error, name=name, as_json="--json" in words)
    try:
        code: int = module.run(arguments)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    return code


def _refused(error: "WrongWords", *, name: str, as_json: bool) -> int:
    """Say what is wrong with a command's words: as its one JSON document, or below its usage."""
    from daemon.commands.output import fail

    if as_json:
        return fail("usage", str(error), target=name, code=2, as_json=True)
    print(f"{error.usage}{error.prog}: error: {error}", file=sys.stderr)
    return 2
