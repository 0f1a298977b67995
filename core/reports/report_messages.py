"""The sections of a report about what was said: messages as sent, and the sources they cite."""

from collections.abc import Iterator

from core.charts.dates import day_words
from core.charts.units import count
from core.models.approval import Review
from core.models.campaign import CampaignState, Tone
from core.models.reporting import MessageSent, PassageCited
from core.reports import report_lines as lines
from core.reports.recommendations import better_arms
from core.reports.report_content import ReportContent
from core.reports.report_document import Block, Points, Quoted, Section, Words

_AS_APPROVED = (
    "Each message as it was approved. Where it holds a merge field such as {{ first_name }}, every "
    "customer got their own value, or the default beside it."
)
_GONE = frozenset({CampaignState.EXPORTED, CampaignState.FINISHED})
_NOT_OURS = "This mailing was made elsewhere; its texts are not known here."


def message_sections(content: ReportContent) -> Iterator[Section]:
    """What was said, and what it rests on."""
    gone = content.campaign.state in _GONE or content.campaign.imported
    title = "Messages as sent" if gone else "Messages as approved"
    ours = bool(content.sent)
    yield Section("messages", title, tuple(_messages(content)), new_page=ours)
    yield Section("sources", "Sources cited", tuple(_sources(content)))


def _messages(content: ReportContent) -> Iterator[Block]:
    campaign = content.campaign
    if campaign.imported:
        yield Words((_NOT_OURS,))
    yield Points(tuple(lines.message_lines(campaign, content.messages, content.sources)))
    if content.sent:
        yield Words((_AS_APPROVED,))
    for sent in content.sent:
        yield _message(content, sent)
    experiment = content.experiment
    silent = [arm.name for arm in experiment.arms if arm.tone is None] if experiment else []
    if silent and not campaign.imported:
        yield Words((f"{', '.join(silent)}: no message of this campaign.",))


def _message(content: ReportContent, sent: MessageSent) -> Quoted:
    variant = sent.variant
    arm = content.arm_labels.get(sent.arm, sent.arm)
    facts = [("For", f"{variant.segment}{_customers(sent.customers)}")]
    engine = f"{variant.generation.engine} {variant.generation.model}".strip()
    writer = "a person" if variant.tone is Tone.CONTROL else f"{engine}, tone {variant.tone}"
    facts.append(("Written by", f"{writer}; revision {variant.revision}"))
    facts.append(("Approved", _approved(sent.approvals)))
    message = variant.message
    return Quoted(
        f"{arm}, {variant.segment}",
        tuple(facts),
        (
            ("Subject", (message.subject,)),
            ("Preheader", (message.preheader,)),
            ("Text", _paragraphs(message.body)),
        ),
        _language(content.campaign.brief.language),
    )


def _language(code: str) -> str:
    """The language without its region; English where the brief's is no code."""
    main = code.partition("-")[0].lower()
    return main if len(main) in {2, 3} and main.isascii() and main.isalpha() else "en"


def _customers(number: int | None) -> str:
    return "" if number is None else f", {count(number)} customers"


def _approved(approvals: tuple[Review, ...]) -> str:
    """Who approved, when, and whether their identity was verified."""
    if not approvals:
        return "no approval that stands"
    return "; ".join(
        f"by {review.by} on {lines.day(review.at)}"
        f"{'' if review.verified else ' (identity not verified)'}"
        f"{', in one batch' if review.batch else ''}: {review.reason or 'no reason given'}"
        for review in sorted(approvals, key=lambda review: (review.at, review.by))
    )


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _sources(content: ReportContent) -> Iterator[Block]:
    if not content.cited:
        yield Words(("No message of this campaign cites a source.",))
        return
    best = better_arms(content.readout) if content.readout else ()
    chosen = [c for c in content.cited if set(c.arms) & set(best)]
    if chosen:
        named = ", ".join(content.arm_labels.get(arm, arm) for arm in best)
        yield Words((f"What the messages of the groups shown to be better cite: {named}.",))
    else:
        why = "No group is shown to be better" if content.readout else "Nothing is measured yet"
        yield Words((f"{why}, so the sources of all groups are listed.",))
    for cited in chosen or content.cited:
        yield _source(content, cited)
    rest = sorted({_version(c) for c in content.cited} - {_version(c) for c in chosen})
    if chosen and rest:
        yield Words((f"Cited by other groups only: {', '.join(rest)}.",))


def _source(content: ReportContent, cited: PassageCited) -> Quoted:
    arms = ", ".join(content.arm_labels.get(arm, arm) for arm in cited.arms)
    ends = "evergreen" if cited.valid_until is None else f"until {day_words(cited.valid_until)}"
    text = cited.text
    return Quoted(
        f"{cited.title} ({_version(cited)}, passage {cited.passage_index})",
        (("Cited by", arms), ("Valid", ends)),
        (("Passage", _paragraphs(text) if text else ("not in this version any more",)),),
    )


def _version(cited: PassageCited) -> str:
    return f"{cited.document_id}, version {cited.version}"
