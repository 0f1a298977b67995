"""Every way in which an OpenAI-compatible endpoint can answer, through the real client."""

import json
import socket
from pathlib import Path

import pytest

from core.errors import ConfigInvalid, ProviderRejected, ProviderUnavailable
from core.integrations.chat_model import PROVIDERS
from core.protocols.model_calls import ModelCalls, ModelPrice, Prices
from core.protocols.provider import ProviderContext
from tests.contracts.test_chat_model import prompt
from tests.servers.openai_server import KEY, MODEL, OpenAIServer
from tests.servers.replies import CONTENT_FILTER, Reply

QUICK = ModelCalls(timeout_s=0.3, connect_s=0.3)
PRICES = Prices(models={MODEL: ModelPrice(0.25, 2.0)})


def endpoint(server, calls=QUICK, prices=PRICES, **variables):
    environment = server.environment | variables
    return PROVIDERS["openai_compatible"](
        ProviderContext(environment, Path(), calls=calls, prices=prices)
    )


def error(status, code=None, message="No.", **headers):
    return Reply(status=status, error={"message": message, "code": code}, headers=headers)


# What the server does, the error it becomes, words the person reads, what it was billed.
OUTCOMES = {
    "a filtered request": (
        Reply(status=400, error=CONTENT_FILTER), ProviderRejected, r"content filter .*\(hate\)", 0,
    ),
    "a filtered answer": (
        Reply("Half a mess", finish_reason="content_filter"), ProviderRejected,
        "content filter stopped the answer", "paid",
    ),
    "a refusal": (
        Reply(refusal="I can't help with that."), ProviderRejected,
        r"refused \(\"I can't help with that.\"\); change the brief", "paid",
    ),
    "an answer cut off": (
        Reply('{"subject', finish_reason="length"), ProviderRejected,
        r"raise chat_model\.max_output_tokens", "paid",
    ),
    "tokens used up by thinking": (
        Reply("", finish_reason="length", completion_tokens=4000), ProviderRejected,
        "thinking uses up too", "paid",
    ),
    "an empty answer": (Reply(""), ProviderRejected, "its answer was empty", "paid"),
    "a body that is no JSON": (Reply(raw=b"<html>"), ProviderUnavailable, "is broken", None),
    "a body without choices": (Reply(raw=b'{"choices": []}'), ProviderUnavailable, "broken", None),
    "half a body": (Reply("A message", cut_at=60), ProviderUnavailable, "line broke", None),
    "no answer at all": (Reply(hang=True), ProviderUnavailable, "not answer in time", None),
    "no key": (error(401), ProviderRejected, "check OPENAI_API_KEY", 0),
    "not allowed": (error(403), ProviderRejected, "may not use the model", 0),
    "no such model": (error(404), ProviderRejected, "check OPENAI_MODEL", 0),
    "used up": (error(429, "insufficient_quota"), ProviderRejected, "quota is used up", 0),
    "too often": (error(429, **{"Retry-After": "7"}), ProviderUnavailable, "too often", 0),
    "a problem of its own": (error(503), ProviderUnavailable, r"its own \(503\)", 0),
    "another refusal": (
        error(400, "bad", f"Bad value for key {KEY}\nin line 2"), ProviderRejected,
        r'\(400: ".*Bad value for key \(key\) in line 2', 0,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OUTCOMES)
def test_each_outcome_has_its_error_and_says_what_to_do(name):
    reply, kind, words, billed = OUTCOMES[name]
    with OpenAIServer(script=lambda _: reply) as server:
        with pytest.raises(kind, match=words) as caught:
            endpoint(server).complete(prompt())
        # No retries of the library's own: one question, one request.
        assert len(server.asked) == 1
    said = str(caught.value)
    assert said.startswith(f"{MODEL} at 127.0.0.1:")
    assert KEY not in said
    assert "\n" not in said
    if billed == "paid":
        assert caught.value.cost_usd
    else:
        assert caught.value.cost_usd == billed


def test_the_wish_to_wait_is_handed_on():
    reply = error(429, **{"Retry-After": "7"})
    with (
        OpenAIServer(script=lambda _: reply) as server,
        pytest.raises(ProviderUnavailable) as caught,
    ):
        endpoint(server).complete(prompt())
    assert caught.value.retry_after_s == 7


def test_nobody_there_is_said_and_costs_nothing():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
    with OpenAIServer() as server:
        nobody = endpoint(server, OPENAI_BASE_URL=address)
    with pytest.raises(ProviderUnavailable, match="no connection to it; check") as caught:
        nobody.complete(prompt())
    assert caught.value.cost_usd == 0


def test_a_wrong_key_is_refused_by_the_server_itself():
    with OpenAIServer() as server, pytest.raises(ProviderRejected, match="accept the key"):
        endpoint(server, OPENAI_API_KEY="sk-something-else").complete(prompt())


@pytest.mark.parametrize(
    ("known", "asked_for"),
    [
        ({"json_schema", "json_object"}, ["json_schema", "json_schema"]),
        ({"json_object"}, ["json_schema", "json_object", "json_object"]),
        (set(), ["json_schema", "json_object", None, None]),
    ],
)
def test_a_server_that_does_not_know_the_form_is_asked_for_less_once(known, asked_for, caplog):
    forms = []

    def noting(asked):
        forms.append(asked.body.get("response_format", {}).get("type"))
        return Reply('{"a": 1}')

    with OpenAIServer(script=noting, known_forms=frozenset(known)) as server:
        chat = endpoint(server)
        chat.complete(prompt())
        chat.complete(prompt())
    # Only what was accepted reaches the script; the steps down are in the log, each once.
    assert forms == [asked_for[-1]] * 2
    steps = [r for r in caplog.records if "does not know" in r.message]
    assert len(steps) == len(asked_for) - 2


def test_without_a_schema_the_request_carries_it_in_words_and_a_fence_is_taken_off():
    seen = []

    def fenced(asked):
        seen.append(asked.body["messages"][0]["content"])
        return Reply('```json\n{"a": 1}\n```')

    with OpenAIServer(script=fenced) as server:
        plain = endpoint(server, ModelCalls(answer_form="plain"))
        assert plain.complete(prompt()).text == '{"a": 1}'
    assert '"passage_ids"' in seen[0]


def test_the_request_is_what_current_models_take():
    with OpenAIServer() as server:
        endpoint(server).complete(prompt())
    body = server.asked[0].body
    # The server refuses everything else; gpt-5 refuses temperature and max_tokens.
    assert set(body) == {"model", "messages", "max_completion_tokens", "response_format"}
    assert body["response_format"]["json_schema"]["strict"] is True


def test_a_question_that_has_a_name_sends_it_along():
    with OpenAIServer() as server:
        endpoint(server).complete(prompt())
        named = type(prompt())(
            **{f: getattr(prompt(), f) for f in prompt().__slots__} | {"call_id": "r/v/1"}
        )
        endpoint(server).complete(named)
    keys = [
        {k.lower(): v for k, v in a.headers.items()}.get("idempotency-key") for a in server.asked
    ]
    assert keys == [None, "r/v/1"]


def test_the_cost_is_the_tokens_at_their_price():
    reply = Reply("{}", completion_tokens=500)
    with OpenAIServer(script=lambda _: reply) as server:
        answer = endpoint(server).complete(prompt())
        unknown = endpoint(server, prices=Prices()).complete(prompt())
    assert answer.tokens_output == 500
    assert answer.cost_usd == pytest.approx((answer.tokens_input * 0.25 + 500 * 2.0) / 1e6)
    assert unknown.cost_usd is None
    assert endpoint(server, prices=Prices()).most_usd(prompt()) is None


def test_an_answer_without_a_count_of_tokens_has_no_known_cost():
    body = {"choices": [{"message": {"content": "{}"}, "finish_reason": "stop"}]}
    with OpenAIServer(script=lambda _: Reply(raw=json.dumps(body).encode())) as server:
        assert endpoint(server).complete(prompt()).cost_usd is None


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"OPENAI_BASE_URL": ""}, "needs OPENAI_BASE_URL: such as https"),
        ({"OPENAI_MODEL": " "}, "needs OPENAI_MODEL"),
        ({"OPENAI_BASE_URL": "api.example.com"}, "is no address; write one such as"),
    ],
)
def test_a_variable_that_is_missing_or_wrong_is_named(variables, words):
    with OpenAIServer() as server, pytest.raises(ConfigInvalid, match=words):
        endpoint(server, **variables)


def test_the_key_is_in_no_description():
    with OpenAIServer() as server:
        chat = endpoint(server)
    assert KEY not in repr(chat) + chat.describe()
