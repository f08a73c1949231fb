"""From a template to the parameters of `mining.notify`: coinbase halves around the extranonce, bytes in order."""

from typing import Any

import msgspec

from simulator.pool.chain import Template, double_sha256

BLOCK_VERSION = 0x20000000
_COMMITMENT = bytes.fromhex("6a24aa21a9ed")
_SEQUENCE = b"\xff\xff\xff\xff"
_LOCK_TIME = b"\x00\x00\x00\x00"


class Payout(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One output of the coinbase: its script, and its part of the reward (the first output takes what is left)."""

    script: bytes
    share: float = 1.0


class Coinbase(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How a pool builds its coinbases: its tag, its outputs, and the bytes it leaves for both extranonces."""

    tag: str
    payouts: tuple[Payout, ...]
    extranonce1_size: int = 4
    extranonce2_size: int = 8

    def halves(self, template: Template) -> tuple[bytes, bytes]:
        """Give what stands before and after the extranonces, without witness data; ValueError on too long a tag."""
        size = self.extranonce1_size + self.extranonce2_size
        before = push(height_bytes(template.tip.height)) + push(template.ntime.to_bytes(4, "little")) + bytes((size,))
        after = push(self.tag.encode())
        length = len(before) + size + len(after)
        if length > 100:
            raise ValueError(f"a coinbase script has at most 100 bytes, this one has {length}: shorten the tag")
        version, outpoint = (1).to_bytes(4, "little"), bytes(32) + b"\xff\xff\xff\xff"
        outputs = self._outputs(template)
        tail = _SEQUENCE + bytes((len(outputs),)) + b"".join(outputs) + _LOCK_TIME
        return version + b"\x01" + outpoint + bytes((length,)) + before, after + tail

    def _outputs(self, template: Template) -> list[bytes]:
        reward = template.reward_sats
        others = [int(reward * payout.share) for payout in self.payouts[1:]]
        values = [reward - sum(others), *others]
        outputs = [output(value, payout.script) for value, payout in zip(values, self.payouts, strict=True)]
        if template.commitment is not None:
            outputs.append(output(0, _COMMITMENT + template.commitment))
        return outputs


def notify(template: Template, coinbase: Coinbase, *, job_id: str, clean: bool) -> list[Any]:
    """Give the nine parameters of `mining.notify`."""
    before, after = coinbase.halves(template)
    return [
        job_id,
        swapped_words(template.tip.previous),
        before.hex(),
        after.hex(),
        [branch.hex() for branch in template.branches],
        f"{BLOCK_VERSION:08x}",
        f"{template.tip.nbits:08x}",
        f"{template.ntime:08x}",
        clean,
    ]


def merkle_root(coinbase: bytes, branches: tuple[bytes, ...]) -> bytes:
    """Fold a coinbase with its branches into the root, in header byte order."""
    root = double_sha256(coinbase)
    for branch in branches:
        root = double_sha256(root + branch)
    return root


def height_bytes(height: int) -> bytes:
    """Give a height as BIP34 wants it in the script: little-endian, signed, as short as can be."""
    return height.to_bytes(height.bit_length() // 8 + 1, "little")


def push(data: bytes) -> bytes:
    """Give the script that pushes up to 75 bytes."""
    return bytes((len(data),)) + data


def output(value_sats: int, script: bytes) -> bytes:
    """Give one transaction output."""
    return value_sats.to_bytes(8, "little") + bytes((len(script),)) + script


def swapped_words(internal: bytes) -> str:
    """Give 32 bytes of header order as `mining.notify` writes them: every word of four bytes turned around."""
    return b"".join(internal[at : at + 4][::-1] for at in range(0, 32, 4)).hex()


def witness_key_script(key_hash: bytes) -> bytes:
    """Give the script of a p2wpkh output for the 20-byte hash of a key."""
    return b"\x00" + push(key_hash)
