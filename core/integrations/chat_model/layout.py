"""How each tone tells a story: which paragraphs it has, in which order, and what matters most."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from core.integrations.chat_model.fitting import Block, Line
from core.integrations.chat_model.phrases import Voice
from core.integrations.chat_model.story import Fact, Role, Story, Topic
from core.models.campaign import Tone

# Which sentences about a product a tone wants, with their ranks: 0 is needed.
_WANTED: Mapping[Tone, tuple[tuple[Role, int], ...]] = {
    Tone.URGENT: (
        (Role.BENEFIT, 0),
        (Role.PRICE, 1),
        (Role.BENEFIT, 7),
        (Role.MAKE, 8),
    ),
    Tone.INFORMATIONAL: (
        (Role.BENEFIT, 0),
        (Role.MAKE, 1),
        (Role.PRICE, 3),
        (Role.CARE, 6),
        (Role.MAKE, 7),
        (Role.BENEFIT, 9),
    ),
    Tone.FRIENDLY: (
        (Role.BENEFIT, 0),
        (Role.BENEFIT, 1),
        (Role.PRICE, 6),
        (Role.CARE, 9),
    ),
}
_NEEDED = 0
_OTHER_RANKS = (_NEEDED, 1, 5)
_WARM_RANK, _ABOUT_RANK = 1, 5
_PAIR_RANKS = (_NEEDED, 4)
_SHOWN_RANKS = (2, 6)
_SECOND_RANKS = (10, 11)
_HELP_RANKS = ((3, 8), (9, 12))
_MORE_RANK, _MORE_ALONE_RANK = 4, 2
_EXAMPLE_RANK = 5
_DEADLINE_RANK = 4


@dataclass(frozen=True, slots=True)
class Teller:
    """Makes the paragraphs of one story in one voice."""

    story: Story
    voice: Voice
    must_say: tuple[Line, ...] = ()

    def blocks(self) -> tuple[Block, ...]:
        """All paragraphs, with more lines than will fit."""
        return _unrepeated(_ORDER[self.voice.tone](self), {n.text for n in self.must_say})

    def greeting(self) -> Block:
        """How the message begins."""
        return Block(before=self.voice.say("greeting"), stays=True)

    def warm(self) -> Block:
        """What the shop says to this reader in its own approved words."""
        warm = self.story.warm
        if warm is None:
            return Block()
        of_itself = warm.text.startswith(self.voice.phrases.shop)
        return Block((_line(warm, _ABOUT_RANK if of_itself else _WARM_RANK),))

    def lead(self, slot: str) -> Block:
        """What the message is about."""
        topic = self.story.lead
        if topic is None:
            return Block()
        lines = _about(topic, self.voice.tone)
        alone = self.voice.tone is Tone.URGENT and self.story.offer is None
        before = self._kind_opening(topic) if slot == "opening" else None
        before = before or self.voice.say(f"{slot} {topic.category}")
        return Block(lines, before=before, after=self.act() if alone else None)

    def also(self) -> Block:
        """A product besides the lead."""
        lead, others = self.story.lead, self.story.also
        if not others:
            return Block()
        if self.story.paired:
            return Block(_glimpse(others[0], _PAIR_RANKS))
        main = lead is None or lead.category != "product"
        ranks = _SHOWN_RANKS if main else _SECOND_RANKS
        lines = tuple(line for topic in others for line in _glimpse(topic, ranks))
        return Block(lines, before=self.voice.say("help product") if main else None)

    def offer(self, *, introduced: bool) -> Block:
        """The offer and, where the offer does not say it itself, its last day."""
        offer = self.story.offer
        if offer is None:
            return Block()
        lines = [_line(offer.lead)]
        if offer.lead.day is None and offer.deadline:
            lines.append(_line(offer.deadline))
        if self.story.example:
            lines.append(_line(self.story.example, _EXAMPLE_RANK))
        if offer.more:
            shown = self.story.lead is not None and self.story.lead.category == "product"
            lines.insert(1, _line(offer.more, _MORE_RANK if shown else _MORE_ALONE_RANK))
        if introduced:
            return Block(tuple(lines), before=self.voice.say("offer"))
        return Block(tuple(lines), after=self.act())

    def terms(self) -> Block:
        """Every condition of the offer."""
        offer = self.story.offer
        lines = tuple(map(_line, offer.terms)) if offer else ()
        return Block(lines, before=self.voice.say("terms")) if lines else Block()

    def wishes(self) -> Block:
        """What the brief wants said, word for word."""
        return Block(self.must_say)

    def help(self, place: int) -> Block:
        """A service or policy that goes with the rest."""
        if place >= len(self.story.help):
            return Block()
        topic = self.story.help[place]
        lead = self.story.lead
        facts = _telling(topic, lead.tags if lead else frozenset())
        again = lead is not None and lead.category == topic.category
        before = self.voice.say(f"help {topic.category}", again=again) if place == 0 else None
        return Block(tuple(map(_line, facts, _HELP_RANKS[place])), before=before)

    def act(self) -> str | None:
        """A call to act, pressing only where there is a last day."""
        return self.voice.say(f"act {self._pressure()}")

    def closing(self) -> Block:
        """The last paragraph."""
        offer = self.story.offer
        deadline = offer.deadline if offer and self.voice.tone is Tone.URGENT else None
        lines = (_line(deadline, _DEADLINE_RANK),) if deadline else ()
        return Block(lines, after=self.voice.say(f"closing {self._pressure()}"), stays=True)

    def sign_off(self) -> Block:
        """Who writes."""
        slot = f"sign-off {'named' if self.story.signed else 'unnamed'}"
        return Block(before=self.voice.say(slot), stays=True)

    def _pressure(self) -> str:
        return "dated" if self.story.offer and self.story.offer.day else "open"

    def _kind_opening(self, topic: Topic) -> str | None:
        kind = self.voice.phrases.kind(topic.title, topic.keywords)
        if self.voice.tone is not Tone.FRIENDLY or kind is None or topic.category != "product":
            return None
        return self.voice.first(self.voice.turn(kind.opening, "kind opening"))


def _urgent(teller: Teller) -> tuple[Block, ...]:
    offer = teller.offer(introduced=False)
    return (
        teller.greeting(),
        offer,
        teller.wishes(),
        teller.lead("help" if offer.lines else "opening"),
        teller.also(),
        teller.terms(),
        teller.help(0),
        teller.help(1),
        teller.closing(),
        teller.sign_off(),
    )


def _informational(teller: Teller) -> tuple[Block, ...]:
    return (
        teller.greeting(),
        teller.lead("opening"),
        teller.also(),
        teller.wishes(),
        teller.offer(introduced=True),
        teller.terms(),
        teller.help(0),
        teller.help(1),
        teller.closing(),
        teller.sign_off(),
    )


def _friendly(teller: Teller) -> tuple[Block, ...]:
    return (
        teller.greeting(),
        teller.warm(),
        teller.lead("opening"),
        teller.also(),
        teller.wishes(),
        teller.offer(introduced=True),
        teller.help(0),
        teller.help(1),
        teller.closing(),
        teller.sign_off(),
        teller.terms(),
    )


_ORDER: Mapping[Tone, Callable[[Teller], tuple[Block, ...]]] = {
    Tone.URGENT: _urgent,
    Tone.INFORMATIONAL: _informational,
    Tone.FRIENDLY: _friendly,
}


def _line(fact: Fact, rank: int = 0) -> Line:
    return Line(fact.text, (fact.passage.passage_id,), rank)


def _about(topic: Topic, tone: Tone) -> tuple[Line, ...]:
    """What a tone says about a topic, in the order in which the document says it."""
    ranks: dict[Fact, int] = {}
    if topic.category == "product":
        for role, rank in _WANTED[tone]:
            fact = next((f for f in topic.facts if f.role is role and f not in ranks), None)
            if fact:
                ranks[fact] = rank
    if _NEEDED not in ranks.values():
        ranks = dict(zip(topic.facts, _OTHER_RANKS, strict=False))
    return tuple(_line(f, ranks[f]) for f in topic.facts if f in ranks)


def _glimpse(topic: Topic, ranks: tuple[int, int]) -> tuple[Line, ...]:
    """A product in a sentence or two: what is good about it, and what it costs."""
    facts = [
        next((f for f in topic.facts if f.role is r), None) for r in (Role.BENEFIT, Role.PRICE)
    ]
    return tuple(_line(f, rank) for f, rank in zip(facts, ranks, strict=True) if f)


def _telling(topic: Topic, about: frozenset[str]) -> tuple[Fact, ...]:
    """The facts of a service or policy that have most to do with the rest, in their order."""

    def distance(fact: Fact) -> bool:
        return not about & set(re.findall(r"[\w-]+", fact.text.lower()))

    plain = [f for f in topic.facts if "code" not in f.text]
    closest = sorted(plain, key=distance)[:2]
    return tuple(f for f in plain if f in closest)


def _unrepeated(blocks: Sequence[Block], wishes: set[str]) -> tuple[Block, ...]:
    """The blocks with every sentence only where it is needed, or else where it comes first."""

    def elsewhere(line: Line) -> bool:
        wished = any(wish in line.text for wish in wishes)
        return line.rank > _NEEDED and (wished or line.text in needed)

    needed = {n.text for b in blocks for n in b.lines if n.rank == _NEEDED}
    said: set[str] = set()
    made = []
    for block in blocks:
        lines = []
        for line in block.lines:
            if line.text not in said and not elsewhere(line):
                lines.append(line)
                said.add(line.text)
        made.append(replace(block, lines=tuple(lines)))
    return tuple(made)
