"""Where a service of Azure is: one variable of the environment, read and checked alike by all."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from core.errors import ConfigInvalid

_THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})


def azure_endpoint(environment: Mapping[str, str], variable: str, *, job: str, example: str) -> str:
    """The address in the variable, without a slash at its end.

    Args:
        environment: as it was at start.
        variable: the name of the variable.
        job: what the service is for, as complaints call it.
        example: an address as it should look.

    Raises:
        ConfigInvalid: it is missing, no address, or sends keys and texts over an open line.
    """
    url = environment.get(variable, "").strip().rstrip("/")
    if not url:
        raise ConfigInvalid(f"The {job} 'azure' needs {variable}: an address such as {example}.")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ConfigInvalid(f"{variable} is no address; write one such as {example}.")
    if parts.scheme == "http" and parts.hostname not in _THIS_MACHINE:
        raise ConfigInvalid(f"{variable} must begin with https://, such as {example}.")
    return url


def host_of(url: str) -> str:
    """The host, with its port where it has one: what people are shown of an address."""
    parts = urlsplit(url)
    return parts.hostname or "" if parts.port is None else f"{parts.hostname}:{parts.port}"
