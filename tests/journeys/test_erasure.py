"""A customer is erased after a whole journey: gone from every byte; the rest holds as before."""

import csv
import hashlib
import io
import json
import re
import shutil
import zipfile
from functools import cache
from pathlib import Path

import duckdb
import psycopg
import pytest
from pypdf import PdfReader

from core.errors import OrchestratorError, Refused, StorageUnavailable
from core.models.erasure import ERASED
from core.orchestrator import config
from core.orchestrator.service import demo as demo_station
from core.orchestrator.service.erased_places import ErasedPlaces
from core.orchestrator.service.kept import Kept
from core.orchestrator.service.outcome_intake import Intake
from core.orchestrator.service.outcome_mappings import ChosenMapping
from core.orchestrator.wiring import opened
from core.storage import database, erased_tables, state_rows
from core.storage.outcome_table import OutcomesRequest, read_outcomes
from tests.journeys.commands import application, run
from tests.servers.postgresql import database_on

GONE, NAME, SPENT = "C-erase-7f3a", "Zyxwquila", "98765.43"
OTHERS = ("C-stays-1b2c", "C-stays-9d8e")
FINISHED = "mens-and-womens-mailing"
WHY = "asked by letter"
CUSTOMERS = 1_000


@pytest.fixture(scope="module")
def journey(tmp_path_factory):
    """From customers to a decision, with one customer nobody could mistake for another."""
    folder = tmp_path_factory.mktemp("erasure")
    raw, workspace = raw_files(folder / "raw"), folder / "workspace"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(demo_station, "RAW", raw)
        patched.setattr(demo_station, "HISTORY", raw / "historical_engagement.csv")
        assert done(workspace, "demo").code == 0
        done(workspace, "run", "--approve-as", "approver")
    campaign = campaign_of(workspace)
    rejecting = folder / "again.csv"
    rejecting.write_text(
        f"id,email_permission\n{GONE},yes\n{GONE},no\n,yes\n{OTHERS[0]},yes\n{OTHERS[1]},yes\n"
    )
    done(workspace, "import-customers", rejecting, "--id", "id", "--name", "again")
    with application(workspace) as app:
        marketer = app.people.get("marketer")
        for each in app.customers.everything():
            app.customers.write_rejects(each)
        held = app.settings.reports / "exports" / campaign
        app.send.export(campaign, profile="generic", out=held, by=marketer)
    done(workspace, "export", campaign, "--out", folder / "handed over", "--as", "marketer")
    done(workspace, "backup", "--out", folder / "before.zip")
    outcomes = folder / "outcomes.csv"
    outcomes.write_text("customer_id,visit\n" + "".join(outcome_rows(workspace, campaign)))
    done(workspace, "import-outcomes", campaign, outcomes, "--as", "analyst")
    done(workspace, "report", campaign)
    return workspace, campaign, folder


def raw_files(folder):
    """The demo's files with fewer customers, one of whom has an id and values of their own."""
    folder.mkdir()
    for name in ("customers.csv", "historical_engagement.csv"):
        lines = Path("data/raw", name).read_text().splitlines()[: CUSTOMERS + 1]
        rows = list(csv.DictReader(lines))
        chosen = next(i for i, line in enumerate(lines[1:]) if line.startswith("C00002,"))
        rows[chosen]["customer_id"] = GONE
        if "first_name" in rows[chosen]:
            rows[chosen] |= {
                "first_name": NAME,
                "past_year_spend": SPENT,
                "email_permission": "yes",
            }
        with (folder / name).open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    return folder


def done(workspace, *words):
    ran = run(workspace, *words)
    assert ran.code == 0, ran.err
    return ran


def campaign_of(workspace):
    with application(workspace) as app:
        return next(
            c.campaign_id
            for c in app.campaigns.everything()
            if not c.imported and app.send.experiment(c.campaign_id)
        )


def assignments(workspace, campaign):
    return workspace / f"data/processed/tables/assignments-{campaign}.parquet"


def outcome_rows(workspace, campaign):
    table = duckdb.read_parquet(str(assignments(workspace, campaign)))
    every = table.select("customer_id").order("customer_id").fetchall()
    assert (GONE,) in every
    return [f"{name},{int(name == GONE or i % 7 == 0)}\n" for i, (name,) in enumerate(every)]


def asked(query):
    with duckdb.connect() as connection:
        return connection.execute(query).fetchall()


@pytest.fixture
def changed(journey, tmp_path):
    workspace, campaign, folder = journey
    return Path(shutil.copytree(workspace, tmp_path / "workspace")), campaign, folder


@pytest.fixture(scope="module")
def erased(journey, tmp_path_factory):
    """The same workspace with the customer erased, and the receipt."""
    workspace, campaign, folder = journey
    before = read_out(workspace, campaign)
    copied = Path(shutil.copytree(workspace, tmp_path_factory.mktemp("erased") / "workspace"))
    seals = approvals(copied, campaign)
    ran = done(copied, "erase", GONE, "--reason", f"{GONE} {WHY}", "--as", "admin", "--json")
    return copied, campaign, folder, ran.document, before, seals


def approvals(workspace, campaign):
    with application(workspace) as app:
        return {
            v.variant_id: (v.state, app.approvals.seal_now(v.variant_id))
            for v in app.messages.variants(campaign)
        }


def read_out(workspace, campaign):
    return done(workspace, "results", campaign, "--json").document


def texts_of(path):
    """Everything a file says: its bytes, and what is in it where they are packed."""
    yield path.read_bytes()
    if path.suffix == ".parquet" or ".parquet" in path.name:
        rows = duckdb.read_parquet(str(path)).fetchall()
        yield repr(rows).encode()
    if path.suffix == ".pdf":
        yield printed(path.read_bytes())
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                yield from texts_of_member(name, archive.read(name))


@cache
def printed(content):
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).encode()


def texts_of_member(name, content):
    yield name.encode() + content
    if name.endswith(".parquet"):
        yield repr(duckdb.read_parquet(io.BytesIO(content)).fetchall()).encode()


def naming(folder, *words):
    """The files that hold one of the words, whatever their kind, in any case."""
    wanted = [word.lower().encode() for word in words]
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and any(w in text.lower() for text in texts_of(path) for w in wanted)
    )


def test_before_the_erasure_the_customer_is_where_one_would_look(journey):
    workspace, campaign, _ = journey
    named = naming(workspace, GONE)
    assert {re.sub(r"-.*", "", name.removeprefix("data/processed/")) for name in named} >= {
        "state.db",
        "segments.json",
        "assignments.json",
        f"campaigns/{campaign}/assignments.json".split("-")[0],
        "tables/dataset",
        "tables/segments",
        "tables/assignments",
        "tables/outcomes",
        "rejects/dataset",
    }
    assert f"reports/exports/{campaign}/recipients.csv" in named
    assert f"reports/exports/{campaign}/recipients_for_excel.csv" in named


def test_after_it_no_byte_of_the_workspace_names_them(erased):
    workspace, *_ = erased
    assert naming(workspace, GONE, NAME) == []
    assert naming(workspace, SPENT) == []


def test_only_their_rows_are_gone(journey, erased):
    whole, after = journey[0], erased[0]
    for path in (whole / "data/processed/tables").glob("*.parquet"):
        others = duckdb.read_parquet(str(path)).filter(f"customer_id <> '{GONE}'")
        now = duckdb.read_parquet(str(after / path.relative_to(whole)))
        assert others.fetchall() == now.fetchall(), path.name
    for name in ("segments.json", "assignments.json"):
        before = json.loads((whole / "data/processed" / name).read_text())
        rows = [row for row in before if row["customer_id"] != GONE]
        assert rows == json.loads((after / "data/processed" / name).read_text())
    for path in (whole / "reports/exports").rglob("*.csv"):
        lines = path.read_bytes().splitlines(keepends=True)
        kept = b"".join(line for line in lines if GONE.encode() not in line)
        assert (after / path.relative_to(whole)).read_bytes() == kept
    with application(after) as app:
        data = next(d for d in app.customers.everything() if d.name == "Demo customers")
        sizes = [s.size for s in app.segments.latest().segments]
    assert (data.rows, sum(sizes)) == (CUSTOMERS - 1, CUSTOMERS - 1)


def test_the_results_are_those_of_everybody_else(erased):
    workspace, campaign, folder, _, before, _ = erased
    after = read_out(workspace, campaign)
    said = {(e["metric"], e["arm"]): e for e in after["estimates"] if e["slice"] is None}
    independent = asked(
        f"""SELECT arm, count(*), avg(visit) FROM '{assignments(workspace, campaign)}'
        JOIN read_csv('{folder / "outcomes.csv"}') USING (customer_id)
        WHERE customer_id <> '{GONE}' GROUP BY arm"""  # noqa: S608 - names of this test
    )
    compared = 0
    for arm, n, mean in independent:
        if ("visit", arm) in said:
            compared += 1
            assert said["visit", arm]["n"] == n
            assert said["visit", arm]["mean"] == pytest.approx(mean, rel=1e-12)
    assert compared == len(said)
    assert after["health"]["units"] == before["health"]["units"] - 1
    # Who was assigned stays the measure of the groups' sizes.
    assert after["health"]["srm"] == before["health"]["srm"]
    assert any(n.startswith("Erased on request since") for n in after["health"]["notes"])
    assert read_out(workspace, FINISHED)["health"]["units"] == CUSTOMERS - 1


def test_approvals_and_the_trail_hold_and_tables_are_what_was_recorded(erased):
    workspace, campaign, _, _, _, seals = erased
    assert approvals(workspace, campaign) == seals
    assert done(workspace, "audit", "verify").out.startswith("The audit trail is whole")
    checks = {d["job"]: d for d in done(workspace, "doctor", "--json").document["dependencies"]}
    assert checks["tables"]["works"]
    assert checks["erasures"]["detail"] == "1 customer was erased and has no row in any table"


def test_an_export_that_is_kept_still_fits_its_checksums_and_says_what_was_taken_out(erased):
    workspace, campaign, *_ = erased
    folder = workspace / "reports/exports" / campaign
    for line in (folder / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name
    manifest = json.loads((folder / "manifest.json").read_text())
    assert all(f"{d}  {n}\n" in (folder / "SHA256SUMS").read_text()
               for n, d in manifest["files"].items())  # fmt: skip
    (taken,) = manifest["erased_on_request"]
    assert taken["rows"]["recipients.csv"] == 1


def test_what_a_group_lost_by_erasure_stands_among_its_losses(erased):
    workspace, campaign, *_ = erased
    losses = read_out(workspace, campaign)["health"]["losses"]
    (lost,) = [each for each in losses if each["reason"] == ERASED]
    assert lost["stage"] == "assigned"
    assert sum(lost["customers"].values()) == 1


def test_an_export_goes_on_without_them(erased, tmp_path):
    workspace, campaign, *_ = erased
    copied = shutil.copytree(workspace, tmp_path / "workspace")
    out = tmp_path / "out"
    made = done(copied, "export", campaign, "--out", out, "--as", "marketer", "--json").document
    whole = asked(f"FROM '{assignments(copied, campaign)}'")
    assert made["recipients"] == len(whole)
    assert naming(out, GONE, NAME) == []


def test_what_comes_in_again_leaves_them_out(erased, tmp_path):
    workspace, campaign, folder, *_ = erased
    copied = shutil.copytree(workspace, tmp_path / "workspace")
    again = done(
        copied, "import-customers", folder / "raw/customers.csv", "--id", "customer_id", "--json"
    ).document
    assert again["rows"]["suppressed"] == 1
    kept = done(copied, "import-outcomes", campaign, folder / "outcomes.csv", "--as", "analyst")
    assert "1 of customers who were erased or left out passed over" in kept.out
    assert naming(copied, GONE, NAME) == []


def test_the_receipt_lists_what_was_erased_and_what_is_out_of_reach(erased):
    workspace, _, folder, receipt, *_ = erased
    kinds = {each["kind"] for each in receipt["erased"]}
    assert kinds >= {"data sets", "members of segments", "assignments", "outcomes", "files"}
    assert "rows that were not kept" in kinds
    assert receipt["remaining"] == []
    exports = [o for o in receipt["out_of_reach"] if o["kind"] == "export"]
    assert len(exports) >= 2
    assert any(str(folder / "handed over") in o["what"] for o in exports)
    assert all(o["at"] and o["by"] == "marketer" and "generic" in o["what"] for o in exports[-2:])
    backups = [o["what"] for o in receipt["out_of_reach"] if o["kind"] == "backup"]
    assert any(said.startswith("before.zip") for said in backups)
    assert GONE not in json.dumps(receipt)
    assert receipt["reason"] == f"this customer {WHY}"
    (entry,) = entries(workspace, "erase customer")
    detail = json.loads(entry.detail)
    assert detail["erased"]["data sets"] == 2
    assert all(len(pair) == 2 for pair in detail["hashes"].values())
    stored = done(workspace, "erase", "--receipts", "--json").document["receipts"]
    assert stored == [receipt]


def test_what_somebody_typed_into_the_record_stays_and_is_on_the_receipt(changed):
    workspace, campaign, _ = changed
    with application(workspace) as app:
        first = app.messages.variants(campaign)[0]
        marketer = app.people.get("marketer")
        said = f"{GONE} called about this one"
        app.discussion.comment(first.variant_id, said, revision=first.revision, by=marketer)
    receipt = done(workspace, "erase", GONE, "--reason", WHY, "--as", "admin", "--json").document
    assert receipt["remaining"] == [
        "1 entries of the audit trail, as somebody typed it",
        "1 rows of comments, as somebody typed it",
        "logs/safety_audit.log names the customer and is of no kind that is rewritten",
    ]
    assert naming(workspace, GONE) == ["data/processed/state.db", "logs/safety_audit.log"]
    done(workspace, "audit", "verify")


def entries(workspace, action):
    with application(workspace) as app:
        return [e for e in app.audit.find(limit=10_000) if e.action == action]


class Killed(BaseException):
    """The process ends here."""


def stopping_at(patched, place):
    """Let the process end at a place of the erasure."""

    def end(*_args, **_kwargs):
        raise Killed

    owner, name = PLACES[place]
    patched.setattr(owner, name, end)


PLACES = {
    "before anything is rewritten": (ErasedPlaces, "files"),
    "before the new tables are recorded": (ErasedPlaces, "hashes"),
    "before a table is replaced": (ErasedPlaces, "replaced"),
    "before it is looked through again": (ErasedPlaces, "still"),
    "before the database is compacted": (database.Database, "compact"),
}


@pytest.mark.parametrize("place", PLACES)
def test_an_erasure_that_was_killed_is_finished_by_the_next_start(changed, place, tmp_path):
    workspace, campaign, _ = changed
    seals = approvals(workspace, campaign)
    with pytest.MonkeyPatch.context() as patched:
        stopping_at(patched, place)
        with pytest.raises(Killed), application(workspace) as app:
            app.erasing.erase(GONE, reason=WHY, by=app.people.get("admin"))
    if place == "before a table is replaced":
        assert unexported(workspace, campaign, tmp_path / "out")
    with application(workspace) as app:
        app.erasing.again(by=app.people.get("admin"))
        kept = Kept(app.people.context)
        assert kept.erasures() == "1 customer was erased and has no row in any table"
        assert kept.tables().endswith("are what was recorded")
        assert app.audit.verify().intact
        holds = [app.approvals.seal_now(v) == seal for v, (_, seal) in seals.items()]
    assert all(holds)
    assert naming(workspace, GONE, NAME) == []


def unexported(workspace, campaign, out):
    """Whether nothing is exported while the erasure is not done."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("core.orchestrator.service.erasing.Erasing.finish", lambda _self: 0)
        with application(workspace) as app, pytest.raises(Refused, match="is being erased"):
            app.send.export(campaign, profile="generic", out=out, by=app.people.get("marketer"))
    return not out.exists()


def test_a_table_changed_from_outside_is_no_erasure(erased, tmp_path):
    workspace, campaign, *_ = erased
    copied = Path(shutil.copytree(workspace, tmp_path / "workspace"))
    path = assignments(copied, campaign)
    asked(f"COPY (FROM '{path}' OFFSET 1) TO '{path}.new' (FORMAT parquet)")
    Path(f"{path}.new").replace(path)
    ran = run(copied, "doctor")
    assert ran.code == 1
    assert "1 of " in ran.out
    assert f"assignments-{campaign}.parquet first: it was changed from outside" in ran.out


def test_a_table_that_brings_them_back_is_found_and_erased_again(journey, erased, tmp_path):
    before, (workspace, campaign, *_) = journey[0], erased
    copied = Path(shutil.copytree(workspace, tmp_path / "workspace"))
    shutil.copy(assignments(before, campaign), assignments(copied, campaign))
    ran = run(copied, "doctor")
    assert ran.code == 1
    assert "customers who were erased have 1 rows in assignments-" in ran.out
    assert GONE not in ran.out
    receipts = done(copied, "erase", "--again", "--as", "admin", "--json").document["receipts"]
    assert [r["reason"] for r in receipts] == ["came back"]
    done(copied, "doctor")
    assert naming(copied, GONE) == []


def test_whatever_was_read_before_does_not_bring_them_back(changed, tmp_path):
    """A file read, a send planned and segments made before; each is recorded after."""
    workspace, campaign, folder = changed
    with application(workspace) as app:
        marketer = app.people.get("marketer")
        staged = app.customers.stage(folder / "raw/customers.csv", id_column="customer_id")
        plan = app.send._plan(campaign)
        request = OutcomesRequest(assignments(workspace, campaign), "campaign")
        brought = read_outcomes(folder / "outcomes.csv", request, app.settings.processed)
        app.erasing.erase(GONE, reason=WHY, by=app.people.get("admin"))
        with pytest.raises(Refused, match="Bring the file in again"):
            app.customers.use(staged, by=marketer)
        sent = app.campaigns.get(campaign), app.send.experiment(campaign)
        intake, analyst = Intake(app.send.context, *sent), app.people.get("analyst")
        with pytest.raises(Refused, match="was erased while it was read"):
            intake._store_rows(brought, ChosenMapping(None), folder, analyst)
        with (
            app.people.context.write(marketer) as write,
            pytest.raises(OrchestratorError, match="Something changed meanwhile"),
        ):
            app.send._check_unchanged(write, plan)
    assert naming(workspace, GONE) == []


def test_one_who_objects_is_kept_and_left_out(changed, tmp_path):
    workspace, campaign, folder = changed
    why = f"{GONE} {WHY}"
    told = done(workspace, "object", GONE, "--reason", why, "--as", "marketer", "--json").document
    assert (told["new"], campaign in told["prepared"]) == (True, True)
    assert sum(o["kind"] == "export" for o in told["out_of_reach"]) >= 2
    again = done(workspace, "object", GONE, "--reason", WHY, "--as", "marketer")
    assert "was on the list of people to leave out already" in again.out
    done(workspace, "export", campaign, "--out", tmp_path / "out", "--as", "marketer")
    assert naming(tmp_path / "out", GONE) == []
    imported = done(
        workspace, "import-customers", folder / "raw/customers.csv", "--id", "customer_id"
    )
    assert "suppressed 1" in imported.out
    held = asked(f"FROM '{assignments(workspace, campaign)}' WHERE customer_id = '{GONE}'")
    assert len(held) == 1
    (entry, *_) = entries(workspace, "object")
    assert GONE not in entry.subject + entry.detail


def test_who_objected_and_is_erased_later_counts_as_erased(changed):
    workspace, _, _ = changed
    done(workspace, "object", GONE, "--reason", WHY, "--as", "marketer")
    done(workspace, "erase", GONE, "--reason", WHY, "--as", "admin")
    listed = done(workspace, "suppress", "list", "--json").document["reasons"]
    assert [(r["reason"], r["people"]) for r in listed] == [(ERASED, 1)]
    assert naming(workspace, GONE) == []


def test_others_who_write_all_the_time_leave_it_to_be_finished(changed, monkeypatch):
    workspace, *_ = changed
    monkeypatch.setattr(erased_tables, "still_holding", lambda *_: True)
    with application(workspace) as app, pytest.raises(StorageUnavailable, match="is not done"):
        app.erasing.erase(GONE, reason=WHY, by=app.people.get("admin"))
    monkeypatch.undo()
    assert done(workspace, "erase", "--receipts", "--json").document["receipts"][0]["finished_at"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("erase",), "Name one customer to erase, or give --again, or --receipts."),
        (("erase", GONE, "--again"), "Name one customer to erase"),
        (("erase", GONE, "--as", "admin"), "Say why in 1 to 200 characters"),
        (("erase", " ", "--reason", "x", "--as", "admin"), "Name the customer to forget"),
        (("erase", GONE, "--reason", "x", "--as", "approver"), "approver"),
        (("object", GONE, "--as", "marketer"), "Say why in 1 to 200 characters"),
        (("object", " ", "--reason", "x", "--as", "marketer"), "Name the customer who objects"),
    ],
)
def test_what_cannot_be_is_one_line(journey, words, said):
    ran = run(journey[0], *words)
    assert ran.code in {1, 2}
    assert said in ran.err
    assert ran.err.count("\n") == 1


def test_on_postgresql_the_row_is_gone_from_the_files_of_the_server(
    journey, postgresql_server, tmp_path
):
    workspace, campaign, _ = journey
    shutil.copytree(workspace, tmp_path / "there", ignore=shutil.ignore_patterns("state.db*"))
    with database_on(postgresql_server) as url:
        moved(f"sqlite:///{workspace}/data/processed/state.db", url)
        there = config.load(tmp_path / "there", environment={"CPO_DATABASE_URL": url})
        with opened(there) as app:
            by = app.people.get("admin")
            app.suppression.object(GONE, reason=WHY, by=by)
            assert app.forgetting.token(GONE) is not None
            before = stored_by_server(url)
            receipt = app.erasing.erase(GONE, reason=WHY, by=by)
            after = stored_by_server(url)
            assert (GONE.encode() in before, GONE.encode() in after) == (True, False)
            assert app.audit.verify().intact
            kept = Kept(app.people.context)
            assert kept.tables().endswith("are what was recorded")
            kept.erasures()
            assert app.results.readout(campaign).health.units > 0
        kinds = {each.kind for each in receipt.out_of_reach}
        assert "database server" in kinds
        assert naming(tmp_path / "there", GONE, NAME) == []


def moved(here, there):
    """All rows of one database into another."""
    one, other = database.Database.open(here), database.Database.open(there)
    other.migrate()
    with one.read() as source, other.begin() as target:
        for name in state_rows.tables():
            state_rows.load(target, name, state_rows.lines(source, name))
    one.close()
    other.close()


def stored_by_server(url):
    """Every byte of the files that hold the tables of a database, as the server reads them."""
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("CHECKPOINT")
        tables = admin.execute(
            "SELECT pg_relation_filepath(oid) FROM pg_class WHERE relkind IN ('r', 't', 'i')"
        ).fetchall()
        return b"".join(
            row[0]
            for (path,) in tables
            if path
            for row in admin.execute("SELECT pg_read_binary_file(%s)", (path,)).fetchall()
        )


def test_every_table_of_a_journey_with_a_customer_in_it_is_covered(journey):
    """Who adds a table with customers under another name has to teach `customer_columns` of it."""
    workspace, *_ = journey
    known = {
        row[0]
        for path in (workspace / "data/processed/tables").glob("dataset-*.parquet")
        for row in duckdb.read_parquet(str(path)).select("customer_id").fetchall()
    }
    checked = 0
    for path in sorted(workspace.rglob("*.parquet")):
        rows = duckdb.read_parquet(str(path))
        for name in rows.columns:
            values = {str(v) for (v,) in rows.select(f'"{name}"').limit(1000).fetchall()}
            if len(values & known) > len(values) / 2:
                checked += 1
                assert name in erased_tables.customer_columns(path), f"{path.name}: {name}"
    assert checked >= 4
