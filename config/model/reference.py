"""Secrets stand in the configuration by reference only: where to read them, never what they are."""

import re
from typing import Annotated, Any, Literal

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from config.model.section import Refused
from config.model.words import text

SecretKind = Literal["file", "env", "credential", "text"]
_REFERENCE = re.compile(r"(file|env|credential):(.*)", re.DOTALL)
_ENVIRONMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CREDENTIAL = re.compile(r"[A-Za-z0-9_.@-]+")
REMEDY = (
    'a secret is never written into this file; write "file:PATH" for a file that only the daemon may read, '
    '"env:NAME" or "credential:NAME"'
)


class SecretRef:
    """Where a secret is read from: a file, an environment variable, or a credential of the service manager.

    `kind` is "text" only where a field allows plain text beside references (a pool's password is often `x`); then
    `target` is the text itself, and neither repr nor dump shows it.
    """

    __slots__ = ("kind", "target")

    kind: SecretKind
    target: str

    def __init__(self, kind: SecretKind, target: str) -> None:
        object.__setattr__(self, "kind", kind)
        object.__setattr__(self, "target", target)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a reference is frozen; {name} cannot be set")

    def __reduce__(self) -> tuple[type["SecretRef"], tuple[SecretKind, str]]:
        return SecretRef, (self.kind, self.target)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SecretRef):
            return NotImplemented
        return (self.kind, self.target) == (other.kind, other.target)

    def __hash__(self) -> int:
        return hash((self.kind, self.target))

    def __str__(self) -> str:
        return "(text)" if self.kind == "text" else f"{self.kind}:{self.target}"

    def __repr__(self) -> str:
        return f"SecretRef({self})"


def secret_reference(value: Any) -> SecretRef:
    """Take a reference; plain text is refused, and never repeated in the refusal."""
    if isinstance(value, SecretRef):
        return value
    found = _reference(value)
    if found is None:
        raise Refused(REMEDY)
    return found


def secret_or_text(value: Any) -> SecretRef:
    """Take a reference, or plain text where the value is usually no secret."""
    if isinstance(value, SecretRef):
        return value
    return _reference(value) or SecretRef("text", text(value))


def _reference(value: Any) -> SecretRef | None:
    match = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    kind, target = match.groups()
    if kind == "file" and target.strip() and target.isprintable():
        return SecretRef("file", target)
    if kind == "env" and _ENVIRONMENT.fullmatch(target):
        return SecretRef("env", target)
    if kind == "credential" and _CREDENTIAL.fullmatch(target) and target not in {".", ".."}:
        return SecretRef("credential", target)
    raise Refused(
        {
            "file": "expected a path after file:",
            "env": "expected the name of an environment variable after env:",
            "credential": "expected the plain name of a credential after credential:, without a path",
        }[kind]
    )


Secret = Annotated[
    SecretRef,
    PlainValidator(secret_reference),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "pattern": "^(file|env|credential):.+", "examples": ["file:secrets/m1"]}),
]
SecretOrText = Annotated[
    SecretRef,
    PlainValidator(secret_or_text),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "examples": ["file:secrets/pool", "x"]}),
]
