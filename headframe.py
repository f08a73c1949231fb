"""Start the `headframe` command from a wheel or from the repository.

In a wheel the packages live under `_headframe/`, because top-level names such as `daemon` belong to others on
the Python Package Index; in the repository they stand at the top. Only this process sees them by their short names.
"""

import os
import sys


def main() -> int:
    """Run the command line; the result is the exit code."""
    home = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_headframe")
    if os.path.isdir(home) and home not in sys.path:
        sys.path.insert(0, home)
    from daemon.cli import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())
