"""Secrets are read when they are needed, from where the configuration says; their values never reach a message."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from config.model.reference import SecretRef
from config.model.section import Location

__all__ = ["SecretError", "SecretRef", "exposure", "references", "resolve"]

LARGEST = 65_536
"""Bytes that a secret may have; a larger file is the wrong file."""


class SecretError(Exception):
    """A secret cannot be read; the message names the reference and the remedy, never the value."""


def resolve(reference: SecretRef, *, base: str | Path = ".") -> str:
    """Read a secret; relative paths start at `base`, the configuration file's folder.

    One line break at the end is taken off. Raises SecretError when the secret is missing, empty, not text or too
    large. Reads a file, so it does not belong into an event loop.
    """
    if reference.kind == "text":
        return reference.target
    if reference.kind == "env":
        value = os.environ.get(reference.target)
        if value is None:
            raise SecretError(f"the environment variable {reference.target} is not set")
    else:
        value = _read(_path(reference, base), reference)
    if not value:
        raise SecretError(f"{reference} is empty")
    return value


def exposure(reference: SecretRef, *, base: str | Path = ".") -> str | None:
    """Say who else may read a secret's file; None when nobody, when it is no file, or when it is not there."""
    if reference.kind != "file":
        return None
    path = _path(reference, base)
    try:
        mode = path.stat().st_mode
    except OSError:
        return None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        who = "everybody" if mode & stat.S_IRWXO else "its group"
        return f"{reference} is open to {who} (mode {stat.S_IMODE(mode):04o}); chmod 600 {path}"
    return None


def references(section: BaseModel, where: Location = ()) -> Iterator[tuple[Location, SecretRef]]:
    """Yield every reference of a configuration with its place, in the operator's keys."""
    for name, field in type(section).model_fields.items():
        yield from _within(getattr(section, name), (*where, field.alias or name))


def _within(value: Any, where: Location) -> Iterator[tuple[Location, SecretRef]]:
    if isinstance(value, SecretRef):
        yield where, value
    elif isinstance(value, BaseModel):
        yield from references(value, where)
    elif isinstance(value, tuple):
        for place, item in enumerate(value):
            yield from _within(item, (*where, place))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _within(item, (*where, key))


def _path(reference: SecretRef, base: str | Path) -> Path:
    if reference.kind == "file":
        return Path(base) / reference.target
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        raise SecretError(
            f"{reference} needs the service manager's $CREDENTIALS_DIRECTORY, which is not set; "
            "add LoadCredential= to the unit, or use file: or env:"
        )
    return Path(folder) / reference.target


def _read(path: Path, reference: SecretRef) -> str:
    try:
        # Opening a named pipe would wait for a writer for ever.
        with open(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise SecretError(f"{reference} is not a plain file ({path})")
            content = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "the path is not valid"
        raise SecretError(f"{reference} cannot be read: {why} ({path})") from None
    if len(content) > LARGEST:
        raise SecretError(f"{reference} is larger than {LARGEST} bytes; it is hardly a secret ({path})")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SecretError(f"{reference} is not UTF-8 text ({path})") from None
    if "\0" in text:
        raise SecretError(f"{reference} has a NUL byte in it ({path})")
    return text.removesuffix("\n").removesuffix("\r")
