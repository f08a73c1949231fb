"""Reading the operator's files, with a bound on their size."""


class FileProblem(Exception):
    """A file cannot be used; the message completes a sentence that begins with its name."""


def read_bytes(path: str, *, largest: int) -> bytes:
    """Read a whole file of at most `largest` bytes; raises FileProblem."""
    try:
        with open(path, "rb") as file:
            content = file.read(largest + 1)
    except (OSError, ValueError) as error:
        raise FileProblem(f"cannot be read: {getattr(error, 'strerror', None) or 'the path is not valid'}") from None
    if len(content) > largest:
        raise FileProblem(f"is larger than {largest // 2**20} MiB")
    return content
