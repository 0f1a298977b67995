"""What the test server accepts as the definition of an index, and as a document of it."""

import re
from collections.abc import Mapping
from typing import Any

from tests.servers.azure_search.objection import Objection, bad

Definition = Mapping[str, Any]

_INDEX_KEYS = frozenset(
    {"name", "description", "fields", "vectorSearch", "semantic", "scoringProfiles"}
    | {"defaultScoringProfile", "analyzers", "corsOptions", "similarity", "suggesters"}
    | {"@odata.etag"}
)
_FIELD_KEYS = frozenset(
    {"name", "type", "key", "searchable", "filterable", "sortable", "facetable", "retrievable"}
    | {"analyzer", "dimensions", "vectorSearchProfile", "stored", "synonymMaps"}
)
_ANALYZERS = frozenset({"en.lucene", "en.microsoft", "standard.lucene", "de.lucene"})
_TYPES = {"Edm.String": str, "Edm.Int32": int, "Edm.Double": float, "Edm.Boolean": bool}
_LISTS = {"Collection(Edm.String)": str, "Collection(Edm.Single)": float}
_KEY = re.compile(r"[A-Za-z0-9=-][A-Za-z0-9_=-]{0,1023}")
_NAME = re.compile(r"[a-z0-9](?:-?[a-z0-9])*")


def check_name(name: str) -> None:
    """Small letters, digits and single dashes."""
    if not _NAME.fullmatch(name) or not 2 <= len(name) <= 128:
        raise bad(f"Invalid name: '{name}'.", "InvalidName")


def check_definition(made: Any, name: str) -> None:
    """Raise the first objection to a definition."""
    if not isinstance(made, dict) or set(made) - _INDEX_KEYS or made.get("name") != name:
        raise bad("The request is invalid. Details: index: unknown property, or another name.")
    check_name(name)
    fields = made.get("fields")
    if not isinstance(fields, list) or not fields:
        raise bad("The index must have fields.")
    for field in fields:
        _check_field(field, made)
    if [f["type"] for f in fields if f.get("key")] != ["Edm.String"]:
        raise bad("Exactly one key field of type Edm.String is required.")
    names = {f["name"] for f in fields}
    if len(names) != len(fields):
        raise bad("Field names must be unique.")
    _check_vector_search(made)
    _check_semantic(made, names)
    _check_scoring(made, {f["name"] for f in fields if f.get("searchable")})


def _check_field(field: Any, made: Definition) -> None:
    if not isinstance(field, dict) or set(field) - _FIELD_KEYS:
        raise bad("The request is invalid. Details: field: unknown property.")
    kind = field.get("type")
    if kind not in {*_TYPES, *_LISTS} or not re.fullmatch(r"[A-Za-z]\w*", field.get("name", "")):
        raise bad(f"The field '{field.get('name')}' has no valid name or type.")
    vector = kind == "Collection(Edm.Single)"
    if field.get("searchable") and not vector and "String" not in kind:
        raise bad(f"Only text and vectors are searchable, not '{field['name']}'.")
    if field.get("analyzer") and (not field.get("searchable") or vector):
        raise bad("Only searchable text has an analyzer.")
    if field.get("analyzer", "en.lucene") not in _ANALYZERS:
        raise bad(f"Unknown analyzer '{field['analyzer']}'.")
    if field.get("sortable") and kind.startswith("Collection"):
        raise bad("A collection is not sortable.")
    if vector:
        _check_vector_field(field, made)


def _check_vector_field(field: Definition, made: Definition) -> None:
    profiles = {p["name"] for p in (made.get("vectorSearch") or {}).get("profiles", [])}
    if not isinstance(field.get("dimensions"), int) or not 2 <= field["dimensions"] <= 4096:
        raise bad(f"The vector field '{field['name']}' needs dimensions from 2 to 4096.")
    if field.get("vectorSearchProfile") not in profiles:
        raise bad(f"The vector field '{field['name']}' needs a known vectorSearchProfile.")
    if not field.get("searchable") or field.get("filterable") or field.get("sortable"):
        raise bad(f"The vector field '{field['name']}' must be searchable and nothing else.")


def _check_vector_search(made: Definition) -> None:
    search = made.get("vectorSearch") or {}
    kinds = {"hnsw": "hnswParameters", "exhaustiveKnn": "exhaustiveKnnParameters"}
    known = set()
    for algorithm in search.get("algorithms", []):
        if algorithm.get("kind") not in kinds or not algorithm.get("name"):
            raise bad("An algorithm of vectorSearch needs a name and a known kind.")
        known.add(algorithm["name"])
    for profile in search.get("profiles", []):
        if profile.get("algorithm") not in known:
            raise bad(f"The profile '{profile.get('name')}' names no known algorithm.")


def _check_semantic(made: Definition, names: set[str]) -> None:
    for configuration in (made.get("semantic") or {}).get("configurations", []):
        ranked = configuration["prioritizedFields"]
        used = [ranked.get("titleField"), *ranked.get("prioritizedContentFields", [])]
        used += ranked.get("prioritizedKeywordsFields", [])
        if any(field and field["fieldName"] not in names for field in used):
            raise bad(f"The semantic configuration '{configuration['name']}' names unknown fields.")


def _check_scoring(made: Definition, searchable: set[str]) -> None:
    profiles = made.get("scoringProfiles") or []
    for profile in profiles:
        weights = (profile.get("text") or {}).get("weights", {})
        if set(weights) - searchable or any(w <= 0 for w in weights.values()):
            raise bad(f"The scoring profile '{profile.get('name')}' weighs unknown fields.")
    default = made.get("defaultScoringProfile")
    if default and default not in {p["name"] for p in profiles}:
        raise bad(f"Unknown default scoring profile '{default}'.")


def check_document(document: Mapping[str, Any], fields: Mapping[str, Definition]) -> None:
    """Raise the first objection to a document that is to be uploaded."""
    for name, value in document.items():
        if name not in fields:
            raise bad(
                f"The property '{name}' does not exist on type 'search.documentFields'. Make sure "
                "to only use property names that are defined by the type."
            )
        if value is not None and not _fits(value, fields[name]):
            raise bad(f"The value of '{name}' does not fit the field.")


def check_key(document: Mapping[str, Any], key: str) -> str:
    """The key of a document."""
    value = document.get(key)
    if not isinstance(value, str) or not _KEY.fullmatch(value):
        raise Objection(400, "InvalidDocumentKey", f"Invalid document key: '{value}'.")
    return value


def _fits(value: Any, field: Definition) -> bool:
    kind = field["type"]
    if kind in _TYPES:
        return type(value) is _TYPES[kind]
    if not isinstance(value, list):
        return False
    if kind == "Collection(Edm.Single)":
        numbers = all(type(n) in {int, float} for n in value)
        return numbers and len(value) == field["dimensions"]
    return all(isinstance(v, _LISTS[kind]) for v in value)
