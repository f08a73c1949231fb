"""How devices are polled."""

from typing import Self

from pydantic import Field, model_validator

from config.model.amounts import PositiveDurationS
from config.model.section import Section, only
from config.model.words import Count


class Polling(Section):
    """How often devices are asked, and how many at once."""

    interval_s: PositiveDurationS = Field(
        default=30.0,
        alias="interval",
        description="Time between two polls of a device.",
        json_schema_extra={"default": "30s"},
    )
    timeout_s: PositiveDurationS = Field(
        default=10.0, alias="timeout", description="Time that one poll may take.", json_schema_extra={"default": "10s"}
    )
    concurrency: Count = Field(default=256, description="Polls under way at once.")
    per_subnet: Count = Field(default=32, description="Polls under way at once in one /24 (IPv6: /64).")
    stale_after_s: PositiveDurationS | None = Field(
        default=None,
        alias="stale_after",
        description="Age at which a reading leaves metrics and money; three intervals when not given.",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.stale_after_s is not None and self.stale_after_s < self.interval_s:
            raise only(("stale_after",), "must not be shorter than `interval`, or every reading would be stale")
        return self
