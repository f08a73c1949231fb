"""How a pool's certificate is held to account: by the system's authorities, by its fingerprint, or not at all.

Self-signed certificates are usual at pools; a pinned fingerprint is as good as an authority then. `verify` trusts what
OpenSSL trusts, so SSL_CERT_FILE adds a private authority.
"""

import asyncio
import hashlib
import ssl
from functools import cache
from typing import Literal

import msgspec
from cryptography import x509

from collectors.pools.proof import Unproved


class TlsPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """`verify`, `pin` one certificate by the SHA-256 of its DER form in hex, or `insecure`: encrypted, unproved."""

    mode: Literal["verify", "pin", "insecure"] = "verify"
    sha256: str | None = None


VERIFY = TlsPolicy()


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """What a server showed: fingerprint in hex, the end of its validity in epoch seconds, and whether it was proved."""

    sha256: str
    expires_at: float | None
    authenticated: bool


async def context_for(policy: TlsPolicy) -> ssl.SSLContext:
    """Give the context for a policy; the authorities are read once, in a thread, because that takes a while."""
    return await asyncio.to_thread(_verifying if policy.mode == "verify" else _trusting)


def examine(connection: ssl.SSLObject | ssl.SSLSocket, policy: TlsPolicy) -> Certificate:
    """Look at the certificate of a finished handshake; Unproved when a pinned one is not the one expected."""
    der = connection.getpeercert(binary_form=True) or b""
    fingerprint = hashlib.sha256(der).hexdigest()
    if policy.mode == "pin" and fingerprint != (policy.sha256 or "").replace(":", "").lower():
        raise Unproved(f"the certificate's SHA-256 is {fingerprint}, not the pinned one", by="certificate")
    return Certificate(
        sha256=fingerprint,
        expires_at=_expiry(der),
        authenticated=policy.mode != "insecure",
    )


@cache
def _verifying() -> ssl.SSLContext:
    return ssl.create_default_context()


@cache
def _trusting() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _expiry(der: bytes) -> float | None:
    """Read when the certificate ends; None when it is not one that can be read."""
    try:
        return x509.load_der_x509_certificate(der).not_valid_after_utc.timestamp()
    except ValueError:
        return None
