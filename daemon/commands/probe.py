"""Ask one device and print its reading.

The device's family is found out unless it is given. Exit codes: 0 fine, 2 usage, 3 unreachable, 4 timed out,
5 denied, 6 garbled, 7 unsupported.

  headframe probe 192.0.2.17
  headframe probe 192.0.2.17 --username root --password-file secrets/m17 --json
"""

import argparse
import asyncio
from pathlib import Path

from daemon.commands.arguments import port, seconds


def configure(parser: argparse.ArgumentParser) -> None:
    """Name the arguments."""
    parser.add_argument("host", metavar="HOST", help="address or name of the device")
    parser.add_argument("--family", metavar="NAME", help="its API family, instead of finding it out")
    parser.add_argument("--port", type=port, metavar="N", help="the family's first port, when it is not the usual one")
    parser.add_argument("--http-port", type=port, metavar="N", help="the port of its web page, when it is not 80")
    parser.add_argument("--username", metavar="U", help="user name of the device")
    parser.add_argument("--password-file", type=Path, metavar="F", help="file that holds the password")
    parser.add_argument("--timeout", type=seconds, default=10.0, metavar="S", help="seconds for the whole probe (10)")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(args: argparse.Namespace) -> int:
    """Probe, print, and give the exit code of what went wrong."""
    from collectors import registry
    from collectors.errors import CollectError
    from collectors.probe import probe
    from collectors.target import Target
    from daemon.commands.output import fail, print_json

    password = None
    if args.password_file is not None:
        try:
            password = args.password_file.read_text(encoding="utf-8").strip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            message = f"cannot read the password file {args.password_file}: {error}"
            return fail("usage", message, target=args.host, code=2, as_json=args.json)
    try:
        family = registry.family(args.family) if args.family else None
    except registry.UnknownFamily as error:
        return fail("usage", str(error), target=args.host, code=2, as_json=args.json)
    if family is None:
        registry.families()  # imported before the event loop runs, which should not wait for files
    target = Target(args.host, username=args.username, password=password)
    question = probe(target, family=family, port=args.port, http_port=args.http_port, timeout_s=args.timeout)
    try:
        reading = asyncio.run(question)
    except CollectError as error:
        message = f"{error}. {error.__doc__}"
        return fail(error.reason, message, target=args.host, code=error.exit_code, as_json=args.json)
    if args.json:
        print_json({"target": args.host, **reading.document()})
    else:
        from daemon.commands.reading_text import describe

        print(describe(reading, target=args.host))
    return 0
