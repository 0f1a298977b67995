"""Outcomes come in: one row a customer or one row an event, whole or not at all, and only once."""

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from core.errors import FileInvalid, MoveRefused, Refused
from core.models.campaign import Campaign
from core.models.outcome_events import EventsTaken, OutcomesMapping
from core.models.people import Person
from core.models.send import Experiment, OutcomesImport
from core.orchestrator.service import outcome_mappings
from core.orchestrator.service.context import Context, Write
from core.orchestrator.service.erased_groups import READ_AGAIN, left_out
from core.orchestrator.service.outcome_mappings import ChosenMapping, SaidMapping
from core.storage import (
    event_file,
    event_outcomes,
    event_store,
    experiments,
    outcome_table,
    outcomes,
)
from core.storage.event_file import EventsRequest, StagedEvents
from core.storage.event_outcomes import Window
from core.storage.outcome_table import OutcomesRequest, StagedOutcomes

logger = logging.getLogger(__name__)

_DERIVED = "outcomes.parquet"


@dataclass(frozen=True, slots=True)
class Brought:
    """A file for a campaign: how it is to be read, and whether others' rows are left out."""

    path: Path
    said: SaidMapping = SaidMapping()
    columns: Mapping[str, str] | None = None
    leave_out_others: bool = False


@dataclass(frozen=True, slots=True)
class Intake:
    """Takes files in for one campaign that was sent."""

    context: Context
    campaign: Campaign
    experiment: Experiment

    def take(self, brought: Brought, by: Person) -> OutcomesImport:
        """Keep what the file says; the same again changes nothing.

        Raises:
            FileInvalid: the file or a row of it cannot be used; nothing is stored.
            BadInput: the mapping cannot be used.
        """
        chosen = self._chosen(brought)
        of_events = chosen.mapping is not None and chosen.mapping.of_events
        self._refuse_other_shape(brought.path, of_events=of_events)
        if chosen.mapping is not None and of_events:
            return self._take_events(brought, chosen, chosen.mapping, by)
        return self._take_rows(brought, chosen, by)

    def _chosen(self, brought: Brought) -> ChosenMapping:
        if brought.columns is not None:
            return ChosenMapping(OutcomesMapping(brought.columns))
        name = self.campaign.campaign_id
        return outcome_mappings.choose(self.context, name, brought.path, brought.said)

    def _table(self, kind: str) -> Path:
        return self.context.table(f"{kind}-{self.campaign.campaign_id}")

    def _refuse_other_shape(self, path: Path, *, of_events: bool) -> None:
        """A campaign holds rows or events, never both: one of them would count twice."""
        has_events = self._table("events").exists()
        if of_events and self._table("outcomes").exists() and not has_events:
            raise FileInvalid(
                path,
                "its rows are events, and this campaign holds one row a customer already; the "
                "same orders would count twice. Bring one row a customer again.",
            )
        if has_events and not of_events:
            raise FileInvalid(
                path,
                "it has one row a customer, and this campaign holds events already; the same "
                "orders would count twice. Bring events, or a mapping that says they are.",
            )

    def _take_rows(self, brought: Brought, chosen: ChosenMapping, by: Person) -> OutcomesImport:
        request = OutcomesRequest(
            self._table("assignments"),
            self.campaign.name,
            None if chosen.mapping is None else chosen.mapping.columns,
            leave_out_others=brought.leave_out_others,
            left_out=left_out(self.context),
        )
        processed = self.context.settings.processed
        staged = outcome_table.read_outcomes(brought.path, request, processed)
        try:
            return self._store_rows(staged, chosen, brought.path, by)
        finally:
            outcome_table.discard_outcomes(staged)

    def _store_rows(
        self, staged: StagedOutcomes, chosen: ChosenMapping, path: Path, by: Person
    ) -> OutcomesImport:
        # Inside the one write transaction, so that two imports cannot both start from the old file.
        with self.context.write(by) as write:
            self._refuse_other_shape(path, of_events=False)
            _refuse_erased_meanwhile(staged.path)
            kept = outcome_table.store_outcomes(staged, self._table("outcomes"))
            name = self.campaign.campaign_id
            made = OutcomesImport(
                name,
                staged.source,
                staged.rows + staged.others + staged.passed_over,
                staged.rows,
                kept.repeated,
                simulated=False,
                others=staged.others,
                passed_over=staged.passed_over,
            )
            counts = _counts(made, kept.added)
            self._record(write, made, (staged.sha256, chosen), counts)
        logger.info("took in %d outcomes", staged.rows, extra={"campaign_id": name})
        return made

    def _take_events(
        self, brought: Brought, chosen: ChosenMapping, mapping: OutcomesMapping, by: Person
    ) -> OutcomesImport:
        exported = self._exported_at()
        request = EventsRequest(
            self._table("assignments"),
            self.campaign.name,
            mapping,
            leave_out_others=brought.leave_out_others,
            left_out=left_out(self.context),
        )
        staged = event_file.read_events(brought.path, request, self.context.settings.processed)
        try:
            with self.context.write(by) as write:
                self._refuse_other_shape(brought.path, of_events=True)
                _refuse_erased_meanwhile(staged.events)
                taken = self._store_events(staged, exported)
                made = self._import(staged, taken)
                counts = _counts(made, taken.new)
                self._record(write, made, (staged.sha256, chosen), counts)
        finally:
            event_file.discard_events(staged)
        logger.info(
            "took in %d events", taken.new, extra={"campaign_id": self.campaign.campaign_id}
        )
        return made

    def _exported_at(self) -> datetime:
        with self.context.read() as connection:
            found = experiments.first_export_at(connection, self.campaign.campaign_id)
        if found is None:
            raise MoveRefused(
                f"Campaign {self.campaign.campaign_id} was not exported here, so that nobody knows "
                "when its days begin; bring one row a customer."
            )
        return found

    def _store_events(self, staged: StagedEvents, exported: datetime) -> EventsTaken:
        """Both tables made ready out of sight, and put in their places together."""
        kept, table = self._table("events"), self._table("outcomes")
        merged = event_store.merge_events(staged, kept)
        window = Window(
            self.experiment.card.outcome_days,
            self.context.settings.app.outcomes.refund_days,
            exported,
        )
        derived = staged.folder / _DERIVED
        assignments = self._table("assignments")
        _, taken = event_outcomes.derive_outcomes(merged.path, assignments, window, derived)
        kept.parent.mkdir(parents=True, exist_ok=True)
        if merged.path != kept:
            os.replace(merged.path, kept)  # noqa: PTH105
        os.replace(derived, table)  # noqa: PTH105
        return replace(taken, new=merged.new, known=merged.known, ignored=staged.ignored)

    def _import(self, staged: StagedEvents, taken: EventsTaken) -> OutcomesImport:
        return OutcomesImport(
            self.campaign.campaign_id,
            staged.source,
            staged.rows,
            taken.new + taken.known,
            taken.new == 0,
            simulated=False,
            others=staged.others,
            events=taken,
            passed_over=staged.passed_over,
        )

    def _record(
        self,
        write: Write,
        made: OutcomesImport,
        read: tuple[str, ChosenMapping],
        counts: Mapping[str, int],
    ) -> None:
        """Remember the import, by the hash of its content, and the mapping it was read by."""
        (sha256, chosen), name = read, made.campaign_id
        if not outcomes.known(write.connection, name, sha256):
            outcomes.add(write.connection, made, sha256, write.at)
            write.record("import outcomes", name, **counts)
        if chosen.text is not None:
            presets = self.context.settings.outcome_presets
            outcome_mappings.keep(write, name, (chosen.sender, chosen.text), presets)


def _refuse_erased_meanwhile(staged: Path) -> None:
    """Refuse what an erasure took away while it waited: it held somebody who is gone.

    Raises:
        Refused: the file has to be read again.
    """
    if not staged.is_file():
        raise Refused(READ_AGAIN)


def _counts(made: OutcomesImport, added: int) -> dict[str, int]:
    left_out = {"left_out": made.others, "passed_over": made.passed_over}
    return {"rows": made.matched, "added": added, **left_out}
