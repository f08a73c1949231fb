"""What Headframe offers to others: page and API, MQTT, the ledger, the log."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from config.model.amounts import PositiveDurationS
from config.model.network import FilePath, Host, Listen, host_and_port, is_loopback, listen
from config.model.reference import Secret
from config.model.section import AlsoAs, Location, Refused, Section, only
from config.model.words import Flag, Port, Text, Texts


class WebTls(Section):
    """Certificate of the page and the API."""

    certificate: FilePath = Field(description="PEM file with the certificate and its chain.")
    key: FilePath = Field(description="PEM file with the private key.")


class Web(Section):
    """The page, the API and the metrics."""

    listen: Listen = Field(
        default="127.0.0.1:9840", description="HOST:PORT to listen on. Beyond loopback a token is required."
    )
    token: Secret | None = Field(
        default=None, description="Reference to the token that page and API ask for (`Authorization: Bearer`)."
    )
    tls: WebTls | None = Field(default=None, description="Serve HTTPS.")
    reload: Flag = Field(default=False, description="True allows `POST /-/reload`.")
    hosts: Texts = Field(
        default=(),
        description="Names that browsers know the page by, where a proxy stands before it. Without a token requests "
        "for any other name are refused, because a foreign page may have made its own name lead here.",
    )

    @classmethod
    def glance(cls, raw: dict[str, Any]) -> Iterator[tuple[Location, str]]:
        """Refuse to be open to other machines without a token."""
        try:
            name, _ = host_and_port(listen(raw.get("listen", "127.0.0.1:9840")))
        except Refused:
            # That it is no address at all is reported by the field.
            return
        if "token" not in raw and not is_loopback(name):
            yield ("listen",), f"{name} can be reached from other machines: give `token`, or listen on 127.0.0.1"

    @property
    def host(self) -> str:
        """Give the host to listen on, without brackets."""
        return host_and_port(self.listen)[0]

    @property
    def port(self) -> int:
        """Give the port to listen on; 0 lets the system choose."""
        return host_and_port(self.listen)[1]


class MqttTls(Section):
    """TLS to the broker; `tls: true` alone verifies against the system's authorities."""

    ca: FilePath | None = Field(
        default=None, description="PEM file with the authority to trust instead of the system's."
    )
    certificate: FilePath | None = Field(default=None, description="PEM file with a client certificate.")
    key: FilePath | None = Field(default=None, description="PEM file with the client certificate's key.")
    insecure: Flag = Field(default=False, description="True takes any certificate; said in the log at every start.")

    @model_validator(mode="after")
    def _pair(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise only((), "certificate and key belong together")
        return self


def _true_alone(value: Any) -> Any:
    return {} if value is True else None if value is False else value


class Mqtt(Section):
    """The MQTT broker that states are published to and that MQTT signals come from."""

    host: Host = Field(description="Address or name of the broker.")
    port: Port | None = Field(default=None, description="Port; 1883, or 8883 with TLS, when not given.")
    username: Text | None = Field(default=None, description="User name.")
    password: Secret | None = Field(default=None, description="Reference to the password.")
    tls: Annotated[MqttTls | None, BeforeValidator(_true_alone), AlsoAs({"type": "boolean"})] = Field(
        default=None, description="TLS settings, or true."
    )
    client_id: Text | None = Field(default=None, description="Client id; made from the site's id when not given.")
    base_topic: Text = Field(default="headframe", description="First part of every topic.")
    interval_s: PositiveDurationS = Field(
        default=30.0,
        alias="interval",
        description="Least time between two states of one topic.",
        json_schema_extra={"default": "30s"},
    )
    discovery: Flag = Field(default=False, description="True announces devices to Home Assistant.")
    discovery_prefix: Text = Field(default="homeassistant", description="First part of the announcements' topics.")

    @model_validator(mode="after")
    def _plain_topics(self) -> Self:
        for key in ("base_topic", "discovery_prefix"):
            topic = getattr(self, key)
            if "+" in topic or "#" in topic or topic.startswith("/") or topic.endswith("/"):
                raise only((key,), "must be a topic without +, # and a stroke at either end")
        return self

    @property
    def broker_port(self) -> int:
        """Give the port to connect to."""
        return self.port or (1883 if self.tls is None else 8883)


class Ledger(Section):
    """The database that remembers findings, deliveries, energy and money."""

    path: FilePath | None = Field(
        default=None, description="SQLite file; in the service's state folder, else beside this file, when not given."
    )
    keep_s: PositiveDurationS = Field(
        default=400 * 86400.0,
        alias="keep",
        description="Age at which closed findings and the daily figures of single devices are dropped; at least 35 d.",
        json_schema_extra={"default": "400 d"},
    )

    @model_validator(mode="after")
    def _holds_a_month(self) -> Self:
        if self.keep_s < 35 * 86400.0:
            raise only(("keep",), "must be at least 35 d, or a month could not be reported when it is over")
        return self


class Log(Section):
    """What is logged, and how."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least level that is logged."
    )
    format: Literal["auto", "console", "json", "journal"] = Field(
        default="auto", description="`auto` is journal under systemd, else console."
    )
