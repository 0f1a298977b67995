"""Who we are to a cloud: gives tokens, in the shape in which azure-core's clients ask for them."""

from typing import Protocol


class Token(Protocol):
    """A token, and when it ends as seconds since 1970."""

    @property
    def token(self) -> str:
        """The text that goes into the header."""
        ...

    @property
    def expires_on(self) -> int:
        """When it ends."""
        ...


class Identity(Protocol):
    """An identity, such as azure-identity's `DefaultAzureCredential`; tests bring their own."""

    def get_token(
        self,
        *scopes: str,
        claims: str | None = None,
        tenant_id: str | None = None,
        **kwargs: object,
    ) -> Token:
        """A token for the scopes."""
        ...
