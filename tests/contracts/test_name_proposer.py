"""The writing engine as a proposer of names: one request, and every way in which it can end."""

import pytest

from core.integrations.chat_model import PROVIDERS
from core.protocols.model_calls import ModelCalls, ModelPrice, Prices
from core.protocols.name_proposer import NamePrompt, NameProposer
from tests.servers.faults import PAID, WRITING
from tests.servers.openai_server import KEY, MODEL
from tests.servers.replies import Reply
from tests.servers.ways_in import WAYS, context_for, engine_of, server_for

CALLS = ModelCalls(timeout_s=20, connect_s=20, request_s=20)
# For answers that never come; whatever does come has time.
QUICK = ModelCalls(timeout_s=0.3, connect_s=0.3, request_s=0.5)
PRICES = Prices(models={MODEL: ModelPrice(0.25, 2.0)})
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["A", "B"],
    "properties": {"A": {"type": "string"}, "B": {"type": "string"}},
}
PROMPT = NamePrompt("Name them.", "Segment A: about 400 customers, 64 % of all.", SCHEMA, "n/1")
NAMES = Reply('{"A": "Core", "B": "Rest"}', completion_tokens=40)


def proposer(way, server, prices=PRICES, calls=CALLS):
    made = PROVIDERS[engine_of(way)](context_for(way, server, calls=calls, prices=prices))
    assert isinstance(made, NameProposer)
    return made


def test_the_local_engine_proposes_no_names(tmp_path):
    with server_for("openai_compatible") as server:
        context = context_for("openai_compatible", server)
    assert not isinstance(PROVIDERS["local"](context), NameProposer)


# That an identity signs in changes nothing in what is answered.
@pytest.mark.parametrize("way", WAYS[:2])
@pytest.mark.parametrize("name", WRITING)
def test_each_fault_has_its_error_its_state_and_speaks_of_names(name, way):
    fault = WRITING[name]
    with server_for(way, script=lambda _: fault.reply) as server:
        with pytest.raises(fault.error) as caught:
            proposer(way, server, calls=QUICK if fault.silent else CALLS).propose(PROMPT)
        assert len(server.asked) == 1
    said = str(caught.value)
    assert (type(caught.value), caught.value.kind) == (fault.error, fault.kind)
    assert said.startswith(f"{MODEL} at 127.0.0.1:")
    assert "could not name the segments: " in said
    assert not [word for word in (KEY, "\n", "brief", "message", "passage") if word in said]
    if fault.billed == PAID:
        assert caught.value.cost_usd
    else:
        assert caught.value.cost_usd == fault.billed


@pytest.mark.parametrize("way", WAYS)
def test_the_request_is_what_current_models_take_and_the_answer_has_its_price(way):
    with server_for(way, script=lambda _: NAMES) as server:
        engine = proposer(way, server)
        answer = engine.propose(PROMPT)
        body, headers = server.asked[0].body, server.asked[0].headers
    # The server refuses a schema that is not strict, and everything gpt-5 refuses.
    assert set(body) == {"model", "messages", "max_completion_tokens", "response_format"}
    form = body["response_format"]["json_schema"]
    assert (form["name"], form["strict"], form["schema"]) == ("segment_names", True, SCHEMA)
    assert [m["content"] for m in body["messages"]] == [PROMPT.system, PROMPT.user]
    assert {k.lower(): v for k, v in headers.items()}["idempotency-key"] == "n/1"
    assert answer.text == NAMES.content
    assert answer.cost_usd == pytest.approx((answer.tokens_input * 0.25 + 40 * 2.0) / 1e6)
    assert answer.cost_usd < engine.names_most_usd(PROMPT)


def test_without_a_price_neither_cost_nor_bound_is_known():
    with server_for("openai_compatible", script=lambda _: NAMES) as server:
        engine = proposer("openai_compatible", server, Prices())
        assert engine.propose(PROMPT).cost_usd is None
    assert engine.names_most_usd(PROMPT) is None


@pytest.mark.parametrize("known", [frozenset({"json_object"}), frozenset()])
def test_a_server_that_does_not_know_the_schema_gets_it_in_words(known):
    with server_for("openai_compatible", script=lambda _: NAMES, known_forms=known) as server:
        assert proposer("openai_compatible", server).propose(PROMPT).text == NAMES.content
        assert '"additionalProperties"' in server.asked[0].body["messages"][0]["content"]
