"""Azure's management API: look, make, delete; each failure in one sentence."""

import base64
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from azure.core.credentials import TokenCredential
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
)
from azure.core.pipeline.policies import RetryPolicy

from core.errors import ConfigInvalid, ProviderRejected, ProviderUnavailable
from scripts.azure_setup.nouns import Grant, Resource

if TYPE_CHECKING:
    from azure.mgmt.authorization import AuthorizationManagementClient
    from azure.mgmt.resource.resources import ResourceManagementClient

PUBLIC = "https://management.azure.com"
MISSING = (
    "The packages of Azure's management API are not installed; run: "
    "pip install --require-hashes -r requirements-azure-setup.lock"
)
_AZURE = "Azure"
_THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})
_LONGEST_WAIT_S = 60.0
_UNDER_WAY = frozenset({"accepted", "creating", "updating", "provisioning", "deleting", "running"})
_BUSY = frozenset(
    {
        "RequestConflict",
        "AnotherOperationInProgress",
        "AccountProvisioningStateInvalid",
        "ServerIsBusy",
    }
)
_KEPT_DELETED = frozenset({"FlagMustBeSetForRestore"})
_TRIES, _PAUSE_S = 60, 10.0

Body = Mapping[str, Any]


class _BoundedRetry(RetryPolicy[Any, Any]):
    """The client's own, which would sleep as long as a server likes."""

    def get_retry_after(self, response: Any) -> float | None:  # noqa: ANN401 - as the base
        wished = super().get_retry_after(response)
        return None if wished is None else min(wished, _LONGEST_WAIT_S)


@dataclass(frozen=True, slots=True)
class Management:
    """The management API, as one subscription sees it."""

    resources: "ResourceManagementClient"
    roles: "AuthorizationManagementClient"
    options: Mapping[str, Any]
    sleep: Callable[[float], None] = time.sleep

    def get(self, path: str, api_version: str) -> Body | None:
        """What is there, once nobody is changing it; None where nothing is.

        Raises:
            ProviderUnavailable: it is still being changed after ten minutes.
        """
        for _ in range(_TRIES):
            with _in_words(f"read {_last(path)}"):
                try:
                    found = self.resources.resources.get_by_id(
                        path, api_version=api_version, **self.options
                    )
                except ResourceNotFoundError:
                    return None
            body: Body = found.as_dict()
            if _state(body) not in _UNDER_WAY:
                return body
            self.sleep(_PAUSE_S)
        raise ProviderUnavailable(_AZURE, f"read {_last(path)}", "it is being changed by somebody")

    def put(self, resource: Resource, body: Body) -> None:
        """Make it, or change it, and wait until it is done."""
        for _ in range(_TRIES):
            try:
                with _in_words(f"make the {resource.label} {resource.name}"):
                    self.resources.resources.begin_create_or_update_by_id(
                        resource.path,
                        dict(body),
                        api_version=resource.api_version,
                        **self.options,
                    ).result()
            except _Busy:
                self.sleep(_PAUSE_S)
            except _KeptDeleted:
                properties = {**body.get("properties", {}), "restore": True}
                body = {**body, "properties": properties}
            else:
                return
        raise ProviderUnavailable(_AZURE, f"make {resource.name}", "another change never ended")

    def group(self, name: str) -> Body | None:
        """A resource group, or None."""
        with _in_words(f"read the resource group {name}"):
            try:
                found: Body = self.resources.resource_groups.get(name, **self.options).as_dict()
            except ResourceNotFoundError:
                return None
        return found

    def put_group(self, name: str, body: Body) -> None:
        """Make a resource group."""
        with _in_words(f"make the resource group {name}"):
            self.resources.resource_groups.create_or_update(name, dict(body), **self.options)

    def delete_group(self, name: str) -> None:
        """Delete a resource group with everything in it, and wait until it is gone."""
        with _in_words(f"delete the resource group {name}"):
            self.resources.resource_groups.begin_delete(name, **self.options).result()

    def purge(self, path: str, api_version: str) -> bool:
        """Delete for good what Azure keeps after a delete; whether there was anything."""
        if self.get(path, api_version) is None:
            return False
        with _in_words(f"purge {_last(path)}"):
            self.resources.resources.begin_delete_by_id(
                path, api_version=api_version, **self.options
            ).result()
        return True

    def granted(self, grant: Grant, principal: str) -> bool:
        """Whether somebody has a role on exactly this resource, whoever assigned it."""
        with _in_words(f"read who may use {grant.on.name}"):
            assigned = list(
                self.roles.role_assignments.list_for_scope(
                    grant.on.path, filter=f"principalId eq '{principal}'", **self.options
                )
            )
        return any(
            str(each.role_definition_id).lower().endswith(grant.role_id)
            and str(each.scope).lower() == grant.on.path.lower()
            for each in assigned
        )

    def assign(self, grant: Grant, name: str, principal: str, kind: str, subscription: str) -> None:
        """Give somebody a role on a resource."""
        definition = f"/subscriptions/{subscription}/providers/Microsoft.Authorization"
        body = {
            "properties": {
                "roleDefinitionId": f"{definition}/roleDefinitions/{grant.role_id}",
                "principalId": principal,
                "principalType": kind,
            }
        }
        with _in_words(f"assign the role {grant.role} on {grant.on.name}"):
            self.roles.role_assignments.create(
                grant.on.path,
                name,
                json.dumps(body).encode(),
                content_type="application/json",
                **self.options,
            )


def connected(
    credential: TokenCredential,
    subscription: str,
    address: str = PUBLIC,
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> Management:
    """The management API of a cloud.

    Raises:
        ConfigInvalid: the packages are not installed, or the address is not safe.
    """
    try:
        # An extra that only who sets up Azure installs.
        from azure.mgmt.authorization import AuthorizationManagementClient  # noqa: PLC0415
        from azure.mgmt.resource.resources import ResourceManagementClient  # noqa: PLC0415
    except ImportError as error:
        raise ConfigInvalid(MISSING) from error
    local = _local(address)
    shared: dict[str, Any] = {
        "base_url": address.rstrip("/"),
        "credential_scopes": [f"{address.rstrip('/')}/.default"],
        "connection_timeout": 10,
        "read_timeout": 60,
        "polling_interval": 5 if sleep is time.sleep else 0,
    }
    return Management(
        ResourceManagementClient(credential, subscription, retry_policy=_BoundedRetry(), **shared),
        AuthorizationManagementClient(
            credential, subscription, retry_policy=_BoundedRetry(), **shared
        ),
        {"enforce_https": False} if local else {},
        sleep,
    )


def claims(credential: TokenCredential, address: str = PUBLIC) -> Mapping[str, str]:
    """What the token says of who runs this: `oid` (the principal) and `tid` (the tenant).

    Not verified: it only says whom to give roles to, and Azure checks the same token itself.
    """
    with _in_words("give a token"):
        token = credential.get_token(f"{address.rstrip('/')}/.default").token
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    padded = parts[1] + "=" * (-len(parts[1]) % 4)
    try:
        found = json.loads(base64.urlsafe_b64decode(padded))
    except ValueError:
        return {}
    return {name: str(value) for name, value in found.items() if name in {"oid", "tid", "idtyp"}}


class _Busy(Exception):
    """Something else is being done to the same thing."""


class _KeptDeleted(Exception):
    """A deleted thing of this name is still kept."""


@contextmanager
def _in_words(task: str) -> Iterator[None]:
    try:
        yield
    except (ResourceNotFoundError, ClientAuthenticationError) as error:
        raise ProviderRejected(_AZURE, task, _said(error)) from error
    except HttpResponseError as error:
        code = getattr(error.error, "code", "") or ""
        if code in _BUSY:
            raise _Busy from error
        if code in _KEPT_DELETED:
            raise _KeptDeleted from error
        raise ProviderRejected(_AZURE, task, _said(error)) from error
    except AzureError as error:
        why = f"it did not answer ({type(error).__name__}); run the same command again to go on"
        raise ProviderUnavailable(_AZURE, task, why) from error


def _said(error: AzureError) -> str:
    if isinstance(error, HttpResponseError):
        said = getattr(error.error, "message", None) or error.reason or "no reason given"
        code = getattr(error.error, "code", None) or error.status_code
        return f"{' '.join(str(said).split())[:300]} ({code})"
    return "there is no valid identity; run `az login` and try again"


def _local(address: str) -> bool:
    parts = urlsplit(address)
    local = parts.hostname in _THIS_MACHINE
    if parts.scheme != "https" and not (local and parts.scheme == "http"):
        raise ConfigInvalid(
            f"{address} is no address of a management API; write one such as {PUBLIC}."
        )
    return local


def _state(body: Body) -> str:
    properties = body.get("properties") or {}
    return str(properties.get("provisioningState", "")).lower()


def _last(path: str) -> str:
    return path.rpartition("/")[2]
