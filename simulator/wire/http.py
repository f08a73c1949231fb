"""HTTP/1.1 as small web servers on miners speak it: requests read from bytes, answers made into bytes."""

from http import HTTPStatus

import msgspec

MOST_HEAD = 16 * 1024
MOST_BODY = 256 * 1024


class WebRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One request; header names are in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]


class WebAnswer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One answer; `chunked` sends the body in chunks instead of naming its length."""

    status: int = 200
    body: bytes = b""
    kind: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    chunked: bool = False
    close: bool = False

    def render(self) -> bytes:
        """Give the bytes as they go over the wire."""
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}", f"Content-Type: {self.kind}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        lines.append("Transfer-Encoding: chunked" if self.chunked else f"Content-Length: {len(self.body)}")
        if self.close:
            lines.append("Connection: close")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode()
        return head + (_chunks(self.body) if self.chunked else self.body)


class BadRequest(ValueError):
    """What came is not HTTP, or too much of it."""


def take_request(received: bytearray) -> WebRequest | None:
    """Take one whole request off the front of what was received; None until it is whole.

    BadRequest: no request line, a length that is no number, or more than the bounds allow. What does not begin with a
    method is refused with its first byte, as nginx and hyper do: who speaks another protocol need not wait.
    """
    if not (received[:1].isalpha() or received[:1] in b"\r\n"):
        raise BadRequest("no method")
    end = received.find(b"\r\n\r\n")
    if end < 0:
        if len(received) > MOST_HEAD:
            raise BadRequest("head too long")
        return None
    request_line, *lines = bytes(received[:end]).decode("latin-1").split("\r\n")
    words = request_line.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise BadRequest("no request line")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    length = headers.get("content-length", "0")
    if not length.isdigit() or int(length) > MOST_BODY:
        raise BadRequest("bad length")
    whole = end + 4 + int(length)
    if len(received) < whole:
        return None
    body = bytes(received[end + 4 : whole])
    del received[:whole]
    return WebRequest(method=words[0], target=words[1], headers=headers, body=body)


def _chunks(body: bytes, *, size: int = 1024) -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
