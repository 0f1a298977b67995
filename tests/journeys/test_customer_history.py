"""The story of a customer: every fact worked out again from the files, and nobody else's data."""

import csv
import hashlib
import json
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest
from pypdf import PdfReader

from core.errors import BadInput, NotAllowed, NotFound, Refused
from core.models.customers import SegmentationMethod
from core.models.history import Presence
from core.models.people import Person, Role
from core.models.segmentation import SegmentationRequest
from core.models.send import Excluded
from core.models.suppression import SUPPRESSED
from core.orchestrator.config import ROOT
from core.orchestrator.service.history import shortened
from core.orchestrator.service.history_reasons import LeftOutFacts, why_not_assigned
from core.orchestrator.service.history_segments import segments_of
from core.reports.customer_history import FULL, OWN, history_document, history_text
from core.reports.history_pdf import history_pdf
from core.storage.eligible import NO_PERMISSION, OUTSIDE, UNKNOWN_PERMISSION
from tests.journeys.commands import application, run

KMEANS = SegmentationMethod.KMEANS
FINISHED, OBJECTED = "mens-and-womens-mailing", 7
ID, ADDRESS = re.compile(r"C\d{5}"), re.compile(r"[\w.]+@customers\.example")
SENT_AT = datetime(2031, 3, 1, 9, 0, tzinfo=UTC)
RULES = (
    ("high-spenders", "past_year_spend"),
    ("lapsing", "recency_months"),
    ("new-customers", "new_customer"),
    ("menswear-regulars", "bought_mens"),
    ("womenswear-regulars", "bought_womens"),
)
NAMES = {
    "high-spenders": "High spenders",
    "lapsing": "Lapsing customers",
    "new-customers": "New customers",
    "menswear-regulars": "Menswear regulars",
    "womenswear-regulars": "Womenswear regulars",
}
GREETING = re.compile(r'\{\{ first_name \| default: "(\w+)" \}\}')


def some(chance, names, number):
    return [str(name) for name in chance.choice(names, number, replace=False)]


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def segment_of(row):
    """The demo's rules in order, written anew."""
    if row.past_year_spend >= 500:
        return "high-spenders"
    if row.recency_months >= 9:
        return "lapsing"
    if row.new_customer == "yes":
        return "new-customers"
    return "menswear-regulars" if row.bought_mens == "yes" else "womenswear-regulars"


def quotas(size, arms, salt, segment):
    """Largest remainders; equal ones in the order of a hash."""
    exact = {a.name: size * a.weight for a in arms}
    counts = {name: int(share + 1e-9) for name, share in exact.items()}
    left = size - sum(counts.values())
    order = sorted(
        exact,
        key=lambda n: (-round(exact[n] - counts[n], 9), digest(f"{salt}:{segment}:{n}")),
    )
    return {name: counts[name] + (name in order[:left]) for name in counts}


def amount(value):
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


class Files:
    """What the workspace's files say, read with nothing of the product but the plan's numbers."""

    def __init__(self, folder, experiment):
        self.customers = pd.read_csv(
            ROOT / "data/raw/customers.csv", dtype={"first_name": str}, keep_default_na=False
        ).set_index("customer_id")
        for name in ("past_year_spend", "recency_months"):
            self.customers[name] = self.customers[name].astype(float)
        self.segment = {row.Index: segment_of(row) for row in self.customers.itertuples()}
        self.members = pd.Series(self.segment).groupby(pd.Series(self.segment)).groups
        self.finished = pd.read_csv(ROOT / "data/raw/historical_engagement.csv").set_index(
            "customer_id"
        )
        texts = json.loads((folder / "data/processed/variants.json").read_text())
        self.texts = {v["variant_id"]: v for v in texts}
        with (folder / "out/recipients.csv").open(newline="") as file:
            self.recipients = {r["customer_id"]: r for r in csv.DictReader(file)}
        self.place, self.arm, self.counts = {}, {}, {}
        self.assign(experiment)

    def rank(self, column, name):
        """The share below, with half of those equal to it."""
        values, own = self.customers[column], self.customers[column][name]
        return ((values < own).sum() + (values == own).sum() / 2) / len(values)

    def away(self, column, least, name):
        """How far a customer is from a limit, as a share of those on the same side of it."""
        limit, rank = (self.customers[column] < least).mean(), self.rank(column, name)
        return (rank - limit) / (1 - limit) if rank >= limit else (limit - rank) / limit

    def standing(self, name):
        """The margin, the segment that came second, and the three columns that decide first."""
        row = self.customers.loc[name]
        holds = [
            row.past_year_spend >= 500,
            row.recency_months >= 9,
            row.new_customer == "yes",
            row.bought_mens == "yes",
            row.bought_womens == "yes",
        ]
        away = [
            self.away("past_year_spend", 500, name),
            self.away("recency_months", 9, name),
            1.0,
            1.0,
            1.0,
        ]
        place = holds.index(True)
        nearest: int | None = min(range(place + 1), key=lambda i: (away[i], -i))
        if nearest == place:
            nearest = next((i for i in range(place + 1, 5) if holds[i]), None)
        own, others = RULES[place][1], [column for _, column in RULES]
        before = [own, *others[:place], *others[place:]]
        columns = list(dict.fromkeys(before))[:3]
        second = None if nearest is None else RULES[nearest][0]
        return min(away[: place + 1]) / sum(holds), second, columns

    def feature(self, name, column):
        """What is said of a value, with the segment's and everybody's."""
        values, own = self.customers[column], self.customers[column][name]
        inside, label = values[self.members[self.segment[name]]], column.replace("_", " ")
        if isinstance(own, str):
            near, far = (f"{100 * (v == own).mean():.0f} %" for v in (inside, values))
            return f"{label} {own} (like {near} of the segment, {far} of everybody)"
        below = 100 * (values < own).mean()
        means = f"segment {amount(inside.mean())}, everybody {amount(values.mean())}"
        return f"{label} {own:,.10g} ({means}; above {below:.0f} % of all)"

    def assign(self, experiment):
        agreed = self.customers.index[self.customers.email_permission == "yes"]
        by_segment: dict[str, list[str]] = {}
        for name in agreed:
            by_segment.setdefault(self.segment[name], []).append(name)
        for segment, ids in by_segment.items():
            ids.sort(key=lambda name: (digest(f"{experiment.salt}:{name}"), name))
            shares = quotas(len(ids), experiment.arms, experiment.salt, segment)
            slots = [arm for arm in shares for _ in range(shares[arm])]
            self.counts[segment] = shares
            self.arm |= dict(zip(ids, slots, strict=True))
            self.place |= {name: place for place, name in enumerate(ids, 1)}

    def message(self, variant_id, name):
        first = self.customers.first_name[name]
        found = self.texts[variant_id]
        fill = lambda text: GREETING.sub(lambda m: first or m[1], text)  # noqa: E731
        return tuple(fill(found[part]) for part in ("subject", "preheader", "body"))


class Told:
    """A workspace, and the stories of 200 customers of it in full, of 60 of them masked too."""

    def __init__(self, folder):
        self.folder = folder
        with application(folder) as app:
            marketer = app.people.get("marketer")
            self.campaign = next(
                c.campaign_id
                for c in app.campaigns.everything()
                if app.send.exports(c.campaign_id)
                or (app.send.experiment(c.campaign_id) and not c.imported)
            )
            self.experiment = app.send.experiment(self.campaign)
            assigned = pq.read_table(
                folder / f"data/processed/tables/assignments-{self.campaign}.parquet"
            ).to_pylist()
            chance = np.random.default_rng(200)
            sent_to = [a["customer_id"] for a in assigned if a["variant_id"]]
            self.objected = some(chance, sent_to, OBJECTED)
            for name in self.objected:
                app.suppression.object(name, reason="asked by letter", by=marketer)
            app.send.export(self.campaign, profile="generic", out=folder / "out", by=marketer)
            self.events = self.happened(some(chance, sent_to, 40), folder)
            app.results.import_outcomes(self.campaign, self.events, by=marketer)
            self.files = Files(folder, self.experiment)
            others = some(chance, list(self.files.customers.index), 200)
            self.ids = list(dict.fromkeys([*self.objected, *self.event_ids, *others]))[:200]
            looked = app.history.of
            self.masked = {name: looked(name, by=marketer) for name in self.ids[:60]}
            # In full without 200 entries in the trail: what is recorded is told elsewhere.
            story = app.history._story
            self.full = {name: story(name, revealed=True) for name in self.ids}

    def happened(self, ids, folder):
        self.event_ids = sorted(ids)
        path = folder / "events.csv"
        with path.open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(
                ["event_id", "customer_id", "event", "time", "amount", "currency", "order_id"]
            )
            for n, name in enumerate(self.event_ids):
                rows.writerow([f"s{n}", name, "sent", SENT_AT.isoformat(), "", "", ""])
                later = (SENT_AT + timedelta(days=1)).isoformat()
                if n % 2:
                    rows.writerow([f"o{n}", name, "ordered", later, 10 + n, "USD", f"order-{n}"])
        return path

    def part(self, name, campaign=None, *, masked=False):
        stories = self.masked if masked else self.full
        wanted = campaign or self.campaign
        return next(c for c in stories[name].campaigns if c.campaign_id == wanted)


@pytest.fixture(scope="module")
def told(sent, tmp_path_factory):
    folder = Path(shutil.copytree(sent, tmp_path_factory.mktemp("history") / "workspace"))
    return Told(folder)


def test_the_row_of_each_of_200_customers_is_that_of_the_file(told):
    for name in told.ids:
        (held,) = told.full[name].datasets
        row = told.files.customers.loc[name]
        assert {c.column for c in held.cells} == set(row.index)
        for cell in held.cells:
            expected = row[cell.column]
            if isinstance(expected, str):
                assert (cell.value or "") == expected
            else:
                assert float(cell.value) == expected
        assert (held.source, held.imported_by) == ("customers.csv", "marketer")


def test_the_segment_of_each_of_200_customers_follows_from_the_rules(told):
    for name in told.ids:
        (held,) = told.full[name].segments
        margin, second, columns = told.files.standing(name)
        assert held.segment_id == told.files.segment[name]
        assert held.confidence == pytest.approx(margin, abs=2e-6)
        assert held.why.runner_up == (NAMES[second] if second else None)
        assert list(held.why.features) == [told.files.feature(name, c) for c in columns]


def test_the_group_of_each_of_200_customers_is_worked_out_again_with_hashlib(told):
    files, salt = told.files, told.experiment.salt
    for name in told.ids:
        part = told.part(name)
        if name not in files.arm:
            assert part.assigned is None
            assert part.nothing == "no permission"
            continue
        found, shares = part.assigned, files.counts[files.segment[name]]
        assert found.arm == files.arm[name]
        assert found.digest == digest(f"{salt}:{name}")
        assert (found.place, found.among) == (files.place[name], sum(shares.values()))
        assert {s.arm: max(s.last - s.first + 1, 0) for s in found.shares} == shares
        assert found.agrees
        assert found.erased == 0


def test_the_message_of_each_of_200_customers_is_the_template_filled_by_hand(told):
    seen = 0
    for name in told.ids:
        part = told.part(name)
        if part.assigned is None or not part.assigned.contacted:
            assert part.received is None
            assert part.nothing
            continue
        segment, found = told.files.segment[name], part.received
        assert found.variant_id == f"{told.campaign}-{segment}-{part.assigned.arm}"
        message = (found.message.subject, found.message.preheader, found.message.body)
        assert message == told.files.message(found.variant_id, name)
        cited = {(c["document_id"]) for c in told.files.texts[found.variant_id]["citations"]}
        assert {c.document_id for c in part.claims if c.document_id} <= cited
        assert all(c.standing in {"supported", "puffery"} for c in part.claims)
        (decided,) = part.decisions
        assert (decided.decision, decided.by, decided.verified) == ("approve", "approver", False)
        seen += 1
    assert seen > 100


def test_exports_and_outcomes_of_each_of_200_customers_are_those_of_the_files(told):
    for name in told.ids:
        part = told.part(name)
        if part.assigned is None:
            continue
        (export,) = part.exports
        assert (not export.left_out) == (name in told.files.recipients)
        assert (export.by, export.profile) == ("marketer", "generic")
        row = told.files.recipients.get(name)
        if row is not None:
            assert (row["variant_id"] or None) == (part.received and part.received.variant_id)
        orders = {c.column: c.value for c in part.outcomes}["orders"]
        bought = name in told.event_ids and told.event_ids.index(name) % 2
        assert float(orders) == (1 if bought else 0)
        kinds = [e.kind for e in part.events]
        assert kinds == (["sent", *["ordered"] * bought] if name in told.event_ids else [])


def test_what_happened_reads_as_people_write_it(told):
    story = next(s for s in told.full.values() if s.campaigns[0].events)
    event, lines = story.campaigns[0].events[0], history_text(story)
    assert event.at[:16] in lines
    assert event.at not in lines
    assert not re.search(r": (?:\d+\.0|true|false)$", lines, re.MULTILINE)


def test_the_finished_mailing_tells_group_and_outcomes_of_the_real_data(told):
    for name in told.ids:
        part, row = told.part(name, FINISHED), told.files.finished.loc[name]
        assert part.assigned.arm == row.arm
        assert part.assigned.agrees is None
        values = {c.column: float(c.value) for c in part.outcomes}
        assert values == {n: float(row[n]) for n in ("visit", "conversion", "spend")}
        assert bool(part.nothing) == (row.arm == "No E-Mail")


def test_no_story_and_no_copy_holds_anybody_else(told):
    """Ids and addresses by their form; first names wherever no approved text has that word."""
    ordinary = " ".join(
        v[part] for v in told.files.texts.values() for part in ("subject", "preheader", "body")
    )
    names = set(told.files.customers.first_name) - set(re.findall(r"\w+", ordinary)) - {""}
    for name in told.ids:
        own = told.files.customers.loc[name]
        stories = [(told.full[name], {name})]
        if name in told.masked:
            stories.append((told.masked[name], set()))
        for story, mine in stories:
            written = json.dumps(history_document(story), ensure_ascii=False) + history_text(story)
            assert set(ID.findall(written)) == mine
            assert set(ADDRESS.findall(written)) == ({own.email} if mine else set()) - {""}
            words = set(re.findall(r"\w+", written)) & names
            assert words <= ({own.first_name} if mine else set()), words


def test_a_masked_story_differs_from_the_full_one_only_in_what_is_hidden(told):
    for name in told.masked:
        masked, full = told.masked[name], told.full[name]
        assert masked.customer == shortened(name)
        assert [s.why for s in masked.segments] == [s.why for s in full.segments]
        for part, whole in zip(masked.campaigns, full.campaigns, strict=True):
            assert (part.nothing, part.claims, part.exports, part.outcomes) == (
                whole.nothing,
                whole.claims,
                whole.exports,
                whole.outcomes,
            )
            if part.assigned is not None:
                assert part.assigned.digest == ""  # with the key it would tell the id
            if part.received is not None:
                first = told.files.customers.first_name[name]
                assert ("•••" in part.received.message.body) == bool(first)


def test_who_objected_before_the_export_received_nothing_because_of_it(told):
    for name in told.objected:
        part = told.part(name)
        assert "on the list of people to leave out" in part.nothing
        assert told.full[name].left_out.reason == "objected to marketing"


def test_papers_hold_the_same_words_and_nobody_else(told):
    name = next(n for n in told.event_ids if told.files.customers.first_name[n])
    first = told.files.customers.first_name[name]
    for story, purpose, mine in (
        (told.full[name], FULL, {name}),
        (told.masked[name], "masked", set()),
    ):
        path = told.folder / f"{purpose}.pdf"
        path.write_bytes(history_pdf(story, purpose=purpose))
        paper = " ".join(page.extract_text() for page in PdfReader(path).pages)
        assert set(ID.findall(paper)) == mine
        assert bool(re.search(rf"\b{first},", paper)) == bool(mine)
        assert _root(path)["/MarkInfo"]["/Marked"]
        for line in story.campaigns[0].received.message.body.split("\n\n")[1:3]:
            assert "".join(line.split()) in "".join(paper.split())


@pytest.fixture
def changing(told, tmp_path):
    """A copy of the workspace to change."""
    return Path(shutil.copytree(told.folder, tmp_path / "workspace"))


def test_a_reveal_asks_for_a_reason_and_is_in_the_trail_by_token_only(told, changing):
    name = told.ids[-1]
    with application(changing) as app:
        admin = app.people.get("admin")
        with pytest.raises(BadInput, match="Say why"):
            app.history.reveal(name, reason=" ", by=admin)
        assert not [e for e in app.audit.latest(5) if "history" in e.action]
        story = app.history.reveal(name, reason=f"letter of {name}", by=admin)
        (entry, *_) = app.audit.latest(1)
        assert (entry.action, entry.subject) == ("reveal customer history", story.token)
        assert name not in entry.detail + entry.subject
        assert (story.customer, story.revealed) == (name, True)
        by_token = app.history.of(story.token, by=admin)
        assert (by_token.customer, by_token.revealed) == (shortened(name), False)
        with pytest.raises(NotAllowed):
            app.history.reveal(name, reason="curious", by=app.people.get("analyst"))
        with pytest.raises(NotAllowed):
            app.history.of(name, by=Person("x", frozenset(), verified=False))
        assert app.audit.verify().intact


def test_the_copy_for_the_customer_has_all_their_data_and_no_name_of_staff(told, changing):
    name = told.event_ids[1]
    own = told.files.customers.loc[name]
    with application(changing) as app:
        app.people.add("Zacharias", [Role.MARKETER], by=app.people.get("admin"))
        copy = app.history.own_copy(name, reason="asked by letter", by=app.people.get("admin"))
        (entry, *_) = app.audit.latest(1)
    assert entry.action == "copy customer history"
    written = json.dumps(history_document(copy, purpose=OWN)) + history_text(copy, purpose=OWN)
    assert own.email in written
    assert name in written
    for staff in ("marketer", "approver", "admin", "Batch approval"):
        assert not re.search(rf"\b{staff}\b", written), staff
    assert "dress-for-the-week" not in written  # what is only planned is no data of theirs


def test_an_unknown_an_erased_and_a_left_out_customer_are_each_one_plain_sentence(told, changing):
    gone, other = told.event_ids[0], told.event_ids[1]
    with application(changing) as app:
        admin = app.people.get("admin")
        with pytest.raises(NotFound) as unknown:
            app.history.of("C99999", by=admin)
        assert "C99999" not in str(unknown.value)  # a sentence may end up in a log
        before = app.history.of(other, by=admin)
        app.erasing.erase(gone, reason="asked by letter", by=admin)
        story = app.history.of(gone, by=admin)
        assert story.presence is Presence.ERASED
        assert story.left_out.reason == "erased on request"
        assert (story.datasets, story.segments, story.campaigns) == ((), (), ())
        assert gone not in history_text(story)
        with pytest.raises(Refused, match="Nothing is kept"):
            app.history.reveal(gone, reason="asked", by=admin)
        after = app.history.of(other, by=admin)
        assert after.campaigns[0].received == before.campaigns[0].received
        listed = changing / "out.csv"
        listed.write_text("id\nX-4711\n")
        app.suppression.add(listed, id_column="id", reason="Robinson list", by=admin)
        assert app.history.of("x-4711", by=admin).presence is Presence.LEFT_OUT


def test_the_command_prints_a_masked_story_and_writes_copies(told, changing):
    name = told.event_ids[1]
    done = run(changing, "trace", name, "--json")
    assert done.code == 0
    assert name not in done.out
    assert done.document["customer"] == shortened(name)
    assert "recency months" in run(changing, "trace", name).out.lower()
    paper = changing / "copy.pdf"
    assert (
        run(changing, "trace", name, "--for-customer", "--reason", "letter", "--out", paper).code
        == 0
    )
    assert paper.read_bytes().startswith(b"%PDF")
    for wrong, code in (
        (("C99999",), 2),
        ((name, "--reveal"), 2),
        ((name, "--reason", "so"), 2),
        ((name, "--out", changing / "copy.doc"), 2),
        ((name, "--reveal", "--reason", "so", "--as", "analyst"), 1),
    ):
        refused = run(changing, "trace", *wrong)
        assert (refused.code, refused.out) == (code, ""), wrong
        assert len(refused.err.strip().splitlines()) == 1


HELD = "in the running test 'Spring' until 6 December 2031"
LIMIT = "at the limit of 2 messages in 7 days"
HOLDOUT = "global holdout"


@pytest.mark.parametrize(
    ("counted", "share", "changes", "tests", "expected"),
    [
        ((SUPPRESSED,), 0.0, {"since": -1}, (), SUPPRESSED),
        ((NO_PERMISSION,), 0.0, {"since": 1, "agreed": "no"}, (), NO_PERMISSION),
        ((NO_PERMISSION,), 0.0, {"agreed": None}, (), UNKNOWN_PERMISSION),
        ((OUTSIDE,), 0.0, {"audience": "past_year_spend > 1000000"}, (), OUTSIDE),
        ((HOLDOUT, HELD), 0.9999, {}, ("Spring",), f"{HOLDOUT}: the number"),
        ((HOLDOUT, HELD), 1e-9, {}, ("Spring",), HELD),
        ((HELD, LIMIT), 0.0, {}, ("Spring",), HELD),
        ((HELD, LIMIT), 0.0, {}, ("Spring sale",), LIMIT),
        # The share in the settings is another one by now, and nothing else was counted.
        ((HOLDOUT,), 1e-9, {}, (), HOLDOUT),
        ((HOLDOUT, HELD), 1e-9, {}, (), "the reason cannot be told"),
        ((), 0.0, {}, (), "the reason cannot be told"),
    ],
)
def test_why_somebody_was_not_assigned_is_told_in_the_order_of_the_assignment(
    told, counted, share, changes, tests, expected
):
    with application(told.folder) as app:
        context = app.history.context
        trial = replace(context.settings.app.experiment, global_holdout=share)
        settings = replace(context.settings, app=replace(context.settings.app, experiment=trial))
        campaign = app.campaigns.get(told.campaign)
        dataset = app.customers.get(campaign.dataset_id)
    at = told.experiment.locked_at
    since = at + timedelta(hours=changes["since"]) if "since" in changes else None
    said = why_not_assigned(
        replace(context, settings=settings),
        replace(campaign, brief=replace(campaign.brief, audience=changes.get("audience", ""))),
        dataset,
        replace(told.experiment, excluded=tuple(Excluded(reason, 3) for reason in counted)),
        LeftOutFacts("C00001", since, {"email_permission": changes.get("agreed", "yes")}, tests),
    )
    assert said.startswith(expected)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """300 customers with what RFM and clusters look at, some values missing."""
    folder = tmp_path_factory.mktemp("small") / "workspace"
    chance = np.random.default_rng(7)
    table = pd.DataFrame(
        {
            "customer_id": [f"S{n:04d}" for n in range(300)],
            "recency_days": chance.integers(1, 400, 300),
            "orders": chance.integers(1, 30, 300),
            "total_spend": np.round(chance.gamma(2, 80, 300), 2),
            "area": chance.choice(["Urban", "Rural"], 300),
        }
    )
    path = tmp_path_factory.mktemp("file") / "small.csv"
    table.to_csv(path, index=False)
    with application(folder) as app:
        admin = app.people.add("admin", [Role.ADMIN], by=None)
        staged = app.customers.stage(path, id_column="customer_id", name="Small")
        dataset = app.customers.use(staged, by=admin)
        made = {
            method: app.segments.compute(
                dataset.dataset_id,
                SegmentationRequest(method, k=3 if method is KMEANS else None),
                by=admin,
            )
            for method in (SegmentationMethod.RFM, KMEANS)
        }
        stories = {n: app.history.of(n, by=admin) for n in table.customer_id[:25]}
    return SimpleNamespace(
        table=table.set_index("customer_id"), made=made, stories=stories, folder=folder
    )


def test_distances_to_the_centres_are_those_of_the_values(small):
    version = small.made[KMEANS]
    names = {s.segment_id: s.name for s in version.segments}
    for name, story in small.stories.items():
        held = story.segments[0]
        point = []
        for feature in version.clusters.features:
            value = small.table[feature.column][name]
            if feature.categories:
                weight = 1 / np.sqrt(1 - sum(share**2 for share in feature.shares))
                point += [weight * (value == each) for each in feature.categories]
            else:
                value = np.log1p(value) if feature.log else value
                point.append((value - feature.mean) / feature.sd)
        away = [
            float(np.sqrt(((np.array(c) - point) ** 2).sum())) for c in version.clusters.centers
        ]
        near, second = np.argsort(away)[:2]
        assert held.segment_id == f"cluster-{near + 1}"
        assert held.why.runner_up == names[f"cluster-{second + 1}"]
        assert [d.distance for d in held.why.distances] == pytest.approx(sorted(away), abs=1e-5)
        margin = (away[second] - away[near]) / away[second]
        assert held.confidence == pytest.approx(margin, abs=1e-5)
        assert len(held.why.features) <= 3
    assert story.segments[1].method == "rfm"
    assert story.segments[1].why is None


def _root(path):
    return PdfReader(path).trailer["/Root"]


def test_the_scores_of_rfm_are_how_many_cuts_the_values_pass(small):
    version = small.made[SegmentationMethod.RFM]
    with application(small.folder) as app:
        row = {"segment_id": "", "confidence": "0"}
        dataset, sizes = app.customers.get(version.dataset_id), set()
        for name in small.stories:
            known = {f"segments-{version.segmentation_id}": (row | _member(app, version, name),)}
            (held,) = segments_of(
                app.history.context, name, [version], known, {dataset.dataset_id: dataset}, used=()
            )
            assert held.why is not None
            size = version.segment(held.segment_id).size
            sizes.add(size >= 30)
            told = ["(segment" in each for each in held.why.features]
            # The average of a few, beside one's own value, would tell the others'.
            assert told == [size >= 30] * 3
            scores = {s.axis: s.score for s in held.why.scores}
            for axis, cuts in zip(("recency", "frequency", "money"), version.rfm.axes, strict=True):
                value = small.table[cuts.column][name]
                passed = sum(value >= c if cuts.inclusive else value > c for c in cuts.cuts)
                assert scores[axis] == (5 - passed if axis == "recency" else 1 + passed), axis
    assert sizes == {True, False}


def _member(app, version, name):
    table = pq.read_table(app.history.context.table(f"segments-{version.segmentation_id}"))
    row = next(r for r in table.to_pylist() if r["customer_id"] == name)
    return {k: str(v) for k, v in row.items()}
