"""What messages say of their readers, and for how many of them it is so."""

from dataclasses import dataclass

from core.models.customers import Truth
from core.models.messages import TextField

EVERYBODY = "everyone"
"""The rule that holds for everybody."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A rule counted over an audience, with what the audience holds in the rule's own columns.

    `values` are the most frequent values with their customers; `span` is a range of numbers or
    dates in words. Customers without a value stand in neither.
    """

    truth: Truth
    values: tuple[tuple[str, int], ...] = ()
    span: str = ""


@dataclass(frozen=True, slots=True)
class KnownColumn:
    """What a person says a column means: config/reader_columns.yaml.

    `means` is a meaning of `core.content.reader_columns`; `months` is how long a period the
    column covers, None for all time.
    """

    column: str
    means: str
    months: int | None = None


@dataclass(frozen=True, slots=True)
class ReaderStatement:
    """Something a message says of its reader at `field[start:end]`.

    `rule` is what would have to hold for each reader, None when no column answers it; `problem`
    then says what is missing. `approved` names the document that says the sentence word for word;
    its audience is then the rule. `silent` are columns that may not be mentioned to a customer. A
    `soft` one takes something for granted and says nothing definite: a person looks at it.
    """

    field: TextField
    start: int
    end: int
    text: str
    rule: str | None
    words: str
    problem: str = ""
    approved: str = ""
    silent: tuple[str, ...] = ()
    soft: bool = False


@dataclass(frozen=True, slots=True)
class CountedStatement:
    """A statement about the reader, counted; without a count nobody could count it."""

    statement: ReaderStatement
    counted: Counted | None

    @property
    def holds(self) -> bool:
        """Whether it may be said: true for everybody, and of nothing that may not be mentioned."""
        if self.statement.rule is None or self.statement.silent:
            return False
        if self.counted is None:
            return self.statement.rule == EVERYBODY
        return self.counted.truth.always
