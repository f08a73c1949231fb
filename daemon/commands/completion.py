"""Print a completion script: `headframe completion bash > /etc/bash_completion.d/headframe`.

zsh: `headframe completion zsh > "${fpath[1]}/_headframe"`; fish: `headframe completion fish | source`.
"""

import argparse
import importlib
from collections.abc import Iterator

SHELLS = ("bash", "zsh", "fish")


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument("shell", choices=SHELLS, help="the shell to complete in")


def run(arguments: argparse.Namespace) -> int:
    """Print the script."""
    print({"bash": _bash, "zsh": _zsh, "fish": _fish}[arguments.shell](), end="")
    return 0


def words() -> dict[str, tuple[str, list[str]]]:
    """Give every command with its one line of help and the words that may follow it: subcommands and flags."""
    from daemon.cli import COMMANDS

    found = {}
    for name, (module_name, text) in COMMANDS.items():
        parser = argparse.ArgumentParser(prog=name)
        importlib.import_module(f"daemon.commands.{module_name}").configure(parser)
        found[name] = (text, sorted(set(_words(parser))))
    return found


def _words(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:  # noqa: SLF001 - argparse has no public way to list them
        yield from (flag for flag in action.option_strings if flag.startswith("--"))
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for name, child in action.choices.items():
                yield name
                yield from _words(child)
        elif not action.option_strings and action.choices:
            yield from map(str, action.choices)


def _bash() -> str:
    table = words()
    cases = "\n".join(f'    {name}) words="{" ".join(found)}" ;;' for name, (_, found) in table.items())
    return f"""_headframe() {{
  local words
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="{" ".join(table)} --help --version"
  else
    case "${{COMP_WORDS[1]}}" in
{cases}
    esac
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "${{COMP_WORDS[COMP_CWORD]}}")
}}
complete -o default -F _headframe headframe
"""


def _zsh() -> str:
    table = words()
    names = "\n".join(f"    '{name}:{text}'" for name, (text, _) in table.items())
    cases = "\n".join(f"    {name}) compadd -- {' '.join(found)} ;;" for name, (_, found) in table.items())
    return f"""#compdef headframe
local -a commands=(
{names}
)
if (( CURRENT == 2 )); then
  _describe command commands
else
  case "$words[2]" in
{cases}
  esac
  _files
fi
"""


def _fish() -> str:
    table = words()
    lines = [
        f'complete -c headframe -n __fish_use_subcommand -f -a {name} -d "{text}"' for name, (text, _) in table.items()
    ]
    for name, (_, found) in table.items():
        condition = f'-n "__fish_seen_subcommand_from {name}"'
        for word in found:
            kind = f"-l {word[2:]}" if word.startswith("--") else f"-a {word}"
            lines.append(f"complete -c headframe {condition} {kind}")
    return "\n".join(lines) + "\n"
