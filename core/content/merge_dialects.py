"""Messages in the syntax of the system that sends: one row of a table a sender.

What differs from reader to reader is worked out before (`core.content.merge_slots`), so a template
only names columns of the recipients file: no filter and no comparison that senders read in ways of
their own is left in it. A default stands in the template too where the sender has one, for whoever
is written to without a row of the file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape, unescape
from types import MappingProxyType

from core.content.merge_pieces import Field, Piece, Plain
from core.content.merge_slots import FIRST, Mark, Slot, mark_of, slots_of
from core.content.merge_syntax import parsed
from core.errors import BadInput
from core.models.messages import Message


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one sender names a column, and what of a text it would take for its own.

    In `value` (plain text) and `html_value` stand `{column}` and `{default}`, in `opening`
    `{column}` and `{first}`. `marks` are signs that no text of ours may hold. The sender fills in
    `unsubscribe` and, where it demands its own, `postal_address`. An `escaping` sender escapes
    values in HTML itself; in the others a default is escaped here. `source` says where and as of
    when the sender documents this.
    """

    name: str
    source: str
    value: str
    html_value: str
    default: str
    opening: str
    alternative: str
    closing: str
    marks: tuple[str, ...]
    unsubscribe: str
    postal_address: str = ""
    escaping: bool = True


_LIQUID_MARKS = ("{{", "}}", "{%", "%}")


def _liquid(name: str, reference: str, unsubscribe: str, source: str) -> Dialect:
    return Dialect(
        name=name,
        source=source,
        value=f"{{{{{{{{ {reference}{{default}} }}}}}}}}",
        html_value=f"{{{{{{{{ {reference}{{default}} | escape }}}}}}}}",
        default=" | default: {quoted}",
        opening=f'{{{{% if {reference} == "{{first}}" %}}}}',
        alternative="{% else %}",
        closing="{% endif %}",
        marks=_LIQUID_MARKS,
        unsubscribe=unsubscribe,
    )


#: Every sender whose syntax is known. The generic one is plain Liquid over the columns of the file.
DIALECTS: Mapping[str, Dialect] = MappingProxyType(
    {
        "generic": _liquid(
            "generic",
            "{column}",
            "{{ unsubscribe_url }}",
            "Liquid, https://shopify.github.io/liquid/, as python-liquid 2 reads it",
        ),
        "braze": _liquid(
            "braze",
            "custom_attribute.${{{column}}}",
            "{{${set_user_to_unsubscribed_url}}}",
            "braze.com/docs: Supported personalization tags; Custom email footer; read 2026-11-23",
        ),
        "customerio": _liquid(
            "customerio",
            "customer.{column}",
            "{% unsubscribe_url %}",
            "docs.customer.io/journeys/liquid-tag-list; liquid-upgrade; read 2026-11-23",
        ),
        # Django escapes by itself, in the plain text part too: there `safe` keeps O'Brien whole.
        "klaviyo": Dialect(
            name="klaviyo",
            source="developers.klaviyo.com: Django filter glossary, Use conditionals in messages; "
            "help.klaviyo.com 115005078267 (unsubscribe tags); read 2026-11-23",
            value="{{{{ person|lookup:'{column}'{default}|safe }}}}",
            html_value="{{{{ person|lookup:'{column}'{default} }}}}",
            default="|default:{quoted}",
            opening="{{% if person|lookup:'{column}' == '{first}' %}}",
            alternative="{% else %}",
            closing="{% endif %}",
            marks=(*_LIQUID_MARKS, "{#", "#}"),
            unsubscribe="{% unsubscribe_link %}",
            escaping=False,
        ),
        # No default in a merge tag: the default of a field belongs to the audience, so the file
        # has to say it. *|LIST:ADDRESS|* is looked for: without it a footer is added to the mail.
        "mailchimp": Dialect(
            name="mailchimp",
            source="mailchimp.com/developer/transactional/docs/templates-dynamic-content (IF, ELSE)"
            "; mailchimp.com/help: All the merge tags cheat sheet; read 2026-11-23",
            value="*|{column}|*",
            html_value="*|{column}|*",
            default="",
            opening="*|IF:{column}={first}|*",
            alternative="*|ELSE:|*",
            closing="*|END:IF|*",
            marks=("*|", "|*"),
            unsubscribe="*|UNSUB|*",
            postal_address="*|LIST:ADDRESS|*",
            escaping=False,
        ),
    }
)


def compiled(
    text: str,
    dialect: Dialect,
    *,
    html: bool = False,
    columns: Mapping[Mark, str] | None = None,
) -> str:
    """The text for a sender, escaped where it goes into HTML.

    Args:
        text: a part of a message.
        dialect: of the sender.
        html: whether it goes into HTML.
        columns: what each place that differs is filled from; the names of its slots where nobody
            says otherwise.

    Raises:
        BadInput: the text cannot be read, or holds what the sender would take for its own.

    Examples:
        >>> compiled('Hi {{ first_name | default: "you" }}', DIALECTS["customerio"])
        'Hi {{ customer.first_name | default: "you" }}'
    """
    read = parsed(text)
    if read.problems:
        raise BadInput(f"The merge fields cannot be read: {read.problems[0].why}")
    if columns is None:
        columns = {mark_of(s.piece): s.name for s in slots_of(Message(text, "", ""))}
    return compiled_pieces(read.pieces, dialect, columns, html=html)


def compiled_pieces(
    pieces: Sequence[Piece], dialect: Dialect, columns: Mapping[Mark, str], *, html: bool
) -> str:
    """Pieces of a message for a sender, each place that differs filled from its column.

    Raises:
        BadInput: they hold what the sender would take for its own.
    """
    return "".join(_compiled(piece, dialect, columns, html=html) for piece in pieces)


def verbatim(text: str, dialect: Dialect) -> str:
    """The text as it is, when the sender leaves it as it is.

    Raises:
        BadInput: it holds a sign that the sender takes for its own.
    """
    for mark in dialect.marks:
        if mark in text:
            raise BadInput(
                f"The text holds '{mark}', which {dialect.name} would take for a merge field; "
                "write it in another way."
            )
    return text


def _compiled(piece: Piece, dialect: Dialect, columns: Mapping[Mark, str], *, html: bool) -> str:
    if isinstance(piece, Plain):
        said = verbatim(piece.text, dialect)
        return escape(said) if html else said
    column = columns[mark_of(piece)]
    if isinstance(piece, Field):
        return _field(Slot(column, piece), dialect, html=html)
    first, other = (
        compiled_pieces(texts, dialect, columns, html=html)
        for texts in (piece.then, piece.otherwise)
    )
    alternative = dialect.alternative + other if piece.otherwise else ""
    opening = dialect.opening.format(column=column, first=FIRST)
    return opening + first + alternative + dialect.closing


def _field(slot: Slot, dialect: Dialect, *, html: bool) -> str:
    missing = _missing(slot, dialect)
    said = escape(missing) if html and not dialect.escaping else missing
    form = dialect.html_value if html else dialect.value
    return form.format(column=slot.name, default=_default(said, dialect))


def _missing(slot: Slot, dialect: Dialect) -> str:
    """The default, when every sender and browser reads it as it stands.

    Raises:
        BadInput: an import would trim it, or a browser read it as markup.
    """
    missing = verbatim(slot.missing, dialect)
    if missing != missing.strip() or "<" in missing or unescape(missing) != missing:
        piece = slot.piece
        raise BadInput(
            f"The default '{missing}' of '{piece.name}' begins or ends with a space or holds "
            f"markup, which {dialect.name} may change; write it without."
        )
    return missing


def _default(text: str, dialect: Dialect) -> str:
    """The default in quotes that it does not hold; none where it cannot be quoted in every form.

    Nothing is lost then: the file holds it.
    """
    quote = next((q for q in ('"', "'") if q not in text), "")
    if not text or not quote or "\\" in text or not dialect.default:
        return ""
    return dialect.default.format(quoted=f"{quote}{text}{quote}")
