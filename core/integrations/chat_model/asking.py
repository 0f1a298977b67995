"""One request to a chat-completions endpoint, and one outcome; who waits and repeats is not here.

The endpoint is asked for JSON after the schema. Servers that do not know `json_schema` are asked
for `json_object`, then for nothing but words: the step down is taken at the server's first
refusal, logged, and kept for the life of the process.
"""

import json
import logging
import threading
from dataclasses import dataclass, field

from openai import APIConnectionError, APIStatusError, OpenAI
from openai.types.chat import ChatCompletionMessageParam

from core.errors import ProviderRejected
from core.integrations.chat_model.answers import Answer, read_answer
from core.integrations.chat_model.failures import Failing, refuses_form
from core.protocols.chat_model import Completion, Prompt
from core.protocols.model_calls import AnswerForm, ModelCalls, ModelPrice

logger = logging.getLogger(__name__)

ENGINE = "OpenAI-compatible"
_LOWER: dict[AnswerForm, AnswerForm] = {"json_schema": "json_object", "json_object": "plain"}
_MILLION = 1_000_000
# What a request weighs beyond its texts: roles, separators, the name of the schema.
_FRAME_TOKENS = 256
_CHECK_TOKENS = 16


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
class Endpoint:
    """A model behind a client of the openai package; each request is made once."""

    client: OpenAI = field(repr=False)
    model: str
    place: str
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
        failing = Failing(self.describe(), self._secret(), "answer")
        words: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Say: ready"}]
        try:
            response = self.client.chat.completions.with_raw_response.create(
                model=self.model, messages=words, max_completion_tokens=_CHECK_TOKENS
            )
        except APIStatusError as error:
            raise failing.status(error) from error
        except APIConnectionError as error:
            raise failing.connection(error) from error
        read_answer(response.text, failing, plain=False)
        price = "its price is known" if self.priced else "no price in config/prices.yaml"
        return f"{self.describe()} answered; {price}"

    def describe(self) -> str:
        """The model and where it is."""
        return f"{self.model} at {self.place}"

    def most_usd(self, prompt: Prompt) -> float | None:
        """The most that answering can cost: a token is at least one byte."""
        texts = (prompt.system, prompt.user, *(2 * [json.dumps(prompt.schema)]))
        read = sum(len(text.encode()) for text in texts) + _FRAME_TOKENS
        return self._cost(read, self.calls.max_output_tokens)

    def complete(self, prompt: Prompt) -> Completion:
        """Ask once.

        Raises:
            ProviderUnavailable: no answer, or half of one, or it asked us to come back later.
            ProviderRejected: it refused, or what it said is no message.
        """
        failing = Failing(self.describe(), self._secret())
        while True:
            form = self._form.now
            try:
                text = self._request(prompt, form)
            except APIStatusError as error:
                if form not in _LOWER or not refuses_form(error):
                    raise failing.status(error) from error
                self._form.step_down(form, self.describe())
            except APIConnectionError as error:
                raise failing.connection(error) from error
            else:
                answer = read_answer(text, failing, plain=form == "plain")
                return self._completion(answer, failing)

    def _request(self, prompt: Prompt, form: AnswerForm) -> str:
        # Neither temperature nor max_tokens: current models refuse both.
        response = self.client.chat.completions.with_raw_response.create(
            model=self.model,
            messages=_messages(prompt, form),
            max_completion_tokens=self.calls.max_output_tokens,
            extra_headers={"Idempotency-Key": prompt.call_id} if prompt.call_id else None,
            extra_body=_response_format(prompt, form),
        )
        return response.text

    def _completion(self, answer: Answer, failing: Failing) -> Completion:
        read, written = answer.usage.prompt_tokens, answer.usage.completion_tokens
        cost = self._cost(read, written) if answer.counted else None
        if answer.problem:
            raise ProviderRejected(failing.provider, failing.task, answer.problem, cost_usd=cost)
        return Completion(answer.text, ENGINE, answer.model or self.model, read, written, cost)

    def _cost(self, read: int, written: int) -> float | None:
        if self.price is None:
            return None
        return (read * self.price.input + written * self.price.output) / _MILLION

    def _secret(self) -> str:
        return self.client.api_key


def _messages(prompt: Prompt, form: AnswerForm) -> list[ChatCompletionMessageParam]:
    system = prompt.system
    if form != "json_schema":
        schema = json.dumps(prompt.schema, ensure_ascii=False)
        system = f"{system}\n\nThe JSON Schema of the answer:\n{schema}"
    return [{"role": "system", "content": system}, {"role": "user", "content": prompt.user}]


def _response_format(prompt: Prompt, form: AnswerForm) -> dict[str, object] | None:
    if form == "plain":
        return None
    if form == "json_object":
        return {"response_format": {"type": form}}
    schema = {"name": "message", "strict": True, "schema": prompt.schema}
    return {"response_format": {"type": form, form: schema}}
