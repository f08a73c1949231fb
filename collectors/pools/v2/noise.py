"""The Noise handshake of Stratum V2: NX over secp256k1 with ElligatorSwift keys, ChaCha20-Poly1305 and SHA-256.

Sources: the protocol security chapter of the Stratum V2 specification, and BIP324 for the shared secret, where the
initiator's encoding comes first in the hash. The server's certificate binds its static key to the pool's authority.
"""

import hmac
import secrets
from hashlib import sha256

import msgspec
from btclib_secp256k1 import ellswift, ssa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from collectors.errors import Garbled
from collectors.pools.proof import Unproved

PROTOCOL_NAME = b"Noise_NX_Secp256k1+EllSwift_ChaChaPoly_SHA256"
ENCODING_BYTES = 64
TAG_BYTES = 16
ANSWER_BYTES = ENCODING_BYTES + (ENCODING_BYTES + TAG_BYTES) + (74 + TAG_BYTES)
CLOCK_LEEWAY_S = 10  # pools sign certificates as they start; a few seconds between two clocks broke real handshakes

_SIGNED_BYTES = 10  # version and validity, the part of the certificate that is signed
_INITIATOR = 0


class Cipher:
    """One direction of the encrypted channel; every message takes the next nonce."""

    __slots__ = ("_cipher", "_nonce", "key")

    def __init__(self, key: bytes) -> None:
        self.key = key
        self._cipher = ChaCha20Poly1305(key)
        self._nonce = 0

    def encrypt(self, plain: bytes, *, bound: bytes = b"") -> bytes:
        """Encrypt and seal; `bound` is sealed with it but not sent."""
        return self._cipher.encrypt(self._take_nonce(), plain, bound)

    def decrypt(self, sealed: bytes, *, bound: bytes = b"") -> bytes:
        """Open; Garbled when the seal is broken."""
        try:
            return self._cipher.decrypt(self._take_nonce(), sealed, bound)
        except InvalidTag as error:
            raise Garbled("an encrypted message does not open") from error

    def _take_nonce(self) -> bytes:
        nonce = bytes(4) + self._nonce.to_bytes(8, "little")
        self._nonce += 1
        return nonce


class Symmetric:
    """The hash and the chaining key that both sides build from the same messages."""

    __slots__ = ("_cipher", "chaining_key", "digest")

    def __init__(self) -> None:
        self.chaining_key = sha256(PROTOCOL_NAME).digest()
        self.digest = sha256(self.chaining_key).digest()
        self._cipher: Cipher | None = None

    def mix_hash(self, data: bytes) -> None:
        """Take a public message into the hash."""
        self.digest = sha256(self.digest + data).digest()

    def mix_key(self, secret: bytes) -> None:
        """Take a shared secret into the chaining key; what follows is encrypted under it."""
        self.chaining_key, key = _derive(self.chaining_key, secret)
        self._cipher = Cipher(key)

    def seal(self, plain: bytes) -> bytes:
        """Encrypt a part of the handshake, once there is a key."""
        sealed = plain if self._cipher is None else self._cipher.encrypt(plain, bound=self.digest)
        self.mix_hash(sealed)
        return sealed

    def open(self, sealed: bytes) -> bytes:
        """Decrypt a part of the handshake; Garbled when it does not open."""
        plain = sealed if self._cipher is None else self._cipher.decrypt(sealed, bound=self.digest)
        self.mix_hash(sealed)
        return plain

    def split(self) -> tuple[Cipher, Cipher]:
        """Give the two directions: client to server, server to client."""
        outward, inward = _derive(self.chaining_key, b"")
        return Cipher(outward), Cipher(inward)


class Certificate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What binds the server's static key to an authority; times in epoch seconds."""

    version: int
    valid_from: int
    not_valid_after: int
    signature: bytes
    server_key: bytes
    signed_digest: bytes

    def check(self, authority: bytes, *, now: float) -> None:
        """Raise Unproved unless `authority` (x-only, 32 bytes) signed it and `now` lies in its validity."""
        if self.version != 0:
            raise Unproved(f"the server's certificate has version {self.version}", by="authority")
        try:
            signed = ssa.verify(self.signed_digest, authority, self.signature)
        except ValueError as error:
            raise Unproved(f"the authority key is no key: {error}", by="authority") from error
        if not signed:
            raise Unproved("the server's certificate is not signed by this authority", by="authority")
        if now + CLOCK_LEEWAY_S < self.valid_from:
            raise Unproved("the server's certificate is not valid yet; compare the clocks", by="authority")
        if now - CLOCK_LEEWAY_S > self.not_valid_after:
            raise Unproved("the server's certificate is not valid any more", by="authority")


class Initiator:
    """The client's side: send `greeting`, give the 234 bytes of the answer to `finish`.

    `secret` and `encoding` fix the ephemeral key, for tests with known answers; both are drawn when not given.
    """

    def __init__(self, *, secret: bytes | None = None, encoding: bytes | None = None) -> None:
        self._secret = secret or secrets.token_bytes(32)
        self.greeting = encoding or ellswift.create(self._secret)
        self.symmetric = Symmetric()
        self.symmetric.mix_hash(self.greeting)
        self.symmetric.seal(b"")

    def finish(self, answer: bytes) -> tuple[Cipher, Cipher, Certificate]:
        """Give the directions (outward, inward) and the certificate, unchecked; Garbled when it is no answer."""
        if len(answer) != ANSWER_BYTES:
            raise Garbled(f"a handshake answer of {len(answer)} bytes")
        state = self.symmetric
        their_ephemeral = answer[:ENCODING_BYTES]
        sealed_static = answer[ENCODING_BYTES : 2 * ENCODING_BYTES + TAG_BYTES]
        sealed_certificate = answer[2 * ENCODING_BYTES + TAG_BYTES :]
        state.mix_hash(their_ephemeral)
        state.mix_key(self._shared_with(their_ephemeral))
        static = state.open(sealed_static)
        state.mix_key(self._shared_with(static))
        certificate = certificate_of(state.open(sealed_certificate), static=static)
        return *state.split(), certificate

    def _shared_with(self, theirs: bytes) -> bytes:
        return ellswift.xdh(self.greeting, theirs, self._secret, _INITIATOR)


def certificate_of(raw: bytes, *, static: bytes) -> Certificate:
    """Take the 74 bytes of a certificate apart: version, valid from, valid until, signature over their hash."""
    server_key = ellswift.decode(static)[1:]
    return Certificate(
        version=int.from_bytes(raw[0:2], "little"),
        valid_from=int.from_bytes(raw[2:6], "little"),
        not_valid_after=int.from_bytes(raw[6:10], "little"),
        signature=raw[_SIGNED_BYTES:],
        server_key=server_key,
        signed_digest=sha256(raw[:_SIGNED_BYTES] + server_key).digest(),
    )


def _derive(chaining_key: bytes, material: bytes) -> tuple[bytes, bytes]:
    """Derive two keys as the Noise framework's HKDF does."""
    mixed = hmac.digest(chaining_key, material, "sha256")
    first = hmac.digest(mixed, b"\x01", "sha256")
    return first, hmac.digest(mixed, first + b"\x02", "sha256")
