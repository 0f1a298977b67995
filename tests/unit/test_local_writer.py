import json
import re
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.agents.generation import GenerationAgent
from core.content.accidental import accidents
from core.content.audience_truth import reader_statements
from core.content.claim_findings import claim_findings
from core.content.claims import claims
from core.content.documents import document_of
from core.content.instructions import instructions
from core.content.merge_fields import default_text, merge_findings
from core.content.offers import offers_of
from core.content.passages import passages_of
from core.content.sentences import count_words, sentences
from core.content.support import codes_of, states_deadline
from core.errors import ConfigInvalid, ProviderRejected
from core.integrations.chat_model.local import PHRASES, LocalWriter, build
from core.integrations.chat_model.phrases import read_phrases
from core.integrations.chat_model.selection import quotable
from core.models.campaign import TONES, Brief, Tone
from core.models.content import Passage
from core.models.customers import Segment
from core.models.merge_fields import MergeField
from core.models.messages import Level, TextField
from core.orchestrator.config import CONFIG, ROOT, SegmentsConfig
from core.orchestrator.prompts import read_prompts
from core.orchestrator.yaml_file import read_yaml
from core.protocols.chat_model import Material
from core.protocols.provider import ProviderContext

TODAY = date(2026, 11, 7)
DOCUMENTS = tuple(
    document_of(json.loads(path.read_text()), anchor=TODAY)
    for path in sorted((ROOT / "data/content/approved_content").glob("*.json"))
)
TRAPS = {d.document_id for d in DOCUMENTS if "trap" in d.metadata}
INSTRUCTED = {d.document_id for d in DOCUMENTS if d.metadata.get("trap") == "instruction"}
SEGMENTS = tuple(
    Segment(r.segment_id, r.name, r.rule, 100, 0.2, 90, (), r.words)
    for r in read_yaml(CONFIG / "segments.yaml", SegmentsConfig).segments
)
WRITER = build(ProviderContext({}, Path()))
AGENT = GenerationAgent(WRITER, read_prompts(CONFIG / "prompts"))
GOAL = "Bring customers back for a first look at the clothes for the week ahead"
UNWANTED = re.compile(
    r"[!\[\]{}*<>|\u2013\u2014]|\b(?:exclusive|unlock|elevate|discover|source)\b", re.IGNORECASE
)


@lru_cache
def passages(*document_ids):
    known = {d.document_id: d for d in DOCUMENTS}
    return tuple(p for name in document_ids for p in passages_of(known[name]))


def ids(prefix):
    return [d.document_id for d in DOCUMENTS if d.document_id.startswith(prefix)]


def write(segment, tone, offered, **brief):
    return AGENT.run(Material(Brief("Test", GOAL, **brief), segment, tone, tuple(offered)))


def cited(draft, offered):
    names = {c.document_id for c in draft.citations}
    return [p for p in offered if p.document_id in names]


SEGMENT = st.sampled_from(SEGMENTS)
OFFER = st.sampled_from([p for p in ids("PRM") if p not in TRAPS])
PRODUCTS = st.permutations(ids("PRD")).map(lambda names: names[:4])
HELP = st.permutations([*ids("SRV"), *ids("POL"), *ids("BRD")]).map(lambda names: names[:5])


@settings(max_examples=60, deadline=None)
@given(SEGMENT, OFFER, PRODUCTS, HELP, st.sampled_from(TONES))
def test_every_message_keeps_the_rules(segment, offer, products, help_, tone):
    offered = passages(offer, *products, *help_)
    draft = write(segment, tone, offered, offer_document_id=offer)
    message, own = draft.message, cited(draft, offered)

    assert 100 <= count_words(message.body) <= 200
    assert 0 < len(message.subject) <= 60
    assert 0 < len(message.preheader) <= 100
    by_place = {(p.document_id, p.index): p.text for p in offered}
    for c in draft.citations:
        # Word for word, or the offer in short: its title, its code and its last day.
        source = by_place[c.document_id, c.passage_index]
        said = {(k.kind, k.value) for k in claims(c.quote)}
        known = {(k.kind, k.value) for text in (source, c.title) for k in claims(text)}
        in_short = c.document_id == offer and said and said <= known
        signature = "Tolman Row" in source and c.quote.endswith("Tolman Row")
        assert c.quote in source or in_short or signature
    quotes = [c.quote for c in draft.citations]
    assert len(quotes) == len(set(quotes))
    assert not {c.document_id for c in draft.citations} & INSTRUCTED
    assert {c.document_id for c in draft.citations if c.document_id.startswith("PRM")} == {offer}

    parts = {field: message.part(field) for field in TextField}
    offers = offers_of([d for d in DOCUMENTS if d.document_id in {p.document_id for p in own}])
    unsupported = claim_findings(parts, own, draft.citations, offers)
    for field, text in parts.items():
        assert not UNWANTED.search(text)
        findings = (
            *(f for f in unsupported if f.field is field),
            *accidents(text, field, capitals=codes_of(own), document_ids=[offer]),
            *instructions(text, field),
        )
        assert [f for f in findings if f.level is Level.BLOCK] == []
        assert [s for s in reader_statements(text, field, own) if not s.approved] == []


@pytest.mark.parametrize("tone", TONES)
@pytest.mark.parametrize("offer", sorted(set(ids("PRM")) - TRAPS))
def test_an_offer_comes_with_its_day_and_every_exclusion(offer, tone):
    offered = passages(offer, "PRD-B-001", "PRD-M-006", "PRD-W-007", "POL-001")
    body = write(SEGMENTS[0], tone, offered, offer_document_id=offer).message.body
    own = passages(offer)
    assert states_deadline(body, own)
    limits = re.compile(
        r"cannot be|once per customer|do not count|full-price|keep their usual|only"
    )
    for sentence in (s.text for p in own for s in sentences(p.text)):
        if limits.search(sentence):
            assert sentence in body


def test_a_message_is_always_the_same():
    offered = passages("PRM-001", "PRD-M-002", "PRD-M-004", "SRV-006")
    first = [write(SEGMENTS[3], tone, offered) for tone in TONES]
    again = LocalWriter(read_phrases(PHRASES))
    agent = replace(AGENT, chat=again)
    material = [Material(Brief("Test", GOAL), SEGMENTS[3], tone, offered) for tone in TONES]
    assert [agent.run(m) for m in material] == first


MATERIAL = passages("PRM-001", "PRD-B-001", "PRD-M-002", "PRD-W-002", "SRV-006", "BRD-001")
FIRST_NAME = MergeField("first_name", "first_name", customers=100, missing=3)


@pytest.mark.parametrize("tone", TONES)
def test_a_message_greets_by_name_only_where_names_are_known(tone):
    material = Material(Brief("Test", GOAL), SEGMENTS[3], tone, MATERIAL)
    plain = AGENT.run(material).message.body
    named = AGENT.run(replace(material, merge_fields=(FIRST_NAME,))).message.body
    assert "{" not in plain
    greeting = named.split("\n\n")[0]
    assert "first_name" in greeting
    assert named.count("{{") == 1
    assert merge_findings(named, TextField.BODY, [FIRST_NAME]) == ()
    assert default_text(greeting) in {"Hello,", "Hello there,", "Hi there,"}


def without_terms(body):
    limits = re.compile(r"do not count|once per customer")
    return [s.text for p in body.split("\n\n") for s in sentences(p) if not limits.search(s.text)]


def five_grams(body):
    rows = [re.findall(r"[\w$'-]+", s.lower()) for s in without_terms(body)]
    return {tuple(row[i : i + 5]) for row in rows for i in range(len(row) - 4)}


@pytest.mark.parametrize("segment", SEGMENTS, ids=lambda s: s.segment_id)
def test_the_tones_differ_in_opening_order_length_of_sentence_and_call(segment):
    urgent, informational, friendly = (
        write(segment, tone, MATERIAL, offer_document_id="PRM-001").message.body for tone in TONES
    )
    grams = [five_grams(body) for body in (urgent, informational, friendly)]
    for one, other in combinations(grams, 2):
        # They show the same things, so a sentence about a product may be quoted in both.
        assert len(one & other) / min(len(one), len(other)) < 0.55
    first, last = (
        [body.split("\n\n")[place] for body in (urgent, informational, friendly)]
        for place in (1, -1)
    )
    assert "LAYER15" in first[0]
    assert "LAYER15" not in first[1] + first[2]
    assert "once per customer" in last[2]
    # Only the brisk one names the day twice, and its last words before the name are an order.
    assert urgent.count("LAYER15 by") + urgent.count("until") + urgent.count("by January") >= 2
    own = [[len(s.split()) for s in connecting(write(segment, tone, MATERIAL))] for tone in TONES]
    means = [sum(lengths) / len(lengths) for lengths in own]
    assert means[0] < means[1]
    assert means[0] <= means[2]


@settings(max_examples=40, deadline=None)
@given(SEGMENT, OFFER, PRODUCTS, HELP, st.sampled_from(TONES))
def test_no_sentence_is_said_twice(segment, offer, products, help_, tone):
    offered = passages(offer, *products, *help_)
    message = write(segment, tone, offered, offer_document_id=offer).message
    said = [
        s.text for part in TextField for p in message.part(part).split("\n\n") for s in sentences(p)
    ]
    assert len(said) == len(set(said))


def test_advice_on_washing_never_stands_where_help_with_ordering_could():
    menswear = next(s for s in SEGMENTS if "menswear" in s.words)
    offered = passages("PRM-001", "PRD-M-002", "POL-006", "SRV-001")
    for tone in TONES:
        body = write(menswear, tone, offered, offer_document_id="PRM-001").message.body
        assert "denim" not in body
        assert "phone" in body


def connecting(draft):
    quotes = {c.quote for c in draft.citations}
    lines = [s.text for p in draft.message.body.split("\n\n") for s in sentences(p)]
    return {line for line in lines if line not in quotes} - {"Hello,"}


@pytest.mark.parametrize("segment", SEGMENTS, ids=lambda s: s.segment_id)
def test_the_tones_share_hardly_a_word_of_their_own(segment):
    offered = passages("PRM-001", "PRD-B-001", "PRD-M-002", "PRD-W-002", "SRV-006", "BRD-001")
    drafts = [write(segment, tone, offered) for tone in TONES]
    for one, other in combinations(drafts, 2):
        assert connecting(one) & connecting(other) <= {"Tolman Row"}
        assert one.message.subject != other.message.subject
        assert one.message.preheader != other.message.preheader
    bodies = [d.message.body for d in drafts]
    assert len({b.split("\n\n")[1] for b in bodies}) == len(bodies)


def test_the_segments_get_different_words():
    offered = passages("PRM-001", "PRD-B-001", "PRD-M-002", "PRD-W-002", "SRV-006", "BRD-001")
    for tone in TONES:
        drafts = [write(segment, tone, offered) for segment in SEGMENTS]
        assert len({frozenset(connecting(d)) for d in drafts}) == len(drafts)


@pytest.mark.parametrize("tone", TONES)
def test_readers_of_one_department_are_shown_their_own(tone):
    offered = passages("PRD-W-001", "PRD-M-001", "SRV-006", "POL-002")
    menswear = next(s for s in SEGMENTS if "menswear" in s.words)
    draft = write(menswear, tone, offered)
    assert "PRD-W-001" not in {c.document_id for c in draft.citations}
    assert "Harbor" in draft.message.body


@pytest.mark.parametrize("tone", TONES)
def test_a_scoped_offer_is_not_shown_with_another_product(tone):
    menswear = next(s for s in SEGMENTS if "menswear" in s.words)
    offered = passages("PRM-003", "PRD-M-001", "PRD-M-002", "SRV-006")
    draft = write(menswear, tone, offered, offer_document_id="PRM-003")
    names = {c.document_id for c in draft.citations}
    assert "PRD-M-002" in names
    assert "PRD-M-001" not in names


@pytest.mark.parametrize("tone", TONES)
def test_without_a_deadline_nobody_is_pressed(tone):
    offered = passages("PRD-M-001", "SRV-006", "POL-002")
    body = write(SEGMENTS[3], tone, offered).message.body
    assert not re.search(r"\b(?:ends|until|by then|too late|before the offer|last day)\b", body)


@pytest.mark.parametrize("tone", TONES)
def test_the_wishes_of_the_brief_are_kept(tone):
    offered = passages("PRM-001", "PRD-M-002", "PRD-M-004", "SRV-006", "POL-002")
    fact = next(s.text for s in sentences(offered[3].text) if "crew neck" in s.text)
    wishes = ("We look forward to your visit.", fact)
    bans = ("office", "ORDER BY", "Tolman")
    draft = write(SEGMENTS[3], tone, offered, must_say=wishes, must_not_say=bans)
    whole = "\n".join(draft.message.part(f) for f in TextField)
    assert [draft.message.body.count(w) for w in wishes] == [1, 1]
    assert not re.search("office|order by|tolman", whole, re.IGNORECASE)
    assert fact in {c.quote for c in draft.citations}


FLOOR = passages("PRD-M-002", "SRV-006", "POL-002", "BRD-001")
REFUSED = [
    (passages("PRD-M-002")[:1], {}, "approve more about a product"),
    (FLOOR, {"offer_document_id": "PRM-001"}, "not among the passages"),
    ((*passages("PRM-001")[:2], *FLOOR), {"offer_document_id": "PRM-001"}, "not with its terms"),
    ((*passages("PRM-001")[1:], *FLOOR), {"offer_document_id": "PRM-001"}, "not with its terms"),
    (FLOOR, {"language": "de"}, "English only"),
    (FLOOR, {"must_say": ("A kind word.",), "must_not_say": ("kind",)}, "forbids"),
    (FLOOR, {"words_min": 400, "words_max": 500}, "400 are needed"),
    (
        (*passages("PRM-001"), *FLOOR),
        {"words_min": 10, "words_max": 40, "offer_document_id": "PRM-001"},
        "at most 40",
    ),
]


@pytest.mark.parametrize(("offered", "brief", "reason"), REFUSED)
def test_what_cannot_be_written_is_refused_with_the_reason(offered, brief, reason):
    with pytest.raises(ProviderRejected, match=reason):
        write(SEGMENTS[3], Tone.URGENT, offered, **brief)


@pytest.mark.parametrize("trap", sorted(INSTRUCTED))
def test_a_planted_instruction_changes_nothing(trap):
    offered = passages("PRM-001", "PRD-M-002", "SRV-006", "POL-002")
    for tone in TONES:
        with_trap = write(SEGMENTS[3], tone, (*passages(trap), *offered))
        assert with_trap == write(SEGMENTS[3], tone, offered)


def test_the_own_words_claim_nothing():
    phrases = read_phrases(PHRASES)
    slots = [p for tone in phrases.tones.values() for words in tone.values() for p in words]
    kinds = [p for kind in phrases.kinds.values() for p in (*kind.opening, *kind.subject)]
    for phrase in (*slots, *kinds):
        text = re.sub(r"\{\w+\}", "things", default_text(phrase))
        assert claims(text) == (), phrase
        assert accidents(text, TextField.BODY) == (), phrase
        assert reader_statements(text, TextField.BODY) == (), phrase
        assert not UNWANTED.search(text), phrase


@pytest.mark.parametrize(
    ("text", "quotes"),
    [
        ("Wool. It wears well. Order some.", ["Wool. It wears well.", "Order some."]),
        ("A heading without an end", []),
        ("See [Name] for more. Plain words.", ["Plain words."]),
        ("Look at www.example.com. Plain words.", ["Plain words."]),
        ("", []),
    ],
)
def test_only_whole_sentences_that_stand_alone_are_quoted(text, quotes):
    assert list(quotable(Passage("D", 1, 0, "T", "product", text))) == quotes


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("shop: A\n", "tones"),
        ("a: [", "not valid YAML"),
        ("- 1\n", "phrases.yaml"),
        (None, "cannot be read"),
    ],
)
def test_phrases_that_cannot_be_used_are_named(tmp_path, text, reason):
    path = tmp_path / "phrases.yaml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ConfigInvalid, match=reason):
        read_phrases(path)


def test_a_tone_without_words_for_a_slot_is_refused(tmp_path):
    path = tmp_path / "phrases.yaml"
    path.write_text(PHRASES.read_text().replace('    greeting: ["Hello,"]\n', "", 1))
    with pytest.raises(ConfigInvalid, match="urgent lacks or should not have: greeting"):
        read_phrases(path)


def test_the_model_names_the_version_of_the_phrases():
    phrases = read_phrases(PHRASES)
    draft = write(SEGMENTS[0], Tone.FRIENDLY, FLOOR)
    assert draft.generation.engine == "local writer"
    assert draft.generation.model == f"phrases {phrases.sha256[:12]}"
    assert phrases.model_copy(update={"shop": "Other"}).sha256 != phrases.sha256


def test_evergreen_messages_do_not_depend_on_the_day():
    later = TODAY + timedelta(days=1500)
    path = ROOT / "data/content/approved_content/prd-m-002.json"
    document = document_of(json.loads(path.read_text()), anchor=later)
    offered = (*passages_of(document), *passages("SRV-006", "POL-002"))
    now = write(SEGMENTS[3], Tone.URGENT, passages("PRD-M-002", "SRV-006", "POL-002"))
    assert write(SEGMENTS[3], Tone.URGENT, offered).message == now.message
