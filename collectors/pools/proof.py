"""A peer that does not prove to be who it should be."""

from typing import Literal

from collectors.errors import Denied

Proof = Literal["certificate", "authority"]


class Unproved(Denied):
    """The certificate or the authority is not the expected one: ask the pool over another way before trusting it."""

    def __init__(self, message: str, *, by: Proof) -> None:
        super().__init__(message)
        self.by: Proof = by
