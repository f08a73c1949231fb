"""The Noise handshake, by known answers and against a responder of our own."""

import json
import time
from hashlib import sha256

import pytest
from btclib_secp256k1 import ellswift

from collectors.errors import Denied, Garbled
from collectors.pools.v2.framing import Frame, FrameReader, seal
from collectors.pools.v2.noise import ANSWER_BYTES, PROTOCOL_NAME, Cipher, Initiator, Symmetric


def test_both_sides_agree(responder, authority_key):
    """Both sides end with the same hash and keys, and the certificate stands up."""
    initiator, server = Initiator(), responder()
    outward, inward, certificate = initiator.finish(server.answer(initiator.greeting))
    assert (server.inward.key, server.outward.key) == (outward.key, inward.key)
    assert server.static_key == certificate.server_key
    certificate.check(authority_key, now=time.time())
    assert b"hello" == server.inward.decrypt(outward.encrypt(b"hello"))


def test_every_handshake_has_its_own_key():
    """Ephemeral keys are drawn anew."""
    assert Initiator().greeting != Initiator().greeting


@pytest.mark.parametrize("place", [0, 63, 64, 143, 144, 233])
def test_a_changed_answer_does_not_open(responder, place):
    """One changed bit anywhere in the answer breaks the handshake."""
    initiator = Initiator()
    answer = bytearray(responder().answer(initiator.greeting))
    answer[place] ^= 1
    with pytest.raises(Garbled, match="does not open"):
        initiator.finish(bytes(answer))


@pytest.mark.parametrize("size", [0, 170, ANSWER_BYTES - 1, ANSWER_BYTES + 1])
def test_an_answer_of_another_length(size):
    """An answer of another length is none."""
    with pytest.raises(Garbled, match="answer of"):
        Initiator().finish(bytes(size))


@pytest.mark.parametrize(
    ("options", "late", "words"),
    [
        ({"secret": bytes(range(2, 34))}, 0, "not signed by this authority"),
        ({"version": 1}, 0, "version 1"),
        ({"valid_from": 1000, "valid_until": 2000}, 989, "not valid yet"),
        ({"valid_from": 1000, "valid_until": 2000}, 2011, "not valid any more"),
    ],
)
def test_certificates_that_do_not_stand_up(responder, authority_key, options, late, words):
    """Another authority, another version, too early, too late: each is denied with its reason."""
    initiator = Initiator()
    _, _, certificate = initiator.finish(responder(**options).answer(initiator.greeting))
    with pytest.raises(Denied, match=words):
        certificate.check(authority_key, now=late or time.time())


@pytest.mark.parametrize("now", [990, 1000, 2000, 2010])
def test_a_few_seconds_between_clocks_do_not_matter(responder, authority_key, now):
    """Ten seconds of leeway on both ends."""
    initiator = Initiator()
    answer = responder(valid_from=1000, valid_until=2000).answer(initiator.greeting)
    initiator.finish(answer)[2].check(authority_key, now=now)


def test_an_authority_that_is_no_key(responder):
    """An authority key that is no point of the curve is denied, not an error of ours."""
    initiator = Initiator()
    _, _, certificate = initiator.finish(responder().answer(initiator.greeting))
    with pytest.raises(Denied, match="is no key"):
        certificate.check(b"\xff" * 32, now=time.time())


def test_nonces_never_repeat():
    """The same message twice gives two sealed texts, which open in order only."""
    outward, inward = Cipher(bytes(32)), Cipher(bytes(32))
    first, second = outward.encrypt(b"x"), outward.encrypt(b"x")
    assert first != second
    assert b"x" == inward.decrypt(first)
    with pytest.raises(Garbled):
        inward.decrypt(first)


def test_our_own_handshake_by_known_answer():
    """With fixed keys the whole handshake is one fixed text: any change of the algorithm shows here."""
    secrets = [bytes([value]) * 32 for value in (0x31, 0x32, 0x33)]
    mine, theirs, static = (ellswift.create(secret, b"\x07" * 32) for secret in secrets)
    initiator = Initiator(secret=secrets[0], encoding=mine)
    state = Symmetric()
    state.mix_hash(mine)
    state.seal(b"")
    state.mix_hash(theirs)
    state.mix_key(ellswift.xdh(mine, theirs, secrets[1], 1))
    sealed_static = state.seal(static)
    state.mix_key(ellswift.xdh(mine, static, secrets[2], 1))
    sealed_certificate = state.seal(bytes(74))
    outward, inward, _ = initiator.finish(theirs + sealed_static + sealed_certificate)
    assert state.digest == initiator.symmetric.digest
    known = "eca02e11bc3cdaa9ccf5562b377834a690c2a9faacdf06effde38bf4d6b624f6"
    assert known == sha256(outward.key + inward.key + state.digest).hexdigest()


@pytest.mark.shared
def test_published_beginnings(shared):
    """The protocol's name, its hash, and the state after it are the published ones."""
    known = json.loads((shared / "stratum" / "sv2-authority-and-init.json").read_text())
    assert known["noise_protocol_name"].encode() == PROTOCOL_NAME
    assert known["sha256_of_name"] == Symmetric().chaining_key.hex()
    assert known["h_after_init"] == Symmetric().digest.hex()


@pytest.mark.shared
def test_elligator_swift_decoding(shared):
    """All published encodings decode to their published points."""
    known = json.loads((shared / "stratum" / "sv2-ellswift-decode.json").read_text())
    for vector in known["vectors"]:
        assert vector["x"] == ellswift.decode(bytes.fromhex(vector["ellswift"]))[1:].hex()


@pytest.mark.shared
def test_shared_secrets(shared):
    """All published shared secrets come out, for either side."""
    known = json.loads((shared / "stratum" / "sv2-bip324-ecdh.json").read_text())
    for vector in known["vectors"]:
        initiating = vector["in_initiating"] == "1"
        ours, theirs = bytes.fromhex(vector["in_ellswift_ours"]), bytes.fromhex(vector["in_ellswift_theirs"])
        pair = (ours, theirs) if initiating else (theirs, ours)
        secret = ellswift.xdh(*pair, bytes.fromhex(vector["in_priv_ours"]), 0 if initiating else 1)
        assert vector["mid_shared_secret"] == secret.hex()


@pytest.mark.shared
def test_a_recorded_real_responder(shared):
    """A handshake recorded against a real server replays to the last byte: keys, certificate, frames both ways."""
    known = json.loads((shared / "stratum" / "sv2-noise-real-responder-vector.json").read_text())
    expected = known["expected"]
    initiator = Initiator(secret=bytes.fromhex(known["initiator_ephemeral_sk"]), encoding=bytes.fromhex(known["act1"]))
    outward, inward, certificate = initiator.finish(bytes.fromhex(known["act2"]))
    assert (expected["k_client_to_server"], expected["k_server_to_client"]) == (outward.key.hex(), inward.key.hex())
    assert expected["handshake_hash"] == initiator.symmetric.digest.hex()
    assert expected["chaining_key"] == initiator.symmetric.chaining_key.hex()
    assert (expected["server_static_xonly"], expected["signature"], expected["signed_message"]) == (
        certificate.server_key.hex(),
        certificate.signature.hex(),
        certificate.signed_digest.hex(),
    )
    assert (expected["cert_version"], expected["valid_from"], expected["not_valid_after"]) == (
        certificate.version,
        certificate.valid_from,
        certificate.not_valid_after,
    )
    certificate.check(bytes.fromhex(known["authority_xonly"]), now=expected["valid_from"])
    sent, got = known["client_frame"], known["server_frame"]
    frame = Frame(extension=0, kind=0, payload=bytes.fromhex(sent["plain_payload"]))
    assert sent["ciphertext"] == seal(frame, cipher=outward).hex()
    (heard,) = FrameReader(inward).receive(bytes.fromhex(got["ciphertext"]))
    assert (1, got["plain_payload"]) == (heard.kind, heard.payload.hex())


@pytest.mark.shared
def test_a_deterministic_handshake(shared):
    """A handshake made by another implementation gives the same keys and the same first frame."""
    known = json.loads((shared / "stratum" / "sv2-noise-handshake-deterministic.json").read_text())
    initiator = Initiator(secret=bytes.fromhex(known["initiator_ephemeral_sk"]), encoding=bytes.fromhex(known["act1"]))
    outward, inward, certificate = initiator.finish(bytes.fromhex(known["act2"]))
    assert (known["k_initiator_to_responder"], known["k_responder_to_initiator"]) == (
        outward.key.hex(),
        inward.key.hex(),
    )
    certificate.check(bytes.fromhex(known["authority_xonly"]), now=known["cert"]["valid_from"])
    first = known["first_frame"]
    frame = Frame(extension=first["ext"], kind=first["type"], payload=bytes.fromhex(first["payload"]))
    assert first["ciphertext"] == seal(frame, cipher=outward).hex()


@pytest.mark.shared
def test_recorded_conversations_with_a_real_server(shared):
    """Every recorded handshake opens; certificates stand up for their authority and for no other."""
    known = json.loads((shared / "stratum" / "sv2-real-server-transcript.json").read_text())
    authority = bytes.fromhex(known["authority_xonly"])
    handshakes = [run[0] for run in known["runs"].values() if isinstance(run[0], dict) and "initiator_sk" in run[0]]
    assert len(handshakes) >= 3
    for shake in handshakes:
        initiator = Initiator(secret=bytes.fromhex(shake["initiator_sk"]), encoding=bytes.fromhex(shake["act1"]))
        _, _, certificate = initiator.finish(bytes.fromhex(shake["act2"]))
        assert (shake["server_static_xonly"], shake["sig"]) == (
            certificate.server_key.hex(),
            certificate.signature.hex(),
        )
        certificate.check(authority, now=shake["cert"][1])
        with pytest.raises(Denied):
            certificate.check(bytes(31) + b"\x01", now=shake["cert"][1])
