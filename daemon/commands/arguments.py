"""Kinds of arguments: what a word on the command line must be to stand for a port or a time."""

import argparse

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
