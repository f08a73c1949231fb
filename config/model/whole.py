"""The whole file: one site."""

from typing import Annotated, Any, Self

from pydantic import Field, ModelWrapValidatorHandler, PlainValidator, ValidationError, WithJsonSchema, model_validator

from config.currencies import CODES
from config.model.costs import Costs
from config.model.devices import Credential, Device
from config.model.hooks import Hook
from config.model.moments import zone
from config.model.outputs import Ledger, Log, Mqtt, Web
from config.model.planning import Capacity, Curtailment, DueDate, Maintenance, Retired
from config.model.polling import Polling
from config.model.pools import Pool, PoolAllowed
from config.model.power import Feeder, Rack
from config.model.references import unresolved
from config.model.rules import RuleId, RuleSettings
from config.model.section import SURROUNDINGS, Section, Surroundings, as_mapping, wrong
from config.model.signals import Signal
from config.model.site import SiteSection
from config.model.tariff import Tariff
from config.model.treasury import ForeignCurrency, Outlook, Treasury
from config.model.unlisted import Unlisted
from config.model.words import SignalName, whole

VERSION = 1
"""The version of the configuration that this program writes and reads; older ones are migrated first."""


class SiteConfig(Section):
    """One file describes one site. Only `version` and `site` are required."""

    version: Annotated[int, PlainValidator(whole(VERSION, VERSION)), WithJsonSchema({"const": VERSION})] = Field(
        description="Version of this file's form."
    )
    site: SiteSection = Field(description="The site as a whole.")
    feeders: tuple[Feeder, ...] = Field(default=(), description="Supplies of power.")
    racks: tuple[Rack, ...] = Field(default=(), description="Where devices stand.")
    devices: tuple[Device, ...] = Field(default=(), description="Devices: single, networks, inventory files.")
    credentials: tuple[Credential, ...] = Field(default=(), description="Logins that devices share.")
    pools: tuple[Pool, ...] = Field(default=(), description="Pools that are watched.")
    pools_allowed: tuple[PoolAllowed, ...] = Field(default=(), description="Other pools that devices may mine at.")
    tariff: Tariff | None = Field(default=None, description="What power costs; without it no money is reckoned.")
    costs: Costs = Field(default=Costs(), description="Costs beside energy.")
    treasury: Treasury | None = Field(default=None, description="What is held, for how long it would last.")
    outlook: Outlook = Field(default=Outlook(), description="What hold or sell is reckoned with.")
    exchange: dict[ForeignCurrency, SignalName] = Field(
        default_factory=dict,
        description="Other currencies, each with the signal that tells what one unit is worth in the site's.",
    )
    signals: dict[SignalName, Signal] = Field(
        default_factory=dict,
        description="Named numbers that change over time. These names have a meaning: hashprice, btc_price, "
        "power_price, ambient_temperature, curtailment_target, carbon_intensity.",
    )
    rules: dict[RuleId, RuleSettings] = Field(
        default_factory=dict, description="Settings of rules by id (`P-01`), or of all of them (`defaults`)."
    )
    hooks: tuple[Hook, ...] = Field(default=(), description="Where findings are sent.")
    maintenance: tuple[Maintenance, ...] = Field(default=(), description="Planned times of work.")
    curtailment: tuple[Curtailment, ...] = Field(
        default=(), description="Planned times in which load stands still; the signal curtailment_target tells others."
    )
    retired: tuple[Retired, ...] = Field(default=(), description="Machines taken out of service, with their receipts.")
    dates: tuple[DueDate, ...] = Field(default=(), description="Dates to keep, of registrations, reports, covenants.")
    unlisted: Unlisted | None = Field(default=None, description="Where to look for machines that are in no inventory.")
    capacity: Capacity = Field(default=Capacity(), description="Power that other compute could use.")
    web: Web = Field(default=Web(), description="Page, API and metrics.")
    mqtt: Mqtt | None = Field(default=None, description="MQTT broker.")
    polling: Polling = Field(default=Polling(), description="How devices are polled.")
    ledger: Ledger = Field(default=Ledger(), description="The database.")
    log: Log = Field(default=Log(), description="The log.")

    @model_validator(mode="wrap")
    @classmethod
    def _surrounded(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Tell the fields of their surroundings, and report broken references together with all other problems."""
        if not isinstance(data, dict):
            return handler(data)
        token = SURROUNDINGS.set(_surroundings(data))
        try:
            found = list(unresolved(data))
            try:
                config = handler(data)
            except ValidationError as error:
                raise wrong(found, beside=error) from None
            if found:
                raise wrong(found)
            return config
        finally:
            SURROUNDINGS.reset(token)


def _surroundings(data: dict[str, Any]) -> Surroundings:
    """Look ahead at what the fields must know of the site; what is wrong there is reported there."""
    site = as_mapping(data.get("site"))
    code, name = site.get("currency", "USD"), site.get("timezone", "UTC")
    return Surroundings(
        currency=code.upper() if isinstance(code, str) and code.upper() in CODES else None,
        timezone=zone(name) if isinstance(name, str) else None,
        folder=SURROUNDINGS.get().folder,
    )
