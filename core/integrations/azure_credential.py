"""How Azure's services know us: a key where one is given, else an identity of Entra ID.

The identity is looked for when the first token is wanted, so that whoever uses keys needs neither
the package azure-identity nor an identity, and building a client asks nobody.
"""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar, cast

from azure.core.credentials import (
    AccessToken,
    AccessTokenInfo,
    AzureKeyCredential,
    TokenCredential,
    TokenRequestOptions,
)
from azure.core.exceptions import AzureError, ClientAuthenticationError

from core.errors import ConfigInvalid, FailureKind, ProviderRejected, ProviderUnavailable
from core.protocols.identity import Identity

if TYPE_CHECKING:
    from azure.identity import DefaultAzureCredential

# Azure's scope for the models of a Foundry or OpenAI resource, on the v1 endpoint.
MODELS_SCOPE = "https://ai.azure.com/.default"

T = TypeVar("T")

_NAME = "Microsoft Entra ID"
_TASK = "give a token"
_NO_IDENTITY = (
    "there is no key, and no Azure identity was found; run `az login`, give this machine a managed "
    "identity, or set the key of the service. `doctor` tries it again."
)


class EntraIdentity:
    """A `DefaultAzureCredential` that is made when first used; its failures are ours.

    It fits wherever azure-core wants a credential, and may be used by several threads and clients.
    """

    def __init__(self) -> None:
        self._made: DefaultAzureCredential | None = None
        self._lock = threading.Lock()

    def get_token(
        self,
        *scopes: str,
        claims: str | None = None,
        tenant_id: str | None = None,
        **kwargs: object,
    ) -> AccessToken:
        """A token for the scopes.

        Raises:
            ConfigInvalid: the package azure-identity is not installed.
            ProviderRejected: this machine has no identity, or Entra ID does not accept it.
            ProviderUnavailable: Entra ID does not answer.
        """
        identity = self._identity()
        return _translated(
            lambda: identity.get_token(*scopes, claims=claims, tenant_id=tenant_id, **kwargs)
        )

    def get_token_info(
        self, *scopes: str, options: TokenRequestOptions | None = None
    ) -> AccessTokenInfo:
        """A token with the time at which to ask for the next; fails as `get_token` does."""
        identity = self._identity()
        return _translated(lambda: identity.get_token_info(*scopes, options=options))

    def close(self) -> None:
        """Let go of connections."""
        with self._lock:
            if self._made is not None:
                self._made.close()
                self._made = None

    def __enter__(self) -> "EntraIdentity":
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _identity(self) -> "DefaultAzureCredential":
        with self._lock:
            if self._made is None:
                self._made = _default_credential()
            return self._made


def azure_credential(
    key: str, identity: Identity | None = None
) -> AzureKeyCredential | TokenCredential:
    """What the clients of azure-core take: the key, or without one the identity.

    Args:
        key: from the environment; blank when there is none.
        identity: the one to use without a key; by default that of this machine.
    """
    if key.strip():
        return AzureKeyCredential(key.strip())
    return cast("TokenCredential", identity or EntraIdentity())


def key_or_token(key: str, identity: Identity | None = None) -> str | Callable[[], str]:
    """What the client of the openai package takes as its key on Azure's v1 endpoint.

    A token is kept until shortly before it ends and asked for anew by itself.
    """
    if key.strip():
        return key.strip()
    chosen = cast("TokenCredential", identity or EntraIdentity())
    made: list[Callable[[], str]] = []

    def token() -> str:
        if not made:
            made.append(_token_provider(chosen))
        return _translated(made[0])

    return token


def _token_provider(identity: TokenCredential) -> Callable[[], str]:
    try:
        # An engine reached by key does without the package.
        from azure.identity import get_bearer_token_provider  # noqa: PLC0415
    except ImportError as error:
        raise _no_package() from error
    return get_bearer_token_provider(identity, MODELS_SCOPE)


def _default_credential() -> "DefaultAzureCredential":
    try:
        from azure.identity import DefaultAzureCredential  # noqa: PLC0415
    except ImportError as error:
        raise _no_package() from error
    return DefaultAzureCredential()


def _translated(ask: Callable[[], T]) -> T:
    try:
        return ask()
    except ClientAuthenticationError as error:
        raise ProviderRejected(
            _NAME, _TASK, _NO_IDENTITY, kind=FailureKind.NOT_SIGNED_IN
        ) from error
    except (AzureError, ValueError) as error:
        why = f"it did not answer ({type(error).__name__}); try again later."
        raise ProviderUnavailable(_NAME, _TASK, why, kind=FailureKind.NO_CONNECTION) from error


def _no_package() -> ConfigInvalid:
    return ConfigInvalid(
        "Without a key, Azure's services need the package azure-identity; install "
        "requirements.txt, or set the key of the service."
    )
