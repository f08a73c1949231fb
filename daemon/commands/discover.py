"""Find the devices of one or more networks, and print them ready to paste into a configuration.

Every address is first tried for open ports, then whoever listens is identified and read. A device is told by its MAC
or serial number before its address. With --known FILE (a configuration, a CSV inventory or an earlier --json) only
what is new, gone or moved is shown. Exit codes: 0 fine, 2 usage.

  headframe discover 10.0.0.0/22
  headframe discover 10.0.0.0/24 --known site.yaml --json
"""

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from daemon.commands.arguments import password_in, seconds

if TYPE_CHECKING:
    from collectors.discover import Found, Progress
    from daemon.known_devices import Comparison

_BAR = 30
_REDRAW_S = 0.1


def configure(parser: argparse.ArgumentParser) -> None:
    """Name the arguments."""
    parser.add_argument("network", metavar="CIDR", nargs="+", help="network such as 10.0.0.0/24, or one address")
    parser.add_argument("--known", type=Path, metavar="FILE", help="show only what is not in FILE, and what has gone")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write the identified devices as an inventory")
    parser.add_argument("--username", metavar="U", help="user name to try on devices that want one")
    parser.add_argument("--password-file", type=Path, metavar="F", help="file that holds the password")
    parser.add_argument("--timeout", type=seconds, default=10.0, metavar="S", help="seconds for each device (10)")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(args: argparse.Namespace) -> int:
    """Discover, print, and give the exit code."""
    from collectors.discover import Bounds, addresses_of, discover
    from collectors.registry import families
    from collectors.target import Target
    from daemon.commands.found_text import csv_rows, devices_block, document, line
    from daemon.commands.output import fail, print_json
    from daemon.known_devices import compared, read
    from daemon.loop import run_in_loop

    words = " ".join(args.network)
    try:
        addresses = addresses_of(args.network)
        known = read(args.known) if args.known else None
        password = password_in(args.password_file)
    except (OSError, ValueError) as error:
        return fail("usage", str(error), target=words, code=2, as_json=args.json)
    families()  # imported before the event loop runs, which should not wait for files
    found: list[Found] = []
    silent = 0
    bar = _Bar()

    def told(one: "Found") -> None:
        found.append(one)
        if known is None and not args.json:
            bar.print(line(one))

    async def work() -> None:
        nonlocal silent
        silent = await discover(
            addresses,
            told=told,
            progress=bar.show,
            target=lambda host: Target(host, username=args.username, password=password),
            bounds=Bounds(timeout_s=args.timeout),
        )

    began = time.monotonic()
    run_in_loop(work())
    bar.clear()
    found.sort(key=lambda one: tuple(map(int, one.address.split("."))) if "." in one.address else (0,))
    comparison = compared(known, found) if known is not None else None
    if args.csv:
        rows = csv_rows(comparison.new if comparison else found)
        try:
            args.csv.write_text(rows, encoding="utf-8")
        except OSError as error:
            return fail("usage", f"cannot write {args.csv}: {error}", target=words, code=2, as_json=args.json)
    if args.json:
        result = {"scanned": len(addresses), "silent": silent, "seconds": round(time.monotonic() - began, 3)}
        print_json({**document(found, comparison=comparison), **result})
        return 0
    if comparison is not None:
        _print_comparison(comparison)
    shown = list(comparison.new) if comparison else found
    identified = sum(one.family is not None for one in found)
    print(
        f"\n{len(addresses)} addresses: {identified} identified, {len(found) - identified} answer and are unknown, "
        f"{silent} silent"
    )
    block = devices_block(shown)
    if block:
        print(f"\n{block}")
    return 0


def _print_comparison(comparison: "Comparison") -> None:
    from daemon.commands.found_text import line

    for one in comparison.new:
        print(f"new    {line(one)}")
    for known, one in comparison.moved:
        print(f"moved  {line(one)}  (was {known.host})")
    for known in comparison.gone:
        print(f"gone   {known.host}  {known.mac or known.serial or ''}".rstrip())


class _Bar:
    """A line of progress on standard error, on terminals only."""

    def __init__(self) -> None:
        self._is_shown = sys.stderr.isatty()
        self._drawn_at = 0.0

    def show(self, counts: "Progress") -> None:
        """Draw the counts, at most ten times a second."""
        now = time.monotonic()
        if not self._is_shown or now - self._drawn_at < _REDRAW_S:
            return
        self._drawn_at = now
        done = counts.scanned / max(1, counts.total)
        bar = "#" * round(done * _BAR)
        text = f"[{bar:<{_BAR}}] {counts.scanned}/{counts.total} tried, {counts.asked}/{counts.listening} asked"
        print(f"\r{text}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Take the line away."""
        if self._is_shown and self._drawn_at:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def print(self, text: str) -> None:
        """Print a result above the line."""
        self.clear()
        print(text, flush=True)
