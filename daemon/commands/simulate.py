"""Serve a pretend site on loopback: devices, pools, meters, a price feed, and a place for webhooks.

The devices speak their true protocols on addresses in 127.0.0.0/8. What is printed is a complete configuration
for `headframe run`; with --write it goes to a file, and the passwords and keys that it refers to go beside it, into
secrets/. It serves until Ctrl-C. The address in the first line on standard error also takes wishes, such as
`curl -d '{"kind": "hot"}' http://127.0.0.1:9850/devices/m3/misbehave`; its /state shows what is true of the site.

  headframe simulate --devices 24 --write pretend.yaml
  headframe simulate --devices 10000 --mix antminer=100 --fast --write bench.yaml
  headframe simulate --devices 30 --mix braiins,vnish,s21=4
  headframe simulate --devices 12 --misbehave m3=hot,m5=silent,m7=wrong-pool
"""

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.services.sink import Delivery
    from simulator.site import Site

_MOST_DEVICES = 50_000


def configure(parser: argparse.ArgumentParser) -> None:
    """Name the arguments."""
    parser.add_argument("--devices", type=_count, default=24, metavar="N", help="number of devices (24)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="another seed is another site (1)")
    parser.add_argument(
        "--mix",
        type=_mix,
        metavar="FAMILY[=PARTS],...",
        help="what to mix, by family or model; all: every family alike (antminer=60,whatsminer=30,axeos=10)",
    )
    parser.add_argument("--base", default="127.16.0.0", metavar="ADDRESS", help="first address (127.16.0.0)")
    parser.add_argument(
        "--misbehave", type=_wishes, default={}, metavar="ID=KIND,...", help="devices or pools that go wrong (m3=hot)"
    )
    parser.add_argument("--http-port", type=_port, metavar="P", help="port of the devices' web pages (8480)")
    parser.add_argument("--api-port", type=_port, metavar="P", help="port of their 4028 API (4028)")
    parser.add_argument("--framed-port", type=_port, metavar="P", help="port of Whatsminer's framed API (4433)")
    parser.add_argument(
        "--pool-port", type=_any_port, default=3333, metavar="P", help="first pool's port (3333; 0: any)"
    )
    parser.add_argument(
        "--services-port", type=_any_port, default=9850, metavar="P", help="port of the rest (9850; 0: any)"
    )
    parser.add_argument("--pool-tls", action="store_true", help="let the pools speak TLS, each self-signed")
    parser.add_argument("--block-interval", type=_seconds, default=600.0, metavar="S", help="seconds to a block (600)")
    parser.add_argument("--fast", action="store_true", help="render each answer once, for benchmarks; nothing moves")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the configuration there")


def run(args: argparse.Namespace) -> int:
    """Serve until interrupted: 0 then, 1 when a port or the file cannot be had, 2 when the wishes make no sense."""
    import sys

    try:
        _loop_runner()(_serve(args))
    except (OSError, ValueError, KeyError) as error:
        problem = f"there is no {error}" if isinstance(error, KeyError) else str(error)
        print(f"headframe: simulate: {problem}", file=sys.stderr)
        return 1 if isinstance(error, OSError) else 2
    return 0


async def _serve(args: argparse.Namespace) -> None:
    import asyncio
    import signal
    import sys

    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    _allow_many_files()
    async with _site(args) as site:
        site.sink.tell = _tell
        print(f"serving {len(site.devices)} pretend devices; controls at {site.services.url}", file=sys.stderr)
        if args.write is None:
            print(site.configuration_yaml(), flush=True)
        else:
            await site.write_configuration(args.write)
            print(f"wrote {args.write}; now: headframe run --config {args.write}", file=sys.stderr)
        await stopped.wait()


def _site(args: argparse.Namespace) -> "Site":
    from simulator.plan import DEFAULT_MIX
    from simulator.pool.certificate import self_signed
    from simulator.site import Site

    wanted = {"line": args.api_port, "frame": args.framed_port, "http": args.http_port}
    context, fingerprint = self_signed() if args.pool_tls else (None, None)
    ports: Any = {wire: number for wire, number in wanted.items() if number is not None}
    return Site(
        args.devices,
        seed=args.seed,
        mix=args.mix or DEFAULT_MIX,
        base=args.base,
        ports=ports,
        pool_port=args.pool_port,
        pool_tls=context,
        pool_fingerprint=fingerprint,
        services_port=args.services_port,
        misbehave=args.misbehave,
        block_interval_s=args.block_interval,
        fast=args.fast,
    )


def _tell(delivery: "Delivery") -> None:
    import sys

    signed = {None: "unsigned", True: "signature right", False: "signature WRONG"}[delivery.signed]
    print(f"webhook {delivery.path} ({signed}): {delivery.body}", file=sys.stderr)


def _loop_runner() -> Any:
    try:
        import uvloop
    except ImportError:
        import asyncio

        return asyncio.run
    return uvloop.run


def _allow_many_files() -> None:
    """Raise the soft limit to the hard one: every device may have a socket, and every poll has one more."""
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _pairs(text: str) -> dict[str, str]:
    pairs = dict(re.findall(r"([^=,]+)=([^=,]+)", text))
    if ",".join(f"{name}={value}" for name, value in pairs.items()) != text:
        raise argparse.ArgumentTypeError(f"expected NAME=VALUE,NAME=VALUE, not {text!r}")
    return pairs


def _mix(text: str) -> dict[str, float]:
    from simulator.models import FAMILIES, MODELS

    if text == "all":
        return dict.fromkeys(FAMILIES, 1.0)
    mix = {}
    for one in text.split(","):
        name, equals, parts = one.partition("=")
        if name not in FAMILIES and name not in MODELS:
            raise argparse.ArgumentTypeError(
                f"no family or model {name!r}; there are: {', '.join(FAMILIES)}, and {', '.join(MODELS)}"
            )
        if equals and not parts.isdecimal():
            raise argparse.ArgumentTypeError(f"{name} takes a whole number of parts, not {parts!r}")
        mix[name] = float(parts) if equals else 1.0
    if not sum(mix.values()):
        raise argparse.ArgumentTypeError("the mix has no devices in it")
    return mix


def _wishes(text: str) -> dict[str, str]:
    from simulator.misbehaviour import KINDS
    from simulator.pool.server import KINDS as POOL_KINDS

    wishes = _pairs(text)
    for kind in wishes.values():
        if kind not in {*KINDS, *POOL_KINDS}:
            raise argparse.ArgumentTypeError(f"no misbehaviour {kind!r}; there are: {', '.join(KINDS)}")
    return wishes


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _MOST_DEVICES:
        raise argparse.ArgumentTypeError(f"expected 1 to {_MOST_DEVICES} devices, not {text!r}")
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"expected a port, not {text!r}")
    return int(text)


def _any_port(text: str) -> int:
    return 0 if text == "0" else _port(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.1 <= seconds <= 1e6:
        raise argparse.ArgumentTypeError(f"expected seconds, not {text!r}")
    return seconds
