"""The pools that are watched, and which pools devices may mine at."""

import fnmatch
import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema, model_validator

from config import quantity
from config.currencies import BITCOIN, CODES, STABLECOINS
from config.model.amounts import HashrateHs, Ratio
from config.model.network import PoolUrl
from config.model.reference import SecretOrText
from config.model.section import AlsoAs, Location, Refused, Section, only
from config.model.unlisted import PoolWorkers
from config.model.words import Flag, Id, Text, text

_SHA256 = re.compile(r"(?:[0-9a-fA-F]{2}:?){31}[0-9a-fA-F]{2}")
_REGEX = "re:"


def _fingerprint(value: Any) -> str:
    taken = text(value)
    if not _SHA256.fullmatch(taken):
        raise Refused("expected the certificate's SHA-256 as 64 hexadecimal digits")
    return taken.replace(":", "").lower()


def _pattern(value: Any) -> str:
    taken = text(value)
    if taken.startswith(_REGEX):
        try:
            re.compile(taken.removeprefix(_REGEX))
        except re.error as error:
            raise Refused(f"is not a regular expression: {error}") from None
    return taken


def _mode_alone(value: Any) -> Any:
    return {"mode": value} if isinstance(value, str) else value


def _currency_alone(value: Any) -> Any:
    return {"currency": value} if isinstance(value, str) else value


def _payout_currency(value: Any) -> str:
    code = text(value).upper()
    if code != BITCOIN and code not in CODES and code not in STABLECOINS:
        raise Refused(f'"{code[:10]}" is not a currency code; expected BTC, or one such as USD, EUR or USDT')
    return code


Pattern = Annotated[
    str,
    PlainValidator(_pattern),
    WithJsonSchema({"type": "string", "examples": ["*.example.net:3333", "re:acct[.].*"]}),
]


class PoolTls(Section):
    """How the pool's certificate is held to account."""

    mode: Literal["verify", "pin", "insecure"] = Field(
        default="verify", description="`verify` against the system's authorities, `pin` one certificate, or `insecure`."
    )
    sha256: Annotated[str, PlainValidator(_fingerprint), WithJsonSchema({"type": "string"})] | None = Field(
        default=None, description="SHA-256 of the certificate that `pin` accepts."
    )

    @classmethod
    def glance(cls, raw: dict[str, Any]) -> Iterator[tuple[Location, str]]:
        """Hold mode and fingerprint against each other."""
        if raw.get("mode") == "pin" and "sha256" not in raw:
            yield (), "mode pin needs the certificate's sha256"
        if raw.get("mode") != "pin" and "sha256" in raw:
            yield ("sha256",), "belongs to mode pin only"


class PoolPayout(Section):
    """What the pool pays in, and what of its terms tells a late or small payout from a missing one (rule L-05)."""

    currency: Annotated[
        str, PlainValidator(_payout_currency), WithJsonSchema({"type": "string", "pattern": "^[A-Za-z]{3,4}$"})
    ] = Field(
        default=BITCOIN,
        description="What it pays in: BTC, or a currency; any but the site's needs a rate under `exchange`.",
    )
    minimum_btc: Annotated[
        float, PlainValidator(quantity.bitcoin), WithJsonSchema({"type": "string", "examples": ["0.005 BTC"]})
    ] = Field(
        default=0.0,
        alias="minimum",
        description="Least that it pays out at once, where `pool_paid_POOL` tells transfers; so much may wait there.",
        json_schema_extra={"default": "0 BTC"},
    )
    highest_fee_ratio: Ratio | None = Field(
        default=None,
        alias="highest_fee",
        description="Highest fee of its tiers, where the fee goes by hashrate; without it `fee` is all it takes.",
    )


class Pool(Section):
    """One pool endpoint that is watched: connected to like a miner, but never sent a share."""

    id: Id = Field(description="Short name; it stands in metrics and findings.")
    url: PoolUrl = Field(
        description="stratum+tcp://, stratum+ssl://, stratum+tls:// or stratum2+tcp:// with host and port."
    )
    user: Text | None = Field(default=None, description="User to authorize as; without it nothing is authorized.")
    password: SecretOrText | None = Field(
        default=None, description="Password or reference to it; pools mostly ignore it."
    )
    fee_ratio: Ratio = Field(default=0.0, alias="fee", description="Pool fee, such as 2%.")
    scheme: Literal["fpps", "pps", "pps+", "pplns", "solo"] = Field(
        default="fpps", description="How the pool pays; it decides which fees count as revenue."
    )
    hashrate_hs: HashrateHs | None = Field(
        default=None,
        alias="hashrate",
        description="The whole pool's hashrate, for the spread of what PPLNS and PPS+ pay.",
    )
    payout: Annotated[PoolPayout, BeforeValidator(_currency_alone), AlsoAs({"type": "string", "examples": ["USD"]})] = (
        Field(default=PoolPayout(), description="How payouts are made; the currency alone will do.")
    )
    workers: PoolWorkers | None = Field(default=None, description="The pool's own list of the account's workers.")
    tls: Annotated[PoolTls, BeforeValidator(_mode_alone), AlsoAs({"enum": ["verify", "insecure"]})] = Field(
        default=PoolTls(), description="How a TLS connection is checked; the mode alone will do."
    )
    trusted: Flag = Field(default=False, description="True when this pool's word decides where pools disagree.")

    @model_validator(mode="after")
    def _fee_within_tiers(self) -> Self:
        highest = self.payout.highest_fee_ratio
        if highest is not None and highest < self.fee_ratio:
            raise only(("payout", "highest_fee"), "must not be below `fee`")
        return self


class PoolAllowed(Section):
    """Pools and users that devices may mine with; anything else raises a finding.

    A pattern is a glob (`*` and `?`), or a regular expression after `re:`. The pools under `pools` are allowed as
    they stand, so this list is for backups and other accounts.
    """

    url: Pattern = Field(description="Pattern of the pool's URL, or of its host and port.")
    user: Pattern | None = Field(
        default=None,
        description="Pattern of the user; any user when not given.",
        json_schema_extra={"examples": ["account.*"]},
    )

    def allows(self, url: str, user: str | None) -> bool:
        """Tell whether a device may mine at this URL as this user; a URL fits with its scheme or without."""
        bare = url.partition("://")[2] or url
        fits_url = matches(self.url, url) or matches(self.url, bare)
        return fits_url and (self.user is None or matches(self.user, user or ""))


def matches(pattern: str, value: str) -> bool:
    """Hold a value against a glob, or against a regular expression after `re:`, as a whole and without case."""
    if pattern.startswith(_REGEX):
        return re.fullmatch(pattern.removeprefix(_REGEX), value, re.IGNORECASE) is not None
    return fnmatch.fnmatchcase(value.lower(), pattern.lower())
