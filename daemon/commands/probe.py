"""Ask one device and print its reading.

The device's family is found out unless it is given. Exit codes: 0 fine, 2 usage, 3 unreachable, 4 timed out,
5 denied, 6 garbled, 7 unsupported.

  headframe probe 192.0.2.17
  headframe probe 192.0.2.17 --username root --password-file secrets/m17 --json
"""

import argparse
import asyncio

from daemon.commands.arguments import describe_device, password_in


def configure(parser: argparse.ArgumentParser) -> None:
    """Name the arguments."""
    describe_device(parser, timeout_s=10.0, whole="the whole probe")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(args: argparse.Namespace) -> int:
    """Probe, print, and give the exit code of what went wrong."""
    from collectors import registry
    from collectors.errors import CollectError
    from collectors.probe import probe
    from collectors.target import Target
    from daemon.commands.output import fail, print_json

    try:
        password = password_in(args.password_file)
        family = registry.family(args.family) if args.family else None
    except ValueError as error:
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
