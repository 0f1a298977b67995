"""Where an endpoint of OpenAI's protocol is and how it knows us: read once, for every job."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from core.errors import ConfigInvalid
from core.protocols.provider import ProviderContext

# The client insists on a key; servers of one's own often want none.
_NO_KEY = "none"


@dataclass(frozen=True, slots=True)
class OpenAIAddress:
    """The address, the model asked for, and `place`, the host as it may be shown to people."""

    url: str
    key: str = field(repr=False)
    model: str
    place: str


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
    place = parts.hostname if parts.port is None else f"{parts.hostname}:{parts.port}"
    key = context.environment.get("OPENAI_API_KEY", "").strip() or _NO_KEY
    return OpenAIAddress(url, key, named, place)


def _needed(context: ProviderContext, job: str, name: str, hint: str) -> str:
    value = context.environment.get(name, "").strip()
    if not value:
        raise ConfigInvalid(f"The {job} 'openai_compatible' needs {name}: {hint}.")
    return value
