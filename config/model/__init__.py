"""What the configuration may say: one module per section, `whole` for the file.

Keys are the operator's words (`contracted: "500 kW"`), attributes carry their unit (`contracted_w`). A value without
its unit, an unknown key and a name that leads nowhere are refused.
"""

from config.model.costs import Costs
from config.model.devices import Credential, Device
from config.model.hooks import Hook
from config.model.outputs import Ledger, Log, Mqtt, MqttTls, Web, WebTls
from config.model.planning import Capacity, Grant, Maintenance, ReserveAward
from config.model.polling import Polling
from config.model.pools import Pool, PoolAllowed, PoolPayout, PoolTls
from config.model.power import Cooling, Feeder, Rack
from config.model.reference import SecretRef
from config.model.rules import RuleSettings
from config.model.signals import FileSource, HttpSource, MqttSource, PromqlSource, Signal
from config.model.site import SiteSection
from config.model.tariff import Period, Tariff
from config.model.treasury import Outlook, ResaleBand, Treasury
from config.model.whole import VERSION, SiteConfig

__all__ = [
    "VERSION",
    "Capacity",
    "Cooling",
    "Costs",
    "Credential",
    "Device",
    "Feeder",
    "FileSource",
    "Grant",
    "Hook",
    "HttpSource",
    "Ledger",
    "Log",
    "Maintenance",
    "Mqtt",
    "MqttSource",
    "MqttTls",
    "Outlook",
    "Period",
    "Polling",
    "Pool",
    "PoolAllowed",
    "PoolPayout",
    "PoolTls",
    "PromqlSource",
    "Rack",
    "ResaleBand",
    "ReserveAward",
    "RuleSettings",
    "SecretRef",
    "Signal",
    "SiteConfig",
    "SiteSection",
    "Tariff",
    "Treasury",
    "Web",
    "WebTls",
]
