"""Show a live pretend site: a simulator, the daemon and its page in one, until Ctrl-C.

Nothing here touches a real device or network: all of it lives on loopback addresses. Durations are short on purpose,
so that findings, and an alert that reaches a receiver, are seen within a minute.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.services.sink import Delivery
    from simulator.site import Site

LISTEN = "127.0.0.1:9840"


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument("--listen", default=LISTEN, metavar="HOST:PORT", help=f"where the page is ({LISTEN})")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="keep configuration and ledger here (a new folder)")
    parser.add_argument("--seconds", type=float, metavar="S", help="end after so many seconds")


def run(arguments: argparse.Namespace) -> int:
    """Run the demo; 1 when an address is taken."""
    import sys
    import tempfile

    from daemon import log
    from daemon.loop import run_in_loop
    from daemon.start import StartError

    log.configure(level="warning", form="console")
    with tempfile.TemporaryDirectory(prefix="headframe-demo-") as scratch:
        folder = arguments.folder or Path(scratch)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            run_in_loop(_show(folder, listen=arguments.listen, seconds=arguments.seconds))
        except StartError as error:
            print(f"headframe: demo: {error}; choose another with --listen 127.0.0.1:PORT", file=sys.stderr)
            return 1
        except OSError as error:
            print(f"headframe: demo: {error}", file=sys.stderr)
            return 1
    return 0


async def _show(folder: Path, *, listen: str, seconds: float | None) -> None:
    import asyncio

    from daemon.app import App
    from daemon.hangup import hangups
    from daemon.loop import stop_on_signals
    from daemon.start import load_checked
    from simulator.site import demo_site

    stop = stop_on_signals()
    if seconds is not None:
        asyncio.get_running_loop().call_later(seconds, stop.set)
    async with demo_site() as site:
        site.sink.tell = _tell
        path = folder / "site.yaml"
        await site.write_configuration(path, sections=_sections(listen))
        app = App(await asyncio.to_thread(load_checked, path), survey_s=2.0)
        async with hangups() as next_hangup:
            await app.run(stop, reload=next_hangup, ready=lambda address: _greet(address, path, site))


def _sections(listen: str) -> dict[str, Any]:
    """Give what differs from a real site: short durations, a small feeder's measure, and an owner's own figures."""
    return {
        "polling": {"interval": "3s", "timeout": "2s"},
        "rules": {
            "defaults": {"for": "8s", "clear_for": "8s", "dwell": "8s"},
            "C-01": {"spare": "5 kW"},
        },
        "capacity": {
            "min_offer": "5 kW",
            "hosting_rate": "130 USD/kW/month",
            "hosting_capex": "45 USD/kW/month",
            "hosting_use": "70%",
        },
        "costs": {"resale_low": "2 USD/TH", "resale_high": "6 USD/TH"},
        "treasury": {"holdings": ["0.02 BTC", "4000 USD"], "fixed_costs": "600 USD/month"},
        "web": {"listen": listen, "reload": True},
    }


def _greet(address: str, path: Path, site: "Site") -> None:
    print(
        f"""Headframe watches a pretend site of {len(site.devices)} devices.

  page     {address}/
  metrics  {address}/metrics
  config   {path}

Durations are short here: a device that loses money is flagged after seconds, not hours.
Within a minute: three old models lose money, m7 runs hot, m11 lacks a board, m16 mines elsewhere, m5 falls silent.
Alerts arrive below as the receiver gets them. Ctrl-C ends it.
""",
        flush=True,
    )


def _tell(delivery: "Delivery") -> None:
    body: Any = delivery.body
    data = body.get("data", {}) if isinstance(body, dict) else {}
    kind = body.get("type", "?") if isinstance(body, dict) else "?"
    signed = {None: "unsigned", True: "signature verified", False: "SIGNATURE WRONG"}[delivery.signed]
    subject = " ".join(filter(None, (data.get("subject"), *_place(data))))
    words = f"{data.get('severity')} {data.get('rule')} {subject}: {data.get('message')}"
    print(f"alert ({signed}) {kind}: {words}", flush=True)


def _place(data: dict[str, Any]) -> list[str]:
    rack, slot = data.get("rack"), data.get("slot")
    return [f"({rack})" if slot is None else f"({rack} / {slot})"] if rack else []
