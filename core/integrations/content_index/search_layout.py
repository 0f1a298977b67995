"""How a passage lies in Azure AI Search: the definition of an index, its name, and its documents.

The name holds a hash of everything that makes two indexes differ, so that a change of it, of the
analyzer or of the embedding model is a new index beside the old one and never a half-changed one.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from azure.search.documents.indexes.models import (
    ExhaustiveKnnAlgorithmConfiguration,
    ExhaustiveKnnParameters,
    ScoringProfile,
    SearchableField,
    SearchField,
    SearchIndex,
    SemanticConfiguration,
    SemanticField,
    SemanticPrioritizedFields,
    SemanticSearch,
    SimpleField,
    TextWeights,
    VectorSearch,
    VectorSearchProfile,
)

from core.integrations.content_index.index_rows import content_of, sha256, text_sha256
from core.models.content import Passage
from core.protocols.embedder import Vectors

KEY = "id"
VECTOR = "vector"
MODEL = "model"
SEMANTIC = "passages"
SHOWN = (
    "passage_id",
    "document_id",
    "version",
    "position",
    "title",
    "category",
    "text",
    "keywords",
    "audience",
    MODEL,
)
"""What of a document a search gives back: its passage, and whose vector it has."""

# A new number is a new index: what the fields are or mean has changed.
_FORM = 1
_PROFILE = "exact"
_SCORING = "places"
# As in the local index: a word in the title says more than one in the text.
_WEIGHTS = {"title": 4.0, "keywords": 3.0, "text": 1.0}
_TEXT, _WHOLE, _NUMBERS = "Edm.String", "Edm.Int32", "Collection(Edm.Single)"


@dataclass(frozen=True, slots=True)
class Layout:
    """What an index must be like to serve these settings.

    `alias` is the name under which it is asked; `model` is the identity of the embedder, empty
    when passages are found by their words alone.
    """

    alias: str
    analyzer: str
    model: str

    @property
    def name(self) -> str:
        """The name of the index itself."""
        parts = "\n".join((str(_FORM), self.analyzer, self.model))
        return f"{self.alias}-v{_FORM}-{sha256(parts)[:10]}"

    @property
    def stamp(self) -> str:
        """Stands in every document, so that a search sees by whom its vectors were made."""
        return sha256(self.model)[:16] if self.model else "words"

    def is_ours(self, name: str) -> bool:
        """Whether an index of this name is some version of the one behind the alias."""
        return bool(re.fullmatch(rf"{re.escape(self.alias)}-v\d+-[0-9a-f]{{10}}", name))

    def definition(self, dimensions: int | None) -> SearchIndex:
        """The index to create; `dimensions` is the length of a vector, None without vectors."""
        vectors = [] if dimensions is None else [_vector_field(dimensions)]
        return SearchIndex(
            name=self.name,
            fields=[*_fields(self.analyzer), *vectors],
            scoring_profiles=[
                ScoringProfile(name=_SCORING, text_weights=TextWeights(weights=_WEIGHTS))
            ],
            default_scoring_profile=_SCORING,
            vector_search=None if dimensions is None else _exact_search(),
            semantic_search=_semantic(),
        )

    def document(self, passage: Passage, vector: Sequence[float] | None) -> dict[str, object]:
        """A passage as the service keeps it."""
        made: dict[str, object] = {
            KEY: key_of(passage.passage_id),
            "passage_id": passage.passage_id,
            "document_id": passage.document_id,
            "version": passage.version,
            "position": passage.index,
            "title": passage.title,
            "category": passage.category,
            "text": passage.text,
            "keywords": list(passage.keywords),
            "audience": passage.audience,
            "sha256": passage_sha256(passage),
            "text_sha256": text_sha256(passage),
            MODEL: self.stamp,
        }
        return made if vector is None else made | {VECTOR: list(vector)}


def key_of(passage_id: str) -> str:
    """The key of a document: keys may not hold the signs of a passage id."""
    return hashlib.sha256(passage_id.encode("utf-8", "surrogatepass")).hexdigest()


def passage_sha256(passage: Passage) -> str:
    """Changes with everything the index keeps of a passage."""
    return sha256(f"{content_of(passage)}\n{passage.audience}")


def passage_of(row: Mapping[str, object]) -> Passage:
    """The passage in a document that was found.

    Raises:
        TypeError, ValueError, KeyError: the document is not of this layout.
    """
    keywords = row["keywords"]
    if not isinstance(keywords, Sequence) or isinstance(keywords, str):
        raise TypeError("keywords are no list")
    return Passage(
        document_id=str(row["document_id"]),
        version=int(str(row["version"])),
        index=int(str(row["position"])),
        title=str(row["title"]),
        category=str(row["category"]),
        text=str(row["text"]),
        keywords=tuple(str(word) for word in keywords),
        audience=str(row["audience"]),
    )


def numbers(vector: Vectors) -> list[float]:
    """A vector as it goes over the line; more digits than these a float does not have."""
    return [round(value, 8) for value in vector.tolist()]


def _fields(analyzer: str) -> list[SearchField]:
    return [
        SimpleField(name=KEY, type=_TEXT, key=True, filterable=True, sortable=True),
        SimpleField(name="passage_id", type=_TEXT, filterable=True, sortable=True),
        SimpleField(name="document_id", type=_TEXT, filterable=True),
        SimpleField(name="version", type=_WHOLE, filterable=True),
        SimpleField(name="position", type=_WHOLE, filterable=True),
        SearchableField(name="title", analyzer_name=analyzer),
        SimpleField(name="category", type=_TEXT, filterable=True),
        SearchableField(name="text", analyzer_name=analyzer),
        SearchableField(name="keywords", collection=True, analyzer_name=analyzer),
        SimpleField(name="audience", type=_TEXT, filterable=True),
        SimpleField(name="sha256", type=_TEXT),
        SimpleField(name="text_sha256", type=_TEXT, filterable=True),
        SimpleField(name=MODEL, type=_TEXT, filterable=True),
    ]


def _vector_field(dimensions: int) -> SearchField:
    return SearchField(
        name=VECTOR,
        type=_NUMBERS,
        searchable=True,
        # Read back, so that a paragraph that a new version keeps is not embedded again.
        retrievable=True,
        vector_search_dimensions=dimensions,
        vector_search_profile_name=_PROFILE,
    )


def _exact_search() -> VectorSearch:
    # A library has thousands of passages, not millions: comparing with all of them takes
    # milliseconds, and an approximate graph would lose answers under a narrow filter.
    return VectorSearch(
        algorithms=[
            ExhaustiveKnnAlgorithmConfiguration(
                name=_PROFILE, parameters=ExhaustiveKnnParameters(metric="cosine")
            )
        ],
        profiles=[VectorSearchProfile(name=_PROFILE, algorithm_configuration_name=_PROFILE)],
    )


def _semantic() -> SemanticSearch:
    fields = SemanticPrioritizedFields(
        title_field=SemanticField(field_name="title"),
        content_fields=[SemanticField(field_name="text")],
        keywords_fields=[SemanticField(field_name="keywords")],
    )
    return SemanticSearch(
        configurations=[SemanticConfiguration(name=SEMANTIC, prioritized_fields=fields)]
    )
