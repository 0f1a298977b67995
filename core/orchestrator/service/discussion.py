"""What people say about a message without deciding: comments, and edits an author may take."""

import logging
from dataclasses import dataclass, replace

from core.errors import BadInput, MoveRefused, NotAllowed, StaleRevision
from core.models.discussion import Comment, Suggestion, SuggestionState
from core.models.messages import Message, TextField, Variant
from core.models.people import Person
from core.orchestrator.service.context import Context, Write
from core.orchestrator.service.messages import Messages
from core.storage import discussion, variants
from core.workflow import Permission, Step, moved, require

logger = logging.getLogger(__name__)

_TEXT_MAX = 2000


@dataclass(frozen=True, slots=True)
class Discussion:
    """Comments and suggested edits on the messages of a workspace."""

    context: Context
    messages: Messages

    def comments(self, variant_id: str) -> tuple[Comment, ...]:
        """Every comment on a message, oldest first."""
        with self.context.read() as connection:
            return discussion.comments_of(connection, variant_id)

    def suggestions(self, variant_id: str) -> tuple[Suggestion, ...]:
        """Every edit suggested for a message, newest first."""
        with self.context.read() as connection:
            return discussion.suggestions_of(connection, variant_id)

    def comment(self, variant_id: str, text: str, *, revision: int, by: Person) -> Comment:
        """Keep a comment with the revision it speaks of.

        Raises:
            BadInput: it is empty or too long.
            StaleRevision: the message has another revision by now; nothing is recorded.
        """
        require(by, Permission.DISCUSS)
        text = _checked(text, "comment")
        with self.context.write(by) as write:
            _current(write, variant_id, revision)
            made = Comment(
                comment_id=f"{variant_id}-c{write.at:%Y%m%dT%H%M%S%f}",
                variant_id=variant_id,
                revision=revision,
                by=by.name,
                verified=by.verified,
                at=write.at,
                text=text,
            )
            discussion.add_comment(write.connection, made)
            write.record("comment", variant_id, revision=revision, text=text)
        return made

    def suggest(
        self, variant_id: str, message: Message, *, revision: int, note: str = "", by: Person
    ) -> Suggestion:
        """Propose another wording; nothing of the message changes, and nobody becomes an author.

        Raises:
            BadInput: nothing is different, or a part is empty.
            StaleRevision: the message has another revision by now; nothing is recorded.
            MoveRefused: the message can no longer be changed.
        """
        require(by, Permission.DISCUSS)
        note = _checked(note, "note") if note.strip() else ""
        with self.context.write(by) as write:
            variant = _current(write, variant_id, revision)
            moved(variant.state, Step.REWRITE)
            _refuse_empty(message, variant.message)
            made = Suggestion(
                suggestion_id=f"{variant_id}-s{write.at:%Y%m%dT%H%M%S%f}",
                variant_id=variant_id,
                revision=revision,
                by=by.name,
                verified=by.verified,
                at=write.at,
                message=message,
                note=note,
            )
            discussion.add_suggestion(write.connection, made)
            write.record(
                "suggest edit", variant_id, revision=revision, suggestion=made.suggestion_id
            )
        return made

    def accept(self, suggestion_id: str, *, by: Person) -> Variant:
        """The message in the suggested words, checked; whoever accepts becomes its author.

        Raises:
            NotAllowed: the person may not write messages, or accepts what they suggested.
            MoveRefused: somebody settled the suggestion before.
            StaleRevision: it was made for an earlier revision; nothing is recorded.
        """
        require(by, Permission.WRITE)
        wanted = self._open(suggestion_id)
        if by.among({wanted.by}):
            raise NotAllowed(
                "You suggested this yourself; edit the message if you want to be its author."
            )
        return self.messages.edit(
            wanted.variant_id,
            wanted.message,
            expected_revision=wanted.revision,
            by=by,
            suggestion=wanted,
        )

    def decline(self, suggestion_id: str, *, reason: str, by: Person) -> Suggestion:
        """Leave the message as it is, and say why.

        Raises:
            NotAllowed: the person may not write messages and did not suggest it.
            MoveRefused: somebody settled the suggestion before.
        """
        wanted = self._open(suggestion_id)
        if not by.among({wanted.by}):
            require(by, Permission.WRITE)
        reason = _checked(reason, "reason")
        with self.context.write(by) as write:
            settled = replace(
                wanted,
                state=SuggestionState.DECLINED,
                settled_by=by.name,
                settled_at=write.at,
                answer=reason,
            )
            discussion.settle(write.connection, settled)
            write.record(
                "decline suggestion", wanted.variant_id, suggestion=suggestion_id, reason=reason
            )
        return settled

    def _open(self, suggestion_id: str) -> Suggestion:
        with self.context.read() as connection:
            wanted = discussion.suggestion(connection, suggestion_id)
        if wanted.state is not SuggestionState.OPEN:
            raise MoveRefused(
                f"{wanted.settled_by} {wanted.state} this suggestion already. Nothing was recorded."
            )
        return wanted


def _current(write: Write, variant_id: str, revision: int) -> Variant:
    variant = variants.get(write.connection, variant_id)
    if variant.revision != revision:
        raise StaleRevision(f"message {variant_id}")
    return variant


def _checked(text: str, what: str) -> str:
    text = text.strip()
    if not text or len(text) > _TEXT_MAX:
        raise BadInput(f"Write a {what} of 1 to {_TEXT_MAX:,} characters.")
    return text


def _refuse_empty(message: Message, before: Message) -> None:
    if message == before:
        raise BadInput("Nothing is different from the message, so nothing was suggested.")
    for part in TextField:
        if not message.part(part).strip():
            raise BadInput(f"The {part} is empty; write one.")
