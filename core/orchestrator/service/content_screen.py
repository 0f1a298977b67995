"""Every document that is saved is read, checked and screened first, whichever way it came in."""

from dataclasses import replace
from datetime import date

from core.content.document_screen import document_remarks
from core.content.documents import document_of
from core.content.passages import passages_of
from core.errors import BadInput
from core.models.content import Document, DocumentStatus, Remark
from core.models.messages import Level, Severity
from core.models.people import Person
from core.orchestrator.pipeline import Agents
from core.rules import parse

_RELEASED = "released by"


def document_from(data: object, *, anchor: date, by: Person) -> Document:
    """The document that a file or a form describes, its audience a rule that can be read.

    Raises:
        BadInput: a field is missing, unknown or wrong; names it.
    """
    document = document_of(data, anchor=anchor)
    try:
        parse(document.audience)
    except BadInput as error:
        raise BadInput(f"audience: {error}") from error
    if not passages_of(document):
        raise BadInput("content: there is no paragraph in it; write at least one.")
    return replace(document, added_by=by.name)


def remarks_on(document: Document, agents: Agents) -> tuple[Remark, ...]:
    """Everything the screen says of a document.

    Raises:
        ProviderFailed: the screen gave no scores; the document then cannot be saved.
    """
    report = agents.safety.screen.scan(f"{document.title}\n\n{document.content}")
    rules, harms = agents.safety.rules(), []
    for category in Severity.__dataclass_fields__:
        severity: int = getattr(report.severity, category)
        level = rules.config.level(category, severity)
        if level is not None:
            name = category.replace("_", "-")
            why = f"{report.engine}: {name} {severity} of 6"
            harms.append(Remark(name, "the text", "", why, quarantines=level is Level.BLOCK))
    return (*document_remarks(document), *harms)


def guarded(document: Document, agents: Agents) -> Document:
    """The document as it may be stored: quarantined, with reason and place, where it must be."""
    held = [r for r in remarks_on(document, agents) if r.quarantines]
    if not held:
        return document
    return replace(document, status=DocumentStatus.QUARANTINED, status_reason=_reason(held[0]))


def released(reason: str, by: Person) -> str:
    """The words under which a document left quarantine."""
    return f"{_RELEASED} {by.name}: {reason}"


def was_released(document: Document) -> bool:
    """Whether somebody looked at what the screen said of this version, and let it pass."""
    return document.status_reason.startswith(_RELEASED)


def _reason(remark: Remark) -> str:
    return f"{remark.why}, {remark.place}" + (f": '{remark.text}'" if remark.text else "")
