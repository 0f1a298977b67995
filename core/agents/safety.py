"""Decides whether a message may go to a person for approval, and says why not."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from core.content.accidental import accidents
from core.content.audience_truth import counted_statements
from core.content.brand import unsaid, word_rules
from core.content.claim_findings import claim_findings
from core.content.duplicates import duplicate_findings
from core.content.harm import harm, ungrounded
from core.content.hidden_text import hidden_findings
from core.content.instructions import instructions
from core.content.language import language_findings
from core.content.lengths import Limits, length_findings
from core.content.merge_fields import RULE, merge_findings, message_readings
from core.content.off_topic import off_topic_findings
from core.content.patterns import find
from core.content.personal_data import personal_findings
from core.content.reader_findings import reader_findings
from core.content.screen_rules import ScreenRules, decision_of
from core.content.support import codes_of
from core.models.campaign import Brief
from core.models.content import Passage
from core.models.merge_fields import MergeField
from core.models.messages import (
    Citation,
    Finding,
    Level,
    Message,
    Screened,
    Severity,
    TextField,
)
from core.models.offer import Offer
from core.protocols.audience import UNKNOWN_READERS, Audience, Readers
from core.protocols.safety_screen import LISTS, SafetyScreen, ScreenReport

EVERY_FIELD = frozenset(TextField)

_ORDER = {field: place for place, field in enumerate(TextField)}
_GAP = "\n\n"
_LIST_LEVELS = dict(zip(LISTS, (Level.BLOCK, Level.REVIEW), strict=True))


@dataclass(frozen=True, slots=True)
class SafetyAgent:
    """Runs every check on a message; a check that cannot run means no outcome, never a pass.

    `rules` gives the rules in force, and is asked once for each message.
    """

    screen: SafetyScreen
    rules: Callable[[], ScreenRules] = ScreenRules

    def run(  # noqa: PLR0913 - everything a check may look at, by name
        self,
        message: Message,
        passages: Sequence[Passage],
        *,
        citations: Sequence[Citation] = (),
        brief: Brief | None = None,
        fields: Collection[TextField] = EVERY_FIELD,
        readers: Readers = UNKNOWN_READERS,
        offers: Sequence[Offer] = (),
    ) -> Screened:
        """The outcome of all checks, findings in order of field and place.

        Args:
            message: the text.
            passages: everything the message may rest on, all allowed for its readers.
            citations: a sentence quoted here must be supported by its own passage.
            brief: its words, must-say and must-not-say replace or join the brand's rules.
            fields: the parts to look at; a text that is not a whole message (some part is left
                out) has no minimum or maximum number of words.
            readers: what is known of those who get it.
            offers: the offers of those passages; a message that uses one tells its conditions.

        Raises:
            ProviderFailed: the screen gave no scores; the message is then not screened.
        """
        told = (tuple(passages), tuple(citations), tuple(offers))
        task = _Task(self.screen, self.rules(), message, *told, brief, frozenset(fields))
        found = {f: None for part in task.parts() for f in task.merged(part, readers.merge_fields)}
        broken = tuple(found)
        reports = []
        # Its readers get it with values filled in and one of each two conditional texts.
        for reading in message_readings(message):
            read = replace(task, message=reading.message)
            report, harms = read.harms()
            reports.append(report)
            checked = (f for part in task.parts() for f in read.checks(part))
            own = tuple(checked)
            new = (finding for finding in harms if not _known(finding, own))
            every = (reading.back(f, message) for f in (*own, *read.claims(), *new, *read.unsaid()))
            found.update((f, None) for f in every if not _is_told(f, broken))
        found.update(dict.fromkeys(task.untrue(readers.audience)))
        found.update(dict.fromkeys(duplicate_findings(message, readers.others)))
        findings = tuple(sorted(found, key=_place))
        return Screened(
            decision_of([f.level for f in findings]),
            _worst([report.severity for report in reports]),
            findings,
            reports[-1].engine,
            basic=any(report.basic for report in reports),
            most=reports[-1].most,
            policy=task.rules.sha256,
        )


@dataclass(frozen=True, slots=True)
class _Task:
    """One message with everything its checks look at."""

    screen: SafetyScreen
    rules: ScreenRules
    message: Message
    passages: tuple[Passage, ...]
    citations: tuple[Citation, ...]
    offers: tuple[Offer, ...]
    brief: Brief | None
    fields: frozenset[TextField]

    def parts(self) -> list[TextField]:
        """The parts to look at, in order."""
        return [field for field in TextField if field in self.fields]

    def merged(
        self, field: TextField, merge_fields: Sequence[MergeField] | None
    ) -> tuple[Finding, ...]:
        """What is wrong with the merge fields of one part, as it is written."""
        return merge_findings(self.message.part(field), field, merge_fields)

    def checks(self, field: TextField) -> tuple[Finding, ...]:
        """Everything code can say about one part."""
        text = self.message.part(field)
        brand = self.rules.brand
        codes = codes_of(self.passages)
        return (
            *accidents(
                text,
                field,
                names=brand.names,
                capitals=codes.union(brand.capitals),
                document_ids={p.document_id for p in self.passages},
            ),
            *length_findings(text, field, self._limits(field)),
            *language_findings(text, field, self.brief.language if self.brief else brand.language),
            *instructions(text, field),
            *(off_topic_findings(text, field, self.passages) if self._whole() else ()),
            *personal_findings(
                text, field, approved=[*(p.text for p in self.passages), *brand.contacts]
            ),
            *find(word_rules(brand, self.brief), text, field),
            *hidden_findings(text, field),
        )

    def claims(self) -> tuple[Finding, ...]:
        """The claims no passage supports, and the conditions of offers that are left out."""
        parts = {field: self.message.part(field) for field in self.parts()}
        return claim_findings(parts, self.passages, self.citations, self.offers)

    def untrue(self, audience: Audience | None) -> tuple[Finding, ...]:
        """What the message says of its readers and is not so for all of them, as it is written."""
        counted = counted_statements(self.message, self.passages, audience, self.parts())
        return reader_findings(self.message, counted, audience.columns if audience else ())

    def harms(self) -> tuple[ScreenReport, list[Finding]]:
        """The severities of the whole message, and where the words that caused them stand."""
        starts: dict[TextField, int] = {}
        whole = ""
        for field in self.parts():
            starts[field] = len(whole)
            whole += self.message.part(field) + _GAP
        report = harm(self.screen, whole.removesuffix(_GAP))
        found = []
        for category in Severity.__dataclass_fields__:
            severity: int = getattr(report.severity, category)
            level = self.rules.config.level(category, severity)
            if level is not None:
                spans = [(s, e) for c, s, e in report.marks if c == category] or [(0, len(whole))]
                why = f"{report.engine}: {category.replace('_', '-')} {severity} of {report.most}."
                found += [
                    Finding(category, level, *place, why)
                    for span in spans
                    for place in self._places(span, starts)
                ]
        return report, [*found, *self._listed(report, starts), *self._ungrounded()]

    def _listed(self, report: ScreenReport, starts: dict[TextField, int]) -> list[Finding]:
        """The words of the brand's lists that the engine found."""
        return [
            Finding(
                "blocklist", _LIST_LEVELS[name], *place,
                f"{report.engine} finds this on the brand's list of {name} words.",
            )
            for name, *span in report.marks
            if name in _LIST_LEVELS
            for place in self._places((span[0], span[1]), starts)
        ]  # fmt: skip

    def unsaid(self) -> list[Finding]:
        """What the brief or the brand asks for and no part says, as findings about the body."""
        if self.fields != EVERY_FIELD:
            return []
        return [*self._must_say(), *unsaid(self.message, self.rules.brand, self._cited())]

    def _must_say(self) -> list[Finding]:
        if self.brief is None:
            return []
        said = " ".join(" ".join(self.message.part(f).split()) for f in TextField).casefold()
        return [
            Finding(
                "must_say", Level.BLOCK, TextField.BODY, 0, 0, "",
                f"The brief asks for '{phrase}', and the message does not say it.",
            )
            for phrase in self.brief.must_say
            if " ".join(phrase.split()).casefold() not in said
        ]  # fmt: skip

    def _ungrounded(self) -> list[Finding]:
        """What the engine says no passage supports, where it can tell."""
        why = f"{self.screen.describe()} finds no support for this in the sources."
        sources = [p.text for p in self.passages]
        return [
            Finding("ungrounded", Level.REVIEW, part, start, end, text[start:end], why)
            for part in (self.parts() if sources else ())
            for text in [self.message.part(part)]
            for start, end in ungrounded(self.screen, text, sources)
        ]

    def _cited(self) -> list[Passage]:
        cited = {c.document_id for c in self.citations}
        return [p for p in self.passages if p.document_id in cited]

    def _places(
        self, span: tuple[int, int], starts: dict[TextField, int]
    ) -> list[tuple[TextField, int, int, str]]:
        places = []
        for field, offset in starts.items():
            text = self.message.part(field)
            start, end = max(span[0] - offset, 0), min(span[1] - offset, len(text))
            if start < end:
                places.append((field, start, end, text[start:end]))
        return places

    def _whole(self) -> bool:
        return self.fields == EVERY_FIELD

    def _limits(self, field: TextField) -> Limits:
        brand = self.rules.brand
        if field is TextField.SUBJECT:
            return Limits(characters_max=brand.subject_max)
        if field is TextField.PREHEADER:
            return Limits(characters_max=brand.preheader_max)
        if self.fields != EVERY_FIELD:
            return Limits()
        words = self.brief or brand
        grade = brand.grade_max if words.language == "en" else None
        return Limits(words_min=words.words_min, words_max=words.words_max, grade_max=grade)


def _is_told(finding: Finding, broken: Collection[Finding]) -> bool:
    """Whether the reading of the merge fields has said of this place what is wrong."""
    return finding.rule == RULE and any(
        f.field is finding.field and f.start <= finding.start and finding.end <= f.end
        for f in broken
    )


def _worst(severities: Sequence[Severity]) -> Severity:
    return Severity(
        *(max(getattr(s, name) for s in severities) for name in Severity.__dataclass_fields__)
    )


def _known(finding: Finding, others: Collection[Finding]) -> bool:
    """Whether a word that the engine found on a list was found there by our own check, too."""
    return finding.rule == "blocklist" and any(
        (other.rule, other.field, other.level) == ("blocklist", finding.field, finding.level)
        and other.start <= finding.start
        and finding.end <= other.end
        for other in others
    )


def _place(finding: Finding) -> tuple[int, int, int, str, str]:
    place = _ORDER[finding.field]
    return place, finding.start, finding.end, finding.rule, finding.explanation
