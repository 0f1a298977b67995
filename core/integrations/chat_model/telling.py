"""Which sentences a tone tells about a product, a service or a policy, and how much they matter."""

import re
from collections.abc import Mapping

from core.integrations.chat_model.fitting import Line
from core.integrations.chat_model.story import Fact, Role, Topic
from core.models.campaign import Tone

_NEEDED = 0
_OTHER_RANKS = (_NEEDED, 1, 5)
# Which sentences about a product a tone wants, with their ranks: 0 is needed.
_WANTED: Mapping[Tone, tuple[tuple[Role, int], ...]] = {
    Tone.URGENT: (
        (Role.BENEFIT, 0),
        (Role.PRICE, 1),
        (Role.BENEFIT, 7),
        (Role.MAKE, 8),
    ),
    Tone.INFORMATIONAL: (
        (Role.MAKE, 0),
        (Role.PRICE, 1),
        (Role.CARE, 2),
        (Role.BENEFIT, 4),
        (Role.MAKE, 5),
    ),
    Tone.FRIENDLY: (
        (Role.BENEFIT, 0),
        (Role.BENEFIT, 1),
        (Role.CARE, 12),
        (Role.PRICE, 14),
    ),
}


def quoted(fact: Fact, rank: int = 0) -> Line:
    """A fact as a line of a message, with the passage it stands in."""
    return Line(fact.text, (fact.passage.passage_id,), rank)


def described(topic: Topic, tone: Tone) -> tuple[Line, ...]:
    """What a tone says about a topic, in the order in which the document says it."""
    ranks: dict[Fact, int] = {}
    if topic.category == "product":
        for role, rank in _WANTED[tone]:
            fact = next((f for f in topic.facts if f.role is role and f not in ranks), None)
            if fact:
                ranks[fact] = rank
    if _NEEDED not in ranks.values():
        ranks = dict(zip(topic.facts, _OTHER_RANKS, strict=False))
    return tuple(quoted(f, ranks[f]) for f in topic.facts if f in ranks)


def glimpse(topic: Topic, ranks: tuple[int, int]) -> tuple[Line, ...]:
    """A product in a sentence or two: what is good about it, and what it costs."""
    good = next((f for f in topic.facts if f.role is Role.BENEFIT), topic.facts[0])
    price = next((f for f in topic.facts if f.role is Role.PRICE and f is not good), None)
    return (quoted(good, ranks[0]), *([quoted(price, ranks[1])] if price else []))


def telling(topic: Topic, about: frozenset[str], *, figures_last: bool = False) -> tuple[Fact, ...]:
    """The two facts of a service or policy that are closest to the rest, the closest first."""

    def distance(fact: Fact) -> tuple[bool, bool]:
        figures = figures_last and len(re.findall(r"\d+", fact.text)) > 1
        return figures, not about & set(re.findall(r"[\w-]+", fact.text.lower()))

    plain = [f for f in topic.facts if "code" not in f.text]
    return tuple(sorted(plain, key=distance)[:2])
