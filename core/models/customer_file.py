"""A customer file before it is a data set: how it is to be read, and what a first look found."""

from dataclasses import dataclass
from enum import StrEnum

from core.errors import BadInput
from core.models.customers import Column, ColumnRole

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe", " ": "spaces"}
"""What may part the fields of a text file, with its name."""

DECIMALS = {".": "point, as in 1,234.56", ",": "comma, as in 1.234,56"}
"""What may part the whole from the fraction of a number, with an example."""

ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "cp1252": "Windows-1252 (Western European)",
    "iso8859-1": "Latin-1 (Western European)",
    "iso8859-15": "Latin-9 (Western European with euro)",
    "cp1250": "Windows-1250 (Central European)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "cp1253": "Windows-1253 (Greek)",
    "cp1254": "Windows-1254 (Turkish)",
    "mac-roman": "Mac Roman",
    "shift_jis": "Shift JIS (Japanese)",
    "gb18030": "GB 18030 (Chinese)",
}
"""The encodings a text file may be read in, by the name Python gives them."""

CHANNELS = {"email": "e-mail", "sms": "text message", "phone": "phone", "post": "post"}
"""The channels a permission may be for, with their words."""


class Duplicates(StrEnum):
    """What becomes of the rows whose id comes more than once: one of them is kept, or none."""

    FIRST = "first"
    LAST = "last"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is to be read; None is found out from the file.

    `delimiter` is a key of `DELIMITERS`, `encoding` of `ENCODINGS`, `decimal` of `DECIMALS`;
    `header` False means that the first row is a customer already.
    """

    delimiter: str | None = None
    encoding: str | None = None
    decimal: str | None = None
    sheet: str | None = None
    header: bool | None = None

    def __post_init__(self) -> None:
        choices = (("delimiter", DELIMITERS), ("encoding", ENCODINGS), ("decimal", DECIMALS))
        for name, known in choices:
            chosen = getattr(self, name)
            if chosen is not None and chosen not in known:
                listed = ", ".join(f"{key!r} ({words})" for key, words in known.items())
                raise BadInput(f"There is no {name} {chosen!r}; choose one of {listed}.")


@dataclass(frozen=True, slots=True)
class Transactions:
    """The columns of a file with one row a purchase; the amount, or quantity times price."""

    date: str
    amount: str | None = None
    quantity: str | None = None
    price: str | None = None
    order: str | None = None

    def __post_init__(self) -> None:
        product = self.quantity is not None and self.price is not None
        if (self.amount is None) == (not product):
            raise BadInput("Purchases need an amount, or a quantity and a price; name one of both.")

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is named."""
        named = (self.date, self.amount, self.quantity, self.price, self.order)
        return tuple(name for name in named if name is not None)


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """What somebody decided about one column; None leaves that part to be guessed."""

    name: str
    role: ColumnRole | None = None
    mentionable: bool | None = None
    channel: str | None = None

    def __post_init__(self) -> None:
        if self.channel is not None and self.channel not in {"", *CHANNELS}:
            raise BadInput(
                f"There is no channel '{self.channel}'; choose one of {', '.join(CHANNELS)}."
            )


@dataclass(frozen=True, slots=True)
class Choices:
    """Everything a person may decide about a file beyond its id column and its name.

    `number_rows` gives each row an id of its own, for a file that names no customer.
    """

    reading: Reading = Reading()
    columns: tuple[ColumnChoice, ...] = ()
    duplicates: Duplicates = Duplicates.FIRST
    transactions: Transactions | None = None
    number_rows: bool = False


@dataclass(frozen=True, slots=True)
class FileLook:
    """What the first rows of a file tell: its form, its columns with guesses, and some rows.

    `reading` is how it was read, with everything filled in that the format knows; `sheets` are
    those of a workbook. `likely_id` and `transactions` are guesses, None where there is none.
    """

    form: str
    reading: Reading
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    likely_id: str | None
    transactions: Transactions | None
    sheets: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(c.name for c in self.columns)
