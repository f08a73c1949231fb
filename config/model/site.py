"""The site as a whole."""

from pydantic import Field

from config.model.amounts import CarbonGPerKwh, Pue
from config.model.moments import Timezone
from config.model.network import Network
from config.model.section import Section
from config.model.words import Currency, Id, Text


class SiteSection(Section):
    """The site as a whole: its name, its money, its clock."""

    id: Id = Field(description="Short name of the site; it stands in metrics, topics and findings.")
    name: Text | None = Field(default=None, description="Name for people, shown on the page.")
    currency: Currency = Field(
        default="USD", description="Currency (ISO 4217) of every price in this file and of every amount shown."
    )
    timezone: Timezone = Field(
        default="UTC", description="IANA time zone of the tariff's hours and of the report's days."
    )
    pue: Pue = Field(
        default=1.0, description="Power usage effectiveness: total power over the devices' power. It multiplies energy."
    )
    carbon_g_per_kwh: CarbonGPerKwh | None = Field(
        default=None,
        alias="carbon",
        description="Carbon intensity of the site's energy, where no `carbon_intensity` signal tells it.",
    )
    scan: tuple[Network, ...] = Field(
        default=(), description="Networks that `headframe discover` goes through when it is given none."
    )
