"""The local writer: composes messages from approved passages, the same ones every time.

No model, no chance, no clock. What is a fact is quoted word for word; what connects the facts
comes from `config/writer_phrases.yaml` and claims nothing.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from core.errors import ProviderRejected
from core.integrations.chat_model.fitting import Line, Paragraph, fit, words_of
from core.integrations.chat_model.headline import Inbox, preheader, subject
from core.integrations.chat_model.layout import Teller
from core.integrations.chat_model.phrases import Phrases, Voice, read_phrases
from core.integrations.chat_model.selection import stories
from core.integrations.chat_model.story import Story
from core.models.campaign import Brief
from core.models.merge_fields import FIRST_NAME
from core.protocols.chat_model import Completion, Material, Prompt
from core.protocols.provider import ProviderContext

PHRASES = Path(__file__).resolve().parents[3] / "config" / "writer_phrases.yaml"
SUBJECT_MAX, PREHEADER_MAX = 60, 100


def build(context: ProviderContext) -> "LocalWriter":
    """The local writer with the phrases of `config/writer_phrases.yaml`; needs no account."""
    del context
    return LocalWriter(read_phrases(PHRASES))


@dataclass(frozen=True, slots=True)
class LocalWriter:
    """Composes one message from approved passages."""

    phrases: Phrases

    def check(self) -> str:
        """It has all it needs with it."""
        return self.describe()

    def describe(self) -> str:
        """What people call it."""
        return "Local writer"

    @property
    def metered(self) -> bool:
        """It costs nothing and is quick."""
        return False

    @property
    def priced(self) -> bool:
        """Its price is known: nothing."""
        return True

    def most_usd(self, prompt: Prompt) -> float | None:
        """Nothing."""
        del prompt
        return 0.0

    def complete(self, prompt: Prompt) -> Completion:
        """The message as JSON; `model` names the version of the phrases.

        Raises:
            ProviderRejected: the passages cannot carry a message of the length asked for; the
                reason says what is missing.
        """
        try:
            text = json.dumps(self._answer(prompt.material), ensure_ascii=False)
        except _Missing as missing:
            task = f"write for '{prompt.material.segment.name}'"
            raise ProviderRejected(self.describe(), task, str(missing)) from missing
        return Completion(text, engine="local writer", model=f"phrases {self.phrases.sha256[:12]}")

    def _answer(self, material: Material) -> dict[str, object]:
        _check_brief(material.brief)
        told = [self._tell(story, material) for story in stories(material, self.phrases)]
        if not told:
            raise _Missing(_without_offer(material.brief))
        usable = next((t for t in told if not t.problem), None)
        if usable is None:
            raise _Missing(told[-1].problem)
        return usable.answer()

    def _tell(self, story: Story, material: Material) -> "_Told":
        brief = material.brief
        forbidden = tuple(p.strip().casefold() for p in brief.must_not_say if p.strip())
        voice = Voice(self.phrases, material.tone, material.segment.segment_id, forbidden)
        by_name = any(field.name == FIRST_NAME for field in material.merge_fields)
        wishes: tuple[Line, ...] = ()
        while True:
            blocks = Teller(story, voice, wishes, by_name).blocks()
            body = fit(blocks, least=brief.words_min, most=brief.words_max)
            missing = _missing(material, body, wishes)
            if not missing:
                return _Told(story, voice, body, _problem(brief, story, words_of(body)))
            wishes = (*wishes, *missing)


@dataclass(frozen=True, slots=True)
class _Told:
    """One story as paragraphs; `problem` says why they are no message."""

    story: Story
    voice: Voice
    body: tuple[Paragraph, ...]
    problem: str

    def answer(self) -> dict[str, object]:
        """The message in the shape of the answer every engine gives."""
        cited = {name for paragraph in self.body for line in paragraph for name in line.passage_ids}
        title = subject(self.story, self.voice, limit=SUBJECT_MAX)
        if title is None:
            raise _Missing("the brief forbids every subject line it has words for.")
        inbox = Inbox(PREHEADER_MAX, title, cited, {n.text for p in self.body for n in p})
        teaser = preheader(self.story, self.voice, inbox)
        if teaser is None:
            raise _Missing("the brief forbids every preheader it has words for.")
        return {
            "subject": title,
            "preheader": teaser,
            "paragraphs": [
                [{"text": line.text, "passage_ids": list(line.passage_ids)} for line in paragraph]
                for paragraph in self.body
            ],
        }


class _Missing(Exception):
    """What a message cannot be written without."""


def _check_brief(brief: Brief) -> None:
    if brief.language.partition("-")[0].lower() != "en":
        raise _Missing(f"it writes English only, and the brief asks for '{brief.language}'.")
    for phrase in brief.must_say:
        against = [w for w in brief.must_not_say if w.strip() and w.casefold() in phrase.casefold()]
        if against:
            raise _Missing(f'the brief wants "{phrase}" said and forbids "{against[0]}".')


def _missing(
    material: Material, body: tuple[Paragraph, ...], wishes: tuple[Line, ...]
) -> tuple[Line, ...]:
    """Lines for what the brief wants said and the body does not say yet."""
    text = "\n".join(" ".join(line.text for line in paragraph) for paragraph in body)
    phrases = dict.fromkeys(p.strip() for p in material.brief.must_say if p.strip())
    asked = {line.text for line in wishes}
    return tuple(
        Line(phrase, tuple(p.passage_id for p in material.passages if phrase in p.text)[:1])
        for phrase in phrases
        if phrase not in text and phrase not in asked
    )


def _problem(brief: Brief, story: Story, words: int) -> str:
    if words > brief.words_max:
        title = f"the terms of '{story.offer.topic.title}'" if story.offer else "the brief"
        return f"{title} alone make a message of {words} words; at most {brief.words_max} may be."
    if words < brief.words_min:
        return (
            f"the approved passages make a message of {words} words and {brief.words_min} are "
            "needed; approve more about a product, a service or a policy for this segment."
        )
    return ""


def _without_offer(brief: Brief) -> str:
    return (
        f"the offer '{brief.offer_document_id}' of the brief is not among the passages for this "
        "segment, or not with its terms."
    )
