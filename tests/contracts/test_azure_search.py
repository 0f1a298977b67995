"""Azure AI Search through its real client: every way it can fail, and what is said of each."""

import logging
import time
from dataclasses import replace
from random import Random

import pytest

from core.errors import (
    ConfigInvalid,
    FailureKind,
    PatienceOver,
    ProviderRejected,
    ProviderUnavailable,
)
from core.integrations.content_index import PROVIDERS, azure
from core.integrations.content_index.search_layout import key_of
from core.models.content import Passage
from core.orchestrator.patience import Gate, Patience, Waiting
from core.protocols.azure import AzureConfig, AzureLimits, AzureSearch
from core.protocols.patience import ServiceLimits
from core.protocols.provider import ProviderContext
from tests.contracts.test_content_index import ALL, PASSAGES, found, passage
from tests.fakes import TopicEmbedder
from tests.servers.azure_search.server import (
    ADMIN_KEY,
    API_VERSION,
    QUERY_KEY,
    TOKEN,
    AzureSearchServer,
    Fault,
)
from tests.servers.azure_search.store import Store
from tests.servers.tls import tls_for_localhost
from tests.servers.ways_in import FakeIdentity

ALIAS = "approved-content"
HTML = b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>"
LIMITS = ServiceLimits(attempts=3, patience_s=100)
# For answers that never come; others must not be lost to a machine that is busy.
HASTY = replace(LIMITS, timeout_s=0.5)
NO, LATER, K = ProviderRejected, ProviderUnavailable, FailureKind


class Clock:
    """A clock that only waiting moves."""

    def __init__(self):
        self.now, self.waits = 0.0, []

    def __call__(self):
        return self.now

    def pause(self, seconds):
        self.waits.append(seconds)
        self.now += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def server():
    with AzureSearchServer() as running:
        yield running


@pytest.fixture
def opened(server, clock, tmp_path):
    """Opens the index at the test server, with patience that waits on the test's own clock."""
    ticks, paused = clock, clock.pause

    def open_index(embedder=None, limits=LIMITS, environment=None, clock=clock, **search):
        patience = Patience(limits, Gate(8, None, ticks), Random(1), ticks)  # noqa: S311 - no secret
        context = ProviderContext(
            environment or server.environment,
            tmp_path,
            embedder=embedder,
            azure=AzureConfig(
                search=AzureSearch(index=ALIAS, **search), limits=AzureLimits(search=limits)
            ),
            patient=Waiting(patience, paused, lambda: True),
            clock=clock,
        )
        made = azure.build(context)
        return replace(made, filling=replace(made.filling, pause=paused))

    return open_index


@pytest.fixture
def index(opened):
    return opened()


def says(status, message="No.", code="", headers=None):
    body = f'{{"error": {{"code": "{code}", "message": "{message}"}}}}'.encode()
    return Fault(status, body, headers or {})


FAULTS = {
    "400": (says(400, "Bad filter."), NO, K.NOT_UNDERSTOOD, 'refused .* .400, "Bad filter"'),
    "401": (says(401), NO, K.NOT_SIGNED_IN, "check AZURE_SEARCH_API_KEY"),
    "403": (says(403), NO, K.NOT_ALLOWED, "the key is wrong or may not do this"),
    "403 quota": (says(403, "Storage quota exceeded."), NO, K.QUOTA_USED_UP, "larger tier"),
    "408": (says(408), LATER, K.TIMED_OUT, "gave up waiting"),
    "409": (says(409), LATER, K.OUT_OF_ORDER, "somebody else changes the same thing"),
    "412": (says(412), NO, K.OTHER, "somebody else indexed the content at the same time"),
    "413": (says(413), NO, K.NOT_UNDERSTOOD, "too long"),
    "429": (says(429), LATER, K.RATE_LIMITED, "limits.search.rate_limit"),
    "429 with a wish": (
        says(429, headers={"Retry-After": "7"}), LATER, K.RATE_LIMITED, "asked too often"
    ),
    "500": (says(500), LATER, K.OUT_OF_ORDER, "its own; try again later .500"),
    "503": (says(503), LATER, K.OUT_OF_ORDER, "try again later .503"),
    "503 in HTML": (
        Fault(503, HTML, content_type="text/html"),
        LATER,
        K.OUT_OF_ORDER,
        "try again later .503, request",
    ),
    "500 in HTML that says it is JSON": (
        Fault(500, HTML),
        LATER,
        K.OUT_OF_ORDER,
        "try again later .500",
    ),
    "a move elsewhere": (
        Fault(302, b"", {"Location": "http://127.0.0.1:9/"}), NO, K.NOT_UNDERSTOOD, ".302"
    ),
    "a reset": (Fault(resets=True), LATER, K.BROKEN_OFF, "the line broke"),
    "a hang": (Fault(hangs=True), LATER, K.TIMED_OUT, "did not answer in time"),
    "half a body and a hang": (
        Fault(200, b'{"value": [' + b" " * 99, stalls_at=40), LATER, K.TIMED_OUT, "in time"
    ),
    "a truncated body": (
        Fault(200, b'{"value": [' + b" " * 99, cut_at=40), LATER, K.BROKEN_OFF, "the line broke"
    ),
    "half a JSON": (Fault(200, b'{"value": ['), LATER, K.MALFORMED, "body of its answer is broken"),
    "HTML": (Fault(200, HTML, content_type="text/html"), LATER, K.MALFORMED, "is broken"),
    "HTML that says it is JSON": (Fault(200, HTML), LATER, K.MALFORMED, "is broken"),
    "JSON of another kind": (Fault(200, b"[1, 2]"), LATER, K.MALFORMED, "is broken"),
    "no results in it": (Fault(200, b"{}"), LATER, K.MALFORMED, "is broken"),
    "results without fields": (
        Fault(200, b'{"value": [{"@search.score": 1.0}]}'), LATER, K.MALFORMED, "is broken"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_of_a_search_has_its_error_and_says_what_to_do(name, opened, server, clock):
    fault, error, kind, words = FAULTS[name]
    silent = fault.hangs or fault.stalls_at is not None
    opened(semantic="never").replace(PASSAGES)
    index = opened(semantic="never", limits=HASTY if silent else LIMITS)
    server.script = lambda asked: fault if asked.what == "search" else None
    server.asked.clear()
    with pytest.raises(error, match=words) as caught:
        index.search("wool", documents=ALL, top=1)
    assert caught.value.kind is kind
    assert ADMIN_KEY not in str(caught.value)
    assert "\n" not in str(caught.value)
    if error is NO:
        # What a second try cannot change is not tried again.
        assert (len(server.of("search")), clock.waits) == (1, [])
    else:
        assert isinstance(caught.value, PatienceOver)
        assert len(server.of("search")) >= LIMITS.attempts
        assert clock.waits


@pytest.mark.parametrize("what", ["alias", "index", "write", "search"])
@pytest.mark.parametrize("name", ["401", "403", "429", "500", "a reset", "HTML"])
def test_each_fault_while_indexing_has_its_error_and_the_alias_stays(what, name, opened, server):
    index = opened()
    index.replace(PASSAGES)
    before = dict(server.store.aliases)
    fault, error, kind, _ = FAULTS[name]
    server.script = lambda asked: fault if asked.what == what else None
    with pytest.raises(error) as caught:
        opened(TopicEmbedder()).replace(PASSAGES)
    assert caught.value.kind is kind
    assert server.store.aliases == before
    server.script = lambda asked: None
    assert found(index, "linen") == ["A@1#1"]


def test_an_answer_that_drips_ends_in_time(opened, server):
    index = opened(limits=replace(LIMITS, attempts=1, request_s=0.2), clock=time.monotonic)
    index.replace(PASSAGES)
    drop = Fault(200, b" " * 4000 + b"{}", drips_s=0.01)
    server.script = lambda asked: drop if asked.what == "search" else None
    begun = time.monotonic()
    with pytest.raises(PatienceOver, match="did not answer in time"):
        index.search("wool", documents=ALL, top=1)
    assert time.monotonic() - begun < 5


def test_a_passing_fault_is_borne(index, server, clock):
    index.replace(PASSAGES)
    left = [says(503), Fault(resets=True)]
    server.script = lambda asked: left.pop(0) if left and asked.what == "search" else None
    assert found(index, "linen") == ["A@1#1"]
    assert len(clock.waits) == 2


@pytest.mark.parametrize(
    ("wish", "least", "most"),
    [
        (("Retry-After", "7"), 7, 7.7),
        (("Retry-After", "600"), 30, 30),  # never longer than configured
        (("retry-after-ms", "250"), 0.25, 0.28),
        (("Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT"), 0.2, 0.5),  # a date is no number
    ],
)
def test_the_service_s_wish_to_wait_is_kept_within_bounds(wish, least, most, index, server, clock):
    index.replace(PASSAGES)
    left = [says(429, headers=dict([wish]))]
    server.script = lambda asked: left.pop(0) if left and asked.what == "search" else None
    assert found(index, "linen") == ["A@1#1"]
    assert least <= sum(clock.waits) <= most


def test_no_connection_is_said_as_such(opened, server):
    environment = server.environment | {"AZURE_SEARCH_ENDPOINT": "http://127.0.0.1:9"}
    with pytest.raises(PatienceOver, match=r"no connection to 127\.0\.0\.1:9; check AZURE_SEARCH"):
        opened(environment=environment).search("wool", documents=ALL, top=1)


def test_an_index_that_was_never_built_is_not_waited_for(index, clock):
    with pytest.raises(ProviderUnavailable, match="index the content again"):
        index.search("wool", documents=ALL, top=1)
    assert clock.waits == []


@pytest.mark.parametrize(
    ("task", "role"),
    [
        ("search", "Search Index Data Reader"),
        ("write", "Search Index Data Contributor"),
        ("define", "Search Service Contributor"),
    ],
)
def test_a_missing_role_is_named(task, role, tmp_path, clock, monkeypatch):
    tls = tls_for_localhost(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tls.trusted))
    with AzureSearchServer(tls=tls.context) as server:
        index = by_identity(server, tmp_path)
        index.replace(PASSAGES)
        server.roles = server.roles - {role}
        does = {"search": lambda: index.search("wool", documents=ALL, top=1)}
        with pytest.raises(ProviderRejected, match=f"give it the role '{role}'"):
            does.get(task, lambda: index.update("D", [passage("D", "New wool.")]))()


def by_identity(server, folder, identity=None):
    search = AzureSearch(endpoint=server.endpoint, index=ALIAS)
    context = ProviderContext(
        {}, folder, azure=AzureConfig(search=search), identity=identity or FakeIdentity(token=TOKEN)
    )
    return PROVIDERS["azure"](context)


def test_without_a_key_the_identity_signs_in_over_tls(tmp_path, monkeypatch):
    tls = tls_for_localhost(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tls.trusted))
    identity = FakeIdentity(token=TOKEN)
    with AzureSearchServer(tls=tls.context, keys_allowed=False) as server:
        index = by_identity(server, tmp_path, identity)
        index.replace(PASSAGES)
        assert found(index, "linen") == ["A@1#1"]
        assert not [asked for asked in server.asked if "api-key" in asked.headers]
        identity.token = ADMIN_KEY  # no token
        with pytest.raises(ProviderRejected, match="does not accept this machine's identity"):
            by_identity(server, tmp_path, identity).search("wool", documents=ALL, top=1)
    assert {scope for scopes in identity.scopes for scope in scopes} == {
        "https://search.azure.com/.default"
    }


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"AZURE_SEARCH_ENDPOINT": ""}, "needs AZURE_SEARCH_ENDPOINT"),
        ({"AZURE_SEARCH_ENDPOINT": "nonsense"}, "AZURE_SEARCH_ENDPOINT is no address"),
        ({"AZURE_SEARCH_ENDPOINT": "http://shop.search.windows.net"}, "must begin with https"),
        ({"AZURE_SEARCH_INDEX": ""}, "needs AZURE_SEARCH_INDEX"),
        ({"AZURE_SEARCH_INDEX": "My Index"}, "small letters, digits and single dashes"),
        ({"AZURE_SEARCH_INDEX": "two--dashes"}, "single dashes"),
        ({"AZURE_SEARCH_API_KEY": ""}, "signs in by identity, and that needs https"),
    ],
)
def test_what_is_missing_is_named_when_it_is_built(variables, words, server, tmp_path):
    with pytest.raises(ConfigInvalid, match=words):
        PROVIDERS["azure"](ProviderContext(server.environment | variables, tmp_path))


def test_every_request_has_the_api_version_and_only_the_key(index, server):
    index.replace(PASSAGES)
    index.search("wool", documents=ALL, top=1)
    assert {asked.query["api-version"] for asked in server.asked} == {API_VERSION}
    assert {asked.headers["api-key"] for asked in server.asked} == {ADMIN_KEY}


def test_a_query_key_may_search_and_not_index(index, opened, server):
    index.replace(PASSAGES)
    reader = opened(environment=server.environment | {"AZURE_SEARCH_API_KEY": QUERY_KEY})
    assert found(reader, "linen") == ["A@1#1"]
    with pytest.raises(ProviderRejected, match="needs an admin key"):
        reader.replace(PASSAGES)


def test_the_log_has_request_ids_and_no_words_of_anybody(index, caplog):
    with caplog.at_level(logging.DEBUG, logger="core"):
        index.replace(PASSAGES)
        index.search("wool for jane.doe@example.com", documents=ALL, top=1)
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("core")]
    searched = [line for line in lines if line.startswith("Azure AI Search (search) answered 200")]
    assert searched
    assert "request 00000000-0000-4000-8000-" in searched[-1]
    assert not [line for line in lines if "wool" in line or "jane" in line or ADMIN_KEY in line]


@pytest.mark.parametrize("names", [["men's"], ["it''s"], ["a|b", "c"], ["x' or '1' eq '1"]])
def test_no_sign_in_an_id_can_change_the_filter(names, index):
    index.replace([*PASSAGES, *(passage(name, "A soft sock.") for name in names)])
    assert found(index, "sock wool", set(names)) == [f"{name}@1#0" for name in sorted(names)]


def test_a_document_that_is_not_taken_is_named_although_the_status_is_207(index, server):
    index.replace(PASSAGES)
    server.store.refused_documents = {key_of("D@1#0"): 400}
    changed = [*PASSAGES, passage("D", "New wool."), passage("E", "Newer wool.")]
    with pytest.raises(ProviderRejected, match=r"did not take D@1#0 \(400"):
        index.replace(changed)
    assert index.outdated(changed) == {"D"}
    server.store.refused_documents = {}
    server.asked.clear()
    index.replace(changed)
    assert [len(asked.body["value"]) for asked in server.of("write")] == [1]
    assert index.outdated(changed) == frozenset()


@pytest.mark.parametrize("status", [409, 422, 503])
def test_a_document_that_is_not_taken_for_now_is_sent_again_alone(status, index, server, clock):
    server.store.refused_documents = {key_of("B@1#0"): status}
    index.replace(PASSAGES)
    assert [len(asked.body["value"]) for asked in server.of("write")] == [4, 1]
    assert len(clock.waits) == 1
    assert index.outdated(PASSAGES) == frozenset()


def test_an_answer_that_leaves_a_document_out_does_not_count_it_as_written(index, server):
    server.script = lambda asked: Fault(200, b'{"value": []}') if asked.what == "write" else None
    with pytest.raises(PatienceOver, match="4 passages were not taken"):
        index.replace(PASSAGES)
    assert server.store.aliases == {}


def test_only_what_changed_is_written_and_what_went_is_deleted(index, server):
    index.replace(PASSAGES)
    server.asked.clear()
    index.replace(PASSAGES)
    assert server.of("write") == []
    index.replace([passage("A", "Cotton now."), PASSAGES[1], PASSAGES[2]])
    actions = [a for asked in server.of("write") for a in asked.body["value"]]
    assert [(a["@search.action"], a["id"]) for a in actions] == [
        ("upload", key_of("A@1#0")),
        ("delete", key_of("C@1#0")),
    ]


def test_many_passages_go_in_batches(index, server):
    many = [passage(f"D{i}", f"Sock number {i}.") for i in range(1203)]
    assert index.replace(many) == 1203
    assert [len(asked.body["value"]) for asked in server.of("write")] == [500, 500, 203]
    assert index.outdated(many) == frozenset()
    assert index.replace([]) == 0


def test_large_passages_go_in_batches_by_their_size(index, server):
    many = [passage(f"D{i}", f"{i} " + "sock " * 200_000) for i in range(20)]
    index.replace(many)
    assert max(int(asked.headers["content-length"]) for asked in server.of("write")) < 9_000_000
    assert len(server.of("write")) > 1


def test_a_new_form_is_filled_beside_the_old_one_which_answers_until_then(opened, server):
    old, new = opened(), opened(TopicEmbedder())
    old.replace(PASSAGES)
    seen: list[str] = []

    def watch(asked):
        # Old settings are asked in the middle of the work for the new ones.
        if asked.what == "write" and not seen:
            seen.append(server.store.aliases[ALIAS]["indexes"][0])

    server.script = watch
    before = old.layout.name
    new.replace(PASSAGES)
    assert seen == [before]
    assert server.store.aliases[ALIAS]["indexes"] == [new.layout.name]
    # The old index stays for those who still reach it; the one before goes.
    assert set(server.store.indexes) == {before, new.layout.name}
    third = opened(TopicEmbedder(identity="topics 2"))
    third.replace(PASSAGES)
    assert set(server.store.indexes) == {new.layout.name, third.layout.name}


def test_who_was_answered_goes_on_being_answered_when_the_alias_moves(opened, server):
    old, new = opened(), opened(TopicEmbedder())
    old.replace(PASSAGES)
    assert found(old, "linen") == ["A@1#1"]
    new.replace(PASSAGES)
    assert found(old, "linen") == ["A@1#1"]
    assert "in its own index, as the alias is another's" in old.describe()
    # It writes nothing into either, and a look at it says what to do.
    with pytest.raises(ProviderUnavailable, match="restart this process"):
        old.update("D", [passage("D", "New wool.")])
    with pytest.raises(ProviderUnavailable, match="restart this process"):
        old.check()
    # Whoever begins with the old settings now has never been answered, and is not.
    with pytest.raises(ProviderUnavailable, match="index the content again"):
        opened().search("linen", documents=ALL, top=1)
    opened(TopicEmbedder(identity="topics 2")).replace(PASSAGES)
    with pytest.raises(ProviderUnavailable, match="index the content again"):
        old.search("linen", documents=ALL, top=1)


def test_what_was_just_built_is_found_although_the_alias_takes_its_time(opened, server):
    opened().replace(PASSAGES)
    before = dict(server.store.aliases)
    new = opened(TopicEmbedder())
    new.replace(PASSAGES)
    server.store.aliases = before  # this part of the service has not heard of it yet
    assert found(new, "a knitted jumper", top=1) == ["A@1#0"]


def test_an_index_of_somebody_else_is_never_deleted(index, opened, server):
    store = server.store
    index.replace(PASSAGES)
    definition = dict(store.indexes[index.layout.name].definition)
    for name in (f"{ALIAS}-very-own", f"{ALIAS}-v1", "approved"):
        store.put_index(name, definition | {"name": name})
    opened(TopicEmbedder()).replace(PASSAGES)
    opened(TopicEmbedder(identity="topics 2")).replace(PASSAGES)
    assert {f"{ALIAS}-very-own", f"{ALIAS}-v1", "approved"} <= set(store.indexes)


def test_work_that_was_broken_off_goes_on_where_it_was(opened, server):
    index, topics = opened(), TopicEmbedder()
    index.replace(PASSAGES)
    server.store.refused_documents = {key_of("C@1#0"): 400}
    new = opened(topics)
    with pytest.raises(ProviderRejected, match="did not take C@1#0"):
        new.replace(PASSAGES)
    assert found(index, "linen") == ["A@1#1"]
    server.store.refused_documents = {}
    topics.asked.clear()
    new.replace(PASSAGES)
    assert topics.asked == ["Title\nA belt."]
    assert found(new, "linen")[0] == "A@1#1"


def test_the_alias_moves_only_when_everything_can_be_found(opened, server, clock):
    server.store.lag = 3
    opened().replace(PASSAGES)
    assert clock.waits
    waited = len(clock.waits)
    server.store.lag = 10**6
    with pytest.raises(ProviderUnavailable, match="cannot be found yet; index the content again"):
        opened(TopicEmbedder()).replace(PASSAGES)
    assert len(clock.waits) > waited
    assert sum(clock.waits) < 60
    assert server.store.aliases[ALIAS]["indexes"] == [opened().layout.name]


def test_two_who_index_at_once_do_not_move_the_alias_twice(opened, server):
    opened().replace(PASSAGES)

    def overtake(asked):
        if asked.what == "alias" and asked.method == "PUT":
            server.store.aliases[ALIAS]["@odata.etag"] = '"0xother"'

    server.script = overtake
    with pytest.raises(ProviderRejected, match="somebody else indexed the content"):
        opened(TopicEmbedder()).replace(PASSAGES)


def test_a_name_that_is_an_index_already_is_refused(index, opened, server):
    index.replace(PASSAGES)
    definition = server.store.indexes[index.layout.name].definition
    server.store.aliases.clear()
    server.store.put_index(ALIAS, definition | {"name": ALIAS})
    with pytest.raises(ProviderRejected, match="choose another one in AZURE_SEARCH_INDEX"):
        index.replace(PASSAGES)


def test_a_tier_without_room_for_another_index_says_so(opened, server):
    opened().replace(PASSAGES)
    server.store.most_indexes = 1
    with pytest.raises(ProviderRejected, match="quota is used up") as caught:
        opened(TopicEmbedder()).replace(PASSAGES)
    assert caught.value.kind is K.QUOTA_USED_UP
    assert found(opened(), "linen") == ["A@1#1"]


def test_vectors_of_another_length_are_known_for_what_they_are(opened):
    opened(TopicEmbedder()).replace(PASSAGES)
    longer = TopicEmbedder(topics=(("wool",), ("linen",), ("belt",)), identity="topics 3")
    with pytest.raises(ProviderUnavailable, match="another model; index the content again"):
        opened(longer).search("wool", documents=ALL, top=1)


def test_results_are_ranked_by_sense_where_the_service_can(opened, server):
    index = opened(TopicEmbedder())
    index.replace(PASSAGES)
    hits = index.search("wool coat", documents=ALL, top=4)
    assert hits[0].passage.passage_id == "B@1#0"
    assert hits[0].score == 1.0
    assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)
    assert all(hit.score > 0 for hit in hits)
    assert "by words and meaning, topics; semantic ranking)" in index.describe()
    assert server.of("search")[-1].body["semanticConfiguration"] == "passages"


def test_a_service_without_semantic_ranking_is_asked_once_and_it_is_said(opened, server, clock):
    server.store.semantic = "disabled"
    index = opened()
    index.replace(PASSAGES)
    server.asked.clear()
    assert set(found(index, "wool")) == {"A@1#0", "B@1#0", "C@1#0"}
    assert 'no semantic ranking: "Semantic search is not enabled' in index.describe()
    assert found(index, "linen") == ["A@1#1"]
    kinds = [asked.body.get("queryType", "simple") for asked in server.of("search")]
    assert kinds == ["semantic", "simple", "simple"]
    # It may have been switched on meanwhile.
    server.store.semantic = "free"
    clock.now += 3600
    found(index, "linen")
    assert index.describe().endswith("; semantic ranking)")


def test_a_ranking_by_sense_that_was_left_out_is_said_for_that_search(opened, server):
    index = opened()
    index.replace(PASSAGES)
    server.store.semantic = "busy"
    assert found(index, "linen") == ["A@1#1"]
    assert "no semantic ranking this time" in index.describe()
    server.store.semantic = "free"
    found(index, "linen")
    assert index.describe().endswith("; semantic ranking)")


def test_semantic_ranking_that_is_required_is_not_done_without(opened, server):
    server.store.semantic = "disabled"
    index = opened(semantic="always")
    index.replace(PASSAGES)
    with pytest.raises(ProviderRejected, match="Semantic search is not enabled"):
        index.search("wool", documents=ALL, top=1)


def test_semantic_ranking_that_is_switched_off_is_not_asked_for(opened, server):
    index = opened(semantic="never")
    index.replace(PASSAGES)
    found(index, "wool")
    assert "queryType" not in server.of("search")[-1].body
    assert "semantic ranking switched off" in index.describe()


def test_what_scores_too_little_is_no_answer(opened):
    topics = TopicEmbedder()
    opened(topics, semantic="never").replace(PASSAGES)
    assert len(found(opened(topics, semantic="never"), "belt")) == 4
    assert found(opened(topics, semantic="never", minimum_score=0.9), "belt") == ["C@1#0"]
    assert found(opened(topics, minimum_reranker_score=2), "belt") == ["C@1#0"]


def test_the_check_says_what_is_there(opened, server, clock):
    index = opened()
    assert "answered; api-version 2026-04-01; nothing is indexed yet" in index.check()
    index.replace(PASSAGES)
    assert "semantic ranking) at 127.0.0.1:" in index.check()
    server.store.semantic = "disabled"
    assert "no semantic ranking" in index.check()
    with pytest.raises(ProviderUnavailable, match="index the content again"):
        opened(TopicEmbedder()).check()
    server.script = lambda asked: says(503)
    with pytest.raises(ProviderUnavailable, match="503"):
        index.check()
    assert clock.waits == []  # a look does not wait


def test_a_found_passage_is_whole(index):
    whole = Passage(
        "A", 3, 2, "It's a title", "offer", "Wool\u2009is warm: 100 %.", ("a", "b"), "spend > 5"
    )
    index.replace([whole])
    (hit,) = index.search("wool", documents=ALL, top=5)
    assert hit.passage == whole
    assert hit.passage.audience == "spend > 5"


def test_threads_are_told_of_their_own_search(opened, server):
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    index = opened()
    index.replace(PASSAGES)
    found(index, "wool")

    def busy():
        server.store.semantic = "busy"
        found(index, "wool")
        return index.describe()

    with ThreadPoolExecutor(1) as pool:
        assert "this time" in pool.submit(busy).result()
    assert index.describe().endswith("; semantic ranking)")


def test_the_store_of_the_test_server_refuses_what_the_service_refuses(server):
    with pytest.raises(Exception, match="key field"):
        Store().put_index("ab", {"name": "ab", "fields": [{"name": "a", "type": "Edm.String"}]})
