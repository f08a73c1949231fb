"""What several commands take: ports, times, a password from a file, and the device that is to be asked."""

import argparse
from pathlib import Path

_DAY_S = 86400.0


def port(text: str) -> int:
    """Take a port number."""
    number = int(text)
    if not 0 < number < 65536:
        raise argparse.ArgumentTypeError(f"{text} is no port number")
    return number


def seconds(text: str) -> float:
    """Take a time-out: more than nothing, less than a day."""
    number = float(text)
    if not 0 < number < _DAY_S:
        raise argparse.ArgumentTypeError(f"{text} is no time-out in seconds")
    return number


def describe_device(parser: argparse.ArgumentParser, *, timeout_s: float, whole: str) -> None:
    """Describe the arguments that name one device and how to ask it; `whole` is what the time-out is for."""
    parser.add_argument("host", metavar="HOST", help="address or name of the device")
    parser.add_argument("--family", metavar="NAME", help="its API family, instead of finding it out")
    parser.add_argument("--port", type=port, metavar="N", help="the family's first port, when it is not the usual one")
    parser.add_argument("--http-port", type=port, metavar="N", help="the port of its web page, when it is not 80")
    parser.add_argument("--username", metavar="U", help="user name of the device")
    parser.add_argument("--password-file", type=Path, metavar="F", help="file that holds the password")
    parser.add_argument(
        "--timeout", type=seconds, default=timeout_s, metavar="S", help=f"seconds for {whole} ({timeout_s:g})"
    )


def password_in(file: Path | None) -> str | None:
    """Read a password without the end of its line; None without a file. A ValueError says why it cannot be read."""
    if file is None:
        return None
    try:
        return file.read_text(encoding="utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot read the password file {file}: {error}") from None
