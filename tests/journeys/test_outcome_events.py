"""Events come home: read out, reconciled by group and reason, mapped, and watched for."""

import shutil
import threading
import zipfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from core.errors import BadInput, FileInvalid
from core.models.approval import ReviewDecision
from core.models.campaign import Brief, Tone
from core.models.customers import SegmentationMethod
from core.models.readout import Decision
from core.models.segmentation import SegmentationRequest
from core.orchestrator.application import Application
from core.orchestrator.config import ROOT
from core.orchestrator.service.outcome_mappings import SaidMapping
from core.orchestrator.service.watching import Taken, Watching
from core.reports.losses import reconciliation_rows
from tests.journeys import packs
from tests.journeys.commands import application, run

CAMPAIGN = "shop-orders"
CONTROL = "Not contacted"
BRIEF = Brief(
    name="Shop orders",
    goal="Bring customers back for a first look at the clothes for the week ahead",
    tones=(Tone.FRIENDLY, Tone.URGENT),
    offer_document_id="PRM-001",
    hypothesis="A message brings more orders than none.",
    primary_metric="orders:mean",
    other_metrics=("revenue:mean",),
    guardrails=("unsubscribed:proportion:rise",),
    holdout=0.4,
    same_message=None,
)


@pytest.fixture(scope="module")
def exported(demo, tmp_path_factory):
    """A campaign to some thousand customers, handed over; nobody may change it."""
    folder = tmp_path_factory.mktemp("exported") / "workspace"
    shutil.copytree(demo, folder)
    customers = (ROOT / "data/raw/customers.csv").read_text().splitlines(keepends=True)
    (folder / "some.csv").write_text("".join(customers[:9001]))
    with application(folder, execute=True) as app:
        marketer, approver = app.people.get("marketer"), app.people.get("approver")
        staged = app.customers.stage(folder / "some.csv", id_column="customer_id", name="Some")
        dataset = app.customers.use(staged, by=marketer).dataset_id
        app.segments.compute(dataset, SegmentationRequest(SegmentationMethod.RULES), by=marketer)
        app.campaigns.create(BRIEF, by=marketer, dataset_id=dataset, campaign_id=CAMPAIGN)
        app.messages.wait(app.messages.generate(CAMPAIGN, by=marketer).run_id, timeout_s=120)
        for variant in app.approvals.queue(CAMPAIGN):
            app.approvals.decide(
                variant.variant_id, ReviewDecision.APPROVE, revision=1, reason="", by=approver
            )
        app.send.prepare(CAMPAIGN, by=marketer)
        assigned = pd.read_parquet(app.send.context.table(f"assignments-{CAMPAIGN}"))
        # Somebody asks to be left out between the assignment and the export.
        asked = assigned[assigned.arm == "urgent"].customer_id.head(3)
        (folder / "asked.csv").write_text("id\n" + "\n".join(asked) + "\n")
        app.suppression.add(folder / "asked.csv", id_column="id", reason="asked", by=marketer)
        out = folder / "reports" / "export"
        app.send.export(CAMPAIGN, profile="generic", out=out, by=marketer)
    return folder


@pytest.fixture
def workspace(exported, tmp_path):
    return shutil.copytree(exported, tmp_path / "workspace")


@pytest.fixture
def app(workspace, open_application):
    with open_application(workspace) as opened:
        yield opened


def outcome_events(assigned, moment, *, lost=0.0, seed=11):
    """What a sender and a shop would tell: sends, deliveries, bounces, clicks and orders.

    `lost` is the share of the group urgent that was sent to and not delivered.
    """
    rng = np.random.default_rng(seed)
    sent = assigned[assigned.arm != CONTROL]
    urgent = sent[sent.arm == "urgent"]
    sent = sent.drop(urgent.index[:3])  # those who asked to be left out
    sent = sent[rng.random(len(sent)) < 0.99]
    chance = rng.random(len(sent))
    gone = np.where(sent.arm == "urgent", chance < 0.01 + lost, chance < 0.01)
    kinds = np.where(rng.random(len(sent)) < 0.7, "hard_bounced", "soft_bounced")
    buys = np.where(assigned.arm != CONTROL, 0.12, 0.06)
    buyers = assigned[rng.random(len(assigned)) < buys]
    clickers = sent[~gone & (rng.random(len(sent)) < 0.2)]
    parts = [
        pd.DataFrame({"customer_id": sent.customer_id, "event": "sent", "hours": 2}),
        pd.DataFrame({"customer_id": sent.customer_id[~gone], "event": "delivered", "hours": 3}),
        pd.DataFrame({"customer_id": sent.customer_id[gone], "event": kinds[gone], "hours": 3}),
        pd.DataFrame(
            {
                "customer_id": clickers.customer_id,
                "event": "clicked",
                "hours": 5,
                "bot": (rng.random(len(clickers)) < 0.3).astype(int).astype(str),
            }
        ),
        pd.DataFrame(
            {
                "customer_id": buyers.customer_id,
                "event": "ordered",
                "hours": rng.integers(4, 300, len(buyers)),
                "amount": np.round(rng.gamma(2, 30, len(buyers)), 2).astype(str),
                "currency": "EUR",
                "order_id": [f"o{i}" for i in range(len(buyers))],
            }
        ),
    ]
    events = pd.concat(parts, ignore_index=True).fillna("")
    events.insert(0, "event_id", [f"e{i}" for i in range(len(events))])
    events["time"] = [(moment + timedelta(hours=int(h))).isoformat() for h in events.hours]
    return events.drop(columns="hours")


@pytest.fixture
def assigned(app):
    return pd.read_parquet(app.send.context.table(f"assignments-{CAMPAIGN}"))


@dataclass
class Bringing:
    """Takes in tables as files; `path` is the last one."""

    app: Application
    folder: Path
    path: Path | None = None

    def __call__(self, events, name="events.csv"):
        self.path = self.folder / name
        events.to_csv(self.path, index=False)
        marketer = self.app.people.get("marketer")
        return self.app.results.import_outcomes(CAMPAIGN, self.path, by=marketer)


@pytest.fixture
def bring(app, tmp_path):
    """Take in a table of events; gives what came of it."""
    return Bringing(app, tmp_path)


def independent(workspace, path):
    """Counts by group from the raw files, by a query that shares nothing with the product."""
    assignments = workspace / f"data/processed/tables/assignments-{CAMPAIGN}.parquet"
    asked = workspace / "asked.csv"
    with duckdb.connect() as connection:
        found = connection.execute(
            f"""
        WITH e AS (SELECT * FROM read_csv('{path}', all_varchar = true)),
        per AS (SELECT customer_id,
            max(event = 'sent') AS sent, max(event = 'delivered') AS delivered,
            max(event = 'hard_bounced') AS hard, max(event = 'soft_bounced') AS soft
            FROM e GROUP BY 1)
        SELECT a.arm, count(*) AS assigned,
            count_if(a.variant_id IS NOT NULL AND s.id IS NULL) AS exported,
            count_if(a.variant_id IS NOT NULL AND s.id IS NULL AND p.sent) AS sent,
            count_if(a.variant_id IS NOT NULL AND s.id IS NULL AND p.sent AND p.delivered)
                AS delivered,
            count_if(p.customer_id IS NOT NULL) AS matched,
            count_if(a.variant_id IS NOT NULL AND s.id IS NOT NULL) AS asked,
            count_if(a.variant_id IS NOT NULL AND s.id IS NULL AND p.sent IS NOT TRUE) AS unsent,
            count_if(p.sent AND p.delivered IS NOT TRUE AND p.hard) AS hard,
            count_if(p.sent AND p.delivered IS NOT TRUE AND p.hard IS NOT TRUE AND p.soft) AS soft,
            count_if(p.customer_id IS NULL) AS nothing
        FROM read_parquet('{assignments}') AS a
        LEFT JOIN per AS p ON p.customer_id = a.customer_id
        LEFT JOIN read_csv('{asked}', all_varchar = true) AS s ON s.id = a.customer_id
        GROUP BY 1 ORDER BY 1"""  # noqa: S608 - of files of this test
        ).df()
    return found.set_index("arm")


def test_the_evidence_pack_of_events_holds_on_a_bare_python(app, assigned, bring, tmp_path):
    bring(outcome_events(assigned, app.send.context.now()))
    said = packs.hold(app.results, CAMPAIGN, tmp_path, app.people.get("analyst"))
    assert f"{len(assigned)} rows of outcomes.csv summed" in said


@pytest.mark.parametrize(("lost", "decision"), [(0.0, Decision.USE), (0.05, Decision.DO_NOT_TRUST)])
def test_a_loss_of_5_percent_of_one_group_is_named_and_every_count_is_that_of_the_raw_files(
    app, assigned, bring, lost, decision
):
    bring(outcome_events(assigned, app.send.context.now(), lost=lost))
    readout = app.results.readout(CAMPAIGN)
    raw = independent(app.settings.workspace, bring.path)
    stages = {stage.name: dict(stage.customers) for stage in readout.health.stages}
    for name in ("assigned", "exported", "sent", "delivered", "matched"):
        assert stages[name] == raw[name].to_dict()
    lost_for = {(each.stage, each.reason): each.customers for each in readout.health.losses}
    for stage, reason, column in (
        ("exported", "asked to be left out since the assignment", "asked"),
        ("sent", "not sent", "unsent"),
        ("delivered", "bounced hard", "hard"),
        ("delivered", "bounced soft", "soft"),
        ("matched", "no event of any kind", "nothing"),
    ):
        assert lost_for[stage, reason] == {a: n for a, n in raw[column].items() if n}
    assert readout.conclusion.decision is decision
    failed = [stage.name for stage in readout.health.stages if stage.passed is False]
    assert failed == (["delivered"] if lost else [])
    if lost:
        assert "the stage delivered" in readout.conclusion.reason
    document = readout.as_document()["health"]
    assert len(document["losses"]) == len(readout.health.losses)
    rows = reconciliation_rows(readout.health)
    unsent = pd.DataFrame(rows).query("what == 'lost' and stage == 'sent'")
    assert unsent["customers"].sum() == raw.unsent.sum()


def test_events_of_who_was_erased_are_gone_and_passed_over_when_they_come_again(
    app, assigned, bring
):
    events = outcome_events(assigned, app.send.context.now())
    bring(events)
    buyer = events[events.event == "ordered"].customer_id.iloc[0]
    app.erasing.erase(buyer, reason="asked by letter", by=app.people.get("admin"))
    kept = duckdb.read_parquet(str(app.send.context.table(f"events-{CAMPAIGN}")))
    assert kept.filter(f"customer_id = '{buyer}'").fetchall() == []
    without = pd.read_parquet(app.send.context.table(f"outcomes-{CAMPAIGN}"))
    again = bring(events, "again.csv")
    assert again.passed_over == (events.customer_id == buyer).sum() > 1
    assert again.events.new == 0
    # Made anew from the events, the outcomes are those that were left.
    anew = pd.read_parquet(app.send.context.table(f"outcomes-{CAMPAIGN}"))
    pd.testing.assert_frame_equal(anew, without)
    others = events[(events.event == "ordered") & (events.customer_id != buyer)]
    readout = app.results.readout(CAMPAIGN)
    total = sum(e.mean * e.n for e in readout.estimates if e.metric == "orders" and not e.slice)
    control = next(e for e in readout.estimates if e.metric == "orders" and not e.slice)
    total += control.mean_control * control.n_control
    assert total == pytest.approx(len(others))


def test_orders_by_customer_decide_and_count_every_group_alike(app, assigned, bring):
    events = outcome_events(assigned, app.send.context.now())
    bring(events)
    readout = app.results.readout(CAMPAIGN)
    bought = events[events.event == "ordered"].customer_id
    by_arm = assigned.assign(n=assigned.customer_id.isin(bought)).groupby("arm").n.mean()
    for row in readout.estimates:
        if row.slice is None and row.metric == "orders":
            assert row.mean == pytest.approx(by_arm[row.arm])
            assert row.mean_control == pytest.approx(by_arm[CONTROL])
    assert not any("unsubscribed" in warning for warning in readout.health.warnings)
    kept = app.results.imports(CAMPAIGN)[0].events
    assert kept.bots == (events.bot == "1").sum()
    assert kept.kinds["ordered"] == len(bought)


def test_rows_and_events_are_never_mixed(app, assigned, bring):
    rows = pd.DataFrame({"customer_id": assigned.customer_id, "orders": 0})
    events = outcome_events(assigned, app.send.context.now())
    bring(rows, "rows.csv")
    with pytest.raises(FileInvalid, match="this campaign holds one row a customer already"):
        bring(events)
    table = app.send.context.table(f"outcomes-{CAMPAIGN}")
    table.unlink()
    bring(events)
    with pytest.raises(FileInvalid, match="this campaign holds events already"):
        bring(rows, "rows.csv")


def their_words(events):
    """The same events, as another system would name them."""
    names = {
        "event_id": "uid", "customer_id": "person", "event": "what", "time": "at", "bot": "robot",
    }  # fmt: skip
    theirs = events.rename(columns=names)
    return theirs.assign(what=theirs.what.replace({"ordered": "Placed Order", "sent": "Mail Out"}))


MAP = """# how our shop writes
event: what
event_id: uid
customer_id: person
time: at
amount: amount
currency: currency
order_id: order_id
bot: robot
values:
  Placed Order: ordered
  Mail Out: sent
"""


def test_a_mapping_is_kept_and_used_the_next_time_without_being_said(app, workspace, assigned):
    events = their_words(outcome_events(assigned, app.send.context.now()))
    half, both = workspace / "half.csv", workspace / "both.csv"
    events.iloc[: len(events) // 2].to_csv(half, index=False)
    events.to_csv(both, index=False)
    (workspace / "map.yaml").write_text(MAP)
    unsaid = run(workspace, "import-outcomes", CAMPAIGN, half)
    assert (unsaid.code, unsaid.err.count("\n")) == (2, 1)
    said = run(
        workspace, "import-outcomes", CAMPAIGN, half, "--map", workspace / "map.yaml",
        "--for", "our shop", "--json",
    )  # fmt: skip
    assert said.document["events"]["new"] == len(events) // 2
    again = run(workspace, "import-outcomes", CAMPAIGN, both, "--json")
    assert again.document["events"]["known"] == len(events) // 2
    assert again.document["events"]["new"] == len(events) - len(events) // 2
    third = run(workspace, "import-outcomes", CAMPAIGN, half)
    assert "nothing changed" in third.out
    assert next(iter(app.results.mappings(CAMPAIGN).items())) == ("our shop", MAP)
    actions = [entry.action for entry in app.audit.latest(1000)]
    assert actions.count("save outcomes mapping") == 1
    assert actions.count("import outcomes") == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("event: what\nwhen: at\n", "'when' is no column of events"),
        ("event: what\nvalues:\n  A: bought\n", "'A' cannot stand for 'bought'"),
        ("event: what\nzone: Berlin\n", "there is no time zone 'Berlin'"),
        ("event: what\nambiguous: both\n", "ambiguous is first or second"),
        ("event: what\nid: number\n", "id can only be content"),
        ("event: what\ncurrency_of_all: euro\n", "'euro' is no currency code"),
        ("event: [1, 2]\n", "write one line for each column"),
        ("event: *a\n", "refers to another place"),
        ("just words", "expected `key: value` lines"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused_in_a_sentence(app, text, said):
    marketer = app.people.get("marketer")
    with pytest.raises(BadInput, match=said):
        app.results.save_mapping(CAMPAIGN, text, sender="ours", by=marketer)
    assert "ours" not in app.results.mappings(CAMPAIGN)


SENDERS = {
    "braze": (
        """id,external_user_id,time,event_type,is_suspected_bot_click
b1,{0},{1},users.messages.email.Send,
b2,{0},{1},users.messages.email.Click,true
b3,{0},{1},users.messages.email.SoftBounce,
""",
        {"sent": 1, "clicked": 1, "bounced": 1},
    ),
    "klaviyo": (
        """uuid,external_id,datetime,metric_name,value,value_currency,OrderId
k1,{0},{2},Received Email,,,
k2,{0},{2},Placed Order,12.50,EUR,o1
k3,{0},{2},Viewed Product,,,
""",
        {"delivered": 1, "ordered": 1},
    ),
    "mailchimp": (
        "customer_id,action,type,timestamp\n{0},open,,{2}\n{0},bounce,hard,{2}\n",
        {"opened": 1, "bounced": 1},
    ),
    "customerio": (
        """event_id,customer_id,metric,timestamp
c1,{0},delivered,{1}
c2,{0},spammed,{1}
c3,{0},drafted,{1}
""",
        {"delivered": 1, "complained": 1},
    ),
}


@pytest.mark.parametrize("sender", SENDERS)
def test_a_file_in_the_words_of_a_sender_is_read_by_its_name(app, workspace, assigned, sender):
    now = app.send.context.now()
    content, kinds = SENDERS[sender]
    path = workspace / f"{sender}.csv"
    path.write_text(content.format(assigned.customer_id[0], int(now.timestamp()), now.isoformat()))
    made = app.results.import_outcomes(
        CAMPAIGN, path, by=app.people.get("marketer"), said=SaidMapping(sender=sender)
    )
    assert made.events.kinds == kinds
    again = app.results.import_outcomes(CAMPAIGN, path, by=app.people.get("marketer"))
    assert (again.repeated, again.events.known) == (True, sum(kinds.values()))


@pytest.fixture
def watched(workspace):
    folder = workspace / "incoming"
    (folder / CAMPAIGN).mkdir(parents=True)
    return folder


class Seconds:
    """A clock that is put forward by hand."""

    now = 0.0

    def __call__(self):
        return self.now


def test_a_watched_file_is_taken_once_it_has_stopped_growing(app, assigned, watched):
    events = outcome_events(assigned, app.send.context.now())
    clock, marketer = Seconds(), app.people.get("marketer")
    watching = Watching(app.results, clock, 5.0)
    path = watched / CAMPAIGN / "monday.csv"
    (watched / "of-somebody-else").mkdir()
    (watched / "of-somebody-else" / "notes.csv").write_text("theirs")
    text = events.to_csv(index=False)
    path.write_text(text[:10_000])
    assert watching.look(watched, by=marketer) == []
    clock.now = 6.0
    path.write_text(text)
    assert watching.look(watched, by=marketer) == []
    clock.now = 12.0
    (taken,) = watching.look(watched, by=marketer)
    assert taken.imported is not None
    assert taken.imported.events is not None
    assert taken.imported.events.new == len(events)
    bad = watched / CAMPAIGN / "bad.csv"
    bad.write_text("event_id,customer_id,event,time\n1,C,sent,2026-01-01\n")
    assert watching.look(watched, by=marketer) == []
    clock.now = 18.0
    (refused,) = watching.look(watched, by=marketer)
    left = sorted(str(p.relative_to(watched)) for p in watched.rglob("*") if p.is_file())
    assert [name for name in left if not name.endswith(".watching")] == [
        "of-somebody-else/notes.csv",
        f"{CAMPAIGN}/done/monday.csv",
        f"{CAMPAIGN}/refused/bad.csv",
        f"{CAMPAIGN}/refused/bad.csv.txt",
    ]
    note = (watched / CAMPAIGN / "refused" / "bad.csv.txt").read_text()
    assert note == f"{refused.refused}\n"
    assert note.startswith("bad.csv line 2: ")


def test_two_watchers_and_one_that_died_between_take_a_file_once(
    app, assigned, watched, open_application, workspace
):
    events = outcome_events(assigned, app.send.context.now())
    content = events.to_csv(index=False)
    (watched / CAMPAIGN / "a.csv").write_text(content)
    # Somebody was killed after it was stored and before it was moved.
    path = workspace / "a.csv"
    path.write_text(content)
    app.results.import_outcomes(CAMPAIGN, path, by=app.people.get("marketer"))
    before = app.send.context.table(f"events-{CAMPAIGN}").read_bytes()
    clock, taken = Seconds(), list[Taken]()

    def watch():
        watching = Watching(app.results, clock, 1.0)
        watching.look(watched, by=app.people.get("marketer"))
        ready.wait()
        taken.extend(watching.look(watched, by=app.people.get("marketer")))

    ready = threading.Barrier(2, action=lambda: setattr(clock, "now", 2.0))
    both = [threading.Thread(target=watch) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert [each.imported and each.imported.repeated for each in taken] == [True]
    assert (watched / CAMPAIGN / "done" / "a.csv").is_file()
    assert app.send.context.table(f"events-{CAMPAIGN}").read_bytes() == before
    assert len(app.results.imports(CAMPAIGN)) == 1


def test_the_command_takes_what_is_there_and_says_what_it_refused(
    workspace, watched, assigned, app
):
    events = outcome_events(assigned, app.send.context.now())
    events.to_csv(watched / CAMPAIGN / "good.csv", index=False)
    (watched / CAMPAIGN / "bad.csv").write_text("event_id,customer_id,event,time\n,,,\n")
    ran = run(workspace, "watch-outcomes", watched, "--once", "--settle", "0.2")
    assert ran.code == 1
    assert f"good.csv, {len(events):,} rows taken in" in ran.out
    assert "bad.csv line 2: there is no customer id" in ran.out
    assert (run(workspace, "watch-outcomes", watched, "--once", "--settle", "0.2").code) == 0
    missing = run(workspace, "watch-outcomes", workspace / "nowhere", "--once")
    assert (missing.code, missing.err.count("\n")) == (2, 1)


def test_a_backup_holds_the_events_and_the_mapping(app, workspace, assigned, bring, tmp_path):
    bring(outcome_events(assigned, app.send.context.now()))
    app.results.save_mapping(
        CAMPAIGN, "customer_id: who\nvisit: came\n", sender="web", by=app.people.get("marketer")
    )
    made = tmp_path / "backup.zip"
    app.backups.make(made)
    table = f"data/processed/tables/events-{CAMPAIGN}.parquet"
    with zipfile.ZipFile(made) as held:
        assert held.read(next(n for n in held.namelist() if n.endswith(table))) == (
            (workspace / table).read_bytes()
        )
        settings = next(n for n in held.namelist() if "workspace_settings" in n)
        assert "outcomes mapping of sender web" in held.read(settings).decode()


def test_no_brief_is_decided_by_opens_or_machines(app):
    for metric in ("opens:mean", "bot_clicks:mean"):
        brief = Brief(name="x", goal="y", primary_metric=metric)
        with pytest.raises(BadInput, match="machines"):
            app.campaigns.create(brief, by=app.people.get("marketer"))


def test_a_new_test_is_judged_by_what_comes_home(app, assigned, bring):
    assert app.results.usual_metric() == "visit:proportion"  # the demo's rows
    bring(outcome_events(assigned, app.send.context.now()))
    assert app.results.usual_metric() == "orders:mean"


def test_the_margin_decides_where_orders_tell_it(app, assigned, bring):
    events = outcome_events(assigned, app.send.context.now())
    bring(events.assign(margin=events.amount))
    assert app.results.usual_metric() == "net_margin:mean"


def test_a_rehearsal_has_the_planned_lift_in_orders_too(app):
    app.results.simulate(CAMPAIGN, lift=1.0, seed=3, by=app.people.get("marketer"))
    rows = [r for r in app.results.readout(CAMPAIGN).estimates if r.slice is None]
    assert {r.metric for r in rows} == {"orders", "revenue", "unsubscribed"}
    assert all(r.mean > r.mean_control for r in rows if r.metric == "orders")
