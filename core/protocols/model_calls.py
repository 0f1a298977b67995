"""How engines over the network are asked, and what they charge: settings as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from core.protocols.patience import CallLimits, Count

AnswerForm = Literal["json_schema", "json_object", "plain"]
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh"]
LimitName = Literal["max_completion_tokens", "max_tokens"]
NotNegative = Annotated[float, Field(ge=0)]


@dataclass(frozen=True, slots=True)
class ModelPrice:
    """US dollars per million tokens read and written; 0 for an engine of one's own."""

    input: NotNegative
    output: NotNegative


@dataclass(frozen=True, slots=True)
class Prices:
    """`config/prices.yaml`: the price of each model by the name it is configured under."""

    as_of: date | None = None
    models: Mapping[str, ModelPrice] = field(default_factory=dict)

    def of(self, model: str) -> ModelPrice | None:
        """The price of a model, None when nobody has written it down."""
        return self.models.get(model)


@dataclass(frozen=True, slots=True)
class ModelCalls(CallLimits):
    """`chat_model` of the settings: how a writing engine over the network is asked.

    `limit_parameter` is the name under which the endpoint takes the limit of its answer;
    `reasoning_effort` goes along only where it is set, as models that do not think refuse it.
    """

    answer_form: AnswerForm = "json_schema"
    max_output_tokens: Count = 4000
    limit_parameter: LimitName = "max_completion_tokens"
    reasoning_effort: Effort | None = None
