"""Run every fuzz target of this folder under Atheris for a while, each in a process of its own.

    python tests/fuzz/run.py --seconds 600 [NAME ...]

Prints a line a target; ends with 1 when one of them found something, and leaves the bytes that did it in a file whose
name is printed. `TARGETS` of a module are its targets, `SEEDS` what to start from.
"""

import argparse
import importlib
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
LONGEST_INPUT = 8192
SLOWEST_S = 10


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
        for target in importlib.import_module(path.stem).TARGETS
    ]
    unknown = set(options.names) - {target.partition(":")[2] for target in targets}
    if unknown:
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    chosen = [target for target in targets if not options.names or target.partition(":")[2] in options.names]
    return 1 if [target for target in chosen if not _run(target, seconds=options.seconds)] else 0


def _run(target: str, *, seconds: int) -> bool:
    command = [sys.executable, __file__, "--seconds", str(seconds), "--child", target]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    told = [line for line in ended.stderr.splitlines() if line.startswith(("Done ", "#")) or "written to" in line]
    print(f"{target:32} {'clean' if ended.returncode == 0 else 'FOUND'}   {told[-1] if told else ''}", flush=True)
    if ended.returncode:
        print(ended.stdout + ended.stderr[-4000:], file=sys.stderr)
    return ended.returncode == 0


def _fuzz(target: str, *, seconds: int) -> None:
    import atheris

    module_name, _, name = target.partition(":")
    with atheris.instrument_imports(include=["collectors", "config", "orjson"]):
        module = importlib.import_module(module_name)
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(getattr(module, "SEEDS", ())):
            (Path(corpus) / f"seed-{number}").write_bytes(seed)
        limits = [
            f"-max_total_time={seconds}",
            f"-max_len={LONGEST_INPUT}",
            f"-timeout={SLOWEST_S}",
            "-rss_limit_mb=2048",
        ]
        atheris.Setup([sys.argv[0], corpus, *limits], getattr(module, name))
        atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
