"""Erasing a customer: out of every table, file and row we hold, whole even after a crash.

In order: what is still asked for is recorded, with the customer on the list of people to leave
out; then files and tables are rewritten, each whole or not at all, its hash kept before it takes
its place; then it is looked through once more, and the erasure is done. What broke off is
finished by the next process that starts; until then nothing is exported.
"""

import logging
import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from filelock import FileLock, Timeout

from core.errors import BadInput, Refused, StorageUnavailable
from core.models.erasure import ERASED, Erased, Receipt
from core.models.people import Person
from core.orchestrator.service import out_of_reach
from core.orchestrator.service.context import SYSTEM, Context, Write
from core.orchestrator.service.erased_places import ErasedPlaces
from core.orchestrator.service.recounting import recount
from core.orchestrator.service.suppression import said, secret_of
from core.storage import (
    customer_tokens,
    erased_rows,
    erasures,
    suppressions,
)
from core.storage.customer_tokens import Named
from core.storage.erased_files import unnamed
from core.storage.erased_tables import Held, Marks
from core.storage.erasures import Unfinished
from core.storage.schema import ERASURES
from core.storage.suppression_tokens import marks_of
from core.storage.suppressions import Addition
from core.workflow import Permission, require

logger = logging.getLogger(__name__)

NOT_NAMED = "a customer the trail does not name"
_WAIT_S = 60
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Erasing:
    """Erasures of a workspace."""

    context: Context

    @property
    def places(self) -> ErasedPlaces:
        """The files of the workspace."""
        return ErasedPlaces(self.context)

    def erase(self, customer_id: str, *, reason: str, by: Person) -> Receipt:
        """Take a customer out of everything we hold, and keep them out of what comes in.

        Raises:
            BadInput: no id or no reason is given.
            Refused: another erasure is under way.
            StorageUnavailable: others write tables all the time; it is finished at the next start.
        """
        require(by, Permission.IMPORT_CUSTOMERS)
        name = customer_id.strip()
        words = unnamed(said(reason), name)
        if not name:
            raise BadInput("Name the customer to forget by the id of the data set.")
        with self._alone():
            self._finish_all()
            with self.context.write(by) as write:
                secret = secret_of(write)
            marks = Marks(secret, marks_of((name,), secret), name)
            held = self.places.held(marks)
            return self._begun(_Asked(name, marks, words, by), held)

    def again(self, *, by: Person) -> tuple[Receipt, ...]:
        """Finish what broke off, and erase anew whoever has come back, as by an older backup."""
        require(by, Permission.IMPORT_CUSTOMERS)
        with self._alone():
            done = list(self._finish_all())
            known = self.places.forgotten()
            for mark in known.marks:
                one = Marks(known.secret, (mark,))
                held = self.places.held(one)
                if held:
                    done.append(self._begun(_Asked("", one, "came back", by), held))
            if not done:  # the file may hold what could not be emptied then
                self.context.database.compact(_tables())
            with self.context.write(by) as write:
                write.record("look for erased customers", "workspace", erased_again=len(done))
        return tuple(done)

    def finish(self) -> int:
        """Finish what broke off, at the start of a process; how many there were."""
        with self.context.read() as connection:
            if not erasures.unfinished(connection):
                return 0
        try:
            with self._alone(wait_s=0):
                return len(self._finish_all())
        except Refused:
            return 0  # the process that began it is still at it

    def receipts(self) -> tuple[Receipt, ...]:
        """Every receipt, newest first."""
        with self.context.read() as connection:
            return erasures.receipts(connection)

    def count(self) -> int:
        """How many erasures there were: what was read before another one is to be read again."""
        with self.context.read() as connection:
            return erasures.begun(connection)

    def _finish_all(self) -> tuple[Receipt, ...]:
        with self.context.read() as connection:
            waiting = erasures.unfinished(connection)
            secret = self.places.forgotten().secret
        return tuple(self._finished(each, secret) for each in waiting)

    def _finished(self, left: Unfinished, secret: str) -> Receipt:
        logger.info("an erasure that broke off is finished")
        work = _Work(left.receipt, Marks(secret, (left.mark,)))
        return self._carried_out(work, SYSTEM)

    def _begun(self, asked: "_Asked", held: Collection[Held]) -> Receipt:
        """Record the erasure, and leave the customer out from this moment on."""
        (mark,) = asked.marks.marks
        ids = {name for name in (asked.name, *(i for each in held for i in each.ids)) if name}
        campaigns = out_of_reach.campaigns_of(each.path for each in held)
        with self.context.write(asked.by) as write:
            tx = write.connection
            left = (
                *out_of_reach.exports_with(tx, campaigns, mark),
                *out_of_reach.packs_of(tx, campaigns),
                *out_of_reach.elsewhere(self.context, tx),
            )
            named = [customer_tokens.forget(tx, Named(name, mark)) for name in sorted(ids)]
            token = next(filter(None, named), None)
            links = sum(each is not None for each in named)
            link = [Erased("links of the audit trail", "database", links)] if links else []
            suppressions.put(tx, mark, Addition(ERASED, write.at, write.by.name))
            receipt = Receipt(
                erasure_id=f"erasure-{secrets.token_hex(8)}",
                customer=token or NOT_NAMED,
                mark=mark,
                reason=asked.reason,
                by=write.by.name,
                verified=write.by.verified,
                begun_at=write.at,
                erased=(*link, *erased_rows.take_out(tx, ids)),
                out_of_reach=left,
                remaining=erased_rows.remaining(tx, ids),
                notes=out_of_reach.notes(self.context) + _spelled(ids),
            )
            erasures.begin(tx, receipt)
            write.record("begin erasure", receipt.erasure_id, reason=asked.reason)
        return self._carried_out(_Work(receipt, asked.marks, ids, tuple(held)), asked.by)

    def _carried_out(self, work: "_Work", by: Person) -> Receipt:
        """Rewrite what holds the customer until nothing does; others may be writing meanwhile."""
        for _ in range(_TRIES):
            held = work.held or self.places.held(work.marks)
            work.ids |= {name for each in held for name in each.ids}
            self._files(work)
            self._rewritten(work, held)
            work.held = ()
            self._compact(work)
            done = self._done(work, by)
            if done is not None:
                return done
        raise StorageUnavailable(
            "Others keep writing tables with the customer, so the erasure is not done. It is "
            "finished when the product starts again; until then nothing is exported."
        )

    def _files(self, work: "_Work") -> None:
        if work.ids:
            erased, remaining = self.places.files(work.ids)
            work.add(erased, remaining)

    def _rewritten(self, work: "_Work", held: Collection[Held]) -> None:
        staged = self.places.staged(held)
        work.add([self.places.told(each) for each in held if each.path.is_file()], ())
        hashes = self.places.hashes(staged, work.ids)
        with self.context.write(SYSTEM) as write:
            # What a table becomes is known before it does: a crash leaves no unknown hash.
            erasures.record(write.connection, hashes, work.receipt.erasure_id, write.at)
            erasures.keep(write.connection, work.receipt)
        with self.context.write(SYSTEM):
            # The one write transaction: nobody stores outcomes while the tables change places.
            for each in staged:
                self.places.replaced(each, each.rows)
        recount(self.context, [each.path.stem for each in staged])

    def _done(self, work: "_Work", by: Person) -> Receipt | None:
        """The erasure recorded as done; None where the customer stands in a table again."""
        self._files(work)  # once more: somebody may have published from the tables of before
        if self.places.held(work.marks):
            return None
        with self.context.write(by) as write:
            if self.places.still(work.ids):
                return None
            receipt = replace(work.receipt, finished_at=write.at)
            erasures.finish(write.connection, receipt)
            _recorded(write, receipt)
        logger.info("a customer was erased from %d places", len(receipt.erased))
        return receipt

    def _compact(self, work: "_Work") -> None:
        """Before it is done: a process that is killed here does it again."""
        try:
            self.context.database.compact(_tables())
        except StorageUnavailable as error:
            work.add((), (str(error),))

    @contextmanager
    def _alone(self, *, wait_s: float = _WAIT_S) -> Iterator[None]:
        """One erasure at a time, in all processes that share the files."""
        try:
            with FileLock(self.context.settings.processed / "erasing.lock", timeout=wait_s):
                yield
        except Timeout as error:
            raise Refused("Another erasure is under way; try again in a minute.") from error


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who is to be erased, why, and by whom; without a name where only the mark is known."""

    name: str
    marks: Marks
    reason: str
    by: Person


@dataclass(slots=True)
class _Work:
    """An erasure under way: what is known of it, and how far it has come."""

    receipt: Receipt
    marks: Marks
    ids: set[str] = field(default_factory=set)
    held: tuple[Held, ...] = ()

    def add(self, erased: Collection[Erased], remaining: Collection[str]) -> None:
        """Count what was taken out; a place that is done again after a crash counts once."""
        known = {(e.kind, e.place): e for e in self.receipt.erased}
        for each in erased:
            before = known.get((each.kind, each.place))
            known[each.kind, each.place] = (
                each if before is None or before.rows < each.rows else before
            )
        left = tuple(dict.fromkeys([*self.receipt.remaining, *remaining]))
        self.receipt = replace(self.receipt, erased=tuple(known.values()), remaining=left)


def _recorded(write: Write, receipt: Receipt) -> None:
    """In the trail: the token, counts by kind of place, and what became of each table's hash."""
    by_kind: dict[str, int] = {}
    for each in receipt.erased:
        by_kind[each.kind] = by_kind.get(each.kind, 0) + each.rows
    write.record(
        "erase customer",
        receipt.customer,
        reason=receipt.reason,
        erasure=receipt.erasure_id,
        erased=by_kind,
        hashes=erasures.of_erasure(write.connection, receipt.erasure_id),
        out_of_reach=len(receipt.out_of_reach),
        remaining=len(receipt.remaining),
    )


def _spelled(ids: Collection[str]) -> tuple[str, ...]:
    if len(ids) <= 1:
        return ()
    same = "ids that differ only in capitals, spaces or a .0 at the end"
    return (f"{len(ids)} {same} were taken for the same customer.",)


def _tables() -> tuple[str, ...]:
    """The tables of which rows may be deleted or shortened."""
    return tuple(sorted(erased_rows.CHANGED | {ERASURES.name}))
