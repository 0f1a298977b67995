"""Where an endpoint of OpenAI's protocol is and how it knows us: read once, for every job.

There are two kinds of address and one of everything else: an endpoint anywhere, named by its URL,
and Azure's v1 endpoint, which knows us by a key or by an identity and a model by its deployment.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from core.errors import ConfigInvalid
from core.integrations.azure_address import azure_endpoint, host_of
from core.integrations.azure_credential import key_or_token
from core.protocols.provider import ProviderContext

# The client insists on a key; servers of one's own often want none.
_NO_KEY = "none"
_AZURE_EXAMPLE = "https://NAME.openai.azure.com"
_V1 = "/openai/v1"
_ROLE = "the role 'Cognitive Services OpenAI User' on the resource"


@dataclass(frozen=True, slots=True)
class Advice:
    """What to look at when the endpoint says no, in the words of this kind of address."""

    signing_in: str
    allowed: str
    model: str
    address: str


@dataclass(frozen=True, slots=True)
class OpenAIAddress:
    """The address, the model asked for, and `place`, the host as it may be shown to people.

    `key` is a key or gives a token; `headers` go with every request.
    """

    engine: str
    url: str
    key: str | Callable[[], str] = field(repr=False)
    model: str
    place: str
    advice: Advice
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def keyless(self) -> bool:
        """Whether an identity signs in rather than a key."""
        return not isinstance(self.key, str)


def openai_address(context: ProviderContext, *, job: str, model: str) -> OpenAIAddress:
    """OPENAI_BASE_URL with OPENAI_API_KEY, and the model that the variable `model` names.

    Args:
        context: holds the environment.
        job: what the endpoint is for, as complaints call it.
        model: the name of the variable that names the model.

    Raises:
        ConfigInvalid: the address or the model is missing, or the address is none.
    """
    url = _needed(context, job, "OPENAI_BASE_URL", "such as https://api.openai.com/v1")
    named = _needed(context, job, model, "the name the endpoint knows its model by")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigInvalid(
            "OPENAI_BASE_URL is no address; write one such as https://api.openai.com/v1."
        )
    advice = Advice(
        signing_in="it does not accept the key (401); check OPENAI_API_KEY",
        allowed="this key may not use the model (403); ask whoever gave it to you, or choose "
        "another one",
        model=f"it knows no such model or address (404); check {model} and OPENAI_BASE_URL",
        address="OPENAI_BASE_URL",
    )
    key = context.environment.get("OPENAI_API_KEY", "").strip() or _NO_KEY
    return OpenAIAddress("OpenAI-compatible", url, key, named, host_of(url), advice)


def azure_openai_address(
    context: ProviderContext, *, job: str, endpoint: str, deployment: str, variable: str
) -> OpenAIAddress:
    """Azure's v1 endpoint, by AZURE_OPENAI_API_KEY or else by the identity of this machine.

    Args:
        context: holds the environment and the identity.
        job: what the endpoint is for, as complaints call it.
        endpoint: the address of the resource, with or without `/openai/v1`.
        deployment: the name of the deployment.
        variable: the variable that can name the deployment.

    Raises:
        ConfigInvalid: the address or the deployment is missing, or the address is none.
    """
    found = azure_endpoint(
        {"AZURE_OPENAI_ENDPOINT": endpoint},
        "AZURE_OPENAI_ENDPOINT",
        job=job,
        example=_AZURE_EXAMPLE,
    )
    if not deployment.strip():
        raise ConfigInvalid(
            f"The {job} 'azure' needs {variable}: the name of your deployment; set it, or write "
            "it into config/azure_config.yaml."
        )
    key = context.environment.get("AZURE_OPENAI_API_KEY", "").strip()
    advice = Advice(
        signing_in="it does not accept the key (401); check AZURE_OPENAI_API_KEY"
        if key
        else f"it does not accept the identity (401); check that it has {_ROLE}",
        allowed="this key may not use it (403); check AZURE_OPENAI_API_KEY and the network rules "
        "of the resource"
        if key
        else f"this identity may not use it (403); give it {_ROLE}",
        model=f"it knows no such deployment or address (404); check {variable} and "
        "AZURE_OPENAI_ENDPOINT",
        address="AZURE_OPENAI_ENDPOINT",
    )
    return OpenAIAddress(
        "Azure OpenAI",
        f"{found.removesuffix(_V1).rstrip('/')}{_V1}",
        key_or_token(key, context.identity),
        deployment.strip(),
        host_of(found),
        advice,
        # The service's own header for keys; the client sends the key as a bearer only.
        {"api-key": key} if key else {},
    )


def _needed(context: ProviderContext, job: str, name: str, hint: str) -> str:
    value = context.environment.get(name, "").strip()
    if not value:
        raise ConfigInvalid(f"The {job} 'openai_compatible' needs {name}: {hint}.")
    return value
