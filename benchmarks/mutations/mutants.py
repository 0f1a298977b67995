"""Messages with one claim made wrong, and where it was made wrong."""

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from benchmarks.mutations import words
from core.models.messages import Message, TextField

_DAY = re.compile(
    r"\b(?:January|February|March|April|May|June|July|August|September|October|November|December)"
    r" \d{1,2}, \d{4}\b"
)
_MONEY = re.compile(r"\$\d+(?:\.\d\d)?")
_PERCENT = re.compile(r"\b\d+ percent\b")
_NUMBER = re.compile(
    r"(?<![$\w.,{-])(?!(?:one|two|ten)-)(?:\d+|two|three|four|five|six|seven|eight|ten|eleven|twice)(?![\w,.]*\d)"
    r"(?!\s*percent)(?!\w)"
)
_NUMBERS = {
    "two": "six", "three": "nine", "four": "seven", "five": "two", "six": "four", "seven": "twelve",
    "eight": "fifteen", "ten": "thirty", "eleven": "forty", "twice": "four times",
}  # fmt: skip
# What an offer's conditions look like in the demo's texts, and a word the finding must name.
_CONDITIONS = (
    ("once per customer", r"once per customer", "once"),
    ("not with another code", r"cannot be combined", "code"),
    ("exclusions", r"[Gg]ift cards, gift wrap", "gift cards"),
    ("full price only", r"full-price", "full-price"),
    ("express excluded", r"[Ee]xpress delivery still costs", "express"),
    ("website only", r"website", "website"),
    ("both wardrobes", r"at least one menswear|both menswear and womenswear", "menswear"),
)


@dataclass(frozen=True)
class Mutant:
    """A message with one thing wrong at `field[start:end]`; a drop names what is missing."""

    kind: str
    message: Message
    field: TextField
    start: int
    end: int
    names: str = ""


@dataclass(frozen=True)
class Known:
    """What a mutant may be made with: product names and codes of the library."""

    names: Sequence[str]
    codes: Sequence[str]


def mutants(message: Message, known: Known, rng: random.Random, each: int) -> Iterator[Mutant]:
    """At most `each` mutants of every kind that a message has a place for."""
    for kind, make in _KINDS.items():
        found = list(make(message, known, rng))
        rng.shuffle(found)
        yield from (replace(m, kind=kind) for m in found[:each])


def _swap(message: Message, start: int, end: int, other: str) -> Mutant:
    body = message.body[:start] + other + message.body[end:]
    return Mutant("", replace(message, body=body), TextField.BODY, start, start + len(other))


def _numbers(message: Message, _known: Known, rng: random.Random) -> Iterator[Mutant]:
    dated = [m.span() for m in _DAY.finditer(message.body)]
    for match in _NUMBER.finditer(message.body):
        a, b = match.span()
        if any(s <= a < e for s, e in dated) or "{{" in message.body[max(0, a - 40) : a]:
            continue
        text = match.group()
        other = _NUMBERS.get(text) or str(int(text) + rng.choice((1, 3, 10)))
        yield _swap(message, a, b, other)


def _percentages(message: Message, _known: Known, rng: random.Random) -> Iterator[Mutant]:
    for match in _PERCENT.finditer(message.body):
        now = int(match.group().split()[0])
        other = rng.choice([n for n in (5, 12, 25, 35, 50, 70) if n != now])
        yield _swap(message, *match.span(), rng.choice((f"{other} percent", f"{other}%")))


def _prices(message: Message, _known: Known, rng: random.Random) -> Iterator[Mutant]:
    for match in _MONEY.finditer(message.body):
        now = float(match.group()[1:])
        other = round(now * rng.choice((0.5, 0.8, 0.9, 1.5)) + 1)
        sign = rng.choice(("$", "$", "$", "\u00a3"))
        if sign != "$" or other != now:
            yield _swap(message, *match.span(), f"{sign}{other}")


def _dates(message: Message, _known: Known, rng: random.Random) -> Iterator[Mutant]:
    for match in _DAY.finditer(message.body):
        month, day, year = match.group().replace(",", "").split()
        months = [f"{date(2000, m, 1):%B}" for m in range(1, 13)]
        now = date(int(year), months.index(month) + 1, int(day))
        other = now + timedelta(days=rng.choice((-30, -7, -1, 1, 2, 14, 365)))
        yield _swap(message, *match.span(), f"{other:%B} {other.day}, {other.year}")


def _codes(message: Message, known: Known, rng: random.Random) -> Iterator[Mutant]:
    for code in known.codes:
        for match in re.finditer(rf"\b{code}\b", message.body):
            others = [c for c in (*known.codes, *words.INVENTED_CODES) if c != code]
            yield _swap(message, *match.span(), rng.choice(others))


def _names(message: Message, known: Known, rng: random.Random) -> Iterator[Mutant]:
    for name in known.names:
        for match in re.finditer(rf"\b{name}\b", message.body):
            near = message.body[max(0, match.start() - 80) : match.end() + 80]
            others = [n for n in (*known.names, *words.INVENTED_NAMES) if n not in near]
            yield _swap(message, *match.span(), rng.choice(others))


def _objects(message: Message, known: Known, rng: random.Random) -> Iterator[Mutant]:
    """Things in sentences that promise something: with a figure, a product name, or "no charge"."""
    promise = re.compile(rf"\d|no charge|nothing|{'|'.join(known.names)}")
    for sentence in re.finditer(r"[^.\n]+(?:\.\d+[^.\n]*)*\.", message.body):
        if not promise.search(sentence.group()):
            continue
        for thing, others in words.OTHER_THINGS.items():
            for match in re.finditer(rf"(?<![\w-]){thing}(?![\w-])", sentence.group()):
                a = sentence.start() + match.start()
                yield _swap(message, a, a + len(thing), rng.choice(others))


def _tiers(message: Message, _known: Known, rng: random.Random) -> Iterator[Mutant]:
    for match in re.finditer(r"\bGold(?= member)", message.body):
        yield _swap(message, *match.span(), rng.choice(words.TIERS))


def _bounds(message: Message, _known: Known, _rng: random.Random) -> Iterator[Mutant]:
    """A bound dropped: the place is what it bound, with the words beside."""
    for match in re.finditer(r"\bup to (?=\d|two|three|five)| or more\b", message.body):
        a, b = match.span()
        body = message.body[:a] + message.body[b:]
        near = (max(0, a - 8), min(len(body), a + 12))
        yield Mutant("", replace(message, body=body), TextField.BODY, *near)


def _conditions(message: Message, _known: Known, _rng: random.Random) -> Iterator[Mutant]:
    for _, pattern, names in _CONDITIONS:
        # Only one offer is for the website only; the others merely mention it.
        limits = names != "website" or "WEB10" in message.body
        if limits and re.search(pattern, message.body):
            yield _without(message, pattern, names)
    for match in _DAY.finditer(message.body):
        yield _without(message, re.escape(match.group()[:-6]), match.group())
        break


def _without(message: Message, pattern: str, names: str) -> Mutant:
    """The message without any sentence that tells a condition, in any of its parts."""
    sentence = rf"[^.\n]*(?:{pattern})(?:[^.\n]|\.\d)*(?:\.|$)[ ]?"
    body = re.sub(sentence, "", message.body, flags=re.MULTILINE)
    subject = "A word from us" if re.search(pattern, message.subject) else message.subject
    preheader = "Please read on" if re.search(pattern, message.preheader) else message.preheader
    told = Message(subject, preheader, body)
    return Mutant("", told, TextField.BODY, 0, 0, names)


def _added(rows: Sequence[tuple[str, str]]) -> "Maker":
    def make(message: Message, _known: Known, rng: random.Random) -> Iterator[Mutant]:
        ends = [m.end() for m in re.finditer(r"\.(?= )|\.(?=\n)", message.body)]
        for sentence, marked in rows:
            at = rng.choice(ends)
            body = f"{message.body[:at]} {sentence}{message.body[at:]}"
            a = at + 1 + sentence.index(marked)
            yield Mutant("", replace(message, body=body), TextField.BODY, a, a + len(marked))

    return make


Maker = Callable[[Message, Known, random.Random], Iterator[Mutant]]

_KINDS: dict[str, Maker] = {
    "number": _numbers,
    "percentage": _percentages,
    "price": _prices,
    "date": _dates,
    "code": _codes,
    "product name": _names,
    "object": _objects,
    "tier": _tiers,
    "bound dropped": _bounds,
    "condition dropped": _conditions,
    "claim added": _added(words.FALSE_CLAIMS),
    "urgency added": _added(words.URGENCIES),
}
