"""Changes of one word or one link, planted in an exported template, each with what to find."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape

from tests.sender_mails import Template

WORDS = ("velvet", "garden", "seventeen", "always", "never", "Tuesday", "free", "double")
# Latin letters and the Cyrillic ones that look like them.
ALIKE = str.maketrans(
    "aeopcxyABEKMHOPCTX",
    "\u0430\u0435\u043e\u0440\u0441\u0445\u0443\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425",
)


@dataclass(frozen=True)
class Planted:
    """A changed template, and the words that have to be named; `kind` says of what kind it is."""

    kind: str
    template: Template
    approved: str
    received: str


def units(template: Template) -> list[str]:
    """Stretches of text that stand once in the HTML and once in the plain text."""
    lines = re.split(r"\n|\{\{[^}]*\}\}|\{%[^%]*%\}", template.text)
    return [
        line
        for line in lines
        if len(line) > 12
        and "http" not in line
        and template.html.count(f"{escape(line)}") == 1
        and template.text.count(line) == 1
    ]


def changed_word(template: Template, rng: random.Random, kind: str) -> Planted | None:
    """One word of the message, its footer or its letterhead changed, in HTML and plain text."""
    unit = rng.choice(units(template))
    places = [m for m in re.finditer(r"[\w$%]+", unit) if wanted(kind, m.group())]
    if not places:
        return None
    match = rng.choice(places)
    was = match.group()
    now = other(kind, was, rng)
    if now.casefold() == was.casefold():
        return None
    if kind == "removed":
        new = unit[: match.start()].rstrip(" ") + unit[match.end() :]
        new = new if match.start() else new.lstrip(" ")
    else:
        new = unit[: match.start()] + now + unit[match.end() :]
    changed = replace(
        template,
        html=template.html.replace(escape(unit), escape(new)),
        text=template.text.replace(unit, new),
    )
    return Planted(kind, changed, was if kind != "added" else "", now.split()[-1] if now else "")


def wanted(kind: str, word: str) -> bool:
    if kind == "number":
        return any(sign.isdigit() for sign in word)
    if kind == "look-alike":
        return word.translate(ALIKE) != word and word.isalpha() and len(word) > 2
    return word.isalpha() and len(word) > 2


def other(kind: str, word: str, rng: random.Random) -> str:
    if kind == "removed":
        return ""
    if kind == "added":
        return f"{word} {rng.choice(WORDS)}"
    if kind == "number":
        place = rng.choice([n for n, sign in enumerate(word) if sign.isdigit()])
        digit = str((int(word[place]) + rng.randrange(1, 9)) % 10)
        return word[:place] + digit + word[place + 1 :]
    if kind == "look-alike":
        place = rng.choice([n for n, sign in enumerate(word) if sign.translate(ALIKE) != sign])
        return word[:place] + word[place].translate(ALIKE) + word[place + 1 :]
    return rng.choice([each for each in WORDS if each != word.lower()])


def changed_inbox(template: Template, rng: random.Random) -> Planted | None:
    """One word of the subject changed, there and in the title of the HTML."""
    places = re.findall(r"[A-Za-z]{4,}", re.sub(r"\{\{.*?\}\}", "", template.subject))
    was = rng.choice(places)
    if template.subject.count(was) != 1:
        return None
    now = rng.choice(WORDS)
    subject = template.subject.replace(was, now)
    html = template.html.replace(f"<title>{escape(template.subject)}", f"<title>{escape(subject)}")
    return Planted("subject", replace(template, subject=subject, html=html), was, now)


LINKS = (
    ("another path", "/offers/layers", "/offers/boots"),
    ("another host", "www.tolmanrow.example", "www.tolmanr0w.example"),
    ("another port", ".example/", ".example:8443/"),
    ("no protection", "https://", "http://"),
    ("another parameter", "size=m", "size=l"),
    ("one parameter less", "size=m&", ""),
    ("one parameter more", "size=m", "size=m&coupon=FREE"),
    ("a name before the host", "www.tolmanrow.example", "www.tolmanrow.example@evil.example"),
)


def changed_link(template: Template, way: Sequence[str]) -> Planted:
    """The button leads elsewhere."""
    kind, was, now = way
    link = template.link.replace(was, now, 1)
    assert link != template.link
    return Planted(f"link, {kind}", template.with_link(link), template.link, link)
