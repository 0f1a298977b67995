"""Merge fields in the syntax of the system that sends: one row of a table a sender.

The neutral form is Liquid. Senders differ in how they name a field, give a default and compare.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from types import MappingProxyType

from core.content.merge_pieces import Condition, Field, Piece, Plain
from core.content.merge_syntax import parsed
from core.errors import BadInput

_LIQUID_CHANGES = MappingProxyType(
    {c: f" | {c}" for c in ("capitalize", "downcase", "upcase", "strip")}
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one sender writes what the neutral form says.

    In `reference` stands `{name}`; in `output` `{reference}`, `{changes}` and, where a default
    is given, `{default}` (`without_default` where none is); `escape` is added where the text is
    HTML. A change or a comparison that the sender does not have is refused.
    """

    name: str
    reference: str
    output: str
    without_default: str
    changes: Mapping[str, str]
    opening: str
    alternative: str
    closing: str
    escape: str = ""
    operators: frozenset[str] = frozenset({"==", "!=", "<", "<=", ">", ">="})
    quote: str = '"'


def _liquid(name: str, reference: str) -> Dialect:
    return Dialect(
        name=name,
        reference=reference,
        output="{{{{ {reference}{changes} | default: {default}{escape} }}}}",
        without_default="{{{{ {reference}{changes}{escape} }}}}",
        changes=_LIQUID_CHANGES,
        opening="{{% if {reference} {operator} {value} %}}",
        alternative="{% else %}",
        closing="{% endif %}",
        escape=" | escape",
    )


#: Every sender whose syntax is known; which of them an export offers is another table. The
#: generic one keeps the neutral form: the columns of recipients.csv bear the names of the fields.
DIALECTS: Mapping[str, Dialect] = MappingProxyType(
    {
        "generic": _liquid("generic", "{name}"),
        "braze": _liquid("braze", "custom_attribute.${{{name}}}"),
        "customerio": _liquid("customerio", "customer.{name}"),
        "klaviyo": Dialect(
            name="klaviyo",
            reference="person.{name}",
            output="{{{{ {reference}{changes}|default:{default} }}}}",
            without_default="{{{{ {reference}{changes} }}}}",
            changes=MappingProxyType(
                {"capitalize": "|capfirst", "downcase": "|lower", "upcase": "|upper"}
            ),
            opening="{{% if {reference} {operator} {value} %}}",
            alternative="{% else %}",
            closing="{% endif %}",
        ),
        "mailchimp": Dialect(
            name="mailchimp",
            reference="{name}",
            output="*|IF:{reference}|**|{changes}{reference}|**|ELSE:|*{bare}*|END:IF|*",
            without_default="*|{changes}{reference}|*",
            changes=MappingProxyType(
                {"capitalize": "TITLE:", "downcase": "LOWER:", "upcase": "UPPER:"}
            ),
            opening="*|IF:{reference}={bare}|*",
            alternative="*|ELSE:|*",
            closing="*|END:IF|*",
            operators=frozenset({"=="}),
        ),
    }
)


def compiled(text: str, dialect: Dialect, *, html: bool = False) -> str:
    """The text for a sender.

    With `html` it is escaped here, and its values by the sender where the sender can.

    Raises:
        BadInput: the text cannot be read, or the sender cannot do what it asks for.

    Examples:
        >>> compiled('Hi {{ first_name | default: "you" }}', DIALECTS["customerio"])
        'Hi {{ customer.first_name | default: "you" }}'
    """
    read = parsed(text)
    if read.problems:
        raise BadInput(f"The merge fields cannot be read: {read.problems[0].why}")
    return "".join(_compiled(piece, dialect, html=html) for piece in read.pieces)


def _compiled(piece: Piece, dialect: Dialect, *, html: bool) -> str:
    if isinstance(piece, Plain):
        return escape(piece.text) if html else piece.text
    if isinstance(piece, Field):
        return _field(piece, dialect, html=html)
    if piece.operator not in dialect.operators:
        raise BadInput(
            f"{dialect.name} cannot compare '{piece.name}' by {piece.operator}; "
            f"it has {' '.join(sorted(dialect.operators))}."
        )
    first, other = (
        "".join(_compiled(inner, dialect, html=html) for inner in texts)
        for texts in (piece.then, piece.otherwise)
    )
    alternative = dialect.alternative + other if piece.otherwise else ""
    return _opening(piece, dialect) + first + alternative + dialect.closing


def _opening(piece: Condition, dialect: Dialect) -> str:
    value = _quoted(piece.value, dialect) if isinstance(piece.value, str) else f"{piece.value:g}"
    return dialect.opening.format(
        reference=dialect.reference.format(name=piece.name),
        operator=piece.operator,
        value=value,
        bare=piece.value,
    )


def _field(piece: Field, dialect: Dialect, *, html: bool) -> str:
    missing = [change for change in piece.changes if change not in dialect.changes]
    if missing:
        raise BadInput(f"{dialect.name} has no filter '{missing[0]}'; take it out of the message.")
    changes = "".join(dialect.changes[change] for change in piece.changes)
    template = dialect.output if piece.default is not None else dialect.without_default
    return template.format(
        reference=dialect.reference.format(name=piece.name),
        changes=changes,
        default=_quoted(piece.default or "", dialect),
        bare=escape(piece.default or "") if html else piece.default or "",
        escape=dialect.escape if html else "",
    )


def _quoted(text: str, dialect: Dialect) -> str:
    """The text in quotes that it does not hold itself."""
    quote = dialect.quote if dialect.quote not in text else "'"
    return f"{quote}{text}{quote}"
