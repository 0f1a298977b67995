"""Small stand-ins for what is outside, for tests that need an outside that misbehaves."""

from dataclasses import dataclass, field

from core.protocols.chat_model import Completion, Prompt


@dataclass(slots=True)
class ScriptedChatModel:
    """Gives the answers it was told, in order and the last one again and again."""

    answers: list[str]
    cost_usd: float = 0.0
    asked: list[Prompt] = field(default_factory=list)

    def complete(self, prompt: Prompt) -> Completion:
        """The next answer."""
        self.asked.append(prompt)
        answer = self.answers[min(len(self.asked), len(self.answers)) - 1]
        return Completion(answer, "scripted", "script-1", 100, 10, self.cost_usd)

    def describe(self) -> str:
        """What people call it."""
        return "Scripted model"
