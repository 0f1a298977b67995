"""The HTML of a received mail: what a reader sees, what is hidden, its links, and its tricks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

from core.content.mail_style import Look, hiding_rules, looks
from core.content.mail_words import BLOCK, LinkSpan, Word, normal, words_of
from core.errors import BadInput

_BREAKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "br", "center", "dd", "div", "dl", "dt",
    "fieldset", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr",
    "html", "li", "main", "nav", "ol", "p", "pre", "section", "table", "tbody", "td", "tfoot",
    "th", "thead", "title", "tr", "ul",
})  # fmt: skip
_EMPTY = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr",
})  # fmt: skip
_NO_TEXT = frozenset({"script", "style", "template"})
_ACTIVE = frozenset({
    "applet", "bdo", "button", "embed", "form", "frame", "iframe", "input", "object", "script",
    "select", "svg", "textarea",
})  # fmt: skip
_STRUCK = frozenset({"s", "strike", "del"})
_OUTLOOK = re.compile(r"\[if([^\]]*)\]>(.*?)(?:<!\[endif\]|$)", re.DOTALL | re.IGNORECASE)
_WRITTEN_BY_STYLE = re.compile(r"content\s*:\s*[\"'][^\"']*\w", re.IGNORECASE)
_DEEPEST = 500
_MOST_PICTURES = 50
_MOST_UNCLOSED = 50
_MOST_SECTIONS = 1_000
_MOST_TEXT = 200_000
_PIXEL = re.compile(r"\s*([0-3])(?:px)?\s*")
_STYLED_PIXEL = re.compile(r"(?:^|;)\s*(?:max-)?(?:width|height)\s*:\s*[0-3](?:px)?\s*(?:!|;|$)")


@dataclass(frozen=True, slots=True)
class MailPage:
    """An HTML part as it is compared.

    `links` are the targets, by the numbers its words carry. `pictures` are the addresses of
    pictures that can be seen, `pixels` how many cannot. `tricks` are elements that no mail needs.
    `outlook` is the text that only Outlook shows, `on_some` text that some screens hide.
    """

    seen: tuple[Word, ...]
    hidden: tuple[Word, ...]
    title: tuple[Word, ...]
    outlook: str
    on_some: str
    links: tuple[str, ...]
    pictures: tuple[str, ...]
    pixels: int
    tricks: tuple[str, ...]


def read_page(html: str, *, expected: bool = False) -> MailPage:
    """The words, links and pictures of an HTML part; `expected` where merge fields are marked.

    Raises:
        BadInput: no sender made it: signs that open a tag and never close it, or too much nesting.
    """
    if _is_tangled(html):
        raise BadInput("The HTML of this mail is too broken to be one that a sender made.")
    reader = _read(html, hiding_rules(html))
    if reader.seen.length + reader.hidden.length > _MOST_TEXT:
        raise BadInput("The HTML of this mail has more text than any message of a campaign.")
    if _WRITTEN_BY_STYLE.search("".join(reader.styles)):
        reader.tricks.append("text in a style sheet")
    return MailPage(
        seen=reader.seen.words(expected=expected),
        hidden=reader.hidden.words(expected=expected),
        title=reader.title.words(expected=expected),
        outlook=" ".join(normal(" ".join(reader.outlook)).split()),
        on_some=_hidden_on_some(html, reader),
        links=tuple(reader.links),
        pictures=tuple(reader.pictures),
        pixels=reader.pixels,
        tricks=tuple(dict.fromkeys(reader.tricks)),
    )


def _read(html: str, hiding: frozenset[str]) -> "_Reader":
    reader = _Reader(hiding)
    reader.feed(html)
    reader.close()
    return reader


def _hidden_on_some(html: str, reader: "_Reader") -> str:
    """The text that rules for phones, dark screens and the like hide."""
    rules = hiding_rules(html, on_some=True)
    if rules <= hiding_rules(html):
        return ""
    seen = "".join(reader.seen.parts)
    left = "".join(_read(html, rules).seen.parts)
    gone = [part for part in seen.split(BLOCK) if part.strip() and part not in left.split(BLOCK)]
    return " ".join(" ".join(gone).split())


def _is_tangled(html: str) -> bool:
    """Whether the parser of the standard library would need hours: it looks ahead at each sign."""
    left_open = html[html.rfind("-->") + 1 :].count("<!--")
    return (
        any(part.count("<") > _MOST_UNCLOSED for part in html.split(">"))
        or left_open > _MOST_UNCLOSED
        or html.count("<![") > _MOST_SECTIONS
        or html.lower().count("<style") > _MOST_UNCLOSED
    )


@dataclass(slots=True)
class _Channel:
    """One text that grows, and which stretches of it are links."""

    parts: list[str] = field(default_factory=list)
    spans: list[LinkSpan] = field(default_factory=list)
    length: int = 0

    def add(self, text: str, link: int | None = None) -> None:
        plain = normal(text)
        if link is not None and plain:
            self.spans.append(LinkSpan(self.length, self.length + len(plain), link))
        self.parts.append(plain)
        self.length += len(plain)

    def words(self, *, expected: bool) -> tuple[Word, ...]:
        return words_of("".join(self.parts), self.spans, expected=expected)


@dataclass(frozen=True, slots=True)
class _Open:
    """An element that is open: how it looks, and whether its text is no text at all."""

    tag: str
    look: Look
    no_text: bool


class _Reader(HTMLParser):
    """Goes through the HTML once."""

    def __init__(self, hiding: frozenset[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.seen, self.hidden, self.title = _Channel(), _Channel(), _Channel()
        self.links: list[str] = []
        self.pictures: list[str] = []
        self.tricks: list[str] = []
        self.outlook: list[str] = []
        self.styles: list[str] = []
        self.pixels = 0
        self._hiding = hiding
        self._open: list[_Open] = []
        self._link: int | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _BREAKS:
            self._break()
        look = looks(tag, given, self._look(), self._hiding)
        if tag not in _EMPTY:
            self._open.append(_Open(tag, look, tag in _NO_TEXT))
        if len(self._open) > _DEEPEST:
            raise BadInput("The HTML of this mail is nested too deep to be one that a sender made.")
        self._look_for_tricks(tag, given)
        if tag == "a" and given.get("href", "").strip():
            self._link = len(self.links)
            self.links.append(given["href"].strip())
        elif tag == "img":
            self._picture(given, look)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # Browsers take "<div/>" for "<div>": the slash closes nothing in HTML.
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        places = [i for i, each in enumerate(self._open) if each.tag == tag]
        if places:
            del self._open[places[-1] :]
        if tag in _BREAKS:
            self._break()
        if tag == "a":
            self._link = None

    def handle_data(self, data: str) -> None:
        inside = self._open[-1] if self._open else None
        if inside is not None and inside.no_text:
            self.styles += [data] if inside.tag == "style" else []
        elif any(each.tag == "title" for each in self._open):
            self.title.add(data)
        elif self._look().hidden:
            self.hidden.add(data)
        else:
            self.seen.add(data, self._link)

    def handle_comment(self, data: str) -> None:
        found = _OUTLOOK.match(data.strip())
        if found and "!mso" not in found[1].replace(" ", ""):
            page = read_page(found[2])
            self.outlook += [word.text for word in page.seen]

    def _look(self) -> Look:
        return self._open[-1].look if self._open else Look()

    def _break(self) -> None:
        for channel in (self.seen, self.hidden):
            channel.add(BLOCK)

    def _look_for_tricks(self, tag: str, given: Mapping[str, str]) -> None:
        if tag in _ACTIVE:
            self.tricks.append(f"<{tag}>")
        if tag == "base" and given.get("href"):
            self.tricks.append("<base>")
        if tag == "meta" and given.get("http-equiv", "").lower() == "refresh":
            self.tricks.append("a page that leads on by itself")
        if tag in _STRUCK or "line-through" in given.get("style", "").lower():
            self.tricks.append("text that is struck out")
        if "bidi-override" in given.get("style", "").lower():
            self.tricks.append("text turned around by a style")
        self.tricks += [name for name in given if name.startswith("on")]

    def _picture(self, given: Mapping[str, str], look: Look) -> None:
        sized = [_PIXEL.fullmatch(given.get(name, "-")) for name in ("width", "height")]
        styled = _STYLED_PIXEL.search(given.get("style", "").lower())
        if any(sized) or styled or look.hidden:
            self.pixels += 1
            return
        if len(self.pictures) < _MOST_PICTURES:
            self.pictures.append(given.get("src", "").strip() or "no address")
        self.handle_data(f" {given['alt']} " if given.get("alt") else "")
