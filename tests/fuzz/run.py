"""Run every fuzz target of this folder under Atheris for a while, each in a process of its own.

    python tests/fuzz/run.py --seconds 600 [NAME ...]

Prints a line a target: what came of it, how many inputs in how many seconds, how much of the code they reached. Ends
with 1 when one of them found something, and leaves the bytes that did it in a file whose name is printed. `TARGETS` of
a module are its targets, `SEEDS` by a target's name what it starts from, `MUTATORS` what changes its inputs by their
form. An input may take ten seconds, a process a gigabyte.
"""

import argparse
import functools
import importlib
import re
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
LONGEST_INPUT = 24_576
SLOWEST_S = 10
MOST_MEMORY_MB = 1024


def main() -> int:
    """Run what was asked for; gives the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--seconds", type=int, default=60, help="for each target (default: 60)")
    parser.add_argument("--child", metavar="MODULE:TARGET", help=argparse.SUPPRESS)
    parser.add_argument("names", nargs="*", metavar="NAME", help="targets (default: all)")
    options = parser.parse_args()
    if options.child:
        _fuzz(options.child, seconds=options.seconds)
        return 0
    targets = [
        f"{path.stem}:{target.__name__}"
        for path in sorted(FOLDER.glob("*.py"))
        if path.stem != "run" and not path.stem.startswith("test_")
        for target in getattr(importlib.import_module(path.stem), "TARGETS", ())
    ]
    unknown = set(options.names) - {target.partition(":")[2] for target in targets}
    if unknown:
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    chosen = [target for target in targets if not options.names or target.partition(":")[2] in options.names]
    return 1 if [target for target in chosen if not _run(target, seconds=options.seconds)] else 0


def _run(target: str, *, seconds: int) -> bool:
    command = [sys.executable, __file__, "--seconds", str(seconds), "--child", target]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = ended.stderr.splitlines()
    told = [line for line in lines if line.startswith("Done ") or "written to" in line] or [""]
    reached = re.findall(r"cov: (\d+) ft: (\d+).*?rss: (\w+)", ended.stderr)
    edges = "edges {}, features {}, memory {}".format(*reached[-1]) if reached else "reached nothing"
    print(f"{target:32} {'FOUND' if ended.returncode else 'clean'}   {told[-1]}; {edges}", flush=True)
    if ended.returncode:
        print(ended.stdout + ended.stderr[-4000:], file=sys.stderr)
    return ended.returncode == 0


def _bytewise(data: bytes, size: int) -> bytes:
    import atheris

    # looked up at each call, for Atheris puts the real one there when the fuzzing begins
    made: bytes = atheris.Mutate(data, size)
    return made


def _fuzz(target: str, *, seconds: int) -> None:
    import atheris

    module_name, _, name = target.partition(":")
    with atheris.instrument_imports(include=["collectors", "config", "orjson"]):
        module = importlib.import_module(module_name)
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(module.SEEDS[name]):
            (Path(corpus) / f"seed-{number}").write_bytes(seed)
        limits = [
            f"-max_total_time={seconds}",
            f"-max_len={LONGEST_INPUT}",
            f"-timeout={SLOWEST_S}",
            f"-rss_limit_mb={MOST_MEMORY_MB}",
        ]
        more = {}
        if name in module.MUTATORS:
            more["custom_mutator"] = functools.partial(module.MUTATORS[name], bytewise=_bytewise)
        one = next(one for one in module.TARGETS if one.__name__ == name)
        atheris.Setup([sys.argv[0], corpus, *limits], one, **more)
        atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
