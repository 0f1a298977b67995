"""Every way in which an endpoint of OpenAI's protocol can answer, through the real client.

Azure's v1 endpoint is one of them: every test here runs by an address, and by key and identity
on Azure.
"""

import json
import socket
from dataclasses import replace

import pytest

from core.errors import ConfigInvalid, FailureKind, ProviderRejected, ProviderUnavailable
from core.integrations.chat_model import PROVIDERS
from core.protocols.azure import AzureChat, AzureConfig
from core.protocols.model_calls import ModelCalls, ModelPrice, Prices
from tests.contracts.test_chat_model import prompt
from tests.servers.faults import PAID, WRITING, says
from tests.servers.openai_server import KEY, MODEL, OpenAIServer
from tests.servers.replies import Reply
from tests.servers.ways_in import WAYS, context_for, engine_of, server_for

# For answers that never come; whatever does come has time.
QUICK = ModelCalls(timeout_s=0.3, connect_s=0.3, request_s=0.5)
UNHURRIED = ModelCalls(timeout_s=20, connect_s=20, request_s=20)
PRICES = Prices(models={MODEL: ModelPrice(0.25, 2.0)})


@pytest.fixture(params=WAYS)
def way(request):
    return request.param


def endpoint(server, way="openai_compatible", calls=UNHURRIED, prices=PRICES, **variables):
    context = context_for(way, server, calls=calls, prices=prices, **variables)
    return PROVIDERS[engine_of(way)](context)


@pytest.mark.parametrize("name", WRITING)
def test_each_fault_has_its_error_its_state_and_says_what_to_do(name, way):
    fault = WRITING[name]
    calls = QUICK if fault.silent else UNHURRIED
    with server_for(way, script=lambda _: fault.reply) as server:
        with pytest.raises(fault.error, match=fault.words) as caught:
            endpoint(server, way, calls=calls).complete(prompt())
        # No retries of the library's own: one question, one request.
        assert len(server.asked) == 1
    said = str(caught.value)
    assert type(caught.value) is fault.error
    assert caught.value.kind is fault.kind
    assert said.startswith(f"{MODEL} at 127.0.0.1:")
    assert KEY not in said
    assert "\n" not in said
    if fault.billed == PAID:
        assert caught.value.cost_usd
    else:
        assert caught.value.cost_usd == fault.billed


@pytest.mark.parametrize(
    ("headers", "wish_s"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "600"}, 600),  # handed on as it is; patience cuts it
        ({"retry-after-ms": "250", "Retry-After": "1"}, 0.25),
        ({"Retry-After": "-3"}, None),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
def test_the_wish_to_wait_is_handed_on(headers, wish_s, way):
    with (
        server_for(way, script=lambda _: says(429, **headers)) as server,
        pytest.raises(ProviderUnavailable) as caught,
    ):
        endpoint(server, way).complete(prompt())
    assert caught.value.retry_after_s == wish_s


def test_nobody_there_is_said_and_costs_nothing(way):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with server_for(way) as server:
        context = context_for(way, server, calls=QUICK, OPENAI_BASE_URL=address)
    context = replace(context, azure=AzureConfig(chat=AzureChat(address, MODEL)))
    nobody = PROVIDERS[engine_of(way)](context)
    with pytest.raises(ProviderUnavailable, match="no connection to it; check") as caught:
        nobody.complete(prompt())
    assert caught.value.cost_usd == 0
    assert caught.value.kind is FailureKind.NO_CONNECTION


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
        plain = endpoint(server, calls=ModelCalls(answer_form="plain"))
        assert plain.complete(prompt()).text == '{"a": 1}'
    assert '"passage_ids"' in seen[0]


def test_the_request_is_what_current_models_take(way):
    with server_for(way) as server:
        endpoint(server, way).complete(prompt())
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


def test_the_key_is_in_no_description(way):
    with server_for(way) as server:
        chat = endpoint(server, way)
    assert KEY not in repr(chat) + chat.describe()


@pytest.mark.parametrize(
    ("takes", "parameter", "works"),
    [
        ("reasoning", "max_completion_tokens", True),
        ("reasoning", "max_tokens", False),
        ("plain", "max_completion_tokens", True),
        ("plain", "max_tokens", True),
        # A server of one's own that knows only the old name.
        ("old", "max_tokens", True),
        ("old", "max_completion_tokens", False),
    ],
)
def test_the_limit_of_an_answer_goes_under_the_name_the_server_knows(takes, parameter, works):
    calls = replace(UNHURRIED, limit_parameter=parameter)
    with OpenAIServer(takes=takes) as server:
        chat = endpoint(server, calls=calls)
        if works:
            chat.complete(prompt())
            assert server.asked[0].body[parameter] == calls.max_output_tokens
        else:
            with pytest.raises(
                ProviderRejected, match=r"set chat_model\.limit_parameter"
            ) as caught:
                chat.complete(prompt())
            assert caught.value.kind is FailureKind.NOT_UNDERSTOOD


def test_how_hard_to_think_goes_along_only_where_it_is_set():
    with OpenAIServer() as server:
        endpoint(server).complete(prompt())
        endpoint(server, calls=replace(UNHURRIED, reasoning_effort="low")).complete(prompt())
        assert [a.body.get("reasoning_effort") for a in server.asked] == [None, "low"]
        server.takes = "plain"
        with pytest.raises(ProviderRejected, match=r"set chat_model\.reasoning_effort .* to null"):
            endpoint(server, calls=replace(UNHURRIED, reasoning_effort="low")).complete(prompt())


def test_a_schema_that_is_refused_is_no_reason_to_ask_without_one(way):
    loose = replace(prompt(), schema={"type": "object", "properties": {"a": {"type": "string"}}})
    with (
        server_for(way) as server,
        pytest.raises(ProviderRejected, match="Invalid schema") as caught,
    ):
        endpoint(server, way).complete(loose)
    assert caught.value.kind is FailureKind.NOT_UNDERSTOOD
    assert not server.asked


@pytest.mark.parametrize(
    ("known", "form"),
    [
        ({"json_schema", "json_object"}, "json_schema"),
        ({"json_object"}, "json_object"),
        ((), "plain"),
    ],
)
def test_the_check_says_who_answered_and_in_which_form(known, form, way):
    script = lambda _: Reply('{"ready": true}')  # noqa: E731 - a script is a value
    with server_for(way, script=script, known_forms=frozenset(known)) as server:
        said = endpoint(server, way).check()
    assert said.startswith(f"{MODEL} at 127.0.0.1:")
    assert f"form of answers: {form}" in said
    assert ("by identity" in said) is (way == "azure by identity")


def test_the_check_takes_an_answer_cut_off_and_fails_as_a_call_does(way):
    with server_for(way, script=lambda _: Reply("", finish_reason="length")) as server:
        assert "answered" in endpoint(server, way).check()
        server.script = lambda _: says(503)
        with pytest.raises(ProviderUnavailable, match="could not answer"):
            endpoint(server, way).check()
