"""What stands in the body of a 200: a message, or one of the ways in which it is none."""

import json
import re
from dataclasses import dataclass

from pydantic import BaseModel, Field, ValidationError

from core.errors import FailureKind
from core.integrations.openai_failures import Failing, shortened

_FENCE = re.compile(r"\A\s*```(?:json)?\s*\n(.*)\n\s*```\s*\Z", re.DOTALL)


class Usage(BaseModel):
    """Tokens as the endpoint counted them."""

    prompt_tokens: int = Field(ge=0)
    completion_tokens: int = Field(ge=0)


class _Said(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Said
    finish_reason: str | None = None


class _Body(BaseModel):
    choices: list[_Choice] = Field(min_length=1)
    model: str = ""
    usage: Usage | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Why there is no text: the name of the state, and words."""

    kind: FailureKind
    words: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The text, or in `problem` why there is none; `counted` when the tokens are known."""

    text: str
    model: str
    usage: Usage
    counted: bool
    problem: Problem | None = None
    finish: str = ""
    answer_id: str = ""


def read_answer(text: str, failing: Failing, *, plain: bool) -> Answer:
    """The answer in a body.

    Raises:
        ProviderUnavailable: the body is broken, so that nobody knows what was answered.
    """
    try:
        body = _Body.model_validate(json.loads(text))
    except (json.JSONDecodeError, ValidationError) as error:
        raise failing.malformed() from error
    choice = body.choices[0]
    said = choice.message.content or ""
    fenced = _FENCE.match(said) if plain else None
    return Answer(
        text=fenced.group(1) if fenced else said,
        model=body.model,
        usage=body.usage or Usage(prompt_tokens=0, completion_tokens=0),
        counted=body.usage is not None,
        problem=_problem(choice, failing),
        finish=choice.finish_reason or "",
        answer_id=body.id or "",
    )


def _problem(choice: _Choice, failing: Failing) -> Problem | None:
    if choice.finish_reason == "content_filter":
        return Problem(
            FailureKind.ANSWER_FILTERED,
            f"its content filter stopped the answer; {failing.stopped}.",
        )
    if choice.message.refusal:
        return Problem(
            FailureKind.REFUSED,
            f'the model refused ("{shortened(choice.message.refusal)}"); {failing.refused}.',
        )
    if choice.finish_reason == "length":
        return Problem(
            FailureKind.CUT_OFF,
            "its answer was cut off at the limit of tokens, which thinking uses up too; raise "
            "chat_model.max_output_tokens in config/settings.yaml.",
        )
    if not (choice.message.content or "").strip():
        return Problem(FailureKind.EMPTY, f"its answer was empty; {failing.empty}.")
    return None
