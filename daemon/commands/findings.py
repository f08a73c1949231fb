"""List, acknowledge or silence findings of the daemon that runs with a configuration.

`ack` says that somebody has taken a finding on: only its end is told from then on. `silence` keeps hooks quiet about
the finding's rule on its subject for a while, also when it closes and opens again. Exit code 0 when done, 1 when
there is no such finding or the daemon refuses, 3 when no daemon answers, 5 when it wants another token.
"""

import argparse
import getpass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from daemon.commands.daemon_api import DaemonApi


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="pending and open findings, worst first")
    acknowledge = actions.add_parser("ack", help="take a finding on")
    silence = actions.add_parser("silence", help="keep hooks quiet about a finding for some time")
    for each in (acknowledge, silence):
        each.add_argument("finding", metavar="ID", help="the finding's id")
        each.add_argument("--by", metavar="NAME", default=None, help="who does it; default: the user's name")
    silence.add_argument("--for", dest="duration", metavar="TIME", required=True, help='how long, such as "2h"')
    for each in (listing, acknowledge, silence):
        each.add_argument("--config", metavar="FILE", default="headframe.yaml", help="default: headframe.yaml")
        each.add_argument("--json", action="store_true", help="print one JSON document")


def run(arguments: argparse.Namespace) -> int:
    """Ask the daemon and tell."""
    from collectors.errors import CollectError
    from daemon.commands.daemon_api import ApiRefused, DaemonApi, NotUsable
    from daemon.commands.output import fail

    try:
        api = DaemonApi.from_config(arguments.config)
    except NotUsable as error:
        return fail("invalid", str(error), target=arguments.config, code=1, as_json=arguments.json)
    try:
        return _act(api, arguments)
    except ApiRefused as error:
        return fail(error.reason, str(error), target=api.url, code=error.exit_code, as_json=arguments.json)
    except CollectError as error:
        message = f"{error}; is the daemon running with {arguments.config}?"
        return fail(error.reason, message, target=api.url, code=error.exit_code, as_json=arguments.json)


def _act(api: "DaemonApi", arguments: argparse.Namespace) -> int:
    from daemon.commands.output import fail, print_json

    if arguments.action == "list":
        found = api.get("/api/v1/findings")
        findings: list[dict[str, Any]] = found["findings"] if isinstance(found, dict) else found
        if arguments.json:
            print_json({"findings": findings})
        else:
            for finding in findings:
                print(_line(finding))
            if not findings:
                print("no findings")
        return 0
    by, name = arguments.by or _user(), quote(arguments.finding, safe="")
    if arguments.action == "ack":
        answer = api.post(f"/api/v1/findings/{name}/acknowledge", {"by": by})
        told = f"{arguments.finding} is acknowledged by {by}"
    else:
        from config.dimensions import QuantityError
        from config.quantity import duration_s

        try:
            seconds = duration_s(arguments.duration)
        except QuantityError as error:
            return fail("usage", str(error), target="--for", code=2, as_json=arguments.json)
        answer = api.post(f"/api/v1/findings/{name}/silence", {"by": by, "for_s": seconds})
        told = f"{arguments.finding} is silenced for {arguments.duration}"
    if arguments.json:
        print_json(answer)
    else:
        print(told)
    return 0


def _line(finding: dict[str, Any]) -> str:
    marks = [
        f"{name} {value}"
        for name, value in (
            ("feeder", finding.get("feeder")),
            ("rack", finding.get("rack")),
            ("slot", finding.get("slot")),
        )
        if value
    ]
    if finding.get("acknowledged_by"):
        marks.append(f"acknowledged by {finding['acknowledged_by']}")
    if finding.get("silenced_until"):
        marks.append("silenced")
    place = f"  ({', '.join(marks)})" if marks else ""
    return (
        f"{finding['severity']:<5}{finding['state']:<8} {finding['id']:<20} "
        f"{finding['subject']}: {finding['message']}{place}"
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, in a container for instance
        return "operator"
