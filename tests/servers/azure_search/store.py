"""The indexes, aliases and documents of the test server, and its searches."""

import copy
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.servers.azure_search.definitions import (
    check_definition,
    check_document,
    check_key,
    check_name,
)
from tests.servers.azure_search.objection import Objection, bad
from tests.servers.azure_search.odata import keeps
from tests.servers.azure_search.ranking import bm25, cosine, fused, ordered, reranked

_SEARCH_KEYS = frozenset(
    {"search", "searchMode", "queryType", "filter", "select", "top", "skip", "count", "orderby"}
    | {"vectorQueries", "vectorFilterMode", "semanticConfiguration", "semanticErrorHandling"}
    | {"semanticQuery", "semanticMaxWaitInMilliseconds", "searchFields", "captions", "answers"}
)
_VECTOR_KEYS = frozenset({"kind", "vector", "fields", "k", "exhaustive", "weight"})
_ACTIONS = frozenset({"upload", "delete", "merge", "mergeOrUpload"})
_PAGE = 1000
_RERANKED = 50


@dataclass(slots=True)
class Index:
    """One index: its definition, and its documents by key."""

    definition: dict[str, Any]
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    unseen: list[tuple[str, dict[str, Any] | None]] = field(default_factory=list)
    looks: int = 0

    @property
    def fields(self) -> dict[str, dict[str, Any]]:
        """The fields by name."""
        return {f["name"]: f for f in self.definition["fields"]}

    @property
    def key(self) -> str:
        """The name of the key field."""
        return next(str(f["name"]) for f in self.definition["fields"] if f.get("key"))


@dataclass(slots=True)
class Store:
    """Everything the service keeps.

    `semantic` is "free" where it ranks by sense, "disabled", or "busy" where it answers without.
    What is written is found after `lag` searches; `most_indexes` is the limit of the tier.
    """

    semantic: str = "free"
    lag: int = 0
    most_indexes: int = 15
    indexes: dict[str, Index] = field(default_factory=dict)
    aliases: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused_documents: dict[str, int] = field(default_factory=dict)
    _etags: Any = field(default_factory=lambda: itertools.count(1))

    def put_index(self, name: str, made: Any) -> tuple[int, dict[str, Any]]:
        """Create an index; an existing one may only stay as it is."""
        check_definition(made, name)
        if name in self.aliases:
            raise bad(f"There is an alias '{name}'.", "NameConflict")
        known = self.indexes.get(name)
        if known is None and len(self.indexes) >= self.most_indexes:
            message = (
                "Index quota has been exceeded for this service. You currently have 15 indexes."
            )
            raise Objection(429, "QuotaExceeded", message)
        if known is not None and known.definition["fields"] != made["fields"]:
            raise bad("Existing field cannot be changed.", "CannotChangeExistingField")
        if known is None:
            self.indexes[name] = Index(copy.deepcopy(made))
        return 200 if known else 201, made

    def put_alias(self, name: str, made: Any, if_match: str | None) -> tuple[int, dict[str, Any]]:
        """Create or move an alias."""
        check_name(name)
        indexes = made.get("indexes") if isinstance(made, dict) else None
        if not isinstance(indexes, list) or len(indexes) != 1 or made.get("name") != name:
            raise bad("An alias has a name and exactly one index.")
        if indexes[0] not in self.indexes:
            raise bad(f"No index with the name '{indexes[0]}' was found.", "IndexNotFound")
        if name in self.indexes:
            raise Objection(409, "ResourceNameAlreadyInUse", f"There is an index '{name}'.")
        known = self.aliases.get(name)
        if if_match is not None and (known is None or known["@odata.etag"] != if_match):
            raise Objection(412, "", "The precondition given in the request headers is not met.")
        etag = f'"0x{next(self._etags)}"'
        self.aliases[name] = {"name": name, "indexes": indexes, "@odata.etag": etag}
        return 200 if known else 201, self.aliases[name]

    def index(self, name: str) -> Index:
        """The index of this name or alias."""
        alias = self.aliases.get(name)
        found = self.indexes.get(alias["indexes"][0] if alias else name)
        if found is None:
            message = f"No index with the name '{name}' was found in the service 'test'."
            raise Objection(404, "", message)
        return found

    def drop(self, name: str) -> None:
        """Delete an index, unless an alias points to it."""
        if name not in self.indexes:
            raise Objection(404, "", f"No index with the name '{name}' was found.")
        if any(name in alias["indexes"] for alias in self.aliases.values()):
            raise bad(f"An alias points to '{name}'.", "IndexInUse")
        del self.indexes[name]

    def write(self, index: Index, body: Any) -> tuple[int, dict[str, Any]]:
        """Carry out a batch; what fails of it fails alone, and the status is 207 then."""
        actions = body.get("value") if isinstance(body, dict) else None
        if not isinstance(actions, list) or not actions:
            raise bad("The request is invalid. Details: actions: No indexing actions found.")
        if len(actions) > 1000:
            raise bad("Too many indexing actions found in the request; the limit is 1000.")
        results = [self._carry_out(index, dict(action)) for action in actions]
        if not self.lag:
            self._show(index)
        return 200 if all(r["status"] for r in results) else 207, {"value": results}

    def _carry_out(self, index: Index, action: dict[str, Any]) -> dict[str, Any]:
        what = action.pop("@search.action", "upload")
        if what not in _ACTIONS:
            raise bad(f"The action '{what}' is not known.")
        # A document that does not fit its index stops the whole batch, as with the service.
        key = check_key(action, index.key)
        check_document(action, index.fields)
        if (status := self._refusal(key)) is not None:
            words = "The document was not taken."
            return {"key": key, "status": False, "errorMessage": words, "statusCode": status}
        index.unseen.append((key, None if what == "delete" else action))
        return {"key": key, "status": True, "errorMessage": None, "statusCode": 201}

    def _refusal(self, key: str) -> int | None:
        """The status for a document that somebody wants refused; a passing one passes once."""
        status = self.refused_documents.get(key)
        if status in {409, 422, 503}:
            del self.refused_documents[key]
        return status

    def _show(self, index: Index) -> None:
        for key, document in index.unseen:
            if document is None:
                index.documents.pop(key, None)
            else:
                index.documents[key] = document
        index.unseen, index.looks = [], 0

    def search(self, index: Index, body: Any) -> tuple[int, dict[str, Any]]:
        """The answer to a search."""
        index.looks += 1
        if index.looks > self.lag:
            self._show(index)
        _check_search(body, index)
        rows = list(index.documents.items())
        if body.get("filter"):
            keep = keeps(body["filter"], index.fields)
            rows = [(key, row) for key, row in rows if keep(row)]
        scores = _scores(index, rows, body)
        keys = ordered(scores)
        if body.get("orderby"):
            keys.sort(key=lambda key: _order(index, key, body["orderby"]))
        sense = self._by_sense(index, keys, body)
        start, top = body.get("skip", 0), min(body.get("top", 50), _PAGE)
        keys = sorted(keys, key=lambda k: -sense.get(k, -1.0)) if sense else keys
        shown = keys[start : start + top]
        selected = [n.strip() for n in (body.get("select") or ",".join(index.fields)).split(",")]
        value = [_shown(index.documents[k], selected, scores[k], sense.get(k)) for k in shown]
        answer: dict[str, Any] = {"value": value}
        if body.get("queryType") == "semantic" and self.semantic == "busy":
            answer["@search.semanticPartialResponseReason"] = "capacityOverloaded"
            answer["@search.semanticPartialResponseType"] = "baseResults"
            return 206, answer
        return 200, answer

    def _by_sense(self, index: Index, keys: list[str], body: Mapping[str, Any]) -> dict[str, float]:
        if body.get("queryType") != "semantic":
            return {}
        if self.semantic == "disabled":
            message = (
                "Semantic search is not enabled for this service.\r\nParameter name: queryType"
            )
            detail = "SemanticQueriesNotAvailable"
            raise Objection(400, "FeatureNotSupportedInService", message, detail)
        if self.semantic == "busy":
            if body.get("semanticErrorHandling") != "partial":
                raise Objection(503, "SemanticRankerOverloaded", "The semantic ranker is busy.")
            return {}
        configurations = (index.definition.get("semantic") or {}).get("configurations", [])
        named = {c["name"]: c["prioritizedFields"] for c in configurations}
        if (chosen := named.get(body.get("semanticConfiguration"))) is None:
            message = f"Unknown semantic configuration '{body.get('semanticConfiguration')}'."
            raise bad(message, "UnknownSemanticConfiguration")
        fields = [f["fieldName"] for f in chosen["prioritizedContentFields"]]
        fields += [f["fieldName"] for f in chosen.get("prioritizedKeywordsFields", [])]
        fields.append(chosen["titleField"]["fieldName"])
        first = keys[:_RERANKED]
        query = body.get("semanticQuery") or body.get("search") or ""
        rows = [(key, index.documents[key]) for key in first]
        return dict(zip(first, reranked(rows, query, fields), strict=True))


def _scores(index: Index, rows: list[Any], body: Mapping[str, Any]) -> dict[str, float]:
    rankings = []
    text, near = body.get("search"), body.get("vectorQueries") or []
    if text == "*" or (text is None and not near):
        return {key: 1.0 for key, _ in rows}
    if text is not None:
        weights = {n: 1.0 for n, f in index.fields.items() if f.get("analyzer")}
        for profile in index.definition.get("scoringProfiles") or []:
            weights |= profile["text"]["weights"]
        rankings.append((bm25(rows, text, weights), 1.0))
    rankings += [
        (cosine(rows, q["fields"], q["vector"], q["k"]), q.get("weight") or 1.0) for q in near
    ]
    return rankings[0][0] if len(rankings) == 1 else fused(rankings)


def _check_search(body: Any, index: Index) -> None:
    if not isinstance(body, dict) or (unknown := set(body) - _SEARCH_KEYS):
        raise bad(f"The request is invalid. Details: parameters: unknown {sorted(unknown)}.")
    for name in [n.strip() for n in (body.get("select") or "").split(",") if n.strip()]:
        if not index.fields.get(name, {}).get("retrievable", True) or name not in index.fields:
            raise bad(f"Invalid expression: Could not find a property named '{name}'.")
    if not 0 <= body.get("top", 50) <= 100_000:
        raise bad("The value of top is out of range.")
    if body.get("queryType", "simple") not in {"simple", "full", "semantic"}:
        raise bad("Unknown queryType.")
    if body.get("queryType") == "semantic" and body.get("orderby"):
        raise bad("orderby cannot be used with semantic ranking.")
    for query in body.get("vectorQueries") or []:
        _check_vector(query, index)


def _check_vector(query: Mapping[str, Any], index: Index) -> None:
    if set(query) - _VECTOR_KEYS or query.get("kind") != "vector":
        raise bad("A vector query has an unknown property or kind.")
    known = index.fields.get(query.get("fields", ""))
    if known is None or "dimensions" not in known:
        raise bad(f"Unknown field '{query.get('fields')}' in vector field list.")
    if len(query.get("vector") or []) != known["dimensions"]:
        raise bad(
            f"The vector field '{known['name']}' has a dimension of {known['dimensions']}, and the "
            f"provided vector a length of {len(query.get('vector') or [])}."
        )
    if not isinstance(query.get("k"), int) or query["k"] < 1 or query.get("weight", 1) <= 0:
        raise bad("k must be 1 or more, and weight above 0.")


def _order(index: Index, key: str, orderby: str) -> Any:
    name, _, direction = orderby.strip().partition(" ")
    if not index.fields.get(name, {}).get("sortable") or direction not in {"", "asc"}:
        raise bad(f"'{name}' is not sortable that way.")
    return index.documents[key][name]


def _shown(
    row: Mapping[str, Any], selected: list[str], score: float, sense: float | None
) -> dict[str, Any]:
    shown: dict[str, Any] = {"@search.score": score}
    if sense is not None:
        shown["@search.rerankerScore"] = sense
    return shown | {name: row.get(name) for name in selected}
