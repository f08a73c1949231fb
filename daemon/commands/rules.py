r"""List the rules with what they need, or test rules against readings over time.

  headframe rules list                 every rule, its durations, and what it needs to work
  headframe rules list --docs P-01     one rule in full: what it says, why, what to do, and its parameters
  headframe rules test rules.yaml      play the stories of a file through the rules; exit 1 when one goes otherwise

A file for `test` has settings under `rules:` as in a configuration, and `tests:`, each with devices, what they say
from which time on, and what is expected when:

  rules: {H-01: {for: 5m}}
  tests:
    - name: a hot device opens after five minutes
      devices: [{id: m1}]
      readings:
        - {at: 0s, reading: {boards: [{index: 0, chip_temperature_c: 93}]}}
        - {at: 20m, reading: {boards: [{index: 0, chip_temperature_c: 70}]}}
      expect:
        - {at: 4m, rule: H-01, state: pending}
        - {at: 6m, rule: H-01, state: open, severity: warn}
        - {at: 40m, rule: H-01, state: closed}
"""

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from daemon.rules.rule import Rule
    from daemon.rules.scenario.play import Played

LARGEST = 16 * 1024 * 1024


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare both verbs and their arguments."""
    verbs = parser.add_subparsers(dest="verb", metavar="list|test", required=True)
    listing = verbs.add_parser("list", help="list the rules")
    listing.add_argument("--docs", metavar="ID", help="one rule in full")
    listing.add_argument("--json", action="store_true", help="print one JSON document")
    test = verbs.add_parser("test", help="play a file of stories")
    test.add_argument("file", metavar="FILE", help="YAML with rules and tests")
    test.add_argument("--json", action="store_true", help="print one JSON document")


def run(arguments: argparse.Namespace) -> int:
    """List or test; 0 when all is well, 1 when a story failed or cannot be read, 2 for an unknown rule."""
    return _list(arguments) if arguments.verb == "list" else _test(arguments)


def _list(arguments: argparse.Namespace) -> int:
    from daemon.commands.output import fail, print_json
    from daemon.rules.catalogue import CATALOGUE, find
    from daemon.rules.docs import rule_document, section
    from daemon.rules.wording import duration

    rules = CATALOGUE if arguments.docs is None else find(arguments.docs)
    if not rules:
        message = "there is no such rule; `headframe rules list` names them all"
        return fail("unknown_rule", message, target=str(arguments.docs), code=2, as_json=arguments.json)
    if arguments.json:
        print_json({"rules": [rule_document(rule) for rule in rules]})
    elif arguments.docs:
        print(section(rules).rstrip())
    else:
        for rule in rules:
            times = f"for {duration(rule.for_s)}" if rule.for_s else "at once"
            print(f"{rule.id}  {rule.severity:<5} {rule.scope:<7} {rule.title} ({times})")
            print(f"      needs: {_needs(rule)}")
        print(f"\n{len({rule.id for rule in rules})} rules. `headframe rules list --docs ID` says more of one.")
    return 0


def _needs(rule: "Rule") -> str:
    return "; ".join(f"{need.text} (signal {need.signal})" if need.signal else need.text for need in rule.needs)


def _test(arguments: argparse.Namespace) -> int:
    from config.files import FileProblem, read_bytes
    from daemon.commands.output import fail, print_json

    file = arguments.file
    try:
        content = read_bytes(file, largest=LARGEST)
        text = content.decode("utf-8")
    except (FileProblem, UnicodeDecodeError) as error:
        message = str(error) if isinstance(error, FileProblem) else "is not UTF-8 text"
        return fail("unreadable", message, target=file, code=1, as_json=arguments.json)
    played, problems = _play(text)
    if problems:
        if arguments.json:
            told = [
                {"line": line, "column": column, "path": path, "message": message}
                for line, column, path, message in problems
            ]
            error_of = {"reason": "invalid", "message": problems[0][3], "target": file}
            print_json({"error": error_of, "problems": told})
        else:
            for line, column, path, message in problems:
                print(f"{file}:{line}:{column}: {path}: {message}")
        return 1
    failed = [one for one in played if not one.is_met]
    if arguments.json:
        print_json(
            {"file": file, "passed": len(played) - len(failed), "failed": len(failed), "tests": _documents(played)}
        )
    else:
        _tell(played)
    return 1 if failed else 0


def _play(text: str) -> "tuple[list[Played], list[tuple[int, int, str, str]]]":
    """Give the stories as they went, or every mistake of the file with its line and column."""
    from config.tree import dotted, plain, position_of
    from config.yaml_text import read
    from daemon.rules.catalogue import CATALOGUE
    from daemon.rules.scenario.figures import ScenarioError
    from daemon.rules.scenario.form import scenario
    from daemon.rules.scenario.play import play
    from daemon.rules.settings import resolve

    problems: list[tuple[int, int, str, str]] = []
    root = read(text, lambda place, path, message: problems.append((*place, path, message)))
    if root is None or problems:
        return [], problems or [(1, 1, "yaml", "is empty")]
    try:
        stories = scenario(plain(root))
        settings = resolve(stories.rules, catalogue=CATALOGUE)
        for problem in settings.problems:
            where = ("rules", *problem.path.split("."))
            problems.append((*position_of(root, where), dotted(where), problem.message))
        return ([] if problems else [play(story, settings=settings.rules) for story in stories.tests]), problems
    except ScenarioError as error:
        return [], [(*position_of(root, error.path), dotted(error.path) or "yaml", str(error))]


def _tell(played: "list[Played]") -> None:
    from daemon.rules.wording import duration, many

    for one in played:
        print(f"{'ok  ' if one.is_met else 'FAIL'} {one.name}")
        if one.is_met:
            continue
        for failure in one.failures:
            print(f"     {failure}")
        print("     what happened:" if one.events else "     nothing happened: no finding opened or closed")
        for event in one.events[:40]:
            found = event.finding
            who = f"{found.rule} {found.subject} {found.severity}"
            print(f"       {duration(event.at):>10}  {event.kind:<6} {who}: {found.message}")
    print(f"{many(len(played), 'test')}, {sum(not one.is_met for one in played)} failed")


def _documents(played: "list[Played]") -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "passed": one.is_met,
            "failures": list(one.failures),
            "events": [
                {
                    "at_s": event.at,
                    "kind": event.kind,
                    "rule": event.finding.rule,
                    "subject": event.finding.subject,
                    "severity": event.finding.severity,
                    "message": event.finding.message,
                }
                for event in one.events
            ],
        }
        for one in played
    ]
