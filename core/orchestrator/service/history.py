"""Customer history: one id, and everything that is held, was decided and was sent, with why.

It is masked: the id shortened, personal values hidden. Who asks to see more says why, and the
audit trail keeps it by token before anything is shown.
"""

import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from core.errors import BadInput, NotFound, Refused
from core.frames import CUSTOMER_ID
from core.models.customers import ColumnRole, Dataset
from core.models.erasure import ERASED
from core.models.history import Cell, History, InDataset, LeftOutSince, Presence
from core.models.people import Person
from core.orchestrator.service.context import Context, Write
from core.orchestrator.service.history_campaigns import Known, campaigns_of
from core.orchestrator.service.history_messages import HIDDEN, sources_of
from core.orchestrator.service.history_segments import segments_of
from core.orchestrator.service.suppression import said, secret_kept, secret_of
from core.storage import (
    campaigns,
    customer_records,
    customer_tokens,
    customer_trace,
    datasets,
    suppressions,
)
from core.storage.customer_tokens import Named
from core.storage.customer_trace import Row
from core.storage.database import Connection
from core.storage.erased_files import unnamed
from core.storage.suppression_tokens import mark_of
from core.workflow import Permission, require

logger = logging.getLogger(__name__)

_TOKEN = re.compile(r"customer-[0-9a-f]{32}")
_SHORT = 6
_ERASED = "a customer who was erased"
_BACK = (
    "This customer was erased on request and stands in a table again, as after an older backup "
    "was restored; `erase --again` erases whoever has come back."
)
_MISSING = "The table {} is missing from the workspace, so a part of the story is not told."


@dataclass(frozen=True, slots=True)
class CustomerHistory:
    """The whole story of single customers."""

    context: Context

    def of(self, customer: str, *, by: Person) -> History:
        """The story of a customer by id, or by the token of the audit trail; masked.

        Raises:
            NotFound: nobody here has this id or token.
            BadInput: none is given.
        """
        require(by, Permission.LOOK_UP)
        return self._story(self._id_of(customer), revealed=False)

    def reveal(self, customer: str, *, reason: str, by: Person) -> History:
        """The story with id, name and every value; who saw it and why is recorded first.

        Raises:
            NotFound: nobody here has this id or token.
            BadInput: no id or no reason is given.
            Refused: they were erased, or are only on the list of people to leave out.
        """
        return self._recorded("reveal customer history", customer, reason, by)

    def own_copy(self, customer: str, *, reason: str, by: Person) -> History:
        """What a customer may be handed of themselves: all their data, and nobody else's name.

        Who on the staff did something, and what they noted, is taken out. It is recorded that a
        copy was made, by whom and why.

        Raises:
            NotFound: nobody here has this id or token.
            BadInput: no id or no reason is given.
            Refused: they were erased, or are only on the list of people to leave out.
        """
        story = self._recorded("copy customer history", customer, reason, by)
        return without_staff(story)

    def example(self) -> str | None:
        """An id of the newest data set, to show what one looks like; None without any."""
        with self.context.read() as connection:
            known = datasets.everything(connection)
        table = self.context.table(known[0].dataset_id) if known else None
        return None if table is None or not table.is_file() else customer_trace.example_id(table)

    def _id_of(self, customer: str) -> str:
        name = customer.strip()
        if not name:
            raise BadInput("Give the id of one customer, as it stands in the data set.")
        if not _TOKEN.fullmatch(name):
            return name
        with self.context.read() as connection:
            found = customer_tokens.customer_of(connection, name)
        if found is None:
            raise NotFound("customer behind", name, "They may have been erased.")
        return found

    def _recorded(self, action: str, customer: str, reason: str, by: Person) -> History:
        require(by, Permission.REVEAL)
        words, name = said(reason), self._id_of(customer)
        story = self._story(name, revealed=True)
        if story.presence is not Presence.KNOWN:
            raise Refused("Nothing is kept of this customer that could be shown in full.")
        with self.context.write(by) as write:
            token = _token(write, name)
            write.record(action, token or _ERASED, reason=unnamed(words, name))
        logger.info("the history of one customer was shown in full")
        return replace(story, token=token)

    def _story(self, name: str, *, revealed: bool) -> History:
        with self.context.read() as connection:
            mark = mark_of(name, secret_kept(connection))
            left_out = suppressions.entry(connection, mark)
            known = self._known(connection, name, revealed=revealed)
            token = customer_tokens.token_of(connection, name) or ""
        known = replace(known, left_out=left_out)
        held = [d for d in known.data.values() if known.row(d.dataset_id) is not None]
        shown = name if revealed else shortened(name)
        if not held and left_out is None:
            raise NotFound(
                "customer",
                shown,
                "No data set here holds this id, and nobody of this id was left out or erased; "
                "ids are compared letter by letter.",
            )
        gone = left_out is not None and left_out.reason == ERASED
        story = History(
            customer=shown,
            presence=Presence.KNOWN,
            revealed=revealed,
            made_at=self.context.now(),
            token=token,
            left_out=None
            if left_out is None
            else LeftOutSince(left_out.reason, left_out.at, left_out.by),
        )
        if not held:
            return replace(story, presence=Presence.ERASED if gone else Presence.LEFT_OUT)
        notes = [_BACK] if gone else []
        notes += [_MISSING.format(each) for each in known.missing]
        return self._told(replace(story, notes=tuple(notes)), known)

    def _known(self, connection: Connection, name: str, *, revealed: bool) -> Known:
        """Everything about the customer: a query for data sets, one for the tables on these."""
        data = {d.dataset_id: d for d in datasets.everything(connection)}
        rows, missing = self._rows(data, name)
        every = [c for c in campaigns.everything(connection) if c.dataset_id in rows]
        recorded = customer_records.records(connection, [c.campaign_id for c in every])
        versions = customer_records.versions_of(connection, set(rows))
        tables = [f"segments-{v.segmentation_id}" for v in versions]
        tables += [f"assignments-{each}" for each in recorded.experiments]
        tables += [f"outcomes-{each}" for each in recorded.outcomes]
        events = [f"events-{each}" for each in recorded.outcomes]
        tables += [each for each in events if self.context.table(each).is_file()]
        more, others = self._rows(tables, name)
        assigned = (r for t, own in more.items() if t.startswith("assignments-") for r in own)
        variants = customer_records.variants_of(
            connection, {r["variant_id"] for r in assigned if r["variant_id"]}
        )
        return Known(
            customer_id=name,
            revealed=revealed,
            rows={**rows, **more},
            left_out=None,
            data=data,
            records=recorded,
            variants=variants,
            reviews=customer_records.reviews_of(connection, variants),
            sources=sources_of(connection, variants.values()),
            campaigns=every,
            versions=versions,
            missing=(*missing, *others),
        )

    def _rows(
        self, tables: Iterable[str], name: str
    ) -> tuple[Mapping[str, tuple[Row, ...]], tuple[str, ...]]:
        """The customer's rows by table, and the tables that should be there and are not."""
        paths = [self.context.table(each) for each in tables]
        there = [path for path in paths if path.is_file()]
        gone = tuple(path.stem for path in paths if path not in there)
        return customer_trace.rows_of(there, name), gone

    def _told(self, story: History, known: Known) -> History:
        begun = known.records.experiments
        used = {c.segmentation_id for c in known.campaigns if c.campaign_id in begun}
        return replace(
            story,
            datasets=tuple(
                _in_dataset(dataset, row, revealed=story.revealed)
                for dataset in known.data.values()
                if (row := known.row(dataset.dataset_id)) is not None
            ),
            segments=segments_of(
                self.context, known.customer_id, known.versions, known.rows, known.data, used=used
            ),
            campaigns=campaigns_of(self.context, known.campaigns, known),
        )


def shortened(name: str) -> str:
    """An id of which enough is shown to tell that it is the one that was asked for.

    Examples:
        >>> shortened("C00017"), shortened("417")
        ('C…17', '…')
    """
    return f"{name[0]}…{name[-2:]}" if len(name) >= _SHORT else "…"


def _token(write: Write, name: str) -> str:
    """What the trail calls the customer from now on; empty for who was erased and came back."""
    spelled = Named(name, mark_of(name, secret_of(write)))
    return customer_tokens.tokens(write.connection, [spelled]).get(name, "")


def _in_dataset(dataset: Dataset, row: Row, *, revealed: bool) -> InDataset:
    private = {c.name for c in dataset.columns if c.role is ColumnRole.PERSONAL}
    cells = tuple(
        Cell(name, HIDDEN, hidden=True)
        if name in private and value is not None and not revealed
        else Cell(name, value)
        for name, value in row.items()
        if name != CUSTOMER_ID
    )
    return InDataset(
        dataset.dataset_id,
        dataset.name,
        dataset.report.source,
        dataset.created_at,
        dataset.created_by,
        cells,
    )


STAFF = "a member of staff"
NOTE = "(an internal note)"


def without_staff(story: History) -> History:
    """The story without names of staff, their notes, results, and what is only planned."""
    return replace(
        story,
        left_out=None if story.left_out is None else replace(story.left_out, by=STAFF),
        datasets=tuple(replace(d, imported_by=STAFF) for d in story.datasets),
        segments=tuple(replace(s, made_by=STAFF) for s in story.segments),
        campaigns=tuple(
            replace(
                c,
                prepared_by=STAFF if c.prepared_by else "",
                decisions=tuple(replace(d, by=STAFF, reason=NOTE) for d in c.decisions),
                exports=tuple(replace(e, by=STAFF) for e in c.exports),
                result="",
            )
            for c in story.campaigns
            if c.prepared_at is not None
        ),
    )
