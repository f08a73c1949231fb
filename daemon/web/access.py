"""Who may look: nobody needs a token on loopback, everybody needs one beyond it.

The token comes as `Authorization: Bearer TOKEN`, or as the password of HTTP Basic, which a browser asks for by
itself. Requests that change something are refused when they come from another site's page.
"""

import base64
import binascii
import hmac
import ipaddress
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
        except (binascii.Error, UnicodeDecodeError):
            return False
    elif kind.lower() != "bearer":
        return False
    return hmac.compare_digest(value.encode(), token.encode())


def guard(token: str | None) -> Middleware:
    """Build the middleware that asks for the token and refuses foreign pages' writes."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
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


def _is_foreign(request: web.Request) -> bool:
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc != request.host
