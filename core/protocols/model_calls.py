"""How engines over the network are asked, and what they charge: settings as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

AnswerForm = Literal["json_schema", "json_object", "plain"]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(ge=1)]


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
class RateLimit:
    """At most so many requests to the writing engine in any stretch of so many seconds."""

    requests: Count
    period_s: Positive = 60.0


@dataclass(frozen=True, slots=True)
class ModelCalls:
    """`chat_model` of the settings: how an engine over the network is asked.

    One call is tried at most `attempts` times within `patience_s` seconds; a wait that the engine
    asks for is kept, but never beyond `retry_after_max_s`.
    """

    answer_form: AnswerForm = "json_schema"
    max_output_tokens: Count = 4000
    connect_s: Positive = 5.0
    timeout_s: Positive = 60.0
    attempts: Count = 6
    patience_s: Positive = 300.0
    backoff_s: Positive = 1.0
    retry_after_max_s: Positive = 60.0
