"""Make what is missing, change what differs, leave the rest alone; or take everything away."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import Refused
from scripts.azure_setup.management import Management
from scripts.azure_setup.nouns import PRODUCT, TAG, Grant, Plan, Resource
from scripts.azure_setup.plan import assignment_name

Told = Callable[[str], None]

_COGNITIVE = "2025-09-01"
# What Azure writes in its own way.
_SPELLED_FREELY = frozenset({"location", "WorkspaceResourceId"})


@dataclass(frozen=True, slots=True)
class Principal:
    """Who runs the product: an id of Entra ID, and whether a person or a machine."""

    object_id: str
    kind: str


@dataclass(frozen=True, slots=True)
class Applied:
    """What a run came to."""

    created: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: int


def applied(management: Management, plan: Plan, principal: Principal, told: Told) -> Applied:
    """Bring Azure to the plan.

    Raises:
        Refused: the resource group belongs to something else.
        ProviderRejected: Azure refused one step; those before it stand, a second run goes on.
    """
    steps = [
        _group(management, plan, told),
        *(_resource(management, each, told) for each in plan.resources),
        *(_grant(management, each, plan, principal, told) for each in plan.grants),
    ]
    return Applied(
        tuple(name for name, how in steps if how == "created"),
        tuple(name for name, how in steps if how == "changed"),
        sum(how == "unchanged" for _, how in steps),
    )


def told_by_azure(management: Management, plan: Plan) -> dict[str, str]:
    """The variables that only Azure knows, from what was made; those it does not tell are left."""
    found = {}
    for each in plan.resources:
        there = management.get(each.path, each.api_version) if each.tells else None
        for variable, name in each.tells.items():
            value = ((there or {}).get("properties") or {}).get(name)
            if value:
                found[variable] = str(value)
    return found


def destroyed(management: Management, plan: Plan, typed: Callable[[], str], told: Told) -> None:
    """Delete the group with everything in it, and what Azure would keep of it for a while.

    Raises:
        Refused: there is no such group, it is not ours, or its name was not typed.
    """
    found = management.group(plan.group)
    if found is None:
        raise Refused(f"There is no resource group {plan.group}; nothing was deleted.")
    if (found.get("tags") or {}).get(TAG) != PRODUCT:
        raise Refused(
            f"The resource group {plan.group} has no tag {TAG}={PRODUCT}, so it may hold what is "
            "not ours; nothing was deleted. Delete it by hand if you are sure."
        )
    told(f"This deletes the resource group {plan.group} with everything in it, for good:")
    for each in plan.resources:
        told(f"  {each.label}: {each.name}")
    if typed().strip() != plan.group:
        raise Refused("Another name was typed; nothing was deleted.")
    management.delete_group(plan.group)
    told(f"deleted    resource group {plan.group}")
    for each in plan.soft_deleted:
        kept = (
            f"/subscriptions/{plan.subscription}/providers/Microsoft.CognitiveServices/locations/"
            f"{plan.location}/resourceGroups/{plan.group}/deletedAccounts/{each.name}"
        )
        if management.purge(kept, _COGNITIVE):
            told(f"purged     {each.label}: {each.name}")


def _group(management: Management, plan: Plan, told: Told) -> tuple[str, str]:
    found = management.group(plan.group)
    if found is not None and (found.get("tags") or {}).get(TAG) not in {None, PRODUCT}:
        raise Refused(
            f"The resource group {plan.group} is tagged {TAG}={found['tags'][TAG]}; choose another "
            "name in resources.yaml or with --group."
        )
    if found is not None and _holds(found, {"tags": plan.tags}):
        return _said(told, "unchanged", "resource group", plan.group)
    # The place of a group is fixed, and only says where its list is kept.
    place = found["location"] if found else plan.location
    tags = {**((found or {}).get("tags") or {}), **plan.tags}
    management.put_group(plan.group, {"location": place, "tags": tags})
    return _said(told, "changed" if found else "created", "resource group", plan.group)


def _resource(management: Management, wanted: Resource, told: Told) -> tuple[str, str]:
    found = management.get(wanted.path, wanted.api_version)
    failed = found is not None and _failed(found)
    if found is not None and not failed and _holds(found, wanted.body):
        return _said(told, "unchanged", wanted.label, wanted.name)
    body: dict[str, Any] = dict(wanted.body) if found else _merged(wanted.body, wanted.unseen)
    if found is not None and "tags" in body:
        body["tags"] = {**(found.get("tags") or {}), **body["tags"]}
    told(f"working    {wanted.label}: {wanted.name} (may take some minutes)")
    management.put(wanted, body)
    return _said(told, "changed" if found else "created", wanted.label, wanted.name)


def _grant(
    management: Management, grant: Grant, plan: Plan, principal: Principal, told: Told
) -> tuple[str, str]:
    what = f"role {grant.role} on"
    if management.granted(grant, principal.object_id):
        return _said(told, "unchanged", what, grant.on.name)
    name = assignment_name(grant, principal.object_id)
    management.assign(grant, name, principal.object_id, principal.kind, plan.subscription)
    return _said(told, "created", what, grant.on.name)


def _said(told: Told, how: str, label: str, name: str) -> tuple[str, str]:
    told(f"{how:<10} {label}: {name}")
    return f"{label}: {name}", how


def _failed(found: Mapping[str, Any]) -> bool:
    state = str((found.get("properties") or {}).get("provisioningState", "Succeeded"))
    return state.lower() in {"failed", "canceled"}


def _holds(found: object, wanted: object, key: str = "") -> bool:
    """Whether everything wanted is there; what is there besides is none of our business."""
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and all(
            _holds(found.get(name), each, name) for name, each in wanted.items()
        )
    if isinstance(wanted, str) and isinstance(found, str) and _freely(key, wanted):
        return _plain(found) == _plain(wanted)
    return found == wanted


def _freely(key: str, wanted: str) -> bool:
    return key in _SPELLED_FREELY or wanted.startswith("/subscriptions/")


def _plain(text: str) -> str:
    return text.replace(" ", "").lower()


def _merged(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(first)
    for name, value in second.items():
        nested = isinstance(value, Mapping) and isinstance(merged.get(name), Mapping)
        merged[name] = _merged(merged[name], value) if nested else value
    return merged
