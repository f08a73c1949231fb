"""The devices: single ones, whole networks, and inventory files; and the credentials they share."""

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from config.model.amounts import HashrateHs, PositiveDurationS, PositivePowerW, TemperatureC
from config.model.network import AddressOrNetwork, FilePath, Host, Network
from config.model.reference import Secret
from config.model.section import Location, Section
from config.model.words import Flag, Id, Label, Port, Text

Family = Literal[
    "antminer", "hiveon", "mskminer", "braiins", "luxos", "vnish", "whatsminer", "avalon", "epic", "auradine",
    "marafw", "axeos", "nerdaxe", "proto", "goldshell", "iceriver", "innosilicon", "blackminer", "elphapex",
    "sealminer", "apollo", "fluminer", "ebang", "strongu", "cgminer", "bfgminer",
]  # fmt: skip
PowerGrade = Literal["metered", "branch", "reported", "estimated", "spec", "unknown"]

_KINDS = ("host", "cidr", "inventory")
_SINGLE = ("id", "slot", "serial", "mac")


class Device(Section):
    """One device (`host`), every host of a network (`cidr`), or the rows of a CSV file (`inventory`).

    With `cidr` and `inventory` the other keys hold for all of them; a row's own cell wins. Only `host` is needed:
    family and model are found out, and without `id` the host is the id.
    """

    id: Id | None = Field(default=None, description="Stable name of the device; without it, the host.")
    host: Host | None = Field(default=None, description="Address or host name of one device.")
    cidr: Network | None = Field(default=None, description="Network whose every host is a device, such as 10.0.0.0/24.")
    inventory: FilePath | None = Field(
        default=None, description="CSV file with one device per row; its columns are these keys."
    )
    exclude: tuple[AddressOrNetwork, ...] = Field(
        default=(), description="Addresses and networks inside `cidr` that are no devices."
    )
    family: Family | None = Field(default=None, description="Kind of firmware interface; found out when not given.")
    model: Text | None = Field(default=None, description="Model, such as `S19j Pro`; found out when not given.")
    feeder: Id | None = Field(default=None, description="Feeder that supplies it; without it, the rack's.")
    rack: Id | None = Field(default=None, description="Rack it stands in.")
    slot: Label | None = Field(default=None, description="Place within the rack.")
    username: Text | None = Field(default=None, description="User name for the device's interface.")
    password: Secret | None = Field(default=None, description="Reference to the password.")
    ports: dict[Text, Port] = Field(
        default_factory=dict, description="Ports that differ from the family's, by name: `api`, `http`."
    )
    power_w: PositivePowerW | None = Field(
        default=None, alias="power", description="Power at the wall; it beats what the device reports."
    )
    power_grade: PowerGrade | None = Field(default=None, description="How `power` is known; `spec` when not given.")
    hashrate_hs: HashrateHs | None = Field(
        default=None, alias="hashrate", description="Hashrate that is expected of the device."
    )
    chip_limit_c: TemperatureC | None = Field(
        default=None,
        alias="chip_limit",
        description="Chip temperature that must not be passed.",
        json_schema_extra={"examples": ["95 C"]},
    )
    interval_s: PositiveDurationS | None = Field(
        default=None, alias="interval", description="Time between polls, where it is not `polling.interval`."
    )
    timeout_s: PositiveDurationS | None = Field(
        default=None, alias="timeout", description="Time that one poll may take, where it is not `polling.timeout`."
    )
    serial: Text | None = Field(
        default=None, description="Serial number, to know the device by when its address changes."
    )
    mac: Text | None = Field(default=None, description="MAC address, to know the device by when its address changes.")
    maintenance: Flag = Field(default=False, description="True while people work on it: no findings are raised.")
    enabled: Flag = Field(default=True, description="False keeps the entry but leaves the device alone.")

    @classmethod
    def glance(cls, raw: dict[str, Any]) -> Iterator[tuple[Location, str]]:
        """Hold the keys against each other."""
        given = [key for key in _KINDS if key in raw]
        if len(given) != 1:
            yield (
                (),
                f"needs exactly one of host, cidr and inventory, not {' and '.join(given) or 'none'}",
            )
        elif given != ["host"]:
            for key in _SINGLE:
                if key in raw:
                    yield (key,), f"cannot be shared by all devices of `{given[0]}`"
        if "exclude" in raw and "cidr" not in raw:
            yield ("exclude",), "belongs to `cidr` only"
        if "power_grade" in raw and "power" not in raw and "inventory" not in raw:
            yield ("power_grade",), "grades `power`, which is not given"


class Credential(Section):
    """A login for the devices that have none of their own; the first entry that fits a device is taken.

    Entries of vendor defaults are tried one after the other where that one is missing or refused; one without username
    and password stands for all that the device's family is known to be delivered with.
    """

    family: Family | None = Field(default=None, description="Family it is for; every family when not given.")
    cidr: AddressOrNetwork | None = Field(default=None, description="Network it is for; every host when not given.")
    username: Text | None = Field(default=None, description="User name.")
    password: Secret | None = Field(default=None, description="Reference to the password.")
    vendor_default: Flag = Field(
        default=False,
        description="True for a vendor's default: each is tried at most once a device and day, and reported.",
    )

    @classmethod
    def glance(cls, raw: dict[str, Any]) -> Iterator[tuple[Location, str]]:
        """Look for anything to log in with."""
        if "username" not in raw and "password" not in raw and not raw.get("vendor_default"):
            yield (
                (),
                "needs username, password, or both; or `vendor_default: true` for what its family is delivered with",
            )
