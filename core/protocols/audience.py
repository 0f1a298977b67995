"""The readers of a message, as questions and answers: never rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from core.models.audience import Counted, KnownColumn
from core.models.customers import Column
from core.models.merge_fields import MergeField
from core.models.messages import Message


class Audience(Protocol):
    """Everybody who gets a message, on the day it is planned to be sent."""

    @property
    def name(self) -> str:
        """What the audience is called."""
        ...

    @property
    def day(self) -> date:
        """The planned day of the send, in the time zone of the workspace."""
        ...

    @property
    def data_day(self) -> date:
        """The day the data was taken in; what counts days or months counts up to here."""
        ...

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns a rule may speak of."""
        ...

    @property
    def known(self) -> tuple[KnownColumn, ...]:
        """What somebody has said of columns; it goes before any guess."""
        ...

    def categories(self) -> Mapping[str, tuple[str, ...]]:
        """The values each column of text has in the whole data set, unless there are too many."""
        ...

    def count(self, rules: Sequence[str]) -> tuple[Counted, ...]:
        """Each rule counted, all in one question.

        Raises:
            BadInput: a text is not a rule.
        """
        ...


@dataclass(frozen=True, slots=True)
class Readers:
    """What is known of those who get a message.

    Of its `audience` statements are counted; without one each of them blocks, unless an approved
    sentence says it to everybody. `merge_fields` are what a message may fill in, None where
    nobody knows. `others` are the messages they might get instead, by tone: none may say the same.
    """

    audience: Audience | None = None
    merge_fields: Sequence[MergeField] | None = None
    others: Mapping[str, Message] = field(default_factory=dict)


UNKNOWN_READERS = Readers()
"""Nothing is known of who gets it."""
