"""What each resource must hold, as the management API takes it."""

from collections.abc import Mapping

from scripts.azure_setup.nouns import Names, Resource
from scripts.azure_setup.wishes import Deployment

# Versions of the management API that are generally available.
_COGNITIVE, _SEARCH, _POSTGRESQL = "2025-09-01", "2025-05-01", "2024-08-01"
_STORAGE, _VAULT, _LEARNING = "2024-01-01", "2023-07-01", "2024-10-01"
_LOGS, _INSIGHTS = "2023-09-01", "2020-02-02"


def account(
    names: Names, tags: Mapping[str, str], name: str, kind: str, sku: str, what: str
) -> Resource:
    """An account of Cognitive Services that is reached by identity only."""
    return Resource(
        f"account for {what}",
        names.path("Microsoft.CognitiveServices", f"accounts/{names.of(name)}"),
        _COGNITIVE,
        {
            "location": names.wishes.location,
            "kind": kind,
            "sku": {"name": sku},
            "tags": tags,
            "identity": {"type": "SystemAssigned"},
            # Tokens of Entra ID need a name of one's own; keys are off, so none can leak.
            "properties": {
                "customSubDomainName": names.of(name),
                "publicNetworkAccess": "Enabled",
                "disableLocalAuth": True,
            },
        },
    )


def deployment(account: Resource, wished: Deployment, what: str) -> Resource:
    """A model of an account under a name of our own."""
    return Resource(
        f"{what} ({wished.model}, {wished.capacity}k tokens a minute)",
        f"{account.path}/deployments/{wished.deployment}",
        _COGNITIVE,
        {
            "sku": {"name": wished.sku, "capacity": wished.capacity},
            "properties": {
                "model": {"format": "OpenAI", "name": wished.model, "version": wished.version},
                # A model that changes by itself would void what was measured and approved.
                "versionUpgradeOption": "OnceCurrentVersionExpired",
            },
        },
    )


def search(names: Names, tags: Mapping[str, str]) -> Resource:
    """The search service, reached by identity only."""
    wished = names.wishes.search
    return Resource(
        f"search service ({wished.sku})",
        names.path("Microsoft.Search", f"searchServices/{names.of('search')}"),
        _SEARCH,
        {
            "location": names.wishes.location,
            "sku": {"name": wished.sku},
            "tags": tags,
            "properties": {
                "replicaCount": 1,
                "partitionCount": 1,
                "hostingMode": "default",
                "semanticSearch": wished.semantic,
                "disableLocalAuth": True,
            },
        },
        names.wishes.prices.month(f"search/{wished.sku}"),
    )


def postgresql(names: Names, tags: Mapping[str, str], password: str) -> list[Resource]:
    """The database server, its database, and the way to it for services of Azure."""
    wished, prices = names.wishes.postgresql, names.wishes.prices
    storage_usd = prices.monthly_usd_per_gb["postgresql/storage"] * wished.storage_gb
    server = Resource(
        f"PostgreSQL server ({wished.sku}, {wished.storage_gb} GB)",
        names.path("Microsoft.DBforPostgreSQL", f"flexibleServers/{names.of('state')}"),
        _POSTGRESQL,
        {
            "location": names.wishes.location,
            "sku": {"name": wished.sku, "tier": wished.tier},
            "tags": tags,
            "properties": {
                "version": wished.version,
                "administratorLogin": wished.administrator,
                "storage": {"storageSizeGB": wished.storage_gb},
                "backup": {"backupRetentionDays": 14},
            },
        },
        prices.month(f"postgresql/{wished.sku}") + storage_usd,
        unseen={"properties": {"administratorLoginPassword": password}},
    )
    database = Resource(
        "database",
        f"{server.path}/databases/{wished.database}",
        _POSTGRESQL,
        {"properties": {"charset": "UTF8", "collation": "en_US.utf8"}},
    )
    # 0.0.0.0 stands for "services of Azure", not for everybody.
    firewall = Resource(
        "firewall rule for services of Azure",
        f"{server.path}/firewallRules/azure-services",
        _POSTGRESQL,
        {"properties": {"startIpAddress": "0.0.0.0", "endIpAddress": "0.0.0.0"}},  # noqa: S104
    )
    return [server, database, firewall]


def monitoring(names: Names, tags: Mapping[str, str]) -> list[Resource]:
    """Where traces, metrics and logs go."""
    location = names.wishes.location
    logs = Resource(
        "log store",
        names.path("Microsoft.OperationalInsights", f"workspaces/{names.of('logs')}"),
        _LOGS,
        {
            "location": location,
            "tags": tags,
            "properties": {"sku": {"name": "PerGB2018"}, "retentionInDays": 30},
        },
    )
    insights = Resource(
        "traces and metrics",
        names.path("Microsoft.Insights", f"components/{names.of('traces')}"),
        _INSIGHTS,
        {
            "location": location,
            "kind": "web",
            "tags": tags,
            "properties": {"Application_Type": "web", "WorkspaceResourceId": logs.path},
        },
        tells={"APPLICATIONINSIGHTS_CONNECTION_STRING": "ConnectionString"},
    )
    return [logs, insights]


def learning(names: Names, tags: Mapping[str, str], tenant: str) -> list[Resource]:
    """The workspace that keeps track of runs, and what it stands on."""
    location = names.wishes.location
    storage = Resource(
        "storage of the ML workspace",
        names.path("Microsoft.Storage", f"storageAccounts/{names.plain('ml')}"),
        _STORAGE,
        {
            "location": location,
            "kind": "StorageV2",
            "sku": {"name": "Standard_LRS"},
            "tags": tags,
            "properties": {"allowBlobPublicAccess": False, "minimumTlsVersion": "TLS1_2"},
        },
    )
    vault = Resource(
        "key vault of the ML workspace",
        names.path("Microsoft.KeyVault", f"vaults/{names.of('kv')}"),
        _VAULT,
        {
            "location": location,
            "tags": tags,
            "properties": {
                "tenantId": tenant,
                "sku": {"family": "A", "name": "standard"},
                "enableRbacAuthorization": True,
            },
        },
    )
    workspace = Resource(
        "ML workspace",
        names.path("Microsoft.MachineLearningServices", f"workspaces/{names.of('ml')}"),
        _LEARNING,
        {
            "location": location,
            "tags": tags,
            "identity": {"type": "SystemAssigned"},
            "properties": {
                "friendlyName": "Customer Personalization Orchestrator",
                "storageAccount": storage.path,
                "keyVault": vault.path,
                "applicationInsights": names.path(
                    "Microsoft.Insights", f"components/{names.of('traces')}"
                ),
            },
        },
        tells={"MLFLOW_TRACKING_URI": "mlFlowTrackingUri"},
    )
    return [storage, vault, workspace]
