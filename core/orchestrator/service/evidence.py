"""The evidence pack: one zip of a campaign that anybody can check without this product."""

import csv
import hashlib
import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from core.errors import MoveRefused, Refused, StorageUnavailable
from core.models.evidence import EvidenceIds, EvidencePack, EvidenceWish
from core.models.people import Person
from core.models.readout import Readout
from core.models.send import Experiment
from core.orchestrator.service.context import Context, Write
from core.orchestrator.service.erased_places import refuse_unfinished
from core.orchestrator.service.evidence_again import unpacked_again
from core.orchestrator.service.evidence_facts import Facts, write_json
from core.orchestrator.service.out_of_reach import EVIDENCE
from core.orchestrator.service.reading import reading
from core.orchestrator.service.reporting import Reporting
from core.reports.evidence_readme import evidence_readme, missing_parts
from core.reports.results_csv import results_csv
from core.reports.verifier.main import verify
from core.reports.verifier.pack import Report
from core.reports.verifier_program import verifier_source
from core.storage import campaigns, erasures, evidence_file, evidence_rows, experiments
from core.storage.codec import dump, plain
from core.storage.duck import present, sha256_of
from core.storage.evidence_file import Packed
from core.storage.staging import staging
from core.workflow import Permission, require

logger = logging.getLogger(__name__)

_TOKENS = EvidenceWish()
_ALGORITHM = (
    "In each segment customers are ordered by the SHA-256 of 'salt:id' in hexadecimal, then by id;"
    " the order is cut into the arms as listed, by their exact shares, largest remainders first,"
    " ties by the SHA-256 of 'salt:segment_id:arm'."
)
_STATISTICS = ("segment_id", "arm", "column", "other", "n", "mean", "mean_other", "comoment")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Builds evidence packs."""

    context: Context
    reporting: Reporting

    def build(
        self,
        campaign_id: str,
        out: Path,
        *,
        by: Person,
        wish: EvidenceWish = _TOKENS,
        instead_of: Path | None = None,
    ) -> EvidencePack:
        """The pack of a campaign as a zip at `out`, whole or not at all; recorded in the trail.

        `instead_of` is an earlier pack: it is built once more as it was, `wish` included, without
        the rows of whoever was erased since.

        Raises:
            NotAllowed: the person may not build one.
            NotFound: there is no such campaign.
            MoveRefused: nothing was assigned yet.
            Refused: there is a file at `out`, or a customer is being erased.
            StorageUnavailable: `out` cannot be written, or its own verifier finds that a table
                or the audit trail was changed from outside.
        """
        require(by, Permission.BUILD_EVIDENCE)
        if out.exists():
            raise Refused(f"{out} exists already; name a new file.")
        before, experiment = self._begun(campaign_id)
        with self._folder() as folder:
            made = _Building(self.context, self.reporting, experiment, wish, folder)
            if instead_of is None:
                made.write(by)
            else:
                made.write_again(by, instead_of)
            with evidence_file.packed(folder, out) as packed:
                _refuse_unsound(folder)
                pack = made.pack(packed, out)
                self._recorded(pack, packed, (campaign_id, before), made.wish, by)
        logger.info("built an evidence pack", extra={"campaign_id": campaign_id})
        return pack

    def _begun(self, campaign_id: str) -> tuple[int, Experiment]:
        with self.context.read() as connection:
            campaigns.get(connection, campaign_id)
            refuse_unfinished(connection)
            experiment = experiments.get(connection, campaign_id)
            before = erasures.begun(connection)
        if experiment is None:
            raise MoveRefused(
                f"Nothing of campaign {campaign_id} was assigned yet; an evidence pack comes "
                "after `prepare-send`."
            )
        return before, experiment

    @contextmanager
    def _folder(self) -> Iterator[Path]:
        """Where the pack is put together, out of sight; an erasure clears what is left there."""
        with staging(self.context.settings.processed / "staging", "evidence") as folder:
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def _recorded(
        self,
        pack: EvidencePack,
        packed: Packed,
        asked: tuple[str, int],
        wish: EvidenceWish,
        by: Person,
    ) -> None:
        campaign_id, before = asked
        placed = False
        try:
            with self.context.write(by) as write:
                _refuse_erased(write, before)
                write.record(
                    EVIDENCE,
                    campaign_id,
                    pack=pack.sha256,
                    manifest=pack.manifest_sha256,
                    verifier=pack.verifier_sha256,
                    ids=wish.ids,
                    outcomes="rows" if wish.with_outcomes else "aggregated",
                    rows=pack.rows,
                )
                evidence_file.named(packed, pack.path)
                placed = True
        except (Refused, StorageUnavailable):
            if placed:
                with suppress(OSError):
                    pack.path.unlink()
            raise


def _refuse_unsound(folder: Path) -> None:
    """What its own verifier does not accept is not handed out: the record itself is broken."""
    report = Report()
    verify(folder, report)
    if report.problems:
        raise StorageUnavailable(
            f"The pack would not hold, so none was written: {report.problems[0]} Run `audit "
            "verify` and `doctor`; if outcomes came in meanwhile, build it again."
        )


def _refuse_erased(write: Write, before: int) -> None:
    if erasures.begun(write.connection) != before:
        raise Refused("A customer was erased meanwhile; build the pack again.")


@dataclass(slots=True)
class _Building:
    """One pack while it is put together in a folder."""

    context: Context
    reporting: Reporting
    experiment: Experiment
    wish: EvidenceWish
    folder: Path
    rows: int = 0

    def write(self, by: Person) -> None:
        """Every file but the manifest."""
        name = self.experiment.campaign_id
        measured = self.reporting.results.measured(name)
        readout = self.reporting.results.readout(name) if measured else None
        with self.context.read() as connection:
            facts = Facts.read(connection, self.experiment)
            self._refuse_changed(facts)
            facts.write(connection, self.context, self.folder)
        self._rows(facts)
        write_json(self.folder / "experiment.json", self._plan(facts))
        result: dict[str, object] = {"decisions": [dump(each) for each in facts.decisions]}
        if readout is not None:
            result["verdict"] = plain(asdict(readout.conclusion))
            self._outcomes(readout)
        write_json(self.folder / "result.json", result)
        self._program(by)

    def write_again(self, by: Person, old: Path) -> None:
        """The files of an earlier pack, without who was erased since, and the trail of today."""
        experiment, folder = self.experiment, self.folder
        self.wish = unpacked_again(self.context, experiment, old, folder)
        with self.context.read() as connection:
            facts = Facts.read(connection, experiment)
            self._refuse_changed(facts)
            facts.write_trail(connection, folder)
        self._rows(facts)
        self._program(by)

    def _rows(self, facts: Facts) -> None:
        """Who is in which group, and how many were erased from it."""
        target, salt = self.folder / "assignments.csv", self.experiment.salt
        assignments = self._table("assignments")
        self.rows = evidence_rows.write_assignments(assignments, salt, target, clear=self._clear)
        write_json(self.folder / "erasures.json", facts.erasures(self.erased))

    def _program(self, by: Person) -> None:
        """The verifier, and what to know before relying on it."""
        verifier = verifier_source().encode()
        (self.folder / "verify.py").write_bytes(verifier)
        built = f"{self.context.now():%Y-%m-%d %H:%M} UTC", by.name
        sha256, name = hashlib.sha256(verifier).hexdigest(), self.experiment.campaign_id
        missing = missing_parts(self.folder)
        text = evidence_readme(name, built, sha256, self.wish, missing)
        (self.folder / "README.txt").write_text(text, encoding="utf-8", newline="")

    def pack(self, packed: Packed, out: Path) -> EvidencePack:
        """What was built, once it is a zip."""
        verifier = sha256_of(self.folder / "verify.py")
        hashes = (packed.sha256, packed.manifest_sha256, verifier)
        missing = missing_parts(self.folder)
        return EvidencePack(out, *hashes, packed.files, self.rows, self.erased, missing)

    @property
    def erased(self) -> int:
        """How many were assigned and are in no row any more."""
        return self.experiment.customers - self.rows

    @property
    def _clear(self) -> bool:
        return self.wish.ids is EvidenceIds.CLEAR

    def _table(self, kind: str) -> Path:
        return self.context.table(f"{kind}-{self.experiment.campaign_id}")

    def _refuse_changed(self, facts: Facts) -> None:
        """Only rows that erasures took out may be missing."""
        known = {self.experiment.assignments_sha256, *(each.after for each in facts.rewritten)}
        if sha256_of(present(self._table("assignments"))) not in known:
            raise StorageUnavailable(
                f"The assignments of campaign {self.experiment.campaign_id} were changed from "
                "outside; run `doctor`, and restore them from a backup."
            )

    def _plan(self, facts: Facts) -> dict[str, object]:
        slots = evidence_rows.slots(self._table("assignments"))
        named = [dict(zip(("segment_id", "arm", "variant_id"), s, strict=True)) for s in slots]
        config = self.reporting.results.agents.experimentation.config
        return dump(self.experiment) | {
            "assigned_here": not facts.campaign.imported,
            "algorithm": _ALGORITHM,
            "ids": self.wish.ids.value,
            "slots": named,
            "few_events": config.few_events,
            "seed": facts.campaign.seed,
            "dataset_sha256": facts.dataset.sha256,
        }

    def _outcomes(self, readout: Readout) -> None:
        """The read-out, what it was computed from, and its charts."""
        document = readout.as_document()
        del document["timing"]  # how long it took is no evidence
        write_json(self.folder / "readout.json", document)
        specs = self.experiment.card.guardrails
        written = results_csv(readout, specs)
        (self.folder / "results.csv").write_text(written, encoding="utf-8", newline="")
        now = reading(self.context, self.experiment.campaign_id)
        columns = tuple(dict.fromkeys(c for m in now.plan.all_metrics for c in m.columns))
        assignments = self._table("assignments")
        if self.wish.with_outcomes:
            key = self.experiment.salt, self._clear
            target = self.folder / "outcomes.csv"
            evidence_rows.write_outcomes(now.select, assignments, columns, key, target)
        with (self.folder / "statistics.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(_STATISTICS)
            writer.writerows(evidence_rows.cells(now.select, assignments, columns))
        self._figures(readout)

    def _figures(self, readout: Readout) -> None:
        charts = {
            "lift.png": self.reporting.lift_chart(readout),
            "lift_by_segment.png": self.reporting.lift_chart(readout, by_segment=True),
        }
        folder = self.folder / "figures"
        folder.mkdir()
        for name, chart in charts.items():
            if chart is not None:
                (folder / name).write_bytes(self.reporting.png(chart))
