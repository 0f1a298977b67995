"""What every engine that writes must do, whichever it is."""

import json

import jsonschema
import pytest

from core.agents.generation import GenerationAgent, GenerationConfig
from core.errors import ProviderRejected
from core.integrations.chat_model import PROVIDERS
from core.models.campaign import TONES, Brief, Tone
from core.models.content import Passage
from core.models.customers import Segment
from core.orchestrator.config import CONFIG
from core.orchestrator.prompts import read_prompts
from core.protocols.chat_model import Completion, Material
from core.protocols.model_calls import ModelPrice, Prices
from core.protocols.provider import ProviderContext
from tests.servers.openai_server import MODEL, obliging
from tests.servers.replies import Reply, passages_in
from tests.servers.ways_in import WAYS, context_for, engine_of, server_for

PROMPTS = read_prompts(CONFIG / "prompts")
SEGMENT = Segment("all", "Everybody", "", 100, 1.0, 90)
COAT = (
    "The Alder coat is warm without being heavy, and the collar stands up to the wind. "
    "You can wear the Alder coat over a suit or over a thick sweater on a Sunday."
)
COAT_FACTS = (
    "The Alder coat is woven from wool in our own mill and lined with cotton. "
    "Order the Alder coat in gray or navy, in sizes S to XXL, for $210."
)
RETURNS = (
    "You have 30 days from delivery to return anything unworn for a refund. "
    "We pay the postage of an exchange in both directions."
)
ADVICE = (
    "Our advisors tell you which size to order from a coat that already fits you. "
    "You can reach an advisor by phone on any weekday."
)
PASSAGES = (
    Passage("C-1", 1, 0, "The Alder coat", "product", COAT),
    Passage("C-1", 1, 1, "The Alder coat", "product", COAT_FACTS),
    Passage("R-1", 1, 0, "Returns", "policy", RETURNS),
    Passage("S-1", 1, 0, "Size advice", "service", ADVICE),
)


PRICES = Prices(models={MODEL: ModelPrice(0.25, 2.0)})


def declining_a_little(asked):
    """A model that says so when it was given too little."""
    words = sum(len(p["text"].split()) for p in passages_in(asked.user))
    return obliging(asked) if words >= 40 else Reply(refusal="There is too little to write from.")


@pytest.fixture(params=["local", *WAYS])
def chat(request, tmp_path):
    if request.param == "local":
        yield PROVIDERS["local"](ProviderContext({}, tmp_path))
        return
    with server_for(request.param, script=declining_a_little) as server:
        yield PROVIDERS[engine_of(request.param)](context_for(request.param, server, prices=PRICES))


def test_every_provider_is_tested_here():
    assert set(PROVIDERS) == {"local", *(engine_of(way) for way in WAYS)}


def prompt(tone=Tone.FRIENDLY, passages=PASSAGES):
    material = Material(Brief("Coats", "Show the coat"), SEGMENT, tone, passages)
    return PROMPTS.render(material, GenerationConfig())


@pytest.mark.parametrize("tone", TONES)
def test_it_answers_after_the_schema(chat, tone):
    completion = chat.complete(prompt(tone))
    assert isinstance(completion, Completion)
    jsonschema.validate(json.loads(completion.text), dict(prompt(tone).schema))
    assert completion.engine
    assert completion.model
    assert min(completion.tokens_input, completion.tokens_output, completion.cost_usd or 0.0) >= 0


@pytest.mark.parametrize("tone", TONES)
def test_its_answer_is_accepted_without_repair(chat, tone):
    agent = GenerationAgent(chat, PROMPTS, GenerationConfig(max_repairs=0))
    draft = agent.run(prompt(tone).material)
    assert {c.document_id for c in draft.citations} <= {"C-1", "R-1", "S-1"}


def test_it_says_what_it_is(chat):
    assert chat.describe()


def test_an_answer_costs_no_more_than_was_said_before(chat):
    most_usd = chat.most_usd(prompt())
    assert chat.priced
    assert most_usd is not None
    assert 0 <= chat.complete(prompt()).cost_usd <= most_usd
    assert chat.metered is (most_usd > 0)


def test_too_little_material_is_refused_with_words(chat):
    with pytest.raises(ProviderRejected, match=r"could not .+: .+"):
        chat.complete(prompt(passages=PASSAGES[2:3]))
