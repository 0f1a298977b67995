"""People to leave out: put on a list by token, left out of every import and every export."""

import logging
import secrets
import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.errors import BadInput
from core.models.erasure import OBJECTED, Objection
from core.models.people import Person
from core.models.suppression import SuppressedCount, SuppressionAdded
from core.orchestrator.service.context import Context, Write
from core.orchestrator.service.out_of_reach import campaigns_of, exports_with
from core.storage import customer_tokens, suppressions, workspace_settings
from core.storage.customer_tokens import Named
from core.storage.database import Connection
from core.storage.erased_files import unnamed
from core.storage.erased_tables import Marks, holding
from core.storage.suppression_tokens import Suppressed, marks_of, tokens_of_file
from core.storage.suppressions import Addition
from core.workflow import Permission, require

logger = logging.getLogger(__name__)

_SECRET = "suppression.secret"  # noqa: S105 - the name under which it is kept
_SECRET_BYTES = 32
_REASON_MAX = 200


@dataclass(frozen=True, slots=True)
class Suppression:
    """The list of people to leave out of a workspace."""

    context: Context

    def counts(self) -> tuple[SuppressedCount, ...]:
        """How many people are on the list, by reason; who they are cannot be told."""
        with self.context.read() as connection:
            return suppressions.counts(connection)

    def add(self, path: Path, *, id_column: str, reason: str, by: Person) -> SuppressionAdded:
        """Put the customers of a file on the list; those who are on it stay as they were.

        Raises:
            FileInvalid: the file cannot be read, has no such column, or names nobody.
            BadInput: no reason is given, or one that is too long.
        """
        require(by, Permission.IMPORT_CUSTOMERS)
        words = said(reason)
        found = tokens_of_file(path, id_column, self._secret(by), self.context.settings.processed)
        with self.context.write(by) as write:
            new = suppressions.add(write.connection, found, Addition(words, write.at, by.name))
            write.record("leave people out", words, people=len(found), new=new)
        logger.info("%d people are to be left out, %d of them new", len(found), new)
        return SuppressionAdded(path.name, words, len(found), new)

    def add_upload(
        self, content: bytes, *, file_name: str, id_column: str, reason: str, by: Person
    ) -> SuppressionAdded:
        """Like `add`, for bytes that came through the browser."""
        folder = Path(tempfile.mkdtemp(prefix="suppress-", dir=self.context.settings.processed))
        try:
            path = folder / Path(file_name).name
            path.write_bytes(content)
            return self.add(path, id_column=id_column, reason=reason, by=by)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def object(self, customer_id: str, *, reason: str, by: Person) -> Objection:
        """A customer wants no more marketing: nothing is exported to them, their data stays.

        It holds at once, also for sends that are prepared; what was exported before is told.

        Raises:
            BadInput: no id or no reason is given.
        """
        require(by, Permission.IMPORT_CUSTOMERS)
        name = customer_id.strip()
        words = unnamed(said(reason), name)
        if not name:
            raise BadInput("Name the customer who objects by the id of the data set.")
        secret = self._secret(by)
        marks = Marks(secret, marks_of((name,), secret), name)
        tables = self.context.settings.tables.glob("assignments-*.parquet")
        held = holding(sorted(tables), marks)
        (mark,) = marks.marks
        names = campaigns_of(each.path for each in held)
        with self.context.write(by) as write:
            tx = write.connection
            left = exports_with(tx, names, mark)
            addition = Addition(OBJECTED, write.at, by.name)
            new = bool(suppressions.add(tx, (mark,), addition))
            # Who was erased has no token, and is not to be given one.
            spelled = held[0].ids[0] if held else name
            token = customer_tokens.tokens(tx, (Named(spelled, mark),)).get(spelled)
            told = token or "a customer who was erased"
            write.record("object", told, reason=words, new=new, prepared=list(names))
        logger.info("a customer objected; %d exports list them already", len(left))
        return Objection(new, names, left)

    def _secret(self, by: Person) -> str:
        """The secret of this workspace, made when it is first needed."""
        with self.context.write(by) as write:
            return secret_of(write)


def said(reason: str) -> str:
    """The reason somebody gives, in one line.

    Raises:
        BadInput: there is none, or it is too long.
    """
    words = " ".join(reason.split())
    if not words or len(words) > _REASON_MAX:
        raise BadInput(f"Say why in 1 to {_REASON_MAX} characters, such as 'asked by letter'.")
    return words


def secret_of(write: Write) -> str:
    """The secret of a workspace, made when it is first needed."""
    known = workspace_settings.get(write.connection, _SECRET)
    if known is None:
        known = secrets.token_hex(_SECRET_BYTES)
        workspace_settings.put(write.connection, _SECRET, known)
    return known


def secret_kept(connection: Connection) -> str:
    """The secret of a workspace, "" where nobody was ever left out."""
    return workspace_settings.get(connection, _SECRET) or ""


def suppressed(connection: Connection) -> Suppressed:
    """The people to leave out, as imports and exports ask for them."""
    return Suppressed(secret_kept(connection), suppressions.tokens(connection))


def suppressed_until(connection: Connection, moment: datetime) -> Suppressed:
    """The people who were to be left out at a moment, as an export at it saw them."""
    return Suppressed(secret_kept(connection), suppressions.tokens_until(connection, moment))
