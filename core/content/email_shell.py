"""A message as an e-mail: the brand's HTML shell around it, and the same words as plain text.

Everything that somebody wrote is escaped; nothing is fetched from anywhere.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from string import Template

from core.content.mail_paragraphs import PARAGRAPH, paragraphs, sender_paragraphs
from core.content.merge_dialects import Dialect, compiled, verbatim
from core.content.merge_slots import Mark
from core.errors import ConfigInvalid
from core.models.letterhead import Letterhead
from core.models.messages import Message

SLOTS = frozenset(
    {"language", "subject", "preheader", "shop", "paragraphs", "button", "footer"}
    | {"unsubscribe", "unsubscribe_url", "accent"}
)
_FOR_LOOKING = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
    "style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'\">"
)
_BUTTON = (
    '<tr><td class="pad" style="padding:4px 40px 28px;">'
    '<table role="presentation" cellpadding="0" cellspacing="0" border="0"><tr>'
    '<td style="background:{accent};border-radius:4px;"><a href="{url}" '
    'style="display:inline-block;padding:12px 22px;font-family:Arial,Helvetica,sans-serif;'
    'font-size:16px;color:#ffffff;text-decoration:none;">{words}</a></td></tr></table></td></tr>'
)


@dataclass(frozen=True, slots=True)
class EmailShell:
    """The shell of every e-mail of the brand.

    Raises:
        ConfigInvalid: the template lacks a slot, or has one that is not known.
    """

    template: str
    letterhead: Letterhead

    def __post_init__(self) -> None:
        template = Template(self.template)
        if not template.is_valid():
            raise ConfigInvalid("email.html has a lone '$'; write '$$' for a dollar.")
        named = frozenset(template.get_identifiers())
        for name in sorted(named ^ SLOTS):
            problem = "has the unknown slot" if name in named else "lacks the slot"
            raise ConfigInvalid(f"email.html {problem} ${name}.")

    def shown(self, message: Message, *, link: str | None = None, language: str = "en") -> str:
        """The HTML of a message as one reader gets it, its values filled in already.

        Its links lead nowhere, and nothing in it may run or be fetched: it is for looking at.
        """
        foot = _Foot("#", escape(self.letterhead.postal_address))
        body = paragraphs(escape(message.body))
        html = self._html(message, (escape, body), foot, ("#" if link else None, language))
        return html.replace('<meta charset="utf-8">', f'<meta charset="utf-8">{_FOR_LOOKING}', 1)

    def shown_text(self, message: Message, *, link: str | None = None) -> str:
        """The plain text of a message as one reader gets it."""
        return self._text(message.body, link, _Foot("#", self.letterhead.postal_address))

    def html(
        self,
        message: Message,
        dialect: Dialect,
        *,
        link: str | None = None,
        language: str = "en",
        columns: Mapping[Mark, str] | None = None,
    ) -> str:
        """The HTML template for a sender, in the sender's own syntax.

        Args:
            message: as it was approved.
            dialect: of the sender.
            link: where the button leads; None for no button.
            language: of the message.
            columns: what each place that differs is filled from, see `merge_dialects.compiled`.

        Raises:
            BadInput: the message or the shell holds what the sender would take for its own.
        """

        def written(text: str) -> str:
            return compiled(text, dialect, html=True, columns=columns)

        self._refuse_marks(dialect, self.template, link or "")
        address = dialect.postal_address or escape(self.letterhead.postal_address)
        foot = _Foot(dialect.unsubscribe, address)
        body = sender_paragraphs(message.body, dialect, columns)
        return self._html(message, (written, body), foot, (link, language))

    def text(
        self,
        message: Message,
        dialect: Dialect,
        *,
        link: str | None = None,
        columns: Mapping[Mark, str] | None = None,
    ) -> str:
        """The plain text for a sender, in the words of the HTML.

        Raises:
            BadInput: the message or the letterhead holds what the sender would take for its own.
        """
        self._refuse_marks(dialect, link or "")
        address = dialect.postal_address or self.letterhead.postal_address
        foot = _Foot(dialect.unsubscribe, address)
        return self._text(compiled(message.body, dialect, columns=columns), link, foot)

    def _refuse_marks(self, dialect: Dialect, *more: str) -> None:
        head = self.letterhead
        own = (head.shop, *head.footer, head.postal_address, head.unsubscribe, head.button)
        for text in (*own, *more):
            verbatim(text, dialect)

    def _text(self, body: str, link: str | None, foot: "_Foot") -> str:
        head = self.letterhead
        parts = [
            head.shop,
            body,
            *([f"{head.button}: {link}"] if link else []),
            *head.footer,
            foot.postal_address,
            f"{head.unsubscribe}: {foot.unsubscribe_url}",
        ]
        return "\n\n".join(parts) + "\n"

    def _html(
        self,
        message: Message,
        words: tuple[Callable[[str], str], str],
        foot: "_Foot",
        about: tuple[str | None, str],
    ) -> str:
        head, (link, language), (written, body) = self.letterhead, about, words
        button = _BUTTON.format(
            accent=head.accent, url=escape(link or ""), words=escape(head.button)
        )
        closing = (*(escape(p) for p in head.footer), foot.postal_address)
        return Template(self.template).substitute(
            language=escape(language),
            subject=written(message.subject),
            preheader=written(message.preheader),
            shop=escape(head.shop),
            paragraphs=body,
            button=button if link else "",
            footer="\n".join(PARAGRAPH.format(p) for p in closing),
            unsubscribe=escape(head.unsubscribe),
            unsubscribe_url=foot.unsubscribe_url,
            accent=head.accent,
        )


@dataclass(frozen=True, slots=True)
class _Foot:
    """Where a reader unsubscribes and where the shop is: as they are, or as the sender says it."""

    unsubscribe_url: str
    postal_address: str
