"""Write an annotated configuration to start from. Nothing that exists is overwritten unless --force is given.

PATH may be `-` for standard output.
"""

import argparse
import os
import sys


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("path", metavar="PATH", nargs="?", default="headframe.yaml", help="default: headframe.yaml")
    parser.add_argument("--force", action="store_true", help="overwrite what is there")


def run(arguments: argparse.Namespace) -> int:
    """Write the example and tell what comes next."""
    from importlib.resources import as_file, files

    from daemon.commands.output import fail

    example = files("config").joinpath("example.yaml").read_text(encoding="utf-8")
    with as_file(files("config").joinpath("schema.json")) as schema:
        # Editors look the schema up from the line's own file, which now lies elsewhere.
        example = example.replace("$schema=./schema.json", f"$schema={schema.resolve().as_uri()}")
    path: str = arguments.path
    if path == "-":
        sys.stdout.write(example)
        return 0
    try:
        # A configuration names hosts and accounts, which are nobody else's business.
        flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if arguments.force else os.O_EXCL)
        with open(os.open(path, flags, 0o640), "w", encoding="utf-8") as file:
            file.write(example)
    except FileExistsError:
        return fail(
            "exists", "is there already; name another file, or give --force", target=path, code=1, as_json=False
        )
    except OSError as error:
        return fail("unwritable", f"cannot be written: {error.strerror}", target=path, code=1, as_json=False)
    print(f"wrote {path}")
    print(f"next: edit it, then `headframe check-config {path}`, then `headframe once --config {path}`")
    return 0
