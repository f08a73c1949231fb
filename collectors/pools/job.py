"""A mining job made legible: block, chain, difficulty, reward, fees, pool, payouts. Pure: bytes in, one `Job` out."""

import re
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from collectors.errors import Garbled
from collectors.pools.address import Chain, ScriptKind, describe
from collectors.pools.chain import SIGNET_HEADER, contradicts_main, identify
from collectors.pools.coinbase import (
    MAX_MONEY_SATS,
    WITNESS_COMMITMENT,
    ExtranonceLocation,
    Located,
    height_of,
    locate,
)
from collectors.pools.subsidy import hashprice_sats_per_ph_day, subsidy_sats
from collectors.pools.tags import pool_of
from collectors.pools.target import difficulty_of, network_hashrate_hs, target_of

Anomaly = Literal[
    "fees_without_transactions",  # claims fees although no transaction is in the block
    "over_claim",  # claims more than the supply, or more fees than blocks carry
    "under_claim",  # leaves part of the subsidy unclaimed
    "no_height",  # the coinbase does not start with a height
    "no_witness_commitment",  # transactions without a commitment, at a height where Bitcoin has had them for years
    "wrong_chain",  # claims a height of Bitcoin's with an nbits that Bitcoin did not have there, and is not Bitcoin's
    "unexpected_nbits",  # the same, but Bitcoin's by difficulty, commitment and height
    "extranonce_mismatch",  # the told extranonce does not fit; its size was derived from the lengths
]

# The dearest blocks so far carried some tens of BTC in fees, a handful more by an owner's mistake.
_MOST_FEES_SATS = 100 * 100_000_000
_SEGWIT_HEIGHT = 481_824
_PAYOUT_SHARE = 100  # an output of less than one part in this many does not name the pool
_NO_PERIODS: Mapping[int, int] = {}
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})*\Z")
_WORD = re.compile(r"[0-9a-fA-F]{1,8}\Z")
_WORD_STARTS = range(56, -1, -8)


class Output(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One output of the coinbase; `address` is None where the script has none or the chain is unknown.

    `extranonce_at` says which bytes of the script are the extranonce, as offset and length, None in most: there the
    job leaves open what will stand, and `script` has the pool's part as far as it was told, and zeros.
    """

    value_sats: int
    address: str | None
    script: str
    kind: ScriptKind
    extranonce_at: tuple[int, int] | None = None


class Job(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a pool asks to be worked on.

    `previous_block` is in display order. Without a height, subsidy, fees and hashprice are None; without a coinbase
    (standard jobs of Stratum V2), so are reward, transactions and `empty`, and `outputs` is empty. `fees_sats` is the
    reward beyond the subsidy and may be negative. `hashprice_sats_per_ph_day` uses this job's own reward.
    """

    id: str
    height: int | None
    previous_block: str
    clean: bool
    version: int
    ntime: int
    nbits: str
    network_difficulty: float | None
    network_hashrate_hs: float | None
    subsidy_sats: int | None
    reward_sats: int | None
    fees_sats: int | None
    hashprice_sats_per_ph_day: float | None
    transactions_min: int | None
    transactions_max: int | None
    empty: bool | None
    pool_tag: str | None
    chain: Chain
    outputs: tuple[Output, ...] = ()
    extranonce_size: int | None = None
    extranonce_location: ExtranonceLocation | None = None
    anomalies: tuple[Anomaly, ...] = ()

    def document(self) -> dict[str, Any]:
        """Give the JSON object of `headframe pool decode`."""
        fields: dict[str, Any] = msgspec.to_builtins(self)
        return fields


class Header(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What every kind of job says, whatever its protocol; `previous_block` in display order."""

    id: str
    previous_block: str
    clean: bool
    version: int
    ntime: int
    nbits: int


def decode_notify(
    params: Any,
    *,
    extranonce1: str | None,
    extranonce2_size: int | None,
    extranonce2: str | None = None,
    learned: Mapping[int, int] = _NO_PERIODS,
) -> Job:
    """Decode the parameters of one `mining.notify`; Garbled when they are not a job.

    Any extranonce fact may be None; `extranonce2` is what a miner put in, where a recording has it. A tenth parameter
    that some pools insert is passed over: the last one says whether older work is void. `learned` maps difficulty
    periods to `nbits` proved by earlier jobs.
    """
    if not isinstance(params, list | tuple) or len(params) < 9:
        raise Garbled("mining.notify needs nine parameters")
    job_id, previous, coinbase1, coinbase2, branches, version, nbits, ntime = params[:8]
    header = Header(
        id=_label(job_id),
        previous_block=_display_order(previous),
        clean=params[-1] is True or params[-1] == 1,
        version=_word(version, "version"),
        ntime=_word(ntime, "ntime"),
        nbits=_word(nbits, "nbits"),
    )
    located = locate(
        _bytes(coinbase1, "first coinbase part"),
        _bytes(coinbase2, "second coinbase part"),
        extranonce1=_optional_bytes(extranonce1),
        extranonce2_size=extranonce2_size,
        extranonce2=_optional_bytes(extranonce2),
    )
    mismatch = located.derived and extranonce1 is not None and extranonce2_size is not None
    return assemble(header, located=located, branches=_count(branches), mismatch=mismatch, learned=learned)


def assemble(
    header: Header,
    *,
    located: Located,
    branches: int,
    mismatch: bool = False,
    learned: Mapping[int, int] = _NO_PERIODS,
) -> Job:
    """Work out a job from its header, its coinbase and the number of merkle branches."""
    coinbase = located.coinbase
    script = coinbase.script
    first, last = located.window
    height, height_bytes = height_of(script, known=first if last > first else len(script))
    commitment = signet = False
    for _, paid in coinbase.outputs:
        if paid.startswith(WITNESS_COMMITMENT):
            commitment = True
            signet = signet or SIGNET_HEADER in paid[38:]
    chain = identify(
        height=height, nbits=header.nbits, ntime=header.ntime, commitment=commitment, signet=signet, learned=learned
    )

    reward = 0
    outputs = []
    for value, paid in coinbase.outputs:
        reward += value
        kind, address = describe(paid, chain)
        outputs.append(Output(value_sats=value, address=address, script=paid.hex(), kind=kind))
    if located.location == "output":
        outputs = [
            output if part is None else msgspec.structs.replace(output, extranonce_at=part)
            for output, part in zip(outputs, located.in_outputs(), strict=True)
        ]
    difficulty = difficulty_of(target_of(header.nbits))
    subsidy = fees = hashprice = None
    if height is not None:
        subsidy = subsidy_sats(height, chain=chain)
        fees = reward - subsidy
        if difficulty is not None:
            hashprice = hashprice_sats_per_ph_day(reward, difficulty=difficulty)

    return Job(
        id=header.id,
        height=height,
        previous_block=header.previous_block,
        clean=header.clean,
        version=header.version,
        ntime=header.ntime,
        nbits=f"{header.nbits:08x}",
        network_difficulty=difficulty,
        network_hashrate_hs=network_hashrate_hs(difficulty),
        subsidy_sats=subsidy,
        reward_sats=reward,
        fees_sats=fees,
        hashprice_sats_per_ph_day=hashprice,
        transactions_min=2 ** (branches - 1) + 1 if branches else 1,
        transactions_max=2**branches,
        empty=not branches and (fees is None or fees <= 0),
        pool_tag=pool_of(
            script[height_bytes:first] + b"\0" + script[last:],
            scripts=[paid for value, paid in coinbase.outputs if value and value * _PAYOUT_SHARE >= reward],
        ),
        chain=chain,
        outputs=tuple(outputs),
        extranonce_size=located.size,
        extranonce_location=located.location,
        anomalies=_anomalies(
            header,
            height=height,
            reward=reward,
            fees=fees,
            branches=branches,
            chain=chain,
            commitment=commitment,
            mismatch=mismatch,
        ),
    )


def without_coinbase(header: Header) -> Job:
    """Give what is visible of a job that hides its coinbase: the header's facts, and None for the rest."""
    difficulty = difficulty_of(target_of(header.nbits))
    return Job(
        id=header.id,
        height=None,
        previous_block=header.previous_block,
        clean=header.clean,
        version=header.version,
        ntime=header.ntime,
        nbits=f"{header.nbits:08x}",
        network_difficulty=difficulty,
        network_hashrate_hs=network_hashrate_hs(difficulty),
        subsidy_sats=None,
        reward_sats=None,
        fees_sats=None,
        hashprice_sats_per_ph_day=None,
        transactions_min=None,
        transactions_max=None,
        empty=None,
        pool_tag=None,
        chain=identify(
            height=None, nbits=header.nbits, ntime=header.ntime, commitment=False, signet=False, learned=_NO_PERIODS
        ),
    )


def _anomalies(
    header: Header,
    *,
    height: int | None,
    reward: int,
    fees: int | None,
    branches: int,
    chain: Chain,
    commitment: bool,
    mismatch: bool,
) -> tuple[Anomaly, ...]:
    """Name what is odd about a job, in a fixed order."""
    found: list[Anomaly] = []
    if height is None:
        found.append("no_height")
    if fees is not None and fees > 0 and not branches:
        found.append("fees_without_transactions")
    if reward > MAX_MONEY_SATS or (fees is not None and fees > _MOST_FEES_SATS):
        found.append("over_claim")
    if fees is not None and fees < 0:
        found.append("under_claim")
    if branches and not commitment and height is not None and height >= _SEGWIT_HEIGHT:
        found.append("no_witness_commitment")
    if chain in ("main", "unknown") and contradicts_main(height=height, nbits=header.nbits):
        found.append("wrong_chain" if chain == "unknown" else "unexpected_nbits")
    if mismatch:
        found.append("extranonce_mismatch")
    return tuple(found)


def _label(value: Any) -> str:
    """Take a job's id, which is opaque text; some pools send a number."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise Garbled("the job has no id")


def _display_order(previous: Any) -> str:
    """Turn the previous block's hash round: the wire has its eight words in reverse order, each word as displayed."""
    if not isinstance(previous, str) or len(previous) != 64 or not _HEX.match(previous):
        raise Garbled("the previous block's hash is not 32 bytes of hex")
    return "".join([previous[start : start + 8] for start in _WORD_STARTS]).lower()


def _bytes(value: Any, name: str) -> bytes:
    """Read hex of any even length."""
    if not isinstance(value, str) or not _HEX.match(value):
        raise Garbled(f"the {name} is not hex")
    return bytes.fromhex(value)


def _optional_bytes(value: Any) -> bytes | None:
    """Read the extranonce that the pool told; None when it told none, or none that is hex."""
    if not isinstance(value, str) or not _HEX.match(value):
        return None
    return bytes.fromhex(value)


def _word(value: Any, name: str) -> int:
    """Read a number of up to 32 bits in hex."""
    if not isinstance(value, str) or not _WORD.match(value):
        raise Garbled(f"the job's {name} is not a hex number of 32 bits")
    return int(value, 16)


def _count(branches: Any) -> int:
    """Count the merkle branches after looking at each."""
    if not isinstance(branches, list | tuple) or len(branches) > 32:
        raise Garbled("the merkle branches are not a list")
    for branch in branches:
        if not isinstance(branch, str) or len(branch) != 64 or not _HEX.match(branch):
            raise Garbled("a merkle branch is not 32 bytes of hex")
    return len(branches)
