"""How long `headframe --help` takes against starting the bare interpreter, in alternating runs."""

import resource
import subprocess
import sys
import time
from pathlib import Path

from report import median, show

RUNS = 40


def main() -> int:
    """Measure and report; 1 when a goal was missed."""
    python = Path(sys.executable)
    commands = {
        "bare interpreter": [str(python), "-c", "pass"],
        "headframe --help": [str(python.with_name("headframe")), "--help"],
        "headframe --version": [str(python.with_name("headframe")), "--version"],
    }
    wall: dict[str, list[float]] = {name: [] for name in commands}
    cpu: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(RUNS + 3):
        for name, command in commands.items():
            spent, began = _children_cpu_s(), time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            took = time.perf_counter() - began
            # The first turns read everything from disk.
            if turn >= 3:
                wall[name].append(took)
                cpu[name].append(_children_cpu_s() - spent)
    base = median(wall["bare interpreter"])
    ratio = median(wall["headframe --help"]) / base
    return show(
        "startup",
        head=("command", "wall ms", "CPU ms", "times bare"),
        rows=[
            (name, 1e3 * median(wall[name]), 1e3 * median(cpu[name]), median(wall[name]) / base) for name in commands
        ],
        goals={"--help at most twice the bare interpreter": ratio <= 2.0},
        ratio=ratio,
    )


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
