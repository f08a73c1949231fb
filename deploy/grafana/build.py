"""Write the dashboards to dashboards/*.json; with --check only say whether they are as this would write them."""

import json
import sys
from pathlib import Path

import device
import site_overview

HERE = Path(__file__).resolve().parent
DASHBOARDS = {"site-overview": site_overview.build, "device": device.build}


def main(arguments: list[str]) -> int:
    """Build or check every dashboard; the result is the exit code."""
    stale = []
    for name, build in DASHBOARDS.items():
        path = HERE / "dashboards" / f"{name}.json"
        text = json.dumps(build(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        if path.exists() and path.read_text() == text:
            continue
        stale.append(path.name)
        if "--check" not in arguments:
            path.write_text(text)
    if stale and "--check" in arguments:
        print(f"not as deploy/grafana/build.py writes them: {', '.join(stale)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
