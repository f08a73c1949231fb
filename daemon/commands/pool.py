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
import math
from pathlib import Path

_PROBE_HELP = """Connect to a pool, go through a miner's first steps, and print how long each took and the first job.
Nothing is mined. With --user the pool is asked to authorize; most pools accept any name."""

_PROBE_WAIT_S = 10.0


def configure(parser: argparse.ArgumentParser) -> None:
    """Name the sub-commands and their arguments."""
    commands = parser.add_subparsers(dest="action", metavar="probe|decode", required=True)
    probe = commands.add_parser("probe", help="connect once and time every step", description=_PROBE_HELP)
    probe.add_argument("url", metavar="URL", help="stratum+tcp://, stratum+ssl:// or stratum2+tcp://HOST:PORT[/KEY]")
    probe.add_argument("--user", metavar="U", help="authorize as this user; without it nothing is authorized")
    probe.add_argument("--password-file", type=Path, metavar="F", help="file that holds the password")
    probe.add_argument("--wait", type=_seconds, default=_PROBE_WAIT_S, metavar="S", help="seconds for all of it (10)")
    probe.add_argument("--tls-insecure", action="store_true", help="take any certificate, and say so")
    probe.add_argument("--json", action="store_true", help="print one JSON document")
    decode = commands.add_parser(
        "decode", help="decode a recorded job", description="Decode one recorded job, offline."
    )
    decode.add_argument("file", type=Path, metavar="FILE", help="recorded mining.notify; see docs/pools.md")
    decode.add_argument("--json", action="store_true", help="print one JSON document")


def run(args: argparse.Namespace) -> int:
    """Run the chosen sub-command and give its exit code."""
    return {"probe": _probe, "decode": _decode}[args.action](args)


def _probe(args: argparse.Namespace) -> int:
    import asyncio

    from collectors.errors import CollectError, TimedOut
    from collectors.pools.probe import probe
    from collectors.pools.tls import TlsPolicy
    from collectors.pools.url import BadUrl
    from daemon.commands.output import fail, print_json
    from daemon.commands.pool_text import reading_lines

    password = None
    if args.password_file is not None:
        try:
            password = args.password_file.read_text(encoding="utf-8").strip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            message = f"cannot read the password file {args.password_file}: {error}"
            return fail("usage", message, target=args.url, code=2, as_json=args.json)
    policy = TlsPolicy(mode="insecure" if args.tls_insecure else "verify")
    try:
        reading = asyncio.run(probe(args.url, user=args.user, password=password, wait_s=args.wait, policy=policy))
    except BadUrl as error:
        return fail("usage", str(error), target=args.url, code=2, as_json=args.json)
    except CollectError as error:
        return fail(error.reason, str(error), target=args.url, code=error.exit_code, as_json=args.json)
    if args.json:
        print_json(reading.document())
    else:
        print("\n".join(reading_lines(reading)))
    return 0 if reading.job is not None else TimedOut.exit_code


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


def _seconds(text: str) -> float:
    seconds = float(text)
    if not (math.isfinite(seconds) and seconds > 0):
        raise argparse.ArgumentTypeError("must be a number of seconds above 0")
    return seconds
