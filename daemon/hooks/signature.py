"""Signatures after the Standard Webhooks specification, version 1: HMAC-SHA256 over id, time and body."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

PREFIX = "whsec_"


def keys(secrets: str) -> tuple[bytes, ...]:
    """Read one or more `whsec_` secrets, parted by white space: while a key is changed, both sign.

    Raises ValueError, which never repeats a secret.
    """
    return tuple(_key(secret) for secret in secrets.split())


def headers(identity: str, *, at: int, body: bytes, signing_keys: Sequence[bytes]) -> dict[str, str]:
    """Give the headers for a body sent at `at` (epoch seconds); without keys there is no signature."""
    given = {"webhook-id": identity, "webhook-timestamp": str(at)}
    if signing_keys:
        signed = f"{identity}.{at}.".encode() + body
        macs = (hmac.new(key, signed, hashlib.sha256).digest() for key in signing_keys)
        given["webhook-signature"] = " ".join(f"v1,{base64.b64encode(mac).decode()}" for mac in macs)
    return given


def _key(secret: str) -> bytes:
    if not secret.startswith(PREFIX):
        raise ValueError(f"a webhook's secret begins with {PREFIX} and goes on in base64")
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"what follows {PREFIX} in a webhook's secret is not base64") from None
    if not 24 <= len(key) <= 64:
        raise ValueError(f"a webhook's secret holds 24 to 64 bytes, not {len(key)}")
    return key
