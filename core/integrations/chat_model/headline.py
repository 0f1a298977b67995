"""Subject and preheader: what stands in the inbox before a message is opened."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from core.integrations.chat_model.phrases import Voice
from core.integrations.chat_model.story import Fact, Role, Story
from core.models.campaign import Tone

_YEAR = re.compile(r",? \d{4}$")
# Alone in an inbox, without the sentence before it, such a word promises more than it means.
_SWEEPING = re.compile(r"\b(?:every\w*|all|any\w*)\b", re.IGNORECASE)
_SHOWN: Mapping[Tone, tuple[Role, ...]] = {
    Tone.URGENT: (Role.PRICE, Role.BENEFIT),
    Tone.INFORMATIONAL: (Role.MAKE, Role.PRICE, Role.CARE, Role.BENEFIT),
    Tone.FRIENDLY: (Role.BENEFIT,),
}


def subject(story: Story, voice: Voice, *, limit: int) -> str | None:
    """A line that says what this message is about, at most `limit` characters; None if none may."""
    choices = _choices("subject", story, voice)
    if voice.tone is Tone.FRIENDLY:
        choices = (*_of_kind(story, voice), *choices)
    return _first(choices, story, voice, limit)


@dataclass(frozen=True, slots=True)
class Inbox:
    """What a preheader stands beside: its limit, the subject, and what the body cites and says."""

    limit: int
    subject: str
    cited: Collection[str]
    said: Collection[str]


def preheader(story: Story, voice: Voice, inbox: Inbox) -> str | None:
    """A line that goes on from the subject; facts in it come from passages the body cites.

    What the body says already is not said here too.
    """
    choices = _choices("preheader", story, voice)
    facts = [f for f in _facts(story, voice, inbox) if f not in inbox.said]
    for fact in facts or ("",):
        fresh = [c for c in choices if not _repeats(c, inbox.subject, story)]
        line = _first(fresh, story, voice, inbox.limit, fact=fact)
        if line and line.casefold() != inbox.subject.casefold():
            return line
    return None


def _choices(part: str, story: Story, voice: Voice) -> tuple[str, ...]:
    """This voice's templates for a part: those for such a lead in turn, then those for any."""
    phrases = voice.phrases.tones[voice.tone]
    slot = f"{part} {'product' if _is_product(story) else 'other'}"
    return (*voice.turn(phrases[slot], slot), *phrases[f"{part} plain"])


def _is_product(story: Story) -> bool:
    return story.lead is not None and story.lead.category == "product"


def _repeats(choice: str, said: str, story: Story) -> bool:
    """Whether a preheader would name the offer, its day or the topic again after the subject."""
    values = _values(story)
    known = [v for name, v in values.items() if "{" + name + "}" in choice]
    return any(value.casefold() in said.casefold() for value in known)


def _first(
    choices: Sequence[str], story: Story, voice: Voice, limit: int, *, fact: str = ""
) -> str | None:
    values = _values(story)
    if fact:
        values["fact"] = fact
    return voice.first(choices, values, limit=limit)


def _of_kind(story: Story, voice: Voice) -> tuple[str, ...]:
    if story.lead is None or not _is_product(story):
        return ()
    kind = voice.phrases.kind(story.lead.title, story.lead.keywords)
    return voice.turn(kind.subject, "kind subject") if kind else ()


def _facts(story: Story, voice: Voice, inbox: Inbox) -> tuple[str, ...]:
    """Short sentences about the lead, those the tone likes best first.

    None where two products share the subject and there is an offer: a fact of one says too little.
    """
    if story.lead is None or (story.paired and story.offer):
        return ()
    liked = _SHOWN[voice.tone]

    def order(fact: Fact) -> int:
        return liked.index(fact.role) if fact.role in liked else len(liked)

    fitting = [
        f
        for f in story.lead.facts
        if len(f.text) <= inbox.limit
        and f.passage.passage_id in inbox.cited
        and not _SWEEPING.search(f.text)
        and voice.allows(f.text)
        # With an offer there is something else to say, so the tone need not say what it dislikes.
        if f.role in liked or not (story.offer and _is_product(story))
    ]
    return tuple(f.text for f in sorted(fitting, key=order))


def _values(story: Story) -> dict[str, str]:
    values: dict[str, str] = {}
    if story.lead:
        second = f" and {story.also[0].named}" if story.paired else ""
        values |= {"topic": story.lead.title + second, "named": story.lead.named + second}
    if story.offer:
        title = story.offer.topic.title
        values |= {"offer": title, "an_offer": title[0].lower() + title[1:]}
        if story.offer.code:
            values["code"] = story.offer.code
        if story.offer.day:
            # An inbox line does without the year; the body has the whole date.
            values["day"] = _YEAR.sub("", story.offer.day)
    return values
