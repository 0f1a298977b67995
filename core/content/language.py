"""Whether a text is in the language it should be in, from its most common words."""

import re

from core.content.patterns import at, row
from core.models.messages import Finding, Level, TextField

#: The words that make up a third to a half of any running text, by language.
COMMON_WORDS = {
    "en": frozenset(
        {
            "a", "about", "after", "all", "an", "and", "any", "are", "as", "at", "be", "because",
            "by", "can", "do", "for", "from", "get", "have", "has", "here", "how", "if", "in",
            "into", "is", "it", "its", "just", "like", "make", "more", "new", "no", "not", "now",
            "of", "off", "on", "one", "or", "our", "out", "over", "so", "some", "take", "than",
            "that", "the", "their", "them", "then", "there", "these", "they", "this", "to", "up",
            "us", "was", "we", "what", "when", "which", "while", "who", "will", "with", "would",
            "you", "your",
        }
    )
}  # fmt: skip
_ENOUGH_WORDS = 12
_MANY_WORDS = 25
# English marketing copy measured here has 0.25 to 0.6 of its words in the list; other European
# languages stay under 0.1.
_LEAST_SHARE = 0.15
_WORD = re.compile(r"[^\W\d_]+")
_CODE = re.compile(r"\b[A-Z]{3,}\b")


def language_findings(text: str, field: TextField, language: str) -> tuple[Finding, ...]:
    """One finding over the whole text when it is not in its language, or cannot be checked.

    A text of fewer than twelve words is not judged by its words, only by its letters.
    """
    if not text.strip():
        return ()
    if language not in COMMON_WORDS:
        why = f"Claims in '{language}' cannot be checked here, so nothing in it may be sent."
        return (at(row("language", Level.BLOCK, r"(?!)", why), text, field, 0, len(text)),)
    if _reads_as(text, language):
        return ()
    why = f"This does not read as '{language}', so its claims cannot be checked."
    return (at(row("language", Level.BLOCK, r"(?!)", why), text, field, 0, len(text)),)


def _reads_as(text: str, language: str) -> bool:
    words = [w.lower() for w in _WORD.findall(_CODE.sub(" ", text))]
    letters = [c for word in words for c in word]
    if letters and sum("a" <= c <= "\u024f" for c in letters) < 0.7 * len(letters):
        return False
    if len(words) < _ENOUGH_WORDS:
        return True
    common = sum(w in COMMON_WORDS[language] for w in words)
    # A short text may be a list of products; only one with no common word at all is judged.
    return common >= (_LEAST_SHARE * len(words) if len(words) >= _MANY_WORDS else 1)
