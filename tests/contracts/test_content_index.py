"""What every content index must do."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import ProviderUnavailable
from core.integrations.content_index import PROVIDERS, local
from core.models.content import Passage
from core.protocols.azure import AzureConfig, AzureSearch
from core.protocols.content_index import Fusion
from core.protocols.provider import ProviderContext
from tests.fakes import TopicEmbedder
from tests.servers.azure_search.server import AzureSearchServer
from tests.servers.azure_search.store import Store

ENGINES = ["local", "azure"]


def passage(name, text, index=0, title="Title", keywords=()):
    return Passage(name, 1, index, title, "policy", text, keywords)


PASSAGES = [
    passage("A", "Wool jackets for winter."),
    passage("A", "Linen shirts for summer.", 1),
    passage("B", "A warm coat.", title="The wool coat"),
    passage("C", "A belt.", keywords=("wool",)),
]
ALL = {"A", "B", "C"}


@pytest.fixture(params=ENGINES)
def engine(request):
    return request.param


@pytest.fixture
def server(engine):
    if engine == "local":
        yield None
        return
    # Ranking by sense has its own ideas of what comes first: see test_azure_search.py.
    with AzureSearchServer(store=Store(semantic="disabled")) as running:
        yield running


@pytest.fixture
def opened(engine, server, tmp_path):
    """Opens the index of one workspace, again and again, under other settings where wanted."""

    def open_index(embedder=None, fusion=None, name="approved-content"):
        azure = AzureConfig(search=AzureSearch(index=name))
        known = server.environment if server else {}
        context = ProviderContext(
            known, tmp_path / name, embedder=embedder, fusion=fusion or Fusion(), azure=azure
        )
        return PROVIDERS[engine](context)

    return open_index


@pytest.fixture
def index(opened):
    return opened()


def found(index, query, documents=ALL, top=10):
    return [h.passage.passage_id for h in index.search(query, documents=documents, top=top)]


def test_every_provider_is_tested_here():
    assert set(ENGINES) == set(PROVIDERS)


def test_it_finds_words_in_titles_keywords_and_texts_with_any_ending(index):
    assert index.replace(PASSAGES) == 4
    assert set(found(index, "wool")) == {"A@1#0", "B@1#0", "C@1#0"}
    assert found(index, "wool")[-1] == "A@1#0"  # a title or a keyword says more than a text
    assert set(found(index, "shirt, winters?")) == {"A@1#0", "A@1#1"}
    (hit, *_) = index.search("coat", documents=ALL, top=1)
    assert hit.passage == PASSAGES[2]
    assert hit.score > 0


def test_it_finds_only_in_the_documents_allowed(index):
    index.replace(PASSAGES)
    assert found(index, "wool", {"C"}) == ["C@1#0"]
    assert found(index, "wool", set()) == []
    assert found(index, "wool", {f"X{i}" for i in range(5000)} | {"A"}) == ["A@1#0"]


@pytest.mark.parametrize("query", ["", "  ", '"', "nothing-like-this", "____"])
def test_a_query_without_an_answer_finds_nothing(index, query):
    index.replace(PASSAGES)
    assert found(index, query) == []


def test_top_limits_and_scores_fall(index):
    index.replace(PASSAGES)
    scores = [h.score for h in index.search("wool coat", documents=ALL, top=10)]
    assert scores == sorted(scores, reverse=True)
    assert len(found(index, "wool coat", top=1)) == 1
    assert found(index, "wool coat", top=0) == []


def test_equal_scores_stand_in_the_order_of_their_ids(index):
    same = [passage(name, "A soft sock.") for name in ("C", "A", "B")]
    index.replace(same)
    assert found(index, "sock") == ["A@1#0", "B@1#0", "C@1#0"]


def test_it_holds_exactly_what_was_given_last(index):
    index.replace(PASSAGES)
    changed = [passage("A", "Cotton now."), PASSAGES[2], passage("D", "New wool.")]
    assert index.replace(changed) == 3
    assert found(index, "wool", ALL | {"D"}) == ["B@1#0", "D@1#0"]
    assert found(index, "cotton") == ["A@1#0"]
    assert index.replace([]) == 0
    assert found(index, "wool") == []


def test_a_changed_index_answers_as_a_new_one(index, opened):
    index.replace(PASSAGES[:2])
    index.replace(PASSAGES)
    new = opened(name="another")
    new.replace(PASSAGES)
    both = [i.search("wool coat for summer", documents=ALL, top=9) for i in (index, new)]
    assert both[0] == both[1]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text() | st.text(alphabet="\"'()*:^+-{}ANDORNEAR \x00ae", max_size=30))
def test_any_text_is_a_legal_query(index, query):
    index.replace(PASSAGES)
    assert all(h.score > 0 for h in index.search(query, documents=ALL, top=3))


def test_threads_may_share_it(index):
    index.replace(PASSAGES)

    def work(number):
        if number % 5 == 0:
            return index.replace(PASSAGES)
        return len(found(index, "wool"))

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(work, range(60)))
    assert set(results) == {3, 4}


def test_it_has_a_name(index):
    assert index.describe()


def test_an_index_that_was_never_built_says_so(index):
    with pytest.raises(ProviderUnavailable, match="index the content again"):
        index.search("wool", documents=ALL, top=1)


def test_a_damaged_file_is_refused_and_made_anew(tmp_path):
    index = local.build(ProviderContext({}, tmp_path))
    index.replace(PASSAGES)
    index.path.write_bytes(b"not a database" * 999)
    with pytest.raises(ProviderUnavailable, match="index the content again"):
        index.search("wool", documents=ALL, top=1)
    assert index.replace(PASSAGES) == 4
    assert found(index, "coat") == ["B@1#0"]


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "content_index.db").mkdir()
    with pytest.raises(ProviderUnavailable, match=r"content_index\.db"):
        local.build(ProviderContext({}, tmp_path)).replace(PASSAGES)


def test_one_document_can_be_exchanged_and_the_others_stay(index):
    index.replace(PASSAGES)
    index.update("A", [passage("A", "Cotton now.")])
    assert set(found(index, "wool")) == {"B@1#0", "C@1#0"}
    assert found(index, "cotton") == ["A@1#0"]
    index.update("A", [])
    assert found(index, "cotton") == []
    index.update("D", [passage("D", "New wool.")])
    assert "D@1#0" in found(index, "wool", ALL | {"D"})


def test_the_first_document_of_all_makes_the_index(index):
    index.update("A", PASSAGES[:2])
    assert found(index, "linen") == ["A@1#1"]


def test_it_says_which_documents_it_holds_otherwise(index):
    assert index.outdated(PASSAGES) == ALL
    index.replace(PASSAGES)
    assert index.outdated(PASSAGES) == frozenset()
    changed = [passage("A", "Cotton now."), *PASSAGES[1:3], passage("D", "New.")]
    assert index.outdated(changed) == {"A", "C", "D"}


@pytest.fixture
def topics():
    return TopicEmbedder()


@pytest.fixture
def both(topics, opened):
    return opened(topics)


def test_with_an_embedder_it_finds_what_shares_no_word_with_the_query(both, opened):
    both.replace(PASSAGES)
    assert found(both, "a knitted jumper", top=2) == ["A@1#0", "B@1#0"]
    of_words = opened(name="of-words")
    of_words.replace(PASSAGES)
    assert found(of_words, "a knitted jumper") == []


def test_both_rankings_count_by_their_weights(both, opened, topics):
    both.replace(PASSAGES)

    def first(words, meaning):
        return found(opened(topics, Fusion(words=words, meaning=meaning)), "belt jumper")[0]

    assert first(1, 0) == "C@1#0"  # the only one with the word
    assert first(0, 1) == "A@1#0"  # the nearest topic
    hits = both.search("wool", documents=ALL, top=3)
    assert all(0 < hit.score <= 1 for hit in hits)


def test_by_meaning_too_only_the_documents_allowed_are_found(both):
    both.replace(PASSAGES)
    assert set(found(both, "jumper", {"C"})) <= {"C@1#0"}
    assert found(both, "jumper", set()) == []


def test_only_what_is_new_is_embedded_again(both, topics):
    both.replace(PASSAGES)
    assert len(topics.asked) == 4
    topics.asked.clear()
    both.replace(PASSAGES)
    assert topics.asked == []
    both.update("A", [PASSAGES[0], passage("A", "A new paragraph about wool.", 1)])
    assert topics.asked == ["Title\nA new paragraph about wool."]


def test_a_paragraph_that_a_new_version_keeps_is_not_embedded_again(both, topics):
    both.replace(PASSAGES)
    topics.asked.clear()
    moved = Passage("A", 2, 1, "Title", "policy", "Wool jackets for winter.")
    both.update("A", [Passage("A", 2, 0, "Title", "policy", "First of all."), moved])
    assert topics.asked == ["Title\nFirst of all."]
    assert "A@2#1" in found(both, "jumper")


def test_vectors_are_read_again_when_another_process_wrote(both, opened, topics):
    both.replace(PASSAGES)
    assert "A@1#0" in found(both, "jumper")
    opened(topics).update("E", [passage("E", "Knit and wool, a jumper.")])
    assert found(both, "jumper", ALL | {"E"})[0] == "E@1#0"
    opened(topics).replace(PASSAGES[1:])
    assert "A@1#0" not in found(both, "jumper")


def test_vectors_of_another_model_are_refused_until_everything_is_indexed_again(both, opened):
    both.replace(PASSAGES)
    other = opened(TopicEmbedder(identity="topics 2"))
    assert other.outdated(PASSAGES) == ALL
    with pytest.raises(ProviderUnavailable, match="another model; index the content again"):
        other.search("jumper", documents=ALL, top=1)
    with pytest.raises(ProviderUnavailable, match="another model; index the content again"):
        other.update("A", PASSAGES[:1])
    other.replace(PASSAGES)
    assert other.outdated(PASSAGES) == frozenset()
    assert found(other, "jumper")


def test_an_index_made_without_an_embedder_is_outdated_once_there_is_one(both, index):
    index.replace(PASSAGES)
    assert both.outdated(PASSAGES) == ALL
    with pytest.raises(ProviderUnavailable, match="index the content again"):
        both.search("jumper", documents=ALL, top=1)


def test_an_embedder_that_fails_stops_the_search_and_leaves_the_index_as_it_was(both, topics):
    both.replace(PASSAGES)
    topics.fails = True
    with pytest.raises(ProviderUnavailable, match="out of order"):
        both.search("wool", documents=ALL, top=1)
    with pytest.raises(ProviderUnavailable, match="out of order"):
        both.replace([*PASSAGES, passage("D", "New wool.")])
    topics.fails = False
    assert both.outdated(PASSAGES) == frozenset()
