"""Who may look: nobody needs a token on loopback, everybody needs one beyond it.

The token comes as `Authorization: Bearer TOKEN`, or as the password of HTTP Basic, which a browser asks for by
itself. Requests that change something are refused when they come from another site's page; and where no token stands
in the way, requests for another name than this machine's, for that is how a foreign page reaches what a browser can.
"""

import base64
import hmac
import ipaddress
import re
from collections.abc import Callable, Collection
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

OPEN_PATHS = frozenset({"/-/healthy", "/-/ready"})
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def is_loopback(host: str) -> bool:
    """Tell whether an address to listen on is reachable from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def may_enter(header: str | None, *, token: str) -> bool:
    """Compare the request's Authorization header with the token, in constant time."""
    kind, _, value = (header or "").partition(" ")
    if kind.lower() == "basic":
        try:
            value = base64.b64decode(value, validate=True).decode().partition(":")[2]
        except ValueError:  # not base64, not even ASCII, or no text
            return False
    elif kind.lower() != "bearer":
        return False
    # Bytes that are no UTF-8 reach us as half characters, which must be as wrong as any other token.
    return hmac.compare_digest(value.encode("utf-8", "surrogatepass"), token.encode())


def guard(token_now: Callable[[], str | None], *, hosts: Callable[[], Collection[str]]) -> Middleware:
    """Build the middleware that asks for the token and refuses foreign pages; `hosts` are further names of ours."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        token = token_now()
        if token is None and not is_own_name(request.headers.get("Host"), hosts=hosts()):
            raise web.HTTPMisdirectedRequest(
                text="this name is not one of ours; if it should be, list it in web.hosts\n"
            )
        open_to_all = token is None or request.path in OPEN_PATHS
        if not open_to_all and not may_enter(request.headers.get("Authorization"), token=token or ""):
            raise web.HTTPUnauthorized(
                text="a token is needed: Authorization: Bearer TOKEN\n",
                headers={"WWW-Authenticate": 'Basic realm="headframe", charset="UTF-8"'},
            )
        if request.method not in {"GET", "HEAD"} and _is_foreign(request):
            raise web.HTTPForbidden(text="this request comes from another site's page\n")
        return await handler(request)

    return middleware


def is_own_name(header: str | None, *, hosts: Collection[str]) -> bool:
    """Tell whether a Host header names this machine by address, as localhost, or by one of `hosts`."""
    if header is None:  # no browser leaves it out
        return True
    name = header.strip().lower()
    if not name.endswith("]"):
        name = re.sub(r":[0-9]*$", "", name)
    name = name.removeprefix("[").removesuffix("]").removesuffix(".")
    if name == "localhost" or name.endswith(".localhost") or name in {host.lower() for host in hosts}:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_foreign(request: web.Request) -> bool:
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("Host")
