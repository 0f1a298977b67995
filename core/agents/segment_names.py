"""Lets an engine propose names for segments, from aggregates only."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.clusters.aggregates import letter, told
from core.clusters.naming import LONGEST
from core.errors import MoveRefused, ProviderRejected
from core.models.customers import Segment
from core.models.segment_quality import Difference
from core.protocols.name_proposer import NamePrompt, NameProposer


@dataclass(frozen=True, slots=True)
class SegmentNamesAgent:
    """Asks for names; a person decides whether one is taken."""

    prompt: str
    proposer: NameProposer | None = None

    def asked(self, segments: Sequence[Segment], differences: Sequence[Difference]) -> NamePrompt:
        """All that would be sent: the instructions, and aggregates that show nobody."""
        letters = [letter(place) for place in range(len(segments))]
        schema = {
            "type": "object",
            "additionalProperties": False,
            "required": letters,
            "properties": {name: {"type": "string"} for name in letters},
        }
        return NamePrompt(self.prompt, told(segments, differences), schema)

    def run(
        self, segments: Sequence[Segment], differences: Sequence[Difference]
    ) -> Mapping[str, str]:
        """A proposed name for each segment by id; one without a proposal is left out.

        Raises:
            MoveRefused: no engine is configured that proposes names.
            ProviderRejected: the answer cannot be used.
        """
        if self.proposer is None:
            raise MoveRefused(
                "The local engine composes texts and proposes no names; the names come from what "
                "stands out, and you can change them."
            )
        engine = self.proposer.describe()
        answer = _parsed(self.proposer.propose(self.asked(segments, differences)), engine)
        found: dict[str, str] = {}
        for place, segment in enumerate(segments):
            name = " ".join(str(answer.get(letter(place)) or "").split())
            if not name:
                continue
            if len(name) > LONGEST or name.casefold() in map(str.casefold, found.values()):
                raise ProviderRejected(engine, "name the segments", f"it proposed '{name[:80]}'")
            found[segment.segment_id] = name
        return found


def _parsed(text: str, engine: str) -> Mapping[str, object]:
    try:
        answer = json.loads(text)
    except ValueError as error:
        raise ProviderRejected(engine, "name the segments", "its answer is no JSON") from error
    if not isinstance(answer, dict):
        raise ProviderRejected(engine, "name the segments", "its answer is no JSON object")
    return answer
