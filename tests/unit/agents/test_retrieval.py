"""Retrieval leaves out what may not be told, says why, and varies what is left."""

from dataclasses import replace
from datetime import date

import pytest

from core.agents.retrieval import RetrievalAgent, RetrievalConfig
from core.content.passages import passages_of
from core.integrations.content_index import local
from core.models.campaign import Brief, Tone
from core.models.content import Document, DocumentStatus
from core.models.customers import Segment, Truth
from core.protocols.provider import ProviderContext

DAY = date(2027, 3, 1)
SEGMENT = Segment("m", "Menswear", "", 10, 0.1, None, words=("jacket", "wool"))
BRIEF = Brief("b", "Sell a jacket", offer_document_id="OFF-1")


def document(name, content="A wool jacket.", **change):
    made = Document(name, 1, name, "product", content, "everyone", (), date(2027, 1, 1), None, "")
    return replace(made, **change)


def truth(rule):
    """Ten customers, all bought menswear, four spent much; no loyalty tiers in the data."""
    if "tier" in rule:
        return Truth(0, 0, 10)
    if "missing" in rule:
        return Truth(0, 10, 0)
    return Truth(10, 0, 0) if "mens" in rule else Truth(4, 5, 1)


@pytest.fixture
def agent(tmp_path):
    def made(documents, **config):
        index = local.build(ProviderContext({}, tmp_path))
        index.replace([p for d in documents for p in passages_of(d)])
        return RetrievalAgent(index, RetrievalConfig(**config))

    return made


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"valid_until": DAY}, None),
        ({"approved_on": DAY}, None),
        ({"audience": "bought_mens = 'yes'"}, None),
        ({"audience": " Everyone "}, None),
        ({"valid_until": date(2027, 2, 28)}, "expired on 2027-02-28"),
        ({"approved_on": date(2027, 3, 2)}, "not approved before 2027-03-02"),
        (
            {"status": DocumentStatus.QUARANTINED, "status_reason": "speaks to a model"},
            "quarantined: speaks to a model",
        ),
        ({"status": DocumentStatus.RETIRED}, "retired"),
        (
            {"audience": "spend >= 500"},
            "audience: true for 4 of 10 customers of the segment, unknown for 1",
        ),
        (
            {"audience": "tier = 'Gold'"},
            "audience cannot be checked: this data has no column tier",
        ),
        ({"audience": "tier = ="}, "audience cannot be checked: In the rule"),
    ],
)
def test_a_document_is_left_out_with_its_reason(agent, change, reason):
    documents = [document("D-1", **change)]
    found = agent(documents).search("wool", documents, truth, day=DAY)
    assert [s.reason.startswith(reason or "-") for s in found.skipped] == [True] * bool(reason)
    assert len(found.hits) == (reason is None)
    allowed = agent(documents).allowed(documents, truth, day=DAY)
    assert len(allowed) == (reason is None)


def test_without_a_segment_only_what_is_for_everyone_is_found(agent):
    documents = [document("D-1"), document("D-2", audience="spend >= 500")]
    found = agent(documents).search("wool", documents, None, day=DAY)
    assert [h.passage.document_id for h in found.hits] == ["D-1"]
    assert "spend >= 500" in found.skipped[0].reason


def test_the_offer_comes_first_with_its_terms_whatever_its_score(agent):
    offer = document("OFF-1", "Ten percent off.\n\nOnce per customer.", category="promotion")
    documents = [document("D-1"), offer]
    found = agent(documents).run(BRIEF, SEGMENT, Tone.URGENT, documents, truth, day=DAY)
    names = [h.passage.passage_id for h in found.hits]
    assert names == ["OFF-1@1#0", "OFF-1@1#1", "D-1@1#0"]


def test_an_offer_that_is_not_allowed_is_skipped(agent):
    documents = [document("OFF-1", audience="spend >= 500"), document("D-1")]
    found = agent(documents).run(BRIEF, SEGMENT, Tone.URGENT, documents, truth, day=DAY)
    assert [h.passage.document_id for h in found.hits] == ["D-1"]
    assert [s.document_id for s in found.skipped] == ["OFF-1"]


def test_no_document_and_no_category_fills_the_list(agent):
    long = document("D-0", "\n\n".join(f"A wool jacket jacket jacket {i}." for i in range(9)))
    others = [document(f"D-{i}", f"A wool jacket {i}.") for i in range(1, 9)]
    policy = [document("P-1", "A jacket in the wash.", category="policy")]
    documents = [long, *others, *policy]
    made = agent(documents, top=6, per_document_cap=2, per_category_cap=5)
    found = made.run(BRIEF, SEGMENT, Tone.FRIENDLY, documents, truth, day=DAY)
    names = [h.passage.document_id for h in found.hits]
    assert len(names) == 6
    assert names.count("D-0") == 2
    assert "P-1" in names


def test_one_text_is_found_once(agent):
    documents = [document("D-1"), document("D-2", "A wool  jacket.")]
    assert len(agent(documents).search("wool", documents, truth, day=DAY).hits) == 1


def test_a_passage_left_out_because_another_says_the_same_is_named(agent):
    documents = [document("D-1"), document("D-2", "A wool  jacket.")]
    found = agent(documents).search("wool", documents, truth, day=DAY)
    assert [h.passage.document_id for h in found.hits] == ["D-1"]
    assert [(s.document_id, s.reason) for s in found.skipped] == [
        ("D-2", "passage 1 says the same as D-1, passage 1")
    ]


def test_what_repeats_the_offer_is_left_out_too(agent):
    documents = [document("OFF-1", "A wool jacket at half price."), document("D-1")]
    documents.append(document("D-2", "A wool jacket at half price."))
    found = agent(documents).run(BRIEF, SEGMENT, Tone.URGENT, documents, truth, day=DAY)
    assert [h.passage.document_id for h in found.hits] == ["OFF-1", "D-1"]
    assert "D-2" in {s.document_id for s in found.skipped}


FALLBACK_DOCUMENTS = [
    document("B-1", "We are a family.", category="brand"),
    document("S-1", "Ring us.\n\nOr come by.", category="service"),
    document("P-1", "Parcels arrive.", category="policy"),
    document("P-2", "Ends.", category="policy", valid_until=date(2027, 4, 1)),
    document("P-3", "Some only.", category="policy", audience="bought_mens = 'yes'"),
    document("X-1", "A belt.", category="product"),
]


def test_when_nothing_answers_a_named_fallback_set_of_evergreen_passages_stands_in(agent):
    made = agent(FALLBACK_DOCUMENTS)
    found = made.run(BRIEF, SEGMENT, Tone.URGENT, FALLBACK_DOCUMENTS, truth, day=DAY)
    # The first passage of each, brand before service before policy; nothing dated or reserved.
    assert [h.passage.passage_id for h in found.hits] == ["B-1@1#0", "S-1@1#0", "P-1@1#0"]
    assert {h.score for h in found.hits} == {0.0}
    assert "stand in" in found.fallback


def test_there_is_no_fallback_when_something_answers_or_somebody_just_searches(agent):
    documents = [*FALLBACK_DOCUMENTS, document("D-1")]
    made = agent(documents)
    assert made.run(BRIEF, SEGMENT, Tone.URGENT, documents, truth, day=DAY).fallback == ""
    searched = made.search("zeppelin", documents, truth, day=DAY)
    assert (searched.hits, searched.fallback) == ((), "")


def test_without_a_document_even_for_the_fallback_there_is_nothing(agent):
    documents = [document("X-1", "A belt.")]
    found = agent(documents).run(BRIEF, SEGMENT, Tone.URGENT, documents, truth, day=DAY)
    assert (found.hits, found.fallback) == ((), "")


def test_a_search_says_which_engine_answered_and_how_long_it_took(tmp_path):
    index = local.build(ProviderContext({}, tmp_path))
    ticks = iter((1.0, 1.25))
    made = RetrievalAgent(index, clock=lambda: next(ticks))
    found = made.search("wool", [], truth, day=DAY)
    assert (found.engine, found.milliseconds) == ("Local keyword index", 250.0)


def test_a_document_without_both_days_is_left_out_as_expired(agent):
    documents = [document("D-1", dated=False)]
    found = agent(documents).search("wool", documents, truth, day=DAY)
    assert found.hits == ()
    assert found.skipped[0].reason.startswith("expired: it has no day of approval")


def test_an_outdated_index_is_never_quoted(agent):
    made = agent([document("D-1", "An old wool jacket.")])
    now = [document("D-1", "A new wool jacket.")]
    found = made.search("wool", now, truth, day=DAY)
    assert found.hits == ()
    assert "index the content again" in found.skipped[0].reason


def test_the_query_speaks_of_segment_goal_and_tone_and_repeats_exactly(agent):
    documents = [document(f"D-{i}", f"A wool jacket {i}.") for i in range(5)]
    made = agent(documents)
    one, two = (
        made.run(BRIEF, SEGMENT, Tone.FRIENDLY, order, truth, day=DAY)
        for order in (documents, documents[::-1])
    )
    assert one == two
    assert one.query == "jacket wool sell soft warm gift help"


def test_for_everyone_the_query_speaks_of_the_offer_without_its_dates_and_sums(agent):
    offer = document(
        "OFF-1", "A Tanner sweater for $78 with code WARM15 until January 21, 2027, once."
    )
    documents = [offer, document("D-1", "The Tanner sweater is warm."), document("D-2", "Belts.")]
    everyone = Segment("everyone", "Everyone", "", 10, 1.0, None)
    made = agent(documents, tone_terms={})
    found = made.run(BRIEF, everyone, Tone.FRIENDLY, documents, truth, day=DAY)
    assert found.query == "tanner sweater code until once sell jacket"
    assert [h.passage.document_id for h in found.hits][:2] == ["OFF-1", "D-1"]
    without = made.run(
        replace(BRIEF, offer_document_id=None), everyone, Tone.URGENT, documents, truth, day=DAY
    )
    assert without.query == "sell jacket"
