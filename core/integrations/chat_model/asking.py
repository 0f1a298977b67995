"""One request to a chat-completions endpoint, and one outcome; who waits and repeats is not here.

The endpoint is asked for JSON after the schema. Servers that do not know `json_schema` are asked
for `json_object`, then for nothing but words: the step down is taken at the server's first
refusal, logged, shown by `doctor`, and kept for the life of the process.
"""

import json
import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from openai import APIConnectionError, APIStatusError, OpenAI
from openai.types.chat import ChatCompletionMessageParam

from core.integrations.chat_model.answers import Answer, read_answer
from core.integrations.openai_address import OpenAIAddress
from core.integrations.openai_failures import Failing, failing_at, refuses_form
from core.protocols.chat_model import Completion, Prompt
from core.protocols.model_calls import AnswerForm, ModelCalls, ModelPrice
from core.protocols.name_proposer import NamePrompt
from core.protocols.telemetry import (
    ANSWER_ID,
    ANSWERING_MODEL,
    COST,
    FINISH,
    MODEL,
    OPERATION,
    PROVIDER,
    TOKENS_IN,
    TOKENS_OUT,
    named,
    note,
    provider_name,
)

logger = logging.getLogger(__name__)

_LOWER: dict[AnswerForm, AnswerForm] = {"json_schema": "json_object", "json_object": "plain"}
_MILLION = 1_000_000
# What a request weighs beyond its texts: roles, separators, the name of the schema.
_FRAME_TOKENS = 256
_CHECK_TOKENS = 64
_CHECK_SCHEMA = {
    "type": "object",
    "properties": {"ready": {"type": "boolean"}},
    "required": ["ready"],
    "additionalProperties": False,
}


@dataclass(slots=True)
class _Form:
    """The form of answer asked for; several threads ask at once."""

    now: AnswerForm
    lock: threading.Lock = field(default_factory=threading.Lock)

    def step_down(self, refused: AnswerForm, place: str) -> None:
        """Ask for less from now on, unless somebody has seen to it already."""
        with self.lock:
            if self.now == refused:
                self.now = _LOWER[refused]
                logger.warning("%s does not know %s; asking for %s", place, refused, self.now)


@dataclass(frozen=True, slots=True)
class _Question:
    """What one request says."""

    system: str
    user: str
    schema: Mapping[str, object]
    most_tokens: int
    call_id: str = ""
    name: str = "message"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model behind a client of the openai package; each request is made once."""

    client: OpenAI = field(repr=False)
    address: OpenAIAddress
    calls: ModelCalls
    price: ModelPrice | None
    _form: _Form = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_form", _Form(self.calls.answer_form))

    @property
    def metered(self) -> bool:
        """Its calls take time and money."""
        return True

    @property
    def priced(self) -> bool:
        """Whether somebody has written down what the model costs."""
        return self.price is not None

    def check(self) -> str:
        """Asks for a word, with little to read and little room to answer.

        An answer that was cut off shows as well as any that address, key and model are right.

        Raises:
            ProviderFailed: they are not, or nobody is there.
        """
        words = 'Answer with this JSON and nothing else: {"ready": true}'
        asked = _Question("You are being checked.", words, _CHECK_SCHEMA, _CHECK_TOKENS)
        answer = self._answer(asked, replace(self._failing(), task="answer"))
        said = answer.model if answer.model != self.address.model else ""
        facts = (
            f"{self.describe()} answered" + (f" as {said}" if said else ""),
            f"form of answers: {self._form.now}",
            "signed in by identity" if self.address.keyless else "",
            "its price is known" if self.priced else "no price in config/prices.yaml",
        )
        return "; ".join(fact for fact in facts if fact)

    def describe(self) -> str:
        """The model and where it is."""
        return f"{self.address.model} at {self.address.place}"

    def most_usd(self, prompt: Prompt) -> float | None:
        """The most that answering can cost: a token is at least one byte."""
        return self._most_usd(prompt)

    def names_most_usd(self, prompt: NamePrompt) -> float | None:
        """The same of proposing names."""
        return self._most_usd(prompt)

    def _most_usd(self, prompt: Prompt | NamePrompt) -> float | None:
        texts = (prompt.system, prompt.user, *(2 * [json.dumps(prompt.schema)]))
        read = sum(len(text.encode()) for text in texts) + _FRAME_TOKENS
        return self._cost(read, self.calls.max_output_tokens)

    def complete(self, prompt: Prompt) -> Completion:
        """Ask once.

        Raises:
            ProviderUnavailable: no answer, or half of one, or it asked us to come back later.
            ProviderRejected: it refused, or what it said is no message.
        """
        failing = self._failing()
        asked = _Question(
            prompt.system, prompt.user, prompt.schema, self.calls.max_output_tokens, prompt.call_id
        )
        return self._completion(self._answer(asked, failing), failing)

    def propose(self, prompt: NamePrompt) -> Completion:
        """Ask once for names.

        Raises:
            ProviderUnavailable: no answer, or half of one, or it asked us to come back later.
            ProviderRejected: it refused, or said nothing.
        """
        failing = replace(
            self._failing(),
            task="name the segments",
            filtered="name the segments yourself",
            later="propose names again in a minute",
            stopped="propose names again, or name the segments yourself",
            refused="name the segments yourself",
            empty="propose names again, or choose another model",
        )
        asked = _Question(
            prompt.system,
            prompt.user,
            prompt.schema,
            self.calls.max_output_tokens,
            prompt.call_id,
            "segment_names",
        )
        return self._completion(self._answer(asked, failing), failing)

    def _answer(self, asked: _Question, failing: Failing) -> Answer:
        """The answer in the best form that the endpoint knows."""
        engine, model = self.address.engine, self.address.model
        note({OPERATION: "chat", PROVIDER: provider_name(engine), MODEL: model})
        while True:
            form = self._form.now
            try:
                text = self._request(asked, form)
            except APIStatusError as error:
                if form not in _LOWER or not refuses_form(error):
                    raise failing.status(error) from error
                self._form.step_down(form, self.describe())
            except APIConnectionError as error:
                raise failing.connection(error) from error
            else:
                return read_answer(text, failing, plain=form == "plain")

    def _request(self, asked: _Question, form: AnswerForm) -> str:
        # Neither temperature nor stop: current models refuse both.
        body: dict[str, object] = {self.calls.limit_parameter: asked.most_tokens}
        if self.calls.reasoning_effort is not None:
            body["reasoning_effort"] = self.calls.reasoning_effort
        response = self.client.chat.completions.with_raw_response.create(
            model=self.address.model,
            messages=_messages(asked, form),
            extra_headers={"Idempotency-Key": asked.call_id} if asked.call_id else None,
            extra_body=body | _response_format(asked, form),
        )
        return response.text

    def _completion(self, answer: Answer, failing: Failing) -> Completion:
        read, written = answer.usage.prompt_tokens, answer.usage.completion_tokens
        cost = self._cost(read, written) if answer.counted else None
        _tell(answer, cost)
        if answer.problem:
            raise failing.rejected(answer.problem.words, answer.problem.kind, cost_usd=cost)
        model = answer.model or self.address.model
        return Completion(answer.text, self.address.engine, model, read, written, cost)

    def _cost(self, read: int, written: int) -> float | None:
        if self.price is None:
            return None
        return (read * self.price.input + written * self.price.output) / _MILLION

    def _failing(self) -> Failing:
        return failing_at(self.address, self.describe())


def _tell(answer: Answer, cost_usd: float | None) -> None:
    """What the answer cost and how it ended, to whoever watches; not what it says."""
    used = {TOKENS_IN: answer.usage.prompt_tokens, TOKENS_OUT: answer.usage.completion_tokens}
    names = {ANSWERING_MODEL: answer.model, FINISH: answer.finish, ANSWER_ID: answer.answer_id}
    note(used if answer.counted else {})
    note({fact: name for fact, said in names.items() if (name := named(said))})
    note({} if cost_usd is None else {COST: cost_usd})


def _messages(asked: _Question, form: AnswerForm) -> list[ChatCompletionMessageParam]:
    system = asked.system
    if form != "json_schema":
        schema = json.dumps(asked.schema, ensure_ascii=False)
        system = f"{system}\n\nThe JSON Schema of the answer:\n{schema}"
    return [{"role": "system", "content": system}, {"role": "user", "content": asked.user}]


def _response_format(asked: _Question, form: AnswerForm) -> dict[str, object]:
    if form == "plain":
        return {}
    if form == "json_object":
        return {"response_format": {"type": form}}
    schema = {"name": asked.name, "strict": True, "schema": asked.schema}
    return {"response_format": {"type": form, form: schema}}
