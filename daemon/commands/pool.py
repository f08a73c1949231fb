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

_WATCH_HELP = """Connect to several pools at once and keep a table of them: latency, height, age of the newest job, lag
behind the earliest pool at the newest block, fees, share difficulty and tag. Ctrl-C ends it."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Name the sub-commands and their arguments."""
    commands = parser.add_subparsers(dest="action", metavar="probe|watch|decode", required=True)
    probe = commands.add_parser("probe", help="connect once and time every step", description=_PROBE_HELP)
    probe.add_argument("url", metavar="URL", help="stratum+tcp://, stratum+ssl:// or stratum2+tcp://HOST:PORT[/KEY]")
    probe.add_argument("--user", metavar="U", help="authorize as this user; without it nothing is authorized")
    probe.add_argument("--password-file", type=Path, metavar="F", help="file that holds the password")
    probe.add_argument("--wait", type=_seconds, default=_PROBE_WAIT_S, metavar="S", help="seconds for all of it (10)")
    probe.add_argument("--tls-insecure", action="store_true", help="take any certificate, and say so")
    probe.add_argument("--json", action="store_true", help="print one JSON document")
    watch = commands.add_parser("watch", help="keep a table of several pools", description=_WATCH_HELP)
    watch.add_argument("urls", nargs="*", metavar="URL", help="pools to watch; not needed with --config")
    watch.add_argument("--config", type=Path, metavar="FILE", help="watch the pools of this configuration")
    watch.add_argument("--user", metavar="U", help="authorize as this user at the pools given by URL")
    watch.add_argument("--tls-insecure", action="store_true", help="take any certificate of the pools given by URL")
    watch.add_argument("--every", type=_seconds, default=1.0, metavar="S", help="seconds between two tables (1)")
    watch.add_argument("--rounds", type=_count, metavar="N", help="end after this many tables")
    decode = commands.add_parser(
        "decode", help="decode a recorded job", description="Decode one recorded job, offline."
    )
    decode.add_argument("file", type=Path, metavar="FILE", help="recorded mining.notify; see docs/pools.md")
    decode.add_argument("--json", action="store_true", help="print one JSON document")


def run(args: argparse.Namespace) -> int:
    """Run the chosen sub-command and give its exit code."""
    return {"probe": _probe, "watch": _watch, "decode": _decode}[args.action](args)


def _probe(args: argparse.Namespace) -> int:
    import asyncio

    from collectors.errors import TimedOut
    from collectors.pools.probe import attempt
    from collectors.pools.tls import TlsPolicy
    from collectors.pools.url import BadUrl
    from daemon.commands.arguments import password_in
    from daemon.commands.output import fail, print_json
    from daemon.commands.pool_text import reading_lines

    try:
        password = password_in(args.password_file)
    except ValueError as error:
        return fail("usage", str(error), target=args.url, code=2, as_json=args.json)
    policy = TlsPolicy(mode="insecure" if args.tls_insecure else "verify")
    try:
        outcome = asyncio.run(attempt(args.url, user=args.user, password=password, wait_s=args.wait, policy=policy))
    except BadUrl as error:
        return fail("usage", str(error), target=args.url, code=2, as_json=args.json)
    reading, failure = outcome.reading, outcome.failure
    if args.json and failure is not None and reading is not None:
        problem = {"reason": failure.reason, "message": str(failure), "target": args.url}
        print_json({"error": problem, "reading": reading.document()})
        return failure.exit_code
    if failure is not None:
        return fail(failure.reason, str(failure), target=args.url, code=failure.exit_code, as_json=args.json)
    if reading is None:
        return TimedOut.exit_code
    if args.json:
        print_json(reading.document())
    else:
        print("\n".join(reading_lines(reading)))
    return 0 if reading.job is not None else TimedOut.exit_code


def _watch(args: argparse.Namespace) -> int:
    import asyncio
    import sys

    from collectors.pools.tls import TlsPolicy
    from collectors.pools.url import BadUrl, parse
    from config.load import load
    from config.problems import ConfigError
    from config.secret import SecretError
    from daemon.clock import SystemClock
    from daemon.commands.output import fail
    from daemon.commands.pool_watch import Watched, configured, watch
    from daemon.loop import run_in_loop, stop_on_signals

    policy = TlsPolicy(mode="insecure" if args.tls_insecure else "verify")
    try:
        pools = [
            Watched(name=url.partition("://")[2], url=parse(url).url, user=args.user, policy=policy)
            for url in args.urls
        ]
        if args.config is not None:
            pools += configured(load(args.config))
    except BadUrl as error:
        return fail("usage", str(error), target="pool watch", code=2, as_json=False)
    except (ConfigError, SecretError) as error:
        return fail("invalid_config", str(error), target=str(args.config), code=1, as_json=False)
    if not pools:
        return fail("usage", "give URLs, or a configuration with pools", target="pool watch", code=2, as_json=False)

    async def draw() -> None:
        stop: asyncio.Event = stop_on_signals()
        await watch(pools, clock=SystemClock(), out=sys.stdout, every_s=args.every, rounds=args.rounds, stop=stop)

    run_in_loop(draw())
    return 0


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


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return count
