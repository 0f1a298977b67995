"""Prompts, documents and sources in requests that the service takes: split, never cut off."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from core.content.harm import pieces
from core.content.sentences import sentences

TEXT = 10_000
"""Code points of a text to score, of a prompt, and of the documents of one request together."""
GROUNDED_TEXT, GROUNDED_SOURCES = 7_500, 55_000
_DOCUMENTS = 5


@dataclass(frozen=True, slots=True)
class ShieldRequest:
    """One request: a piece of the prompt, and pieces of documents, each with its document."""

    prompt: str
    documents: tuple[tuple[int, str], ...]

    @property
    def body(self) -> dict[str, object]:
        """As the service wants it."""
        body: dict[str, object] = {"userPrompt": self.prompt} if self.prompt else {}
        return body | ({"documents": [t for _, t in self.documents]} if self.documents else {})


def shield_requests(prompt: str, documents: Sequence[str]) -> list[ShieldRequest]:
    """All of a prompt and of every document, in as few requests as they fit into."""
    prompts = [piece for _, piece in pieces(prompt, TEXT) if piece.strip()]
    every = (
        (number, piece)
        for number, document in enumerate(documents)
        for _, piece in pieces(document, TEXT)
        if piece.strip()
    )
    # A request without a prompt is not certain to be taken: the others repeat its beginning.
    first = prompts[0] if prompts else ""
    return [
        ShieldRequest(said or first, tuple(read or ()))
        for said, read in zip_longest(prompts, _packed(every, TEXT, _DOCUMENTS))
    ]


def text_parts(text: str) -> list[tuple[int, str]]:
    """A text in parts of whole sentences to compare with sources, each with where it begins."""
    parts: list[tuple[int, str]] = []
    start = end = 0
    for sentence in sentences(text):
        if sentence.end - start > GROUNDED_TEXT and end > start:
            parts.append((start, text[start:end]))
            start = sentence.start
        end = sentence.end
    parts.append((start, text[start:end]))
    return [
        (begin + offset, piece)
        for begin, part in parts
        for offset, piece in pieces(part, GROUNDED_TEXT)
        if piece.strip()
    ]


def source_parts(sources: Sequence[str]) -> list[list[str]]:
    """The sources in groups that fit into one request; a longer one in pieces that overlap."""
    every = (
        (number, piece)
        for number, source in enumerate(sources)
        for _, piece in pieces(source, GROUNDED_SOURCES)
        if piece.strip()
    )
    return [[text for _, text in group] for group in _packed(every, GROUNDED_SOURCES, None)]


def _packed(
    every: Iterable[tuple[int, str]], characters: int, count: int | None
) -> Iterator[list[tuple[int, str]]]:
    group: list[tuple[int, str]] = []
    for one in every:
        full = count is not None and len(group) == count
        if group and (full or sum(len(t) for _, t in group) + len(one[1]) > characters):
            yield group
            group = []
        group.append(one)
    if group:
        yield group
