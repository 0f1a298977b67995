"""Small stand-ins for what is outside, for tests that need an outside that misbehaves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from core.errors import ProviderUnavailable
from core.protocols.chat_model import Completion, Prompt
from core.protocols.safety_screen import CATEGORIES, ScreenLimits, ScreenReport, ShieldReport


@dataclass(slots=True)
class ScriptedChatModel:
    """Gives the answers it was told, in order and the last one again and again."""

    answers: list[str]
    cost_usd: float = 0.0
    asked: list[Prompt] = field(default_factory=list)
    metered: bool = False
    priced: bool = True

    def most_usd(self, prompt: Prompt) -> float | None:
        """What it always costs."""
        return self.cost_usd

    def complete(self, prompt: Prompt) -> Completion:
        """The next answer."""
        self.asked.append(prompt)
        answer = self.answers[min(len(self.asked), len(self.answers)) - 1]
        return Completion(answer, "scripted", "script-1", 100, 10, self.cost_usd)

    def check(self) -> str:
        """It always works."""
        return self.describe()

    def describe(self) -> str:
        """What people call it."""
        return "Scripted model"


@dataclass(slots=True)
class TopicEmbedder:
    """Texts on one topic point the same way, whatever their words; what it embeds is kept."""

    identity: str = "topics 1"
    topics: tuple[tuple[str, ...], ...] = (("wool", "jumper", "knit"), ("linen", "summer"))
    fails: bool = False
    asked: list[str] = field(default_factory=list)

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """One number a topic, and one for everything else."""
        if self.fails:
            raise ProviderUnavailable("Topics", "embed texts", "it is out of order")
        self.asked += texts
        rows = [[*(self._share(text, words) for words in self.topics), 0.1] for text in texts]
        made = np.array(rows, dtype=np.float32)
        return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), dtype=np.float32)

    def check(self) -> str:
        """It always works."""
        return self.describe()

    def describe(self) -> str:
        """What people call it."""
        return "topics"

    def _share(self, text: str, words: tuple[str, ...]) -> float:
        return float(sum(word in text.lower() for word in words))


def scored(
    *marks: tuple[str, int, int],
    engine: str = "scripted screen",
    basic: bool = False,
    **scores: int,
) -> ScreenReport:
    """A whole report; a category that is not named scored 0."""
    return ScreenReport(dict.fromkeys(CATEGORIES, 0) | scores, marks, engine, basic)


@dataclass(slots=True)
class ScriptedScreen:
    """Answers every text as it is told, which may be not at all, and notes what it was asked."""

    answer: Callable[[str], object] = lambda _: scored()
    limit: ScreenLimits = ScreenLimits(characters=None, seconds=None)
    attacks: tuple[str, ...] = ()
    unsupported: tuple[tuple[int, int], ...] | None = None
    documents_answered: int | None = None
    asked: list[str] = field(default_factory=list)

    def scan(self, text: str) -> ScreenReport:
        """What it was told to say about this text, report or not."""
        self.asked.append(text)
        return self.answer(text)  # type: ignore[return-value]

    def shield(self, prompt: str, documents: Sequence[str]) -> ShieldReport:
        """Nothing in the prompt but what it was told, nothing in the documents."""
        answered = len(documents) if self.documents_answered is None else self.documents_answered
        return ShieldReport(self.attacks, ((),) * answered, "scripted screen")

    def ungrounded(self, text: str, sources: Sequence[str]) -> tuple[tuple[int, int], ...] | None:
        """What it was told."""
        return self.unsupported

    def keep_lists(self) -> None:
        """It keeps none."""
        return

    def limits(self) -> ScreenLimits:
        """What it was told."""
        return self.limit

    def describe(self) -> str:
        """What people call it."""
        return "scripted screen"
