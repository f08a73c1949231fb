"""Write a redacted recording of a device, to contribute it.

Asks the device everything that its family may read, and only that. In the recording, wallets, users, host names,
hardware addresses, serial numbers, network addresses, pool hosts and passwords are replaced, each always by the same
word; numbers stay. Look it over before you hand it on, above all what the device's owner may have named.
`expected` is what Headframe reads from it: correct it where that is wrong. Exit codes are those of `probe`.

  headframe record 192.0.2.17 --write s21.json
  headframe record 192.0.2.17 --family antminer --username root --password-file secrets/m17
"""

import argparse
from pathlib import Path

from daemon.commands.arguments import describe_device, password_in


def configure(parser: argparse.ArgumentParser) -> None:
    """Name the arguments."""
    describe_device(parser, timeout_s=30.0, whole="all of it")
    parser.add_argument(
        "--write", type=Path, metavar="FILE", help="write it there instead of printing; never over a file"
    )
    parser.add_argument("--json", action="store_true", help="say what went wrong as one JSON document")


def run(args: argparse.Namespace) -> int:
    """Record, write, and give the exit code of what went wrong."""
    import asyncio
    import sys

    from collectors import registry
    from collectors.errors import CollectError
    from collectors.record import record
    from collectors.target import Target
    from daemon.commands.output import fail

    def usage(message: str) -> int:
        return fail("usage", message, target=args.host, code=2, as_json=args.json)

    try:
        password = password_in(args.password_file)
        family = registry.family(args.family) if args.family else None
    except ValueError as error:
        return usage(str(error))
    registry.families()  # imported before the event loop runs, which should not wait for files
    if args.write is not None and args.write.exists():
        return usage(f"{args.write} exists already")
    target = Target(args.host, username=args.username, password=password)
    if args.http_port is not None:
        target.ports["http"] = args.http_port
    if args.port is not None:
        target.ports["api" if family is None else next(iter(family.ports))] = args.port
    try:
        made = asyncio.run(record(target, family=family, timeout_s=args.timeout))
    except CollectError as error:
        message = f"{error}. {error.__doc__}"
        return fail(error.reason, message, target=args.host, code=error.exit_code, as_json=args.json)
    for note in made.notes:
        print(f"headframe: {note}", file=sys.stderr)
    text = _text(made.document)
    if args.write is None:
        print(text)
        return 0
    try:
        with args.write.open("x", encoding="utf-8") as file:
            file.write(text + "\n")
    except OSError as error:
        return usage(f"cannot write {args.write}: {error}")
    count = len(made.document["requests"])
    print(
        f"headframe: {count} answers written to {args.write}; look them over before you hand them on", file=sys.stderr
    )
    return 0


def _text(document: dict[str, object]) -> str:
    import json

    return json.dumps(document, indent=1, ensure_ascii=False)
