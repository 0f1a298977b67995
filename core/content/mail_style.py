"""How an element of a mail looks, as far as it decides whether a reader sees its text."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|mso-hide\s*:\s*all|"
    r"opacity\s*:\s*(?:0(?:\.0\d*)?|\.0\d*)(?![.\d])|"
    r"max-(?:height|width)\s*:\s*0(?![.\d])|(?<![-\w])height\s*:\s*0(?:px)?\s*(?:[;!]|$)|"
    r"text-indent\s*:\s*-\d{3}|"
    r"(?:^|[;\s])(?:left|top|margin-left|margin-top)\s*:\s*-\d{3,}|"
    r"(?<!-)color\s*:\s*transparent|clip\s*:\s*rect\(\s*0",
    re.IGNORECASE,
)
_SIZED = re.compile(r"(?<![-\w])font-size\s*:\s*([^;!]+)", re.IGNORECASE)
_TINY = re.compile(r"\s*(?:0(?:\.0+)?\s*(?:[a-z%]+)?|[012](?:\.\d+)?px)\s*", re.IGNORECASE)
_COLOUR = re.compile(r"(?:^|;)\s*color\s*:\s*([^;!]+)", re.IGNORECASE)
_GROUND = re.compile(
    r"(?:^|;)\s*background(?:-color)?\s*:\s*[^;]*?(#[0-9a-f]{3,6}\b|rgb\([^)]*\)|\bwhite\b|\bblack\b)",
    re.IGNORECASE,
)
_STYLE_SHEET = re.compile(r"<style[^>]*>(.*?)</style", re.DOTALL | re.IGNORECASE)
_SOME_SCREENS = re.compile(r"@[^{};]*\{|@[^{};]*;|\}(?=\s*\})")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_SIMPLE = re.compile(r"[\w-]*[.#][\w-]+|[a-z][\w-]*", re.IGNORECASE)
_PALE = 16
_NAMED = {"white": "#ffffff", "black": "#000000"}


@dataclass(frozen=True, slots=True)
class Look:
    """Whether an element is gone or too small to read, and its colour on its ground."""

    gone: bool = False
    tiny: bool = False
    colour: str = ""
    ground: str = "#ffffff"

    @property
    def hidden(self) -> bool:
        """Whether no reader sees its text."""
        return self.gone or self.tiny or (bool(self.colour) and self._pale())

    def _pale(self) -> bool:
        """Whether no eye tells the colour from its ground."""
        pairs = zip(bytes.fromhex(self.colour[1:]), bytes.fromhex(self.ground[1:]), strict=True)
        return max(abs(one - other) for one, other in pairs) <= _PALE


def looks(tag: str, given: Mapping[str, str], inside: Look, hiding: frozenset[str]) -> Look:
    """How an element looks inside another one.

    Args:
        tag: its name.
        given: its attributes.
        inside: how the element around it looks.
        hiding: the rules of the style sheets that hide, see `hiding_rules`.
    """
    style = _CSS_COMMENT.sub("", given.get("style", ""))
    colour = _first(_COLOUR, style) or _plain(given.get("color", "")) or inside.colour
    ground = _first(_GROUND, style) or _plain(given.get("bgcolor", "")) or inside.ground
    gone = (
        inside.gone
        or "hidden" in given
        or bool(_HIDDEN.search(style))
        or not hiding.isdisjoint(_names(tag, given))
    )
    sized = _SIZED.search(style)
    # Layouts set the size of a cell to 0 and that of the text in it anew: the inner one counts.
    tiny = bool(_TINY.fullmatch(sized[1])) if sized else inside.tiny
    return Look(gone, tiny, colour, ground)


def hiding_rules(html: str, *, on_some: bool = False) -> frozenset[str]:
    """The selectors (`p`, `.name`, `p.name`, `#id`) whose rules hide, on every screen or `on_some`.

    Examples:
        >>> sorted(hiding_rules("<style>.a, p.b { display: none } .c { color: red }</style>"))
        ['.a', 'p.b']
    """
    found: set[str] = set()
    for sheet in _STYLE_SHEET.findall(html):
        plain = _CSS_COMMENT.sub("", sheet)
        # Without the opening of a block for some screens its rules are read as all others.
        rules = _SOME_SCREENS.sub("", plain) if on_some else _for_every_screen(plain)
        for selectors, rule in _RULE.findall(rules):
            if _HIDDEN.search(rule):
                found.update(_selected(selectors))
    return frozenset(found)


def _selected(selectors: str) -> Iterator[str]:
    for selector in selectors.split(","):
        parts = selector.split()
        if parts and _SIMPLE.fullmatch(parts[-1]):
            yield parts[-1].lower()


def _for_every_screen(sheet: str) -> str:
    """A style sheet without what holds only for some screens, such as phones."""
    kept, depth, start = [], 0, 0
    for place, sign in enumerate(sheet):
        if sign == "@" and depth == 0:
            kept.append(sheet[start:place])
            depth, start = -1, place
        elif depth and sign in "{}":
            depth = 1 if depth == -1 else depth + (1 if sign == "{" else -1)
            start = place + 1 if depth == 0 else start
        elif depth == -1 and sign == ";":
            depth, start = 0, place + 1
    return "".join(kept) + (sheet[start:] if depth == 0 else "")


def _names(tag: str, given: Mapping[str, str]) -> Iterator[str]:
    yield tag
    if given.get("id"):
        yield f"#{given['id'].lower()}"
    for name in given.get("class", "").lower().split():
        yield f".{name}"
        yield f"{tag}.{name}"


def _first(pattern: re.Pattern[str], style: str) -> str:
    found = pattern.search(style)
    return _plain(found[1]) if found else ""


def _plain(colour: str) -> str:
    """A colour as #rrggbb, or nothing where it is not plain."""
    text = colour.strip().lower()
    text = _NAMED.get(text, text)
    if re.fullmatch(r"#[0-9a-f]{3}", text):
        return "#" + "".join(sign * 2 for sign in text[1:])
    parts = re.fullmatch(r"rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)", text)
    if parts:
        return "#" + "".join(f"{min(int(part), 255):02x}" for part in parts.groups())
    return text if re.fullmatch(r"#[0-9a-f]{6}", text) else ""
