"""How the operator turns the rules' knobs."""

import re
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, PlainValidator, WithJsonSchema

from config.model.amounts import DurationS, Parameter
from config.model.section import Refused, Section
from config.model.words import Flag, text
from config.quantity import Quantity

DEFAULTS = "defaults"
_RULE = re.compile(r"[A-Z]{1,2}-[0-9]{2,3}")

Severity = Literal["info", "warn", "high", "crit"]


def rule_id(value: Any) -> str:
    """Take the id of a rule, or `defaults`."""
    taken = text(value)
    if taken == DEFAULTS or _RULE.fullmatch(taken):
        return taken
    hint = f"; did you mean {taken.upper()}?" if _RULE.fullmatch(taken.upper()) else ""
    raise Refused(f"expected the id of a rule such as P-01, or `{DEFAULTS}`{hint}")


RuleId = Annotated[
    str, PlainValidator(rule_id), WithJsonSchema({"type": "string", "pattern": f"^({_RULE.pattern}|{DEFAULTS})$"})
]


class RuleSettings(Section):
    """Settings of one rule, or of all of them under `defaults`; what is not given is the rule's own.

    Every other key is a parameter of that rule: a plain number, or text with a unit. `headframe rules list` names
    the rules and their parameters.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Parameter] = Field(init=False)  # pyright: ignore[reportIncompatibleVariableOverride]

    enabled: Flag | None = Field(default=None, description="False turns the rule off.")
    for_s: DurationS | None = Field(
        default=None, alias="for", description="Time that the condition must hold before the finding opens."
    )
    clear_for_s: DurationS | None = Field(
        default=None, alias="clear_for", description="Time that the clear condition must hold before it closes."
    )
    dwell_s: DurationS | None = Field(
        default=None, alias="dwell", description="Least time between two changes of mind about one subject."
    )
    severity: Severity | None = Field(default=None, description="Severity of its findings.")

    @property
    def parameters(self) -> dict[str, float | Quantity]:
        """Give the rule's own parameters by name: a bare number as it stands, text with a unit as a Quantity."""
        return dict(self.__pydantic_extra__ or {})

    def written(self) -> dict[str, object]:
        """Give everything that was set: the attributes that are not None, and the parameters."""
        found: dict[str, object] = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: value for name, value in found.items() if value is not None} | self.parameters
