"""Send a test, marked as one, through the configured hooks, and say how each took it.

Without HOOK all enabled hooks are tried at once; a hook that is named is tried although it is switched off. The
daemon need not run. Exit code 0 when every hook took its test, 1 when one did not, 2 when there is no such hook.
"""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config.load import Loaded
    from config.model.hooks import Hook
    from daemon.hooks.trial import TrialResult


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("hook", metavar="HOOK", nargs="?", help="id of the one hook to try")
    parser.add_argument("--config", metavar="FILE", required=True, help="the configuration")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(arguments: argparse.Namespace) -> int:
    """Try the hooks and tell."""
    from config.load import load
    from config.problems import ConfigError
    from daemon.commands.output import fail, print_json

    file, as_json = arguments.config, arguments.json
    try:
        loaded = load(file)
    except ConfigError as error:
        message = f"the configuration cannot be used: {error.problems[0]}; see `headframe check-config {file}`"
        return fail("invalid", message, target=file, code=1, as_json=as_json)
    wanted = [hook for hook in loaded.config.hooks if (hook.id == arguments.hook if arguments.hook else hook.enabled)]
    if not wanted:
        known = ", ".join(hook.id for hook in loaded.config.hooks) or "none"
        missing = f"no hook is called {arguments.hook}" if arguments.hook else "no hook is configured and enabled"
        return fail("no_hook", f"{missing} (there: {known})", target=file, code=2, as_json=as_json)
    results = _results(wanted, loaded)
    if as_json:
        print_json({"hooks": [{name: getattr(one, name) for name in one.__struct_fields__} for one in results]})
    else:
        for result in results:
            print(_line(result))
    return 0 if all(result.ok for result in results) else 1


def _results(hooks: "list[Hook]", loaded: "Loaded") -> "list[TrialResult]":
    import asyncio

    from daemon.hooks.build import HookProblem, subscriptions
    from daemon.hooks.hook import Hook
    from daemon.hooks.trial import TrialResult, try_hooks

    site = loaded.config.site.id
    built: dict[str, Hook] = {}
    broken: dict[str, TrialResult] = {}
    for hook in hooks:
        enabled = hook.model_copy(update={"enabled": True})
        try:
            made = subscriptions([enabled], base=loaded.folder, site=site, healthy=lambda: True)
        except HookProblem as error:
            broken[hook.id] = TrialResult(
                hook=hook.id, kind=hook.kind, ok=False, seconds=0.0, reason="misconfigured", detail=str(error)
            )
        else:
            built[hook.id] = made[0].hook
    tried = asyncio.run(try_hooks(built.values(), site=site))
    by_id = broken | {result.hook: result for result in tried}
    return [by_id[hook.id] for hook in hooks]


def _line(result: "TrialResult") -> str:
    if result.ok:
        return f"{result.hook} ({result.kind}): delivered in {result.seconds:.2f} s"
    return f"{result.hook} ({result.kind}): FAILED, {result.reason}: {result.detail}"
