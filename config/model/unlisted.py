"""What mines beside the inventory: where to look for it, and what is known and may stay."""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema, model_validator

from config.model.amounts import PositiveDurationS
from config.model.moments import CalendarDate
from config.model.network import FilePath, HttpUrl, Network
from config.model.reference import SecretOrText
from config.model.section import AlsoAs, Location, Refused, Section
from config.model.signals import HeaderName, refuse_plain_secrets
from config.model.words import Flag, Pointer, Text, named, text

_PREFIX = re.compile(r"[0-9a-f]{2}(?:[:-][0-9a-f]{2}){2,4}", re.IGNORECASE)


def _prefix(value: Any) -> str:
    taken = text(value)
    if not _PREFIX.fullmatch(taken):
        raise Refused(
            f'{named(taken)} is not the begin of a MAC address; expected three bytes or more, such as "28:e2:97"'
        )
    return taken.upper().replace("-", ":")


def _match_alone(value: Any) -> Any:
    return {"match": value} if isinstance(value, str) else value


MacPrefix = Annotated[str, PlainValidator(_prefix), WithJsonSchema({"type": "string", "examples": ["28:e2:97"]})]


class PoolWorkers(Section):
    """The pool's own list of the account's workers; one that no listed device mines as is a finding (rule S-04)."""

    url: HttpUrl | None = Field(default=None, description="Address of the pool's API.")
    path: FilePath | None = Field(default=None, description="File with its answer, instead of an address.")
    pointer: Pointer = Field(
        default="", description="JSON pointer to the list, or to an object by worker; without it the whole answer."
    )
    name: Pointer | None = Field(
        default=None,
        description="JSON pointer inside an entry to the worker's name; without it the entry or key itself.",
    )
    hashrate: Pointer | None = Field(
        default=None, description="JSON pointer inside an entry to its hashrate; who has none does not count."
    )
    headers: dict[HeaderName, SecretOrText] = Field(
        default_factory=dict, description="Headers to send; those that grant access take references only."
    )
    interval_s: PositiveDurationS = Field(
        default=600.0, alias="interval", description="Time between looks.", json_schema_extra={"default": "10m"}
    )
    timeout_s: PositiveDurationS = Field(
        default=10.0,
        alias="timeout",
        description="Time that one request may take.",
        json_schema_extra={"default": "10s"},
    )

    @classmethod
    def glance(cls, raw: dict[str, Any]) -> Iterator[tuple[Location, str]]:
        """Look for one source."""
        if ("url" in raw) == ("path" in raw):
            yield (), "needs exactly one of `url` and `path`"

    @model_validator(mode="after")
    def _no_plain_secrets(self) -> Self:
        refuse_plain_secrets(self.headers)
        return self


class Expected(Section):
    """Something that is in no inventory and may be there: a loaner, a machine in repair, a tenant's."""

    match: Text = Field(
        description="Pattern with * of an address, a MAC address, a host name, or a worker after its account."
    )
    until: CalendarDate | None = Field(default=None, description="Last day on which it is expected; without it, ever.")
    note: Text | None = Field(default=None, description="Why, for people.")


class Unlisted(Section):
    """Where to look for machines that are in no inventory (rule S-04); pools name theirs under `pools.workers`."""

    leases: tuple[FilePath, ...] = Field(
        default=(), description="Files of leases of dnsmasq, ISC dhcpd or Kea (memfile); the form is found out."
    )
    arp: Flag = Field(
        default=False, description="True to look at whom this machine's kernel has spoken with lately (/proc/net/arp)."
    )
    networks: tuple[Network, ...] = Field(
        default=(),
        description="Networks in which everything must be listed; elsewhere only a miner's MAC address counts.",
    )
    makers: tuple[MacPrefix, ...] = Field(
        default=(),
        description="Begins of MAC addresses that are miners'; those of listed devices are known without.",
    )
    expected: tuple[
        Annotated[Expected, BeforeValidator(_match_alone), AlsoAs({"type": "string", "examples": ["10.20.9.*"]})], ...
    ] = Field(default=(), description="What may be there all the same; the pattern alone will do.")
    interval_s: PositiveDurationS = Field(
        default=300.0, alias="interval", description="Time between looks.", json_schema_extra={"default": "5m"}
    )
