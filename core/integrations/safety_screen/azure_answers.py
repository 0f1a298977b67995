"""What Azure's content safety answers, taken word by word: half an answer is none."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, ValidationError

from core.integrations.safety_screen.azure_service import unusable

CATEGORIES = {"Hate": "hate", "SelfHarm": "self_harm", "Sexual": "sexual", "Violence": "violence"}
SCORE, SHIELD, COMPARE = (
    "score a text",
    "look for instructions to a model",
    "compare a text with its sources",
)

T = TypeVar("T", bound=BaseModel)


class _Part(BaseModel):
    # The service may say more than we ask; what we ask for it has to say.
    model_config = ConfigDict(extra="ignore")


class _Category(_Part):
    category: Literal["Hate", "SelfHarm", "Sexual", "Violence"]
    severity: StrictInt


class _Match(_Part):
    list_name: Annotated[StrictStr, Field(alias="blocklistName")]
    text: Annotated[StrictStr, Field(alias="blocklistItemText")]


class _Analysis(_Part):
    categories: Annotated[list[_Category], Field(alias="categoriesAnalysis")]
    matches: Annotated[list[_Match] | None, Field(alias="blocklistsMatch")] = None


class _Attack(_Part):
    detected: Annotated[StrictBool, Field(alias="attackDetected")]


class _Shield(_Part):
    prompt: Annotated[_Attack | None, Field(alias="userPromptAnalysis")] = None
    documents: Annotated[list[_Attack] | None, Field(alias="documentsAnalysis")] = None


class _Count(_Part):
    code_points: Annotated[StrictInt, Field(alias="codePoint", ge=0)]


class _Detail(_Part):
    text: StrictStr = ""
    offset: _Count | None = None
    length: _Count | None = None


class _Groundedness(_Part):
    detected: Annotated[StrictBool, Field(alias="ungroundedDetected")]
    details: Annotated[list[_Detail] | None, Field(alias="ungroundedDetails")] = None


@dataclass(frozen=True, slots=True)
class Analysis:
    """The score of every category, and what was found as (list, word)."""

    scores: Mapping[str, int]
    matches: tuple[tuple[str, str], ...]


def analysis(answer: object, *, levels: int, lists: Collection[str]) -> Analysis:
    """The answer to `text:analyze`.

    Raises:
        ProviderRejected: a category is missing, unknown, there twice or without a severity of the
            scale that was asked for, or a list is named that was not asked about.
    """
    read = _read(_Analysis, answer, SCORE)
    scores = {CATEGORIES[c.category]: c.severity for c in read.categories}
    missing = [name for name in CATEGORIES.values() if name not in scores]
    if missing or len(read.categories) != len(CATEGORIES):
        raise unusable(SCORE, f"{', '.join(missing) or 'a category twice'} of four categories")
    scale = range(8) if levels == 8 else range(0, 7, 2)
    for name, score in scores.items():
        if score not in scale:
            raise unusable(SCORE, f"{name} has severity {score}, not one of {levels} levels")
    matches = tuple((m.list_name, m.text) for m in read.matches or ())
    if any(name not in lists for name, _ in matches):
        raise unusable(SCORE, "it names a list of words that it was not asked about")
    return Analysis(scores, matches)


def attacks(answer: object, *, prompt: bool, documents: int) -> tuple[bool, tuple[bool, ...]]:
    """The answer to `text:shieldPrompt`: of the prompt, and of each document in order.

    Raises:
        ProviderRejected: something that was asked about has no answer.
    """
    read = _read(_Shield, answer, SHIELD)
    found = tuple(d.detected for d in read.documents or ())
    if len(found) != documents:
        raise unusable(SHIELD, f"{len(found)} of {documents} documents answered")
    if prompt and read.prompt is None:
        raise unusable(SHIELD, "the prompt has no answer")
    return read.prompt is not None and read.prompt.detected, found


def unsupported(answer: object, text: str) -> tuple[tuple[int, int], ...]:
    """The answer to `text:detectGroundedness`: the places that the sources do not support.

    What is found and cannot be placed is the whole text.

    Raises:
        ProviderRejected: it does not say whether anything was found.
    """
    read = _read(_Groundedness, answer, COMPARE)
    details = read.details or []
    if not details:
        return ((0, len(text)),) if read.detected else ()
    return tuple(_place(detail, text) for detail in details)


def _place(detail: _Detail, text: str) -> tuple[int, int]:
    if detail.offset and detail.length:
        start = detail.offset.code_points
        end = start + detail.length.code_points
        if start < end <= len(text) and detail.text in {"", text[start:end]}:
            return start, end
    start = text.find(detail.text) if detail.text else -1
    return (start, start + len(detail.text)) if start >= 0 else (0, len(text))


def _read(kind: type[T], answer: object, task: str) -> T:
    try:
        return kind.model_validate(answer)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise unusable(task, f"{place}: {first['type'].replace('_', ' ')}") from None
