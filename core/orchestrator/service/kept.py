"""Whether tables are what was recorded of them, and whether erased customers stay away."""

from dataclasses import dataclass

from core.errors import OrchestratorError
from core.orchestrator.service.context import Context
from core.orchestrator.service.erased_places import ErasedPlaces
from core.storage import campaigns, datasets, erasures, experiments
from core.storage.duck import sha256_of


@dataclass(frozen=True, slots=True)
class Kept:
    """What `doctor` and the Health page ask of the tables of customers."""

    context: Context

    def tables(self) -> str:
        """How many tables are exactly what was recorded, or what an erasure made of that.

        Raises:
            OrchestratorError: a table was changed from outside.
        """
        with self.context.read() as connection:
            recorded = {d.dataset_id: d.sha256 for d in datasets.everything(connection)}
            for campaign in campaigns.everything(connection):
                made = experiments.get(connection, campaign.campaign_id)
                if made is not None:
                    name = f"assignments-{campaign.campaign_id}"
                    recorded[name] = made.assignments_sha256
            accepted = {n: erasures.accepted(connection, n, sha) for n, sha in recorded.items()}
        paths = {name: self.context.table(name) for name in recorded}
        changed = [
            name
            for name, path in paths.items()
            if path.is_file() and sha256_of(path) not in accepted[name]
        ]
        if changed:
            raise OrchestratorError(
                f"{len(changed)} of {len(recorded)} tables are not what was recorded, "
                f"{changed[0]}.parquet first: it was changed from outside; restore a backup"
            )
        return f"{len(recorded)} data sets and assignments are what was recorded"

    def erasures(self) -> str:
        """How many customers were erased, none of whom has a row.

        Raises:
            OrchestratorError: an erasure is not finished, or somebody has come back.
        """
        places = ErasedPlaces(self.context)
        with self.context.read() as connection:
            waiting = len(erasures.unfinished(connection))
        if waiting:
            raise OrchestratorError(
                f"{waiting} erasures are not finished and nothing is exported; run `erase --again`"
            )
        gone = places.forgotten()
        held = places.held(gone)
        if held:
            where = ", ".join(each.path.name for each in held[:3])
            raise OrchestratorError(
                f"customers who were erased have {sum(h.rows for h in held)} rows in {where}, as "
                "after a restore; run `erase --again`"
            )
        if len(gone.marks) == 1:
            return "1 customer was erased and has no row in any table"
        return f"{len(gone.marks)} customers were erased and have no row in any table"
