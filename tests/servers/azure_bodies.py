"""What the management API demands of each kind of resource, and how it says "not yet"."""

import copy
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Body = Mapping[str, Any]

MODELS = {("gpt-5.1", "2025-11-13"), ("gpt-5-mini", "2025-08-07"), ("text-embedding-3-small", "1")}
_NAME = re.compile(r"^[a-z0-9][a-z0-9-]{1,62}$")


class Objection(Exception):
    """What the service would refuse."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of resource: its versions, what a body needs, and what an answer looks like."""

    name: str
    versions: frozenset[str]
    demands: Callable[[Body, bool], None]
    status: int = 201
    said_by: tuple[str, ...] = ()
    at_first: str = "Creating"
    secret: str = ""
    tells: Mapping[str, str] | None = None

    def check(self, body: Body, *, made: bool) -> None:
        """Refuse a body the service would refuse."""
        self.demands(body, made)

    def shown(self, body: Body) -> dict[str, Any]:
        """The body as the service gives it back: places spelled out, secrets left out."""
        shown = copy.deepcopy(dict(body))
        shown.get("properties", {}).pop(self.secret, None)
        shown.get("properties", {}).update({"endpoint": "https://…", **(self.tells or {})})
        if shown.get("location") == "swedencentral":
            shown["location"] = "Sweden Central"
        return shown


def _needs(body: Body, *keys: str) -> None:
    for key in keys:
        found: Any = body
        for part in key.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
        if found in (None, ""):
            raise Objection(400, "InvalidRequestContent", f"the body has no {key}")


def _account(body: Body, made: bool) -> None:  # noqa: FBT001 - a row of a table
    _needs(body, "location", "kind", "sku.name", "properties.customSubDomainName")
    if body["kind"] not in {"AIServices", "OpenAI", "ContentSafety"}:
        raise Objection(400, "InvalidApiSetId", f"no kind {body['kind']}")
    if not _NAME.match(body["properties"]["customSubDomainName"]):
        raise Objection(400, "CustomDomainInvalid", "letters, digits and hyphens")


def _deployment(body: Body, made: bool) -> None:  # noqa: FBT001
    _needs(body, "sku.name", "sku.capacity", *(f"properties.model.{k}" for k in ("format", "name")))
    model = body["properties"]["model"]
    if (model["name"], model.get("version")) not in MODELS:
        raise Objection(
            400, "DeploymentModelNotSupported", f"no model {model['name']} {model.get('version')}"
        )
    if body["sku"]["capacity"] > 1000:
        raise Objection(400, "InsufficientQuota", "this operation requires more capacity")


def _search(body: Body, made: bool) -> None:  # noqa: FBT001
    _needs(body, "location", "sku.name")
    properties = body.get("properties", {})
    if properties.get("disableLocalAuth") and properties.get("authOptions"):
        raise Objection(400, "InvalidRequestParameter", "authOptions and disableLocalAuth")
    if properties.get("hostingMode") not in {None, "default", "highDensity"}:
        raise Objection(400, "InvalidRequestParameter", "hostingMode")


def _postgresql(body: Body, made: bool) -> None:  # noqa: FBT001
    _needs(body, "location", "sku.name", "sku.tier", "properties.version")
    password = body["properties"].get("administratorLoginPassword", "")
    classes = [r"[a-z]", r"[A-Z]", r"[0-9]", r"[^a-zA-Z0-9]"]
    strong = len(password) >= 8 and sum(bool(re.search(c, password)) for c in classes) >= 3
    if made and not strong:
        raise Objection(400, "InvalidParameterValue", "the password is not strong")


def _anything(*keys: str) -> Callable[[Body, bool], None]:
    return lambda body, _: _needs(body, *keys)


_OPERATION = ("Azure-AsyncOperation",)
_COGNITIVE = frozenset({"2025-06-01", "2025-09-01"})
_POSTGRESQL = frozenset({"2024-08-01", "2025-08-01"})

KINDS = {
    kind.name: kind
    for kind in (
        Kind("microsoft.cognitiveservices/accounts", _COGNITIVE, _account),
        Kind(
            "microsoft.cognitiveservices/accounts/deployments",
            _COGNITIVE,
            _deployment,
            said_by=_OPERATION,
        ),
        Kind(
            "microsoft.search/searchservices",
            frozenset({"2025-05-01"}),
            _search,
            at_first="provisioning",
        ),
        Kind(
            "microsoft.dbforpostgresql/flexibleservers",
            _POSTGRESQL,
            _postgresql,
            status=202,
            said_by=_OPERATION,
            secret="administratorLoginPassword",  # noqa: S106 - the name of a field
        ),
        Kind(
            "microsoft.dbforpostgresql/flexibleservers/databases",
            _POSTGRESQL,
            _anything("properties.charset"),
            said_by=_OPERATION,
        ),
        Kind(
            "microsoft.dbforpostgresql/flexibleservers/firewallrules",
            _POSTGRESQL,
            _anything("properties.startIpAddress", "properties.endIpAddress"),
            said_by=_OPERATION,
        ),
        Kind(
            "microsoft.operationalinsights/workspaces",
            frozenset({"2023-09-01"}),
            _anything("location"),
        ),
        Kind(
            "microsoft.insights/components",
            frozenset({"2020-02-02"}),
            _anything("location", "kind", "properties.Application_Type"),
            status=200,
            tells={"ConnectionString": "InstrumentationKey=1;IngestionEndpoint=https://x/"},
        ),
        Kind(
            "microsoft.storage/storageaccounts",
            frozenset({"2024-01-01"}),
            _anything("location", "kind", "sku.name"),
        ),
        Kind(
            "microsoft.keyvault/vaults",
            frozenset({"2023-07-01"}),
            _anything("location", "properties.tenantId", "properties.sku.name"),
        ),
        Kind(
            "microsoft.machinelearningservices/workspaces",
            frozenset({"2024-10-01"}),
            _anything("location", "properties.storageAccount", "properties.keyVault"),
            said_by=_OPERATION,
            tells={"mlFlowTrackingUri": "azureml://x/mlflow/v1.0/y"},
        ),
    )
}
