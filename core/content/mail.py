"""What a mail must hold before it may leave: a way out, who sends it, and from where.

Checked on the rendered mail, HTML and plain text, because a template may hide or drop a part.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

from core.content.claims import EMAIL

_WAY_OUT = re.compile(
    r"unsubscri|\bopt[ -]?out|\bstop receiving|e-?mail preferences|manage (?:your )?preferences|"
    r"abbestell|abmelden|austragen|d[eé]sabonn|d[eé]sinscri|darse de baja|"
    r"cancelar (?:la )?suscripci|"
    r"cancella|disiscri|afmelden|uitschrijven",
    re.IGNORECASE,
)
# An address a sender's own system fills in: {{ unsubscribe_url }}, *|UNSUB|*, {% unsubscribe %}.
_FIELD = re.compile(r"\{\{.*?\}\}|\*\|.*?\|\*|\{%.*?%\}|\$\{.*?\}|%%.*?%%|\[%.*?%\]", re.DOTALL)
_FIELD_OUT = re.compile(r"unsub|opt.?out|preferences", re.IGNORECASE)
_TARGET = re.compile(r"(?:https?://[^\s/]+\.[^\s]+|mailto:[^\s@]+@[^\s@]+\.[^\s]+)$", re.IGNORECASE)
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])|"
    r"opacity\s*:\s*0(?![.\d])|max-height\s*:\s*0(?![.\d])",
    re.IGNORECASE,
)
_SKIPPED = frozenset({"script", "style", "head", "title", "template", "noscript"})
_EMPTY = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr",
})  # fmt: skip
_ACTIVE = frozenset({"script", "iframe", "object", "embed", "form"})


@dataclass(frozen=True, slots=True)
class MailRules:
    """Who sends, as every mail has to say it; what is empty is not asked for.

    The law of most countries asks for a way out that works and for the sender's postal address
    (US CAN-SPAM Act, 15 U.S.C. 7704(a)(5); EU Directive 2002/58/EC, article 13(4)).
    """

    unsubscribe: bool = True
    sender_name: str = ""
    sender_email: str = ""
    postal_address: str = ""


@dataclass(frozen=True, slots=True)
class MailFault:
    """What a rendered mail lacks: the rule, "HTML" or "plain text", and the words for a person."""

    rule: str
    where: str
    explanation: str


@dataclass(frozen=True, slots=True)
class _Link:
    target: str
    words: str


def mail_faults(html: str, text: str, rules: MailRules) -> tuple[MailFault, ...]:
    """Everything a rendered mail lacks, in the HTML first; nothing when it may leave.

    Args:
        html: the whole HTML part; its hidden parts do not count.
        text: the whole plain text part.
        rules: what has to stand in both.

    Examples:
        >>> rules = MailRules(postal_address="1 Mill Street, Keene, NH 03431")
        >>> [f.rule for f in mail_faults("<p>Hello</p>", "Hello", rules)]
        ['unsubscribe', 'sender_address', 'unsubscribe', 'sender_address']
    """
    page = _Page()
    page.feed(html)
    page.close()
    shown = (("HTML", page.words, page.links), ("plain text", text, tuple(_links(text))))
    found = [f for where, words, links in shown for f in _faults(where, words, links, rules)]
    for tag in sorted(page.active):
        why = f"The HTML holds <{tag}>, which mail programs drop or treat as an attack."
        found.append(MailFault("active_content", "HTML", why))
    return tuple(found)


def _faults(
    where: str, words: str, links: tuple[_Link, ...], rules: MailRules
) -> Iterator[MailFault]:
    if rules.unsubscribe and not any(_leads_out(link) for link in links):
        why = f"The {where} has no link to unsubscribe that a reader can see and follow."
        yield MailFault("unsubscribe", where, why)
    for rule, name, wanted in (
        ("sender_name", "name of the sender", rules.sender_name),
        ("sender_email", "e-mail address of the sender", rules.sender_email),
        ("sender_address", "postal address of the sender", rules.postal_address),
    ):
        if wanted and _plain(wanted) not in _plain(words):
            yield MailFault(rule, where, f"The {where} does not say the {name}, '{wanted}'.")
    if rules.sender_email and not EMAIL.fullmatch(rules.sender_email):
        why = f"'{rules.sender_email}' is no e-mail address; correct it in the brand rules."
        yield MailFault("sender_email", where, why)


def _leads_out(link: _Link) -> bool:
    field = _FIELD.search(link.target)
    if field:
        return bool(_FIELD_OUT.search(field.group()) or _WAY_OUT.search(link.words))
    return bool(_TARGET.match(link.target)) and bool(
        _WAY_OUT.search(link.words) or _FIELD_OUT.search(link.target)
    )


def _links(text: str) -> Iterator[_Link]:
    """The addresses of a plain text, each with the line it stands on and the line before."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        words = " ".join(lines[max(0, number - 1) : number + 1])
        targets = re.findall(r"https?://\S+|mailto:\S+", line)
        targets += [m.group() for m in _FIELD.finditer(line)]
        for target in targets:
            yield _Link(target.rstrip(".,;)>"), words)


def _plain(text: str) -> str:
    """Letters and digits only, so that line breaks and commas between parts do not matter."""
    return " ".join(re.findall(r"[\w@.+-]*\w", text.casefold()))


class _Page(HTMLParser):
    """The words a reader sees and the links among them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.active: set[str] = set()
        self._open: list[tuple[str, bool]] = []
        self._words: list[str] = []
        self._links: list[tuple[str, list[str]]] = []
        self._link: list[str] | None = None

    @property
    def words(self) -> str:
        return " ".join(self._words)

    @property
    def links(self) -> tuple[_Link, ...]:
        return tuple(_Link(target, " ".join(words)) for target, words in self._links)

    @property
    def _hidden(self) -> bool:
        return any(hidden for _, hidden in self._open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _ACTIVE:
            self.active.add(tag)
        hides = tag in _SKIPPED or "hidden" in given or bool(_HIDDEN.search(given.get("style", "")))
        if tag not in _EMPTY:
            self._open.append((tag, hides))
        if self._hidden:
            return
        if tag == "a" and given.get("href", "").strip():
            self._link = []
            self._links.append((given["href"].strip(), self._link))
        elif tag == "img" and given.get("alt"):
            self.handle_data(given["alt"])

    def handle_endtag(self, tag: str) -> None:
        places = [i for i, (name, _) in enumerate(self._open) if name == tag]
        if places:
            del self._open[places[-1] :]
        if tag == "a":
            self._link = None

    def handle_data(self, data: str) -> None:
        if self._hidden or not data.strip():
            return
        self._words.append(data)
        if self._link is not None:
            self._link.append(data)
