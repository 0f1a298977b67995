"""The journey with approved content in Azure AI Search, by key and by identity, over TLS."""

import pytest

from core.errors import ProviderUnavailable
from core.models.runs import Outcome, RunState
from core.orchestrator import config
from core.orchestrator.wiring import opened
from tests.journeys.paid_run import NEXT
from tests.servers.azure_search.server import (
    ADMIN_KEY,
    API_VERSION,
    TOKEN,
    AzureSearchServer,
    Fault,
)
from tests.servers.tls import tls_for_localhost
from tests.servers.ways_in import FakeIdentity

NO = b'{"error": {"code": "", "message": "No."}}'


@pytest.fixture
def server(tmp_path, monkeypatch):
    tls = tls_for_localhost(tmp_path)
    for name, value in tls.environment.items():
        monkeypatch.setenv(name, value)
    with AzureSearchServer(tls=tls.context) as running:
        yield running


def application(workspace, server, *, by_key=True):
    known = server.environment | {"CPO_CONTENT_INDEX": "azure"}
    if not by_key:
        del known["AZURE_SEARCH_API_KEY"]
    identity = FakeIdentity(token=TOKEN)
    return opened(config.load(workspace, environment=known), execute=True, identity=identity)


def write(app):
    run = app.messages.generate(NEXT, by=app.people.get("marketer"))
    return app.messages.wait(run.run_id, timeout_s=120)


@pytest.mark.parametrize("by_key", [True, False], ids=["key", "identity"])
def test_messages_rest_on_what_the_service_found(by_key, workspace, server):
    with application(workspace, server, by_key=by_key) as app:
        assert app.library.outdated()
        held = app.library.reindex()
        assert app.library.outdated() == ()
        assert write(app).state is RunState.DONE
        variants = app.messages.variants(NEXT)
        assert {v.state for v in variants} <= {"needs_review", "blocked"}
        searched = [r for v in variants for r in app.library.retrievals_of(v.variant_id)]
        known = {p.passage_id for d in app.library.everything() for p in passages(app, d)}
    assert len(searched) == len(variants)
    assert {r.engine for r in searched} == {"Azure AI Search (by words; semantic ranking)"}
    assert {name for r in searched for name, _ in r.results} <= known
    assert len(server.store.indexes.popitem()[1].documents) == held
    assert {asked.query["api-version"] for asked in server.asked} == {API_VERSION}
    logs = "".join(path.read_text() for path in (workspace / "logs").iterdir())
    assert "Azure AI Search (search) answered 200, request " in logs
    assert ADMIN_KEY not in logs
    assert TOKEN not in logs


def passages(app, document):
    return app.library.passages(document.document_id)


@pytest.mark.parametrize("status", [401, 403, 400])
def test_a_service_that_refuses_fails_each_message_and_approves_nothing(status, workspace, server):
    with application(workspace, server) as app:
        app.library.reindex()
        server.script = lambda asked: Fault(status, NO) if asked.what == "search" else None
        run = write(app)
        report = app.messages.run_report(run.run_id)
        states = {v.state for v in app.messages.variants(NEXT)}
        (index,) = (d for d in app.health.check() if d.job == "content index")
        approved = [e for e in app.audit.latest(1000) if e.action == "approve"]
    assert {v.outcome for v in report.variants} == {Outcome.FAILED}
    assert all(str(status) in v.problem for v in report.variants)
    assert states <= {"failed"}
    assert not index.works
    assert str(status) in index.detail
    assert not [e for e in approved if NEXT in e.subject]


def test_a_retired_document_leaves_the_index_and_an_edit_takes_its_place(workspace, server):
    with application(workspace, server) as app:
        app.library.reindex()
        marketer = app.people.get("marketer")
        first = app.library.search("returns").hits[0].passage.document_id
        known = app.library.get(first)
        server.asked.clear()
        app.content.retire(first, expected_version=known.version, reason="Old.", by=marketer)
        written = [a for asked in server.of("write") for a in asked.body["value"]]
        assert {a["@search.action"] for a in written} == {"delete"}
        assert first not in {h.passage.document_id for h in app.library.search("returns").hits}
        assert app.library.outdated() == ()


def test_before_anything_is_indexed_it_is_said_and_nothing_local_stands_in(workspace, server):
    with application(workspace, server) as app:
        with pytest.raises(ProviderUnavailable, match="index the content again"):
            app.library.search("returns")
        (index,) = (d for d in app.health.check() if d.job == "content index")
        assert "nothing is indexed yet" in index.detail
