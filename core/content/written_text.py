"""A text or Markdown file as the title and the paragraphs of a document, without its signs."""

import re
from dataclasses import dataclass

_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"<!--.*?-->", re.DOTALL), ""),
    (re.compile(r"^(?:-{3,}|\*{3,}|_{3,}|=+|`{3,}.*)\s*$", re.MULTILINE), ""),
    (re.compile(r"!\[([^\]\n]*)\]\([^)\n]*\)"), r"\1"),
    (re.compile(r"\[([^\]\n]+)\]\([^)\n]*\)"), r"\1"),
    (re.compile(r"^[ \t]*>[ \t]?", re.MULTILINE), ""),
    (re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![\w*])[*_](?=\S)([^*_\n]+)(?<=\S)[*_](?![\w*])"), r"\1"),
    (re.compile(r"`([^`\n]+)`"), r"\1"),
)
_HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t]*#*$", re.MULTILINE)
# Each point of a list is a thing of its own, and so a passage of its own.
_POINT = re.compile(r"^[ \t]*(?:[-*+]|\d{1,3}[.)])[ \t]+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class WrittenText:
    """What a file says: its first heading, and its paragraphs with a blank line between."""

    title: str
    content: str


def written_text(text: str) -> WrittenText:
    r"""The first heading as the title, empty when there is none, and the paragraphs below.

    Other headings are left out: they are no sentences a message could quote. A line break inside
    a paragraph becomes a space.

    Examples:
        >>> written_text("# Returns\n\nYou have **30 days**\nto return it.\n\n- Bring it back.")
        WrittenText(title='Returns', content='You have 30 days to return it.\n\nBring it back.')
    """
    plain = text.replace("\r\n", "\n").lstrip("\ufeff")
    for pattern, kept in _RULES:
        plain = pattern.sub(kept, plain)
    heading = _HEADING.search(plain)
    plain = _POINT.sub("\n\n", _HEADING.sub("\n\n", plain))
    paragraphs = (" ".join(part.split()) for part in re.split(r"\n[^\S\n]*\n", plain))
    return WrittenText(heading[1] if heading else "", "\n\n".join(p for p in paragraphs if p))
