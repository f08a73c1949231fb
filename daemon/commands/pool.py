"""Look at a pool as a client that never mines, or at a job it sent.

  headframe pool probe stratum+tcp://pool.example:3333 --user account.watch
  headframe pool watch --config site.yaml
  headframe pool decode notify.json --json

`probe` connects once, times every step and prints the first job; `watch` keeps a table of several pools on the
terminal; `decode` reads one recorded mining.notify, offline. No share is ever sent.

Exit codes of `probe`: 0 fine, 2 usage, 3 unreachable, 4 timed out, 5 denied, 6 garbled, 7 unsupported. Without a job
in the time given, `probe` prints what it has and exits 4.
"""

import argparse
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Name the three sub-commands and their arguments."""
    commands = parser.add_subparsers(dest="action", metavar="probe|watch|decode", required=True)
    decode = commands.add_parser("decode", help="decode a recorded job", description="Decode one recorded job.")
    decode.add_argument("file", type=Path, metavar="FILE", help="recorded mining.notify; see docs/pools.md")
    decode.add_argument("--json", action="store_true", help="print one JSON document")


def run(args: argparse.Namespace) -> int:
    """Run the chosen sub-command and give its exit code."""
    return _decode(args)


def _decode(args: argparse.Namespace) -> int:
    from collectors.errors import CollectError
    from collectors.pools.recorded import decode_recording
    from daemon.commands.output import fail, print_json
    from daemon.commands.pool_text import job_lines

    try:
        text = args.file.read_bytes()
    except OSError as error:
        return fail("usage", f"cannot read it: {error.strerror}", target=str(args.file), code=2, as_json=args.json)
    try:
        job = decode_recording(text)
    except CollectError as error:
        return fail(error.reason, str(error), target=str(args.file), code=error.exit_code, as_json=args.json)
    if args.json:
        print_json({"job": job.document()})
    else:
        print("\n".join(job_lines(job)))
    return 0
