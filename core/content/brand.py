"""What the brand asks of every message: words it must not or has to say, and disclosures."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field

from core.content.mail import MailRules
from core.content.patterns import PatternRule, words_pattern
from core.models.campaign import Brief
from core.models.content import Passage
from core.models.messages import Finding, Level, Message, TextField


def _phrase(text: str) -> str:
    """The phrase, if there is something in it to look for.

    Raises:
        ValueError: there is not, so that it would be found anywhere.
    """
    if not text.strip().removesuffix("*").strip():
        raise ValueError(f"'{text}' leaves nothing to look for")
    return text


Phrase = Annotated[str, AfterValidator(_phrase)]
Count = Annotated[int, Field(ge=1, le=10_000)]


@dataclass(frozen=True, slots=True)
class Disclosure:
    """A sentence that has to stand in a message about something, such as alcohol or credit.

    It is about it when it holds one of the words in `when` (whole words, `*` for any ending), or
    cites a passage of one of the `categories` or documents. One of the sentences in `say` is
    enough, word for word but for case and white space.
    """

    name: Phrase
    say: Annotated[tuple[Phrase, ...], Field(min_length=1)]
    when: tuple[Phrase, ...] = ()
    categories: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    level: Level = Level.BLOCK


@dataclass(frozen=True, slots=True)
class BrandRules:
    """How the brand speaks: config/brand_rules.yaml.

    `required` phrases stand in every message; `grade_max` is the school grade above which a body
    is looked at by a person (Flesch-Kincaid, English only), None for no limit.
    `contacts` are the brand's own addresses and numbers, which are nobody's personal data.

    Raises:
        ValueError: a body would have to be longer than it may be.
    """

    language: str = "en"
    subject_max: Count = 60
    preheader_max: Count = 100
    words_min: Count = 100
    words_max: Count = 200
    grade_max: Annotated[float, Field(gt=0, le=100)] | None = None
    prohibited: tuple[Phrase, ...] = ()
    watched: tuple[Phrase, ...] = ()
    required: tuple[Phrase, ...] = ()
    disclosures: tuple[Disclosure, ...] = ()
    capitals: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    mail: MailRules = MailRules()

    def __post_init__(self) -> None:
        if self.words_min > self.words_max:
            raise ValueError(
                f"words_min is {self.words_min} and words_max {self.words_max}: no body fits"
            )


def word_rules(brand: BrandRules, brief: Brief | None) -> list[PatternRule]:
    """The words that stop a message or need a second look, as rows to search with."""
    unwanted = brief.must_not_say if brief else ()
    rows = (
        (brand.prohibited, Level.BLOCK, "The brand rules prohibit this."),
        (unwanted, Level.BLOCK, "The brief says not to say this."),
        (brand.watched, Level.REVIEW, "The brand rules ask for a second look at this."),
    )
    return [
        PatternRule("blocklist", level, pattern, why)
        for phrases, level, why in rows
        if (pattern := words_pattern(phrases)) is not None
    ]


def unsaid(message: Message, brand: BrandRules, cited: Sequence[Passage]) -> list[Finding]:
    """The required words and disclosures that no part of a message holds.

    Each is a finding about the body, without a place.
    """
    whole = "\n".join(message.part(field) for field in TextField)
    said = _plain(whole)
    missing = [
        _missing("required", Level.BLOCK, f"The brand rules ask every message to say '{phrase}'.")
        for phrase in brand.required
        if _plain(phrase) not in said
    ]
    for row in brand.disclosures:
        about = _about(row, whole, cited)
        if about and not any(_plain(sentence) in said for sentence in row.say):
            why = (
                f"A message about {row.name} has to say: '{row.say[0]}' "
                f"({about} makes it one about {row.name})."
            )
            missing.append(_missing("disclosure", row.level, why))
    return missing


def _about(row: Disclosure, text: str, cited: Collection[Passage]) -> str:
    """What makes a text one that needs the disclosure, in words; empty when nothing does."""
    pattern = words_pattern(row.when)
    match = pattern.search(text) if pattern else None
    if match:
        return f"'{match.group()}'"
    for passage in cited:
        if passage.category in row.categories or passage.document_id in row.documents:
            return f"document {passage.document_id}"
    return ""


def _missing(rule: str, level: Level, why: str) -> Finding:
    return Finding(rule, level, TextField.BODY, 0, 0, "", why)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold().replace("\u2019", "'")
