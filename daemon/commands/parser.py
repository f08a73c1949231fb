"""Reading a command's words: what is wrong is raised, so that the command line answers in the form asked for."""

import argparse
from typing import NoReturn


class WrongWords(Exception):
    """Words that make no sense; the text says why, `usage` what would, `prog` of which command."""

    def __init__(self, message: str, *, usage: str, prog: str) -> None:
        super().__init__(message)
        self.usage = usage
        self.prog = prog


class Parser(argparse.ArgumentParser):
    """An argument parser that raises WrongWords in place of leaving the program; its verbs do so too."""

    def error(self, message: str) -> NoReturn:
        """Raise WrongWords."""
        raise WrongWords(message, usage=self.format_usage(), prog=self.prog)
