"""How each tone tells a story: which paragraphs it has, in which order, and what matters most."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from core.integrations.chat_model.fitting import Block, Line
from core.integrations.chat_model.phrases import Voice
from core.integrations.chat_model.story import Story, Topic
from core.integrations.chat_model.telling import described, glimpse, quoted, telling
from core.models.campaign import Tone

_NEEDED = 0
_WARM_RANK, _ABOUT_RANK = 1, 11
_PAIR_RANKS = (_NEEDED, 9)
_PAIRED = 8
_SHOWN_RANKS = (2, 6)
_SECOND_RANKS = (10, 11)
_HELP_RANKS = ((3, 8), (9, 12))
_MORE_RANKS: Mapping[Tone, int] = {Tone.URGENT: 7, Tone.INFORMATIONAL: 7, Tone.FRIENDLY: 13}
_MORE_ALONE_RANK = 2
# A brisk message shows at once what the offer comes to; a warm one may do without.
_EXAMPLE_RANKS: Mapping[Tone, tuple[int, int]] = {
    Tone.URGENT: (2, 3),
    Tone.INFORMATIONAL: (5, 5),
    Tone.FRIENDLY: (10, 10),
}
_DEADLINE_RANK = 4


@dataclass(frozen=True, slots=True)
class Teller:
    """Makes the paragraphs of one story in one voice."""

    story: Story
    voice: Voice
    must_say: tuple[Line, ...] = ()
    by_name: bool = False

    def blocks(self) -> tuple[Block, ...]:
        """All paragraphs, with more lines than will fit."""
        return _unrepeated(_ORDER[self.voice.tone](self), {n.text for n in self.must_say})

    def greeting(self) -> Block:
        """How the message begins; by name where the customers' first names are known."""
        slot = "greeting by name" if self.by_name else "greeting"
        return Block(before=self.voice.say(slot) or self.voice.say("greeting"), stays=True)

    def warm(self) -> Block:
        """How the shop greets this reader in its own approved words."""
        warm = self.story.warm
        return (
            Block() if warm is None or self._is_about_us() else Block((quoted(warm, _WARM_RANK),))
        )

    def about_us(self) -> Block:
        """What the shop says of itself."""
        warm = self.story.warm
        return Block((quoted(warm, _ABOUT_RANK),)) if warm and self._is_about_us() else Block()

    def _is_about_us(self) -> bool:
        warm = self.story.warm
        return warm is not None and warm.text.startswith(self.voice.phrases.shop)

    def lead(self, slot: str) -> Block:
        """What the message is about."""
        topic = self.story.lead
        if topic is None:
            return Block()
        lines = described(topic, self.voice.tone)
        if self.story.paired:
            # There are two products to show, so each is told in fewer words.
            lines = tuple(replace(n, rank=n.rank + _PAIRED) if n.rank else n for n in lines)
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
            return Block(glimpse(others[0], _PAIR_RANKS))
        main = lead is None or lead.category != "product"
        ranks = _SHOWN_RANKS if main else _SECOND_RANKS
        lines = tuple(line for topic in others for line in glimpse(topic, ranks))
        return Block(lines, before=self.voice.say("help product") if main else None)

    def offer(self, *, introduced: bool) -> Block:
        """The offer and, where the offer does not say it itself, its last day."""
        offer = self.story.offer
        if offer is None:
            return Block()
        own = self._in_short("offer in short") if offer.in_short else None
        lines = [own or quoted(offer.lead)]
        if offer.lead.day is None and offer.deadline:
            lines.append(quoted(offer.deadline))
        if offer.more:
            shown = self.story.lead is not None and self.story.lead.category == "product"
            rank = _MORE_RANKS[self.voice.tone] if shown else _MORE_ALONE_RANK
            lines.append(quoted(offer.more, rank))
        ranks = _EXAMPLE_RANKS[self.voice.tone]
        lines += map(quoted, self.story.examples, ranks)
        if not introduced:
            return Block(tuple(lines), after=self.act())
        return Block(tuple(lines), before=None if own else self.voice.say("offer"))

    def _in_short(self, slot: str) -> Line | None:
        """A sentence of this voice that says the offer, its code and its last day."""
        offer = self.story.offer
        if offer is None or not offer.code or not offer.day:
            return None
        title = offer.topic.title
        values = {
            "offer": title,
            "an_offer": title[0].lower() + title[1:],
            "code": offer.code,
            "full_day": offer.day,
        }
        choices = self.voice.phrases.tones[self.voice.tone][slot]
        text = self.voice.first(self.voice.turn(choices, slot), values)
        # What it says is what this sentence of the offer says.
        return Line(text, quoted(offer.lead).passage_ids) if text else None

    def terms(self) -> Block:
        """Every condition of the offer."""
        offer = self.story.offer
        lines = tuple(map(quoted, offer.terms)) if offer else ()
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
        warmly = self.voice.tone is Tone.FRIENDLY
        facts = telling(topic, lead.tags if lead else frozenset(), figures_last=warmly)
        again = lead is not None and lead.category == topic.category
        before = self.voice.say(f"help {topic.category}", again=again) if place == 0 else None
        ranks = dict(zip(facts, _HELP_RANKS[place], strict=False))
        # They are told in the order of the document, whatever their rank.
        lines = tuple(quoted(f, ranks[f]) for f in topic.facts if f in ranks)
        return Block(lines, before=before)

    def act(self) -> str | None:
        """A call to act, pressing only where there is a last day."""
        return self.voice.say(f"act {self._pressure()}")

    def closing(self) -> Block:
        """The last paragraph."""
        last = self._last_call()
        return Block(
            (last,) if last else (), after=self.voice.say(f"closing {self._pressure()}"), stays=True
        )

    def _last_call(self) -> Line | None:
        """The last day once more, where the tone is one that says it twice."""
        offer = self.story.offer
        if offer is None or self.voice.tone is not Tone.URGENT:
            return None
        if offer.deadline:
            return quoted(offer.deadline, _DEADLINE_RANK)
        return self._in_short("last call") if offer.lead.day else None

    def sign_off(self) -> Block:
        """Who writes."""
        source = self.story.signed
        name = self.voice.say("sign-off named") if source else None
        if source is None or name is None:
            return Block(before=self.voice.say("sign-off unnamed"), stays=True)
        return Block((Line(name, (source.passage_id,)),))

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
        teller.about_us(),
        teller.closing(),
        teller.sign_off(),
        teller.terms(),
    )


_ORDER: Mapping[Tone, Callable[[Teller], tuple[Block, ...]]] = {
    Tone.URGENT: _urgent,
    Tone.INFORMATIONAL: _informational,
    Tone.FRIENDLY: _friendly,
}


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
