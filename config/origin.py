"""Where something stands in the operator's files."""

import msgspec


class Origin(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """File as it was named, line and column from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"
