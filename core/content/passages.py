"""A document cut into its passages: the paragraphs a message may cite."""

import re

from core.models.content import Document, Passage

# Paragraphs are separated by at least one line that holds nothing but white space.
_GAP = re.compile(r"\n[^\S\n]*\n\s*")


def passages_of(document: Document) -> tuple[Passage, ...]:
    r"""The paragraphs of one document version in order, numbered from 0; none for empty content.

    White space around a paragraph is dropped, everything inside it is kept as it was approved.

    Examples:
        >>> from datetime import date
        >>> page = Document("D-1", 2, "Cloth", "brand", "Wool.\n\nLinen.", "everyone", (),
        ...                 date(2020, 1, 1), None, "")
        >>> [(p.passage_id, p.text) for p in passages_of(page)]
        [('D-1@2#0', 'Wool.'), ('D-1@2#1', 'Linen.')]
    """
    lines = document.content.replace("\r\n", "\n")
    texts = [text.strip() for text in _GAP.split(lines)]
    return tuple(
        Passage(
            document_id=document.document_id,
            version=document.version,
            index=index,
            title=document.title,
            category=document.category,
            text=text,
            keywords=document.keywords,
            audience=document.audience,
        )
        for index, text in enumerate(text for text in texts if text)
    )
