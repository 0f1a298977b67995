"""The plan for a subscription: every resource, in the order in which they can be made."""

import uuid
from dataclasses import dataclass, field

from scripts.azure_setup import resources
from scripts.azure_setup.nouns import PRODUCT, TAG, Grant, Names, Part, Plan, Resource
from scripts.azure_setup.wishes import Wishes


@dataclass(frozen=True, slots=True)
class Facts:
    """What a plan needs to know that is in no file; `password` is that of a new server."""

    subscription: str
    tenant: str
    password: str = field(repr=False)


def planned(wishes: Wishes, facts: Facts, parts: frozenset[Part]) -> Plan:
    """The plan for a subscription, with the parts that were asked for."""
    names, tags = Names(facts.subscription, wishes), {**wishes.tags, TAG: PRODUCT}
    models = resources.account(names, tags, "ai", "AIServices", "S0", "models")
    safety = resources.account(
        names, tags, "safety", "ContentSafety", wishes.content_safety.sku, "content safety"
    )
    search = resources.search(names, tags)
    made = [
        models,
        resources.deployment(models, wishes.chat, "deployment that writes"),
        resources.deployment(models, wishes.embedding, "deployment that embeds"),
        search,
        safety,
    ]
    environment = _environment(names, wishes)
    if Part.POSTGRESQL in parts:
        made += resources.postgresql(names, tags, facts.password)
        server = f"{names.of('state')}.postgres.database.azure.com"
        who = f"{wishes.postgresql.administrator}:{facts.password}"
        environment["CPO_DATABASE_URL"] = (
            f"postgresql+psycopg://{who}@{server}:5432/{wishes.postgresql.database}?sslmode=require"
        )
    if parts & {Part.MONITORING, Part.ML_WORKSPACE}:
        made += resources.monitoring(names, tags)
    if Part.ML_WORKSPACE in parts:
        made += resources.learning(names, tags, facts.tenant)
    grants = _grants(models, search, safety, made)
    return Plan(
        facts.subscription,
        wishes.resource_group,
        wishes.location,
        tags,
        tuple(made),
        grants,
        environment,
    )


def assignment_name(grant: Grant, principal: str) -> str:
    """The name of a role assignment: a GUID, the same at every run."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{grant.on.path}|{grant.role_id}|{principal}"))


def _environment(names: Names, wishes: Wishes) -> dict[str, str]:
    return {
        "CPO_CHAT_MODEL": "azure",
        "CPO_CONTENT_INDEX": "azure",
        "CPO_EMBEDDER": "azure",
        "CPO_SAFETY_SCREEN": "azure",
        "AZURE_OPENAI_ENDPOINT": f"https://{names.of('ai')}.openai.azure.com/",
        "AZURE_OPENAI_DEPLOYMENT": wishes.chat.deployment,
        "AZURE_OPENAI_EMBEDDING_DEPLOYMENT": wishes.embedding.deployment,
        "AZURE_SEARCH_ENDPOINT": f"https://{names.of('search')}.search.windows.net",
        "AZURE_SEARCH_INDEX": wishes.search.index,
        "AZURE_CONTENT_SAFETY_ENDPOINT": (
            f"https://{names.of('safety')}.cognitiveservices.azure.com/"
        ),
    }


def _grants(
    models: Resource, search: Resource, safety: Resource, resources: list[Resource]
) -> tuple[Grant, ...]:
    """The roles that do without keys; ids from Azure's list of built-in roles."""
    grants = [
        Grant("Cognitive Services OpenAI User", "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd", models),
        Grant("Search Index Data Contributor", "8ebe5a00-799e-43f5-93ac-243d3dce84a7", search),
        Grant("Search Service Contributor", "7ca78c08-252a-4471-8644-bb5ff32d4ba0", search),
        Grant("Cognitive Services User", "a97b65f3-24c7-4388-baec-2e87135dc908", safety),
    ]
    grants += [
        Grant("AzureML Data Scientist", "f6c7c914-8db3-469d-8ca1-694a8f32e121", each)
        for each in resources
        if "MachineLearningServices" in each.path
    ]
    return tuple(grants)
