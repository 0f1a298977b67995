"""Statements about the reader on a page: each counted, and what can be done about it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from core.content.reader_findings import truth_words, why
from core.content.reader_repairs import conditional, sentence_around, without
from core.errors import BadInput, MoveRefused
from core.models.audience import EVERYBODY, Counted, CountedStatement, ReaderStatement
from core.models.campaign import Campaign
from core.models.customers import Dataset, email_permission
from core.models.messages import Message, TextField, Variant, VariantState
from core.models.people import Person
from core.orchestrator.service.approvals import Approvals
from core.orchestrator.service.assigning import Plan
from core.orchestrator.service.audience import campaign_audience
from core.orchestrator.service.campaigns import save_brief
from core.orchestrator.service.context import Context
from core.orchestrator.service.messages import Messages
from core.orchestrator.service.reader_truth import statements_now
from core.orchestrator.service.readiness import outlook
from core.storage import campaigns, datasets, segmentations, variants
from core.workflow import Permission, require

_CHECKED_AGAIN = frozenset({VariantState.BLOCKED, VariantState.VOID})


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One statement of a message about its readers, as a person reads it.

    `predicate` is what would have to hold, empty where no column answers; `why` says the counts
    or what is missing. `removed` and `conditional` are what the sentence's part of the message
    would become, `conditional` None where it cannot be; `narrowing` is the rule that would keep
    only readers of whom it is true, None where there is none.
    """

    statement: ReaderStatement
    sentence: str
    predicate: str
    counted: Counted | None
    holds: bool
    why: str
    removed: str
    conditional: str | None
    narrowing: str | None


@dataclass(frozen=True, slots=True)
class Narrowing:
    """The audience of a campaign as it is and as it would be, with and without permission.

    `assignable` are those a send would take as things are.
    """

    rule: str
    before: int
    after: int
    assignable_before: int
    assignable_after: int

    @property
    def words(self) -> str:
        """Both sizes in a sentence."""
        return (
            f"Everyone who gets this campaign: {self.before:,} -> {self.after:,}; of them may be "
            f"assigned: {self.assignable_before:,} -> {self.assignable_after:,}."
        )


@dataclass(frozen=True, slots=True)
class ReadersOf:
    """The readers of one message: how many, and how many may be written to (None: unknown)."""

    name: str
    day: date
    customers: int
    reachable: int | None


@dataclass(frozen=True, slots=True)
class AudienceTruth:
    """What messages say of their readers, and the three repairs."""

    context: Context
    messages: Messages
    approvals: Approvals

    def panel(self, variant_id: str) -> tuple[StatementLine, ...]:
        """Every statement of a message about its readers, as things are now; none for no text."""
        with self.context.read() as connection:
            variant = variants.get(connection, variant_id)
            campaign = campaigns.get(connection, variant.campaign_id)
        columns = campaign_audience(self.context, campaign, variant.segment_id).columns
        return tuple(
            _line(variant.message, each, conditional=lambda t, s: conditional(t, s, columns))
            for each in statements_now(self.context, campaign, variant)
        )

    def readers(self, campaign: Campaign, segment_id: str) -> ReadersOf:
        """Who gets a campaign's message for a segment, as its audience stands."""
        found = campaign_audience(self.context, campaign, segment_id)
        permission = email_permission(found.members.columns)
        reachable = None
        if permission is not None:
            reachable = found.members.with_permission(permission)
        return ReadersOf(found.name, found.day, found.members.rows(), reachable)

    def remove(
        self, variant_id: str, line: StatementLine, *, expected_revision: int, by: Person
    ) -> Variant:
        """A new revision without the sentence, screened at once; the person is its author.

        Raises:
            StaleRevision: the text was changed meanwhile; nothing is recorded.
            BadInput: nothing else stands in that part of the message.
        """
        return self._changed(variant_id, line.statement.field, line.removed, expected_revision, by)

    def make_conditional(
        self, variant_id: str, line: StatementLine, *, expected_revision: int, by: Person
    ) -> Variant:
        """A new revision that says it only to those of whom it is true, screened at once.

        Raises:
            StaleRevision: the text was changed meanwhile; nothing is recorded.
            BadInput: it cannot be written as a condition.
        """
        if line.conditional is None:
            raise BadInput("This sentence cannot be made conditional; remove it instead.")
        field = line.statement.field
        return self._changed(variant_id, field, line.conditional, expected_revision, by)

    def narrowing(self, campaign_id: str, rule: str) -> Narrowing:
        """How many would get a campaign if only customers with the rule did; nothing is changed.

        An empty rule is everybody again.

        Raises:
            BadInput: it is no rule, or does not fit the columns.
        """
        with self.context.read() as connection:
            campaign = campaigns.get(connection, campaign_id)
            dataset = datasets.get(connection, campaign.dataset_id)
        wanted = _combined(campaign.brief.audience, rule)
        then = replace(campaign, brief=replace(campaign.brief, audience=wanted))
        return Narrowing(
            wanted,
            self._customers(campaign),
            self._customers(then),
            self._assignable(campaign, dataset),
            self._assignable(then, dataset),
        )

    def narrow(
        self, campaign_id: str, rule: str, *, expected_revision: int, by: Person
    ) -> Narrowing:
        """Keep only customers of whom the rule is true, in every group; before a send only.

        What was approved needs approval again, as its readers are others; what was blocked or
        void is checked again at once.

        Raises:
            StaleRevision: somebody changed the campaign meanwhile.
            MoveRefused: the send is prepared.
            BadInput: it is no rule, does not fit, or nobody would be left.
        """
        require(by, Permission.WRITE)
        found = self.narrowing(campaign_id, rule)
        if not found.after:
            raise BadInput(
                f"Nobody would get this campaign with {found.rule}; nothing was changed."
            )
        with self.context.write(by) as write:
            brief = campaigns.get(write.connection, campaign_id).brief
            if brief.audience == found.rule:
                raise MoveRefused("The audience is this already; nothing was changed.")
            narrowed = replace(brief, audience=found.rule)
            save_brief(write, campaign_id, narrowed, expected_revision=expected_revision)
            write.record(
                "narrow audience",
                campaign_id,
                rule=found.rule,
                customers_before=found.before,
                customers_after=found.after,
            )
        self.approvals.void_broken(campaign_id)
        for variant in self.messages.variants(campaign_id):
            if variant.state in _CHECKED_AGAIN and variant.message.body:
                self.messages.check_again(variant.variant_id, by=by)
        return found

    def _changed(
        self, variant_id: str, field: TextField, text: str, expected_revision: int, by: Person
    ) -> Variant:
        message = self.messages.get(variant_id).message
        changed = replace(message, **{field.value: text})
        return self.messages.edit(variant_id, changed, expected_revision=expected_revision, by=by)

    def _customers(self, campaign: Campaign) -> int:
        with self.context.read() as connection:
            everyone = segmentations.get(connection, campaign.segmentation_id).everyone.segment_id
        return campaign_audience(self.context, campaign, everyone).members.rows()

    def _assignable(self, campaign: Campaign, dataset: Dataset) -> int:
        with self.context.read() as connection:
            segmentation = segmentations.get(connection, campaign.segmentation_id)
        return outlook(self.context, Plan(campaign, dataset, segmentation, ())).customers


def _line(
    message: Message,
    each: CountedStatement,
    *,
    conditional: Callable[[str, ReaderStatement], str | None],
) -> StatementLine:
    statement = each.statement
    text = message.part(statement.field)
    start, end = sentence_around(text, statement.start, statement.end)
    counted, open_to_all = each.counted, statement.rule in {None, EVERYBODY}
    unusual = bool(statement.silent or statement.approved) and not each.holds
    return StatementLine(
        statement=statement,
        sentence=text[start:end],
        predicate=statement.words,
        counted=counted,
        holds=each.holds,
        why=_sentence(truth_words(counted)) if counted and not unusual else why(each),
        removed=without(text, statement),
        conditional=None if each.holds else conditional(text, statement),
        narrowing=None if each.holds or open_to_all or statement.silent else statement.rule,
    )


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def _combined(now: str, rule: str) -> str:
    """Both rules; an empty one takes the narrowing away."""
    if not rule.strip() or rule.strip().lower() == EVERYBODY:
        return ""
    if not now.strip() or now.strip() == rule.strip():
        return rule.strip()
    return f"({now}) and ({rule.strip()})"
