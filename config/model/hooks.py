"""Where findings are sent."""

from typing import Literal, Self

from pydantic import Field, model_validator

from config.model.amounts import PositiveDurationS
from config.model.network import http_url
from config.model.reference import Secret, SecretOrText
from config.model.rules import RuleId, Severity
from config.model.section import Section, only
from config.model.words import Backlog, Flag, Id, Ids

HookKind = Literal["webhook", "alertmanager", "apprise", "heartbeat"]


class Hook(Section):
    """One receiver of findings.

    `webhook` posts signed JSON, `alertmanager` feeds an Alertmanager, `apprise` reaches Telegram, e-mail and many
    others (needs the extra `notify`), and `heartbeat` calls an address while all is well, so that its silence alarms.
    """

    id: Id = Field(description="Short name; it stands in metrics and logs.")
    kind: HookKind = Field(description="Kind of receiver.")
    url: SecretOrText = Field(
        description="Address to send to; one that carries a token, as most of Apprise's do, by reference: `file:PATH`."
    )
    secret: Secret | None = Field(
        default=None, description="Reference to the key that signs a webhook (`whsec_` and base64)."
    )
    min_severity: Severity = Field(default="info", description="Least severity that is sent.")
    rules: tuple[RuleId, ...] = Field(default=(), description="Rules whose findings are sent; all when empty.")
    feeders: Ids = Field(default=(), description="Feeders whose findings are sent; all when empty.")
    interval_s: PositiveDurationS = Field(
        default=60.0,
        alias="interval",
        description="Time between heartbeats, or between repeats to an Alertmanager.",
        json_schema_extra={"default": "1m"},
    )
    timeout_s: PositiveDurationS = Field(
        default=15.0,
        alias="timeout",
        description="Time that one delivery may take.",
        json_schema_extra={"default": "15s"},
    )
    give_up_after_s: PositiveDurationS | None = Field(
        default=None,
        alias="give_up_after",
        description="Age at which a notice that was never taken is dropped and counted, though what is open still is "
        "told again; never when not given.",
    )
    backlog: Backlog = Field(
        default=100_000,
        description="Most notices that wait for it; beyond them the oldest give way and are counted, and what is open "
        "still when it works again is told then.",
    )
    enabled: Flag = Field(default=True, description="False keeps the entry but sends nothing.")

    @model_validator(mode="after")
    def _fits_kind(self) -> Self:
        if self.kind != "apprise" and self.url.kind == "text":
            try:
                http_url(self.url.target)
            except ValueError as error:
                raise only(("url",), str(error)) from None
        if self.secret is not None and self.kind != "webhook":
            raise only(("secret",), f"signs webhooks only, not {self.kind}")
        if self.kind == "heartbeat":
            for key in ("rules", "feeders"):
                if getattr(self, key):
                    raise only((key,), "a heartbeat sends no findings")
        return self
