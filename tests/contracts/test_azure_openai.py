"""Azure's v1 endpoint: how it is addressed, how it knows us, and what is said when it does not."""

from dataclasses import replace

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError

from core.errors import ConfigInvalid, FailureKind, ProviderRejected, ProviderUnavailable
from core.integrations import chat_model, embedder
from core.integrations.azure_credential import MODELS_SCOPE, EntraIdentity, azure_credential
from core.protocols.azure import AzureChat, AzureConfig, AzureEmbedding
from core.protocols.model_calls import ModelCalls
from tests.contracts.test_chat_model import prompt
from tests.servers.openai_server import KEY, MODEL, TOKEN
from tests.servers.replies import Reply
from tests.servers.ways_in import FakeIdentity, context_for, server_for

BY_KEY, BY_IDENTITY = "azure by key", "azure by identity"


def chat(context):
    return chat_model.PROVIDERS["azure"](context)


def lower(asked):
    return {name.lower(): value for name, value in asked.headers.items()}


@pytest.mark.parametrize("suffix", ["", "/", "/openai/v1", "/openai/v1/"])
def test_the_endpoint_may_be_written_with_or_without_its_path(suffix):
    with server_for(BY_KEY) as server:
        context = context_for(BY_KEY, server)
        named = AzureConfig(chat=AzureChat(server.address + suffix, MODEL))
        chat(replace(context, azure=named)).complete(prompt())
        assert [a.path for a in server.asked] == ["/openai/v1/chat/completions"]


def test_an_api_version_is_refused_by_the_endpoint_and_never_sent():
    with server_for(BY_KEY) as server:
        model = chat(context_for(BY_KEY, server))
        model.complete(prompt())
        assert "api-version" not in server.asked[0].path
        dated = model.client.with_options(default_query={"api-version": "2024-10-21"})
        with pytest.raises(ProviderRejected, match="api-version query parameter is not allowed"):
            replace(model, client=dated).complete(prompt())


def test_a_key_goes_in_the_header_of_the_service():
    with server_for(BY_KEY) as server:
        chat(context_for(BY_KEY, server)).complete(prompt())
        assert lower(server.asked[0])["api-key"] == KEY


def test_without_a_key_a_token_for_the_models_signs_in_and_is_asked_for_once():
    identity = FakeIdentity()
    with server_for(BY_IDENTITY) as server:
        model = chat(replace(context_for(BY_IDENTITY, server), identity=identity))
        model.complete(prompt())
        model.complete(prompt())
        sent = [lower(a) for a in server.asked]
    assert [h["authorization"] for h in sent] == [f"Bearer {TOKEN}"] * 2
    assert not any("api-key" in h for h in sent)
    assert identity.scopes == [(MODELS_SCOPE,)]


def test_a_key_wins_over_an_identity():
    identity = FakeIdentity()
    with server_for(BY_KEY) as server:
        chat(replace(context_for(BY_KEY, server), identity=identity)).complete(prompt())
    assert identity.scopes == []


@pytest.mark.parametrize(
    ("raised", "error", "kind", "words"),
    [
        (
            ClientAuthenticationError("DefaultAzureCredential failed to retrieve a token"),
            ProviderRejected, FailureKind.NOT_SIGNED_IN, r"run `az login`, give this machine",
        ),
        (
            ServiceRequestError("no route"), ProviderUnavailable, FailureKind.NO_CONNECTION,
            "Entra ID could not give a token: it did not answer",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("job", ["chat", "embedder"])
def test_an_identity_that_fails_is_said_and_nothing_is_asked(raised, error, kind, words, job):
    identity = FakeIdentity(fails=lambda: raised)
    with server_for(BY_IDENTITY) as server:
        context = replace(context_for(BY_IDENTITY, server), identity=identity)
        ask = {
            "chat": lambda: chat(context).complete(prompt()),
            "embedder": lambda: embedder.PROVIDERS["azure"](context).embed(["a"]),
        }[job]
        with pytest.raises(error, match=words) as caught:
            ask()
        assert not server.asked
    assert caught.value.kind is kind


def test_a_token_that_the_resource_does_not_accept_names_the_role_and_not_the_token():
    wrong = "eyJhbGciOiJub25lIn0.eyJ3cm9uZyI6MX0.c2ln"
    with server_for(BY_IDENTITY) as server:
        context = replace(context_for(BY_IDENTITY, server), identity=FakeIdentity(token=wrong))
        with pytest.raises(ProviderRejected, match="'Cognitive Services OpenAI User'") as caught:
            chat(context).complete(prompt())
    assert wrong not in str(caught.value)


def test_a_token_never_stands_in_a_message_that_quotes_the_endpoint():
    script_error = {"message": f"bad token {TOKEN}", "code": "x"}
    reply = Reply(status=400, error=script_error)
    with (
        server_for(BY_IDENTITY, script=lambda _: reply) as server,
        pytest.raises(ProviderRejected, match=r"bad token \(key\)") as caught,
    ):
        chat(context_for(BY_IDENTITY, server)).complete(prompt())
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    ("endpoint", "deployment", "words"),
    [
        ("", MODEL, r"chat model 'azure' needs AZURE_OPENAI_ENDPOINT: an address such as https"),
        ("https://a.openai.azure.com", " ", "needs AZURE_OPENAI_DEPLOYMENT: the name of your"),
        ("a.openai.azure.com", MODEL, "AZURE_OPENAI_ENDPOINT is no address"),
        ("https://a.openai.azure.com/?api-version=1", MODEL, "is no address"),
        # A key would travel in the open.
        ("http://a.openai.azure.com", MODEL, "must begin with https://"),
    ],
)
def test_what_is_missing_or_wrong_is_named_when_it_is_built(endpoint, deployment, words):
    with server_for(BY_KEY) as server:
        context = context_for(BY_KEY, server)
    with pytest.raises(ConfigInvalid, match=words):
        chat(replace(context, azure=AzureConfig(chat=AzureChat(endpoint, deployment))))


def test_embeddings_may_live_in_a_resource_of_their_own():
    with server_for(BY_KEY) as server:
        context = context_for(BY_KEY, server)
        elsewhere = AzureConfig(
            chat=AzureChat("https://writer.openai.azure.com", "writer"),
            embedding=AzureEmbedding(server.address, MODEL, dimensions=8),
        )
        made = embedder.PROVIDERS["azure"](replace(context, azure=elsewhere))
        assert made.embed(["a wool coat"]).shape == (1, 8)
        assert server.asked[0].body["dimensions"] == 8
        assert made.identity.endswith(f"/openai/v1/ {MODEL} 8")


def test_an_identity_is_looked_for_only_when_a_token_is_wanted():
    by_key = azure_credential(" k ")
    assert isinstance(by_key, AzureKeyCredential)
    assert by_key.key == "k"
    with EntraIdentity() as never_used:
        assert azure_credential("", never_used) is never_used


def test_an_answer_that_never_ends_is_given_up_at_the_bound_of_the_request():
    calls = ModelCalls(timeout_s=5, connect_s=1, request_s=0.2)
    dripping = Reply(raw=b" " * 200, drip_s=0.05)
    with (
        server_for(BY_KEY, script=lambda _: dripping) as server,
        pytest.raises(ProviderUnavailable) as caught,
    ):
        chat(context_for(BY_KEY, server, calls=calls)).complete(prompt())
    assert caught.value.kind is FailureKind.TIMED_OUT
