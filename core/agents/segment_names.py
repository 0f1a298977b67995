"""Lets an engine propose names for segments, from aggregates only."""

import json
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from core.clusters.aggregates import letter, tellable, told
from core.clusters.naming import LONGEST
from core.content.instructions import instructions
from core.content.personal_data import personal_findings
from core.errors import FailureKind, MoveRefused, ProviderRejected
from core.models.customers import EVERYONE_NAME, Segment
from core.models.messages import TextField
from core.models.segment_names import ProposedNames
from core.models.segment_quality import Difference
from core.protocols.chat_model import Completion
from core.protocols.name_proposer import NamePrompt, NameProposer

logger = logging.getLogger(__name__)

_TASK = "name the segments"
_TOO_FEW = "it has fewer than 30 customers, so nothing is told about it"


@dataclass(frozen=True, slots=True)
class SegmentNamesAgent:
    """Asks for names; a person decides whether one is taken."""

    prompt: str
    proposer: NameProposer | None = None

    def asked(self, segments: Sequence[Segment], differences: Sequence[Difference]) -> NamePrompt:
        """All that would be sent: the instructions, and aggregates that show nobody.

        Columns and values come from customer files, where anybody may have written: what reads as
        an instruction to a model, or as somebody's own data however many share it, is left out.
        """
        letters = [letter(place) for place, each in enumerate(segments) if tellable(each)]
        schema = {
            "type": "object",
            "additionalProperties": False,
            "required": letters,
            "properties": {name: {"type": "string"} for name in letters},
        }
        harmless = [d for d in differences if _harmless(_words(d))]
        if len(harmless) < len(differences):
            left = len(differences) - len(harmless)
            logger.warning("left %d columns or values out of what an engine is told", left)
        return NamePrompt(self.prompt, told(segments, harmless), schema)

    def run(self, segments: Sequence[Segment], differences: Sequence[Difference]) -> ProposedNames:
        """The proposed names, none of which is taken.

        Raises:
            MoveRefused: no engine is configured that proposes names, or nothing may be told.
            ProviderUnavailable: the engine did not answer.
            ProviderRejected: it refused, or its answer cannot be used.
        """
        if self.proposer is None:
            raise MoveRefused(
                "The local engine composes texts and proposes no names; the names come from what "
                "stands out, and you can change them."
            )
        if not any(tellable(segment) for segment in segments):
            raise MoveRefused(
                "Every segment has fewer than 30 customers, so nothing may be told about them; "
                "name them yourself."
            )
        completion = self.proposer.propose(self.asked(segments, differences))
        engine = self.proposer.describe()
        answer = _parsed(completion, engine)
        found: dict[str, str] = {}
        left_out: dict[str, str] = {}
        for place, segment in enumerate(segments):
            name = " ".join(answer.get(letter(place), "").split())
            others = [EVERYONE_NAME, *(s.name for s in segments if s is not segment)]
            why = _problem(name, segment, [*others, *found.values()])
            (left_out if why else found)[segment.segment_id] = why or name
        if not found:
            raise _unusable(completion, engine, "none of the names it proposed can be used")
        return ProposedNames(found, left_out, engine, completion.cost_usd)


def _problem(name: str, segment: Segment, taken: Collection[str]) -> str:
    """Why a segment cannot have a proposed name, empty when it can."""
    if not tellable(segment):
        return _TOO_FEW
    if not name:
        return "no name was proposed for it"
    if name.casefold() in map(str.casefold, taken):
        return "another segment has the name that was proposed for it"
    # What cannot be seen would make two names look alike.
    if len(name) > LONGEST or not name.isprintable() or not _harmless(name):
        return "the name that was proposed for it cannot be used"
    return ""


def _words(difference: Difference) -> str:
    return f"{difference.column.replace('_', ' ')} {difference.category or ''}"


def _harmless(text: str) -> bool:
    findings = (*instructions(text), *personal_findings(text, TextField.BODY))
    return not findings


def _parsed(completion: Completion, engine: str) -> Mapping[str, str]:
    try:
        answer = json.loads(completion.text)
    except ValueError as error:
        raise _unusable(completion, engine, "its answer is no JSON") from error
    if not isinstance(answer, dict) or not all(isinstance(n, str) for n in answer.values()):
        raise _unusable(completion, engine, "its answer is not the list of names it was asked for")
    return answer


def _unusable(completion: Completion, engine: str, why: str) -> ProviderRejected:
    return ProviderRejected(
        engine,
        _TASK,
        f"{why}; propose names again, or choose another model.",
        cost_usd=completion.cost_usd,
        kind=FailureKind.UNUSABLE,
    )
