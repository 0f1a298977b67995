"""What every content index must do."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import ProviderUnavailable
from core.integrations.content_index import PROVIDERS, local
from core.models.content import Passage
from core.protocols.provider import ProviderContext

LOCAL = ["local"]


def passage(name, text, index=0, title="Title", keywords=()):
    return Passage(name, 1, index, title, "policy", text, keywords)


PASSAGES = [
    passage("A", "Wool jackets for winter."),
    passage("A", "Linen shirts for summer.", 1),
    passage("B", "A warm coat.", title="The wool coat"),
    passage("C", "A belt.", keywords=("wool",)),
]
ALL = {"A", "B", "C"}


@pytest.fixture(params=LOCAL)
def index(request, tmp_path):
    return PROVIDERS[request.param](ProviderContext({}, tmp_path))


def found(index, query, documents=ALL, top=10):
    return [h.passage.passage_id for h in index.search(query, documents=documents, top=top)]


def test_every_local_provider_is_tested_here():
    assert set(LOCAL) <= set(PROVIDERS)


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


def test_a_changed_index_answers_as_a_new_one(index, tmp_path):
    index.replace(PASSAGES[:2])
    index.replace(PASSAGES)
    (tmp_path / "new").mkdir()
    new = PROVIDERS[LOCAL[0]](ProviderContext({}, tmp_path / "new"))
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
