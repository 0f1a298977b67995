"""From customers to report with every engine Azure's: by key, by identity, and with one away.

The services are strict servers on loopback, over TLS. All that they are sent is read back as it
came out of the line, also what they refused.
"""

import re
import shutil
import socket
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace

import pytest

from core.models.readout import Decision
from core.models.runs import Outcome, RunState
from core.orchestrator import config
from core.orchestrator.wiring import opened
from core.protocols.patience import ServiceLimits
from tests.journeys.commands import run
from tests.journeys.whole_journey import (
    CAMPAIGN,
    MESSAGES,
    begin,
    carried_through,
    logged,
    personal,
    write,
)
from tests.servers import azure_services, content_safety, openai_server
from tests.servers.azure_search import server as search_server
from tests.servers.azure_services import MODELS, SAFETY, SEARCH, SECRETS, TOKENS, Identity
from tests.servers.content_safety_rules import PREVIEW, STABLE
from tests.servers.managed_identity import SECRET, ManagedIdentityServer
from tests.servers.tls import tls_for_localhost

KEYED, KEYLESS, PLATFORM = "by key", "by identity", "by managed identity"
WRITER, SCREEN = "Azure OpenAI", "Azure AI Content Safety"
FINDER = (
    "Azure AI Search (by words and meaning, embeddings by text-embedding-3-small; semantic ranking)"
)
COMPARE = "/contentsafety/text:detectGroundedness"
# What a request signs in with, by service: nothing but this.
KEYS = {
    MODELS: {"authorization": f"Bearer {openai_server.KEY}", "api-key": openai_server.KEY},
    SEARCH: {"api-key": search_server.ADMIN_KEY},
    SAFETY: {"ocp-apim-subscription-key": content_safety.KEY},
}
BEARERS = dict(zip((MODELS, SEARCH, SAFETY), TOKENS.values(), strict=True))
# Where azure-identity would find another identity than the one of the test.
NOT_OURS = (
    *("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_CLIENT_SECRET", "AZURE_FEDERATED_TOKEN_FILE"),
    *("AZURE_TOKEN_CREDENTIALS", "MSI_ENDPOINT", "IDENTITY_SERVER_THUMBPRINT"),
)
# What a message says whose engine is away: which one, and what to do.
JOBS = {
    "writer": r"gpt-5-mini at 127.0.0.1:\d+ could not write .*\(503\); try again later",
    "embedder": r"embeddings by text-embedding-3-small could not .*\(503\); try again later",
    "content index": r"Azure AI Search could not search: .*; try again later \(503",
    "safety screen": rf"{SCREEN} could not .*; try again later \(status 503",
}


@pytest.fixture(scope="module", autouse=True)
def tls(tmp_path_factory):
    """A certificate that every client of the product trusts; this machine has no identity."""
    made = tls_for_localhost(tmp_path_factory.mktemp("tls"))
    with pytest.MonkeyPatch.context() as patch:
        for name in NOT_OURS:
            patch.delenv(name, raising=False)
        for name, value in made.environment.items():
            patch.setenv(name, value)
        yield made


@contextmanager
def reached(way, services):
    """The variables and the identity of a client; in Azure itself the platform gives the latter."""
    if way != PLATFORM:
        yield (services.by_key, None) if way == KEYED else (services.by_identity, Identity())
        return
    with ManagedIdentityServer(TOKENS) as platform, pytest.MonkeyPatch.context() as patch:
        for name, value in platform.environment.items():
            patch.setenv(name, value)
        yield services.by_identity, None
        assert set(platform.asked) == set(TOKENS)


@pytest.fixture(scope="module", params=[KEYED, KEYLESS, PLATFORM])
def way(request):
    """How the services know us."""
    return request.param


@pytest.fixture(scope="module")
def services(tls, way):
    """Services that nobody has asked before."""
    with azure_services.running(tls) as all_of_it:
        yield all_of_it


@pytest.fixture(scope="module")
def journey(services, way, tmp_path_factory):
    """The whole journey on Azure."""
    with reached(way, services) as (variables, identity):
        return carried_through(tmp_path_factory.mktemp("azure"), variables, identity)


@pytest.fixture(scope="module")
def at_home(tmp_path_factory):
    """The same journey with the engines of this machine."""
    return carried_through(tmp_path_factory.mktemp("local"), {})


def test_the_states_are_those_of_local_engines_at_every_station(journey, at_home):
    assert journey.states == at_home.states
    assert [set(states.values()) for states in journey.states.values()] == [
        {"needs_review"}, {"approved"}, {"exported"},
    ]  # fmt: skip
    assert len(journey.variants) == MESSAGES
    assert journey.decision is at_home.decision is Decision.USE
    assert journey.report.startswith(b"%PDF")


def test_azure_found_wrote_and_screened_and_every_citation_stands_in_its_document(journey):
    assert {v.generation.engine for v in journey.variants} == {WRITER}
    assert {v.generation.model for v in journey.variants} == {azure_services.WRITER}
    assert {(v.screened.engine, v.screened.basic) for v in journey.variants} == {(SCREEN, False)}
    assert {r.engine for r in journey.searches} == {FINDER}
    assert len(journey.searches) == MESSAGES
    for variant in journey.variants:
        assert len(variant.citations) >= 3
        for cited in variant.citations:
            assert cited.quote in variant.message.body
            assert cited.quote in journey.documents[cited.document_id, cited.version]


def test_every_request_is_of_the_right_version_and_signed_in_as_configured(journey, services, way):
    heard = services.heard
    for name, requests in heard.items():
        right = KEYS[name] if way == KEYED else {"authorization": f"Bearer {BEARERS[name]}"}
        marks = {"authorization", "api-key", "ocp-apim-subscription-key"}
        sent = [{k: v for k, v in r.headers.items() if k in marks} for r in requests]
        assert sent == [right] * len(requests)
    assert Counter(r.path for r in heard[MODELS])["/openai/v1/chat/completions"] == MESSAGES
    assert {r.path.rpartition("/v1/")[2] for r in heard[MODELS]} == {
        "chat/completions",
        "embeddings",
    }
    assert {str(r.query) for r in heard[MODELS]} == {"{}"}
    assert {r.query["api-version"] for r in heard[SEARCH]} == {search_server.API_VERSION}
    assert {(r.path == COMPARE, r.query["api-version"]) for r in heard[SAFETY]} == {
        (True, PREVIEW), (False, STABLE),
    }  # fmt: skip
    assert [a.status for a in services.models.asked] == [200] * len(heard[MODELS])


def test_nothing_that_belongs_to_a_customer_leaves_this_machine(journey, services):
    sent = services.everything
    assert azure_services.OFFER in sent
    assert personal("C00001,Wei,yes,10,142.44,yes,no,Suburban") == {"C00001", "Wei", "142.44"}
    assert personal(sent) == set()
    assert personal(logged(journey.folder)) == set()


def test_logs_name_each_request_by_the_id_of_the_service_and_hold_no_secret(journey, services):
    log = logged(journey.folder)
    assert [secret for secret in (*SECRETS, SECRET) if secret in log] == []
    ids = {MODELS: r"models-\d+", SEARCH: r"00000000-0000-4000-8000-\d{12}", SAFETY: r"request-\d+"}
    named = {name: len(set(re.findall(rf"\b{form}\b", log))) for name, form in ids.items()}
    assert named == {name: len(requests) for name, requests in services.heard.items()}


@pytest.fixture(scope="module")
def begun(tls, tmp_path_factory):
    """A workspace with a library indexed on Azure and nothing written, and the services."""
    folder = tmp_path_factory.mktemp("begun") / "workspace"
    with azure_services.running(tls) as all_of_it:
        with opened(config.load(folder, environment=all_of_it.by_key), execute=True) as app:
            begin(app)
        yield folder, all_of_it


@pytest.fixture
def on_azure(begun, tmp_path, monkeypatch):
    """A copy of it to change; commands find the services in the environment."""
    folder, all_of_it = begun
    for name, value in all_of_it.by_key.items():
        monkeypatch.setenv(name, value)
    yield shutil.copytree(folder, tmp_path / "workspace"), all_of_it
    all_of_it.back()


def hasty(folder, variables):
    """The settings, with an engine that is away soon given up."""
    settings = config.load(folder, environment=variables)
    soon = ServiceLimits(attempts=2, patience_s=2.0, backoff_s=0.02, breaker_failures=1000)
    limits = replace(settings.azure.limits, embedding=soon, search=soon, content_safety=soon)
    calls = replace(
        settings.app.chat_model, attempts=2, patience_s=2.0, backoff_s=0.02, breaker_failures=1000
    )
    runs = replace(settings.app.runs, attempts=1)
    app = replace(settings.app, chat_model=calls, runs=runs)
    return replace(settings, app=app, azure=replace(settings.azure, limits=limits))


@pytest.mark.parametrize("job", JOBS)
def test_while_an_engine_is_away_nothing_passes_and_then_only_what_is_missing_is_made(
    job, on_azure
):
    folder, all_of_it = on_azure
    all_of_it.out_of_order(job)
    searched = len(all_of_it.search.of("search"))
    with opened(hasty(folder, all_of_it.by_key), execute=True) as app:
        ended = write(app)
        report = app.messages.run_report(ended.run_id)
        held = app.messages.variants(CAMPAIGN)
        assert app.approvals.queue(CAMPAIGN) == ()
        assert not [e for e in app.audit.latest(1000) if e.action == "approve"]
    assert (ended.state, {v.outcome for v in report.variants}) == (RunState.DONE, {Outcome.FAILED})
    assert {(v.state, v.generation.engine, v.message.body) for v in held} == {("failed", "", "")}
    assert [v.problem for v in held if not re.search(JOBS[job], v.problem)] == []
    if job == "embedder":
        assert len(all_of_it.search.of("search")) == searched  # nor by words alone

    all_of_it.back()
    made = run(folder, "generate", CAMPAIGN, "--missing", "--wait", "--json")
    assert made.code == 0, made.err
    assert {v["state"] for v in made.document["variants"]} == {"needs_review"}
    with opened(config.load(folder, environment=all_of_it.by_key)) as app:
        now = app.messages.variants(CAMPAIGN)
    assert {(v.generation.engine, v.screened and v.screened.engine) for v in now} == {
        (WRITER, SCREEN)
    }


def test_doctor_asks_each_service_and_says_how_fast_it_was_and_by_which_version(on_azure):
    found = run(on_azure[0], "doctor", "--json")
    assert (found.code, found.document["works"]) == (0, True)
    asked = {d["job"]: d for d in found.document["dependencies"] if not d["local"]}
    assert set(asked) == set(JOBS)
    assert all(
        d["works"] and d["milliseconds"] > 0 and d["engine"] == "azure" for d in asked.values()
    )
    versions = found.document["versions"]
    for name in ("openai", "azure-search-documents", "azure-ai-contentsafety", "azure-identity"):
        assert re.match(r"\d+\.\d+", versions[name])


@pytest.mark.parametrize("job", JOBS)
def test_doctor_fails_when_one_service_does_not_answer_and_names_it(job, on_azure):
    folder, all_of_it = on_azure
    all_of_it.out_of_order(job)
    found = run(folder, "doctor", "--json")
    assert (found.code, found.document["works"]) == (1, False)
    (broken,) = [d for d in found.document["dependencies"] if not d["works"]]
    assert broken["job"] == job
    assert "503" in broken["detail"]


def test_doctor_fails_when_nobody_is_at_an_address(on_azure, monkeypatch):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"https://127.0.0.1:{nobody.getsockname()[1]}"
        monkeypatch.setenv("AZURE_SEARCH_ENDPOINT", address)
        found = run(on_azure[0], "doctor", "--json")
    assert found.code == 1
    (broken,) = [d for d in found.document["dependencies"] if not d["works"]]
    assert broken["job"] == "content index"
    assert "check AZURE_SEARCH_ENDPOINT" in broken["detail"]
