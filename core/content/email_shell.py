"""A message as an e-mail: the brand's HTML shell around it, and the same words as plain text.

Everything that somebody wrote is escaped; nothing is fetched from anywhere.
"""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from string import Template

from core.content.merge_dialects import Dialect, compiled
from core.errors import ConfigInvalid
from core.models.letterhead import Letterhead
from core.models.messages import Message

#: What the sender fills in for each reader.
UNSUBSCRIBE_URL = "{{ unsubscribe_url }}"
SLOTS = frozenset(
    {"language", "subject", "preheader", "shop", "paragraphs", "button", "footer"}
    | {"unsubscribe", "unsubscribe_url", "accent"}
)
_FOR_LOOKING = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
    "style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'\">"
)
_PARAGRAPH = '<p style="margin:0 0 16px;">{}</p>'
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
        html = self._html(message, escape, "#", ("#" if link else None, language))
        return html.replace('<meta charset="utf-8">', f'<meta charset="utf-8">{_FOR_LOOKING}', 1)

    def shown_text(self, message: Message, *, link: str | None = None) -> str:
        """The plain text of a message as one reader gets it."""
        return self._text(message.body, link, "#")

    def html(
        self, message: Message, dialect: Dialect, *, link: str | None = None, language: str = "en"
    ) -> str:
        """The HTML template for a sender, its merge fields in the sender's own syntax.

        Raises:
            BadInput: the sender cannot do what a merge field asks for.
        """

        def written(text: str) -> str:
            return compiled(text, dialect, html=True)

        return self._html(message, written, UNSUBSCRIBE_URL, (link, language))

    def text(self, message: Message, dialect: Dialect, *, link: str | None = None) -> str:
        """The plain text for a sender, in the words of the HTML.

        Raises:
            BadInput: the sender cannot do what a merge field asks for.
        """
        return self._text(compiled(message.body, dialect), link, UNSUBSCRIBE_URL)

    def _text(self, body: str, link: str | None, unsubscribe_url: str) -> str:
        head = self.letterhead
        parts = [
            head.shop,
            body,
            *([f"{head.button}: {link}"] if link else []),
            *head.footer,
            head.postal_address,
            f"{head.unsubscribe}: {unsubscribe_url}",
        ]
        return "\n\n".join(parts) + "\n"

    def _html(
        self,
        message: Message,
        written: Callable[[str], str],
        unsubscribe_url: str,
        about: tuple[str | None, str],
    ) -> str:
        head, (link, language) = self.letterhead, about
        paragraphs = [p.strip() for p in written(message.body).split("\n\n") if p.strip()]
        button = _BUTTON.format(
            accent=head.accent, url=escape(link or ""), words=escape(head.button)
        )
        return Template(self.template).substitute(
            language=escape(language),
            subject=written(message.subject),
            preheader=written(message.preheader),
            shop=escape(head.shop),
            paragraphs="\n".join(_PARAGRAPH.format(_lines(p)) for p in paragraphs),
            button=button if link else "",
            footer="\n".join(
                _PARAGRAPH.format(escape(p)) for p in (*head.footer, head.postal_address)
            ),
            unsubscribe=escape(head.unsubscribe),
            unsubscribe_url=unsubscribe_url,
            accent=head.accent,
        )


def _lines(paragraph: str) -> str:
    return paragraph.replace("\n", "<br>\n")
