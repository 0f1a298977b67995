"""What is put into the state comes out, and what is not there is named."""

import dataclasses
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from core.errors import MoveRefused, NotFound, StaleRevision
from core.models.campaign import CampaignState
from core.models.content import DocumentStatus
from core.models.people import Person, Role
from core.models.runs import RunState
from core.models.send import Export, OutcomesImport, ResultDecision
from core.storage import (
    campaigns,
    datasets,
    documents,
    experiments,
    outcomes,
    people,
    runs,
    segmentations,
    variants,
)
from core.storage.database import Database
from tests.storage import nouns
from tests.storage.nouns import NOON


def test_people_are_listed_in_the_order_they_came(database: Database) -> None:
    mia = Person("mia", frozenset({Role.MARKETER, Role.ADMIN}))
    ann = Person("ann", frozenset({Role.APPROVER}), verified=True)
    with database.begin() as tx:
        people.add(tx, mia, NOON)
        people.add(tx, ann, NOON)
        assert people.everyone(tx) == (mia, ann)
        assert people.get(tx, "ann") == ann
        changed = people.set_roles(tx, "ann", {Role.ANALYST})
        assert changed == Person("ann", frozenset({Role.ANALYST}), verified=True)
        assert people.get(tx, "ann") == changed


def test_datasets_are_found_by_id_and_by_content(database: Database) -> None:
    older, newer = nouns.dataset("d1"), nouns.dataset("d2", sha256="b" * 64)
    with database.begin() as tx:
        datasets.add(tx, older)
        datasets.add(tx, newer)
        assert datasets.get(tx, "d1") == older
        assert datasets.everything(tx) == (newer, older)
        assert datasets.find_by_sha(tx, "b" * 64) == newer
        assert datasets.find_by_sha(tx, "c" * 64) is None


def test_segmentations_are_versions_of_a_dataset(database: Database) -> None:
    with database.begin() as tx:
        assert segmentations.latest(tx) is None
        datasets.add(tx, nouns.dataset("d1"))
        datasets.add(tx, nouns.dataset("d2"))
        made = [nouns.segmentation("s1"), nouns.segmentation("s2"), nouns.segmentation("s3", "d2")]
        for segmentation in made:
            segmentations.add(tx, segmentation)
        assert segmentations.get(tx, "s1") == made[0]
        assert segmentations.of_dataset(tx, "d1") == (made[1], made[0])
        assert segmentations.latest(tx) == made[2]


def test_a_document_keeps_all_its_versions(database: Database) -> None:
    with database.begin() as tx:
        first = documents.add(tx, nouns.document(), NOON)
        second = documents.add(tx, nouns.document(content="Free returns for 30 days."), NOON)
        other = documents.add(tx, nouns.document("delivery"), NOON)
        assert [first.version, second.version, other.version] == [1, 2, 1]
        assert documents.current(tx) == (other, second)
        assert documents.history(tx, "returns") == (second, first)
        assert documents.get(tx, "returns") == second
        assert documents.get(tx, "returns", 1) == first


def test_a_quarantined_version_stays_the_current_one(database: Database) -> None:
    with database.begin() as tx:
        documents.add(tx, nouns.document(), NOON)
        held = documents.set_status(tx, "returns", 1, DocumentStatus.QUARANTINED, "hidden text")
        assert (held.status, held.status_reason) == (DocumentStatus.QUARANTINED, "hidden text")
        assert documents.current(tx) == (held,)


def test_a_campaign_is_saved_at_the_next_revision(workspace: Database) -> None:
    approved = dataclasses.replace(nouns.campaign(), state=CampaignState.APPROVED)
    with workspace.begin() as tx:
        saved = campaigns.save(tx, approved, expected_revision=1)
        assert saved == dataclasses.replace(approved, revision=2)
        assert campaigns.get(tx, "c1") == saved
        campaigns.add(tx, nouns.campaign("c2"))
        assert campaigns.everything(tx) == (nouns.campaign("c2"), saved)


def test_a_campaign_saved_by_somebody_else_meanwhile_is_not_overwritten(
    workspace: Database,
) -> None:
    campaign = nouns.campaign()
    with workspace.begin() as tx:
        saved = campaigns.save(tx, campaign, expected_revision=1)
        with pytest.raises(StaleRevision, match="the campaign 'c1'"):
            campaigns.save(tx, campaign, expected_revision=1)
        assert campaigns.get(tx, "c1") == saved


def test_a_campaign_is_prepared_once(workspace: Database) -> None:
    with workspace.begin() as tx:
        assert experiments.get(tx, "c1") is None
        experiments.add(tx, nouns.experiment())
    with pytest.raises(MoveRefused, match="already prepared"), workspace.begin() as tx:
        experiments.add(tx, nouns.experiment())
    with workspace.read() as tx:
        assert experiments.get(tx, "c1") == nouns.experiment()


def test_exports_and_decisions_are_kept_newest_first(workspace: Database) -> None:
    made = [Export("c1", name, Path("out") / name, ("a.csv",), 9) for name in ("braze", "generic")]
    said = [
        ResultDecision("c1", word, "use", "Clear", "ann", verified=True, at=NOON)
        for word in ("wait", "use")
    ]
    with workspace.begin() as tx:
        for export, decision in zip(made, said, strict=True):
            experiments.add_export(tx, export, NOON)
            experiments.add_decision(tx, decision)
        assert experiments.exports_of(tx, "c1") == tuple(reversed(made))
        assert experiments.decisions_of(tx, "c1") == tuple(reversed(said))
        assert experiments.exports_of(tx, "other") == ()


def test_a_decision_keeps_that_it_came_before_its_day(workspace: Database) -> None:
    early = ResultDecision(
        "c1", "use", "use", "Now", "ann", verified=True, at=NOON, preliminary=True
    )
    with workspace.begin() as tx:
        experiments.add_decision(tx, early)
        assert experiments.decisions_of(tx, "c1") == (early,)


def test_the_first_export_and_the_newest_outcomes_have_their_moments(workspace: Database) -> None:
    later = NOON + timedelta(days=2)
    export = Export("c1", "generic", Path("out"), ("a.csv",), 9)
    brought = OutcomesImport("c1", "visits.csv", 50, 48, repeated=False, simulated=False)
    with workspace.begin() as tx:
        assert experiments.first_export_at(tx, "c1") is None
        assert outcomes.newest_at(tx, "c1") is None
        for at, sha256 in ((NOON, "a" * 64), (later, "b" * 64)):
            experiments.add_export(tx, export, at)
            outcomes.add(tx, brought, sha256, at)
        assert experiments.first_export_at(tx, "c1") == NOON
        assert outcomes.newest_at(tx, "c1") == later
        assert outcomes.newest_at(tx, "other") is None


def test_the_same_outcomes_count_once(workspace: Database) -> None:
    brought = OutcomesImport("c1", "visits.csv", 50, 48, repeated=False, simulated=True)
    with workspace.begin() as tx:
        assert not outcomes.known(tx, "c1", "e" * 64)
        outcomes.add(tx, brought, "e" * 64, NOON)
        assert outcomes.known(tx, "c1", "e" * 64)
        assert outcomes.of_campaign(tx, "c1") == (brought,)
    with pytest.raises(MoveRefused, match=r"already has .* visits\.csv"), workspace.begin() as tx:
        outcomes.add(tx, brought, "e" * 64, NOON)


def test_a_run_counts_up_and_ends_once(database: Database) -> None:
    later = NOON + timedelta(minutes=2)
    with database.begin() as tx:
        runs.add(tx, nouns.run())
        assert runs.get(tx, "run1") == nouns.run()
        assert runs.progress(tx, "run1", 0).state is RunState.RUNNING
        assert runs.progress(tx, "run1", 4).done == 4
        assert runs.progress(tx, "run1", 1).done == 4
        assert [run.run_id for run in runs.active(tx)] == ["run1"]
        over = runs.finish(tx, "run1", RunState.CANCELLED, "stopped by mia", later)
        assert (over.state, over.finished_at) == (RunState.CANCELLED, later)
        assert runs.finish(tx, "run1", RunState.DONE, "", NOON) == over
        assert runs.progress(tx, "run1", 6) == over
        assert runs.active(tx) == ()
        with pytest.raises(MoveRefused, match="cannot end as 'running'"):
            runs.finish(tx, "run1", RunState.RUNNING, "", later)


def test_runs_are_listed_newest_first(database: Database) -> None:
    with database.begin() as tx:
        for name in ("run1", "run2", "run3"):
            runs.add(tx, nouns.run(name))
        assert [run.run_id for run in runs.recent(tx, 2)] == ["run3", "run2"]
        assert [run.run_id for run in runs.of_campaign(tx, "c1")] == ["run3", "run2", "run1"]
        assert runs.of_campaign(tx, "c2") == ()


MISSING: list[tuple[Callable[[Connection], object], str]] = [
    (lambda tx: people.get(tx, "bob"), "no person 'bob'. There are: mia."),
    (lambda tx: people.set_roles(tx, "bob", ()), "no person 'bob'"),
    (lambda tx: datasets.get(tx, "d9"), "no dataset 'd9'. The newest are: d1."),
    (lambda tx: segmentations.get(tx, "s9"), "no segmentation 's9'. The newest is s1."),
    (lambda tx: documents.get(tx, "x"), "no document 'x'"),
    (lambda tx: documents.get(tx, "returns", 9), "'returns@9'. The newest version is 1."),
    (lambda tx: campaigns.get(tx, "c9"), "no campaign 'c9'. The newest are: c1."),
    (
        lambda tx: campaigns.save(tx, nouns.campaign("c9"), expected_revision=1),
        "no campaign 'c9'",
    ),
    (lambda tx: variants.get(tx, "v9"), "no message 'v9'"),
    (lambda tx: variants.revision_of(tx, "v1", 9), "'v1 revision 9'. The newest revision is 1."),
    (lambda tx: runs.get(tx, "run9"), "no run 'run9'. The newest are: run1."),
    (lambda tx: runs.progress(tx, "run9", 1), "no run 'run9'"),
]


def fill(tx: Connection) -> None:
    people.add(tx, Person("mia", frozenset({Role.ADMIN})), NOON)
    documents.add(tx, nouns.document(), NOON)
    variants.add(tx, nouns.variant())
    runs.add(tx, nouns.run())


def test_what_is_not_there_is_named_with_what_is(workspace: Database) -> None:
    with workspace.begin() as tx:
        fill(tx)
        for ask, words in MISSING:
            with pytest.raises(NotFound) as seen:
                ask(tx)
            assert words in str(seen.value)


TAKEN: list[Callable[[Connection], object]] = [
    lambda tx: people.add(tx, Person("mia", frozenset()), NOON),
    lambda tx: datasets.add(tx, nouns.dataset()),
    lambda tx: segmentations.add(tx, nouns.segmentation()),
    lambda tx: campaigns.add(tx, nouns.campaign()),
    lambda tx: variants.add(tx, nouns.variant()),
    lambda tx: runs.add(tx, nouns.run()),
]


def test_a_name_is_given_once(workspace: Database) -> None:
    with workspace.begin() as tx:
        fill(tx)
    for add in TAKEN:
        with pytest.raises(MoveRefused, match="already"), workspace.begin() as tx:
            add(tx)


def test_dates_far_away_and_odd_letters_survive(database: Database) -> None:
    odd = dataclasses.replace(
        nouns.document(content="Grüße 👋 \u202e 'quoted' \\ %s :x\n"),
        approved_on=date(1, 1, 1),
        valid_until=date(9999, 12, 31),
    )
    with database.begin() as tx:
        stored = documents.add(tx, odd, NOON)
    with database.read() as tx:
        assert documents.get(tx, "returns") == stored == odd
