"""The ways to reach an engine of OpenAI's protocol: another address and key, the same code."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from azure.core.credentials import AccessToken

from core.orchestrator import config
from core.orchestrator.config import Settings
from core.protocols.azure import AzureChat, AzureConfig, AzureEmbedding, AzureLimits
from core.protocols.model_calls import ModelCalls, ModelPrice, Prices
from core.protocols.patience import Once, Patient, ServiceLimits
from core.protocols.provider import ProviderContext
from tests.servers.openai_server import TOKEN, OpenAIServer

_CALLS, _PRICES, _LIMITS, _ONCE = ModelCalls(), Prices(), ServiceLimits(), Once()
WAYS = ("openai_compatible", "azure by key", "azure by identity")


@dataclass(slots=True)
class FakeIdentity:
    """Gives one token for one hour and notes for what."""

    token: str = TOKEN
    scopes: list[tuple[str, ...]] = field(default_factory=list)
    fails: Callable[[], Exception] | None = None

    def get_token(
        self,
        *scopes: str,
        claims: str | None = None,
        tenant_id: str | None = None,
        **kwargs: object,
    ) -> AccessToken:
        """The token."""
        self.scopes.append(scopes)
        if self.fails is not None:
            raise self.fails()
        return AccessToken(self.token, int(time.time()) + 3600)


def engine_of(way: str) -> str:
    """The name of the provider."""
    return way.partition(" ")[0]


def context_for(
    way: str,
    server: OpenAIServer,
    *,
    calls: ModelCalls = _CALLS,
    prices: Prices = _PRICES,
    limits: ServiceLimits = _LIMITS,
    patient: Patient = _ONCE,
    **variables: str,
) -> ProviderContext:
    """What the wiring would hand to the provider; `variables` change the environment."""
    named = server.models[0]
    environment = server.environment | {"OPENAI_EMBEDDING_MODEL": named}
    if way == "azure by key":
        environment = {"AZURE_OPENAI_API_KEY": server.key}
    if way == "azure by identity":
        environment = {}
    return ProviderContext(
        environment | variables,
        Path(),
        calls=calls,
        prices=prices,
        azure=AzureConfig(
            chat=AzureChat(server.address, named),
            embedding=AzureEmbedding(deployment=named),
            limits=AzureLimits(embedding=limits),
        ),
        identity=FakeIdentity(),
        patient=patient,
    )


def server_for(way: str, **settings: object) -> OpenAIServer:
    """A server that is reached in this way."""
    return OpenAIServer(azure=way != "openai_compatible", **settings)  # type: ignore[arg-type]


def settings_for(
    way: str, folder: Path, server: OpenAIServer, calls: Mapping[str, object], concurrency: int = 4
) -> Settings:
    """The product's settings, asking the test server in this way; `calls` changes how."""
    variables = {"CPO_CHAT_MODEL": engine_of(way), **server.environment}
    if engine_of(way) == "azure":
        key = {"AZURE_OPENAI_API_KEY": server.key} if way == "azure by key" else {}
        variables = {
            "CPO_CHAT_MODEL": "azure",
            "AZURE_OPENAI_ENDPOINT": server.address,
            "AZURE_OPENAI_DEPLOYMENT": server.models[0],
            **key,
        }
    plain = config.load(folder, environment=variables)
    runs = replace(plain.app.runs, concurrency=concurrency)
    asked = replace(plain.app.chat_model, **{"timeout_s": 10.0, "backoff_s": 0.05, **calls})  # type: ignore[arg-type]
    priced = Prices(models={server.models[0]: ModelPrice(0.25, 2.0)})
    return replace(plain, app=replace(plain.app, runs=runs, chat_model=asked), prices=priced)
