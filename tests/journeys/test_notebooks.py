"""Every notebook runs on the demo, tells what the service says, and leaves as one HTML page."""

import asyncio
import base64
import hashlib
import html
import re
import shutil
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest
from sqlalchemy import select

from core.charts.table import as_table
from core.errors import BadInput, ConfigInvalid, NotFound, Refused
from core.orchestrator.service import notebooks
from core.orchestrator.service.notebooks import FOLDER, NOTEBOOKS
from core.reports.attribution_chart import attribution_chart, attribution_table
from core.reports.words import DECISIONS, conclusion_title
from core.storage import schema
from tests.journeys.commands import application, run

NEXT, FINISHED, WRITTEN = (
    "dress-for-the-week",
    "mens-and-womens-mailing",
    "One order for the whole week",
)
TOLD = {
    "01_exploration": NEXT,
    "02_segmentation": FINISHED,
    "03_retrieval": None,
    "04_generation": None,  # the only one with messages
    "05_experiment_report": FINISHED,
    "06_explainability": FINISHED,
}
TOGETHER_S = 300
SIMULATED = re.compile(r"<pre>\s*SIMULATED outcomes: a rehearsal. Nothing below")
NAMES = [notebook.name for notebook in NOTEBOOKS]


class Page:
    """An exported notebook: its text as a reader sees it, and its pictures by what they say."""

    def __init__(self, content):
        self.source = content.decode()
        body = self.source.partition("<main>")[2]
        self.pictures = {
            html.unescape(alt): base64.b64decode(data)
            for alt, data in re.findall(
                r'<img alt="([^"]*)" src="data:image/png;base64,([^"]*)"', body
            )
        }
        self.images = body.count("<img")
        body = re.sub(r"<style.*?</style>|<img[^>]*>", " ", body, flags=re.DOTALL)
        self.cells = re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", body, re.DOTALL)
        self.text = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())

    def says(self, *words):
        missing = [word for word in words if " ".join(str(word).split()) not in self.text]
        assert not missing, missing

    def shows(self, chart, png):
        """The picture of the chart is in it, dot by dot, under its own words."""
        assert self.pictures.get(chart.finding) == png


@pytest.fixture(scope="module")
def workspace(sent, tmp_path_factory):
    """The demo after a run, with outcomes of a rehearsal."""
    folder = Path(shutil.copytree(sent, tmp_path_factory.mktemp("told") / "workspace"))
    out = tmp_path_factory.mktemp("exported")
    campaign = written_in(folder)
    for words in (
        ("export", campaign, "--for", "generic", "--out", out, "--as", "marketer"),
        ("simulate-outcomes", campaign, "--lift", "0.2", "--seed", "3", "--as", "marketer"),
    ):
        ran = run(folder, *words)
        assert ran.code == 0, ran.err
    return folder


def written_in(folder):
    """The campaign of the run: its id is made of a hash."""
    with application(folder) as opened:
        return next(c.campaign_id for c in opened.campaigns.everything() if c.name == WRITTEN)


@pytest.fixture(scope="module")
def written(workspace):
    return written_in(workspace)


@pytest.fixture(scope="module")
def app(workspace):
    with application(workspace) as opened:
        yield opened


@pytest.fixture(scope="module")
def pages(app):
    """Every notebook, carried out once; and what was stored before and after."""
    made, before, began = {}, stored(app), time.perf_counter()
    for name, campaign in TOLD.items():
        started = time.perf_counter()
        made[name] = Page(app.notebooks.exported(name, campaign_id=campaign))
        sys.stdout.write(f"{name}: {time.perf_counter() - started:.1f} s\n")
    seconds = time.perf_counter() - began
    sys.stdout.write(f"all {len(made)} notebooks: {seconds:.1f} s\n")
    return made, seconds, before, stored(app)


def stored(app):
    """A hash of every table of the state and of every file of tables."""
    with app.people.context.read() as connection:
        rows = {
            name: repr(connection.execute(select(table)).fetchall())
            for name, table in schema.METADATA.tables.items()
        }
    files = {p.name: p.read_bytes() for p in app.settings.tables.glob("*.parquet")}
    return rows | {n: hashlib.sha256(content).hexdigest() for n, content in files.items()}


def test_all_notebooks_run_in_five_minutes_together(pages):
    made, seconds, *_ = pages
    assert list(made) == NAMES
    assert seconds < TOGETHER_S


def test_they_change_nothing_but_the_list_of_searches(pages):
    _, _, before, after = pages
    assert {name for name in before if before[name] != after[name]} <= {"retrievals"}
    assert set(before) == set(after)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_needs_nothing_else_and_every_picture_has_words(pages, name):
    page = pages[0][name]
    assert "<script" not in page.source
    assert not re.search(r'(?:src|href)="(?!data:|#)', page.source)
    assert "default-src 'none'" in page.source
    assert page.images == len(page.pictures)
    assert page.source.startswith('<!DOCTYPE html>\n<html lang="en">')


@pytest.mark.parametrize("name", NAMES)
def test_no_customer_stands_in_a_page(pages, name):
    assert not re.search(r"\bC\d{5}\b|@customers\.example", pages[0][name].text)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_speaks_of_rehearsals_only_where_there_was_one(pages, name):
    page = pages[0][name]
    assert "winner" not in page.source.lower()
    assert 'class="simulated"' not in page.source
    assert not SIMULATED.search(page.source)


def test_the_first_tells_of_the_customers_that_were_kept(pages, app):
    page, campaign = pages[0]["01_exploration"], app.campaigns.get(NEXT)
    data = app.customers.get(campaign.dataset_id)
    report = data.report
    page.says(f"{data.name}: {data.rows:,} customers with {len(data.columns)} columns")
    page.says(f"read {report.read} kept {report.kept} rejected {report.rejected}")
    (permission,) = report.permissions
    said = f"{permission.yes:,} customers said yes, {permission.no:,} customers said no"
    assert [alt for alt in page.pictures if alt.startswith(said)]
    plan = app.planning.check(NEXT)
    page.says(plan.sentence)
    assert plan.overall is not None
    page.says(f"All customers {plan.overall.customers} {plan.overall.detectable_lift:.1%}")
    for column in data.columns:
        if not column.in_rules and column.minimum:
            assert column.minimum not in page.text


def test_the_second_tells_of_the_segments_as_they_are(pages, app):
    page = pages[0]["02_segmentation"]
    version = app.segments.get(app.campaigns.get(FINISHED).segmentation_id)
    alone = app.segment_views.detectable(version)
    for segment in version.segments:
        page.says(f"{segment.name} {segment.rule} {segment.size} {segment.share:.1%}")
        page.says(f"{segment.name} {segment.size} {alone[segment.segment_id]:.1%}")
    strongest = max(app.segment_views.differences(version), key=lambda d: abs(d.z))
    chart = app.segment_views.profile(version, strongest.segment_id)
    page.shows(chart, app.segment_views.png(chart))


def test_the_third_tells_what_the_library_finds(pages, app):
    page, version = pages[0]["03_retrieval"], app.segments.latest()
    hits = app.library.search("free returns", top=5).hits
    assert len(hits) == 5
    for hit in hits:
        page.says(f"{hit.passage.passage_id} {hit.passage.title}", f"{hit.score:.2f}")
    allowed = {s.name: len(app.library.allowed(s.segment_id)) for s in version.segments}
    assert ", ".join(f"{name}: {n}" for name, n in allowed.items()) + "." in page.pictures
    smallest = min(version.segments, key=lambda s: s.size)
    found = app.library.search("free returns", top=5, segment=smallest.segment_id)
    assert found.skipped
    page.says(f"{len(found.hits)} passages, {len(found.skipped)} left out")
    page.says(f"{found.skipped[0].document_id} {found.skipped[0].reason}")


def test_the_fourth_tells_what_was_written_and_what_supports_it(pages, app, written):
    page, messages = pages[0]["04_generation"], app.messages.variants(written)
    shown = next(m for m in messages if m.message.body)
    page.says(f"{len(messages)} messages", shown.message.subject, shown.message.body)
    page.says(*(f"{c.document_id}@{c.version}#{c.passage_index}" for c in shown.citations))
    entries = [e for m in messages for e in app.claims.of(m.variant_id).entries]
    claims = Counter(entry.standing for entry in entries)
    assert claims
    page.says(*(f"{standing} {n}" for standing, n in claims.items()))
    chart = app.screenings.distribution(app.screenings.everything(written))
    page.shows(chart, app.reporting.png(chart))


def test_the_fifth_has_the_numbers_of_the_results_page(pages, app):
    page, readout = pages[0]["05_experiment_report"], app.results.readout(FINISHED)
    page.says(conclusion_title(readout.conclusion), readout.conclusion.reason)
    page.says(*(f"{arm} {n}" for arm, n in readout.health.srm.observed.items()))
    for by_segment in (False, True):
        chart = app.reporting.lift_chart(readout, by_segment=by_segment)
        page.shows(chart, app.reporting.png(chart))
    table = as_table(app.reporting.lift_chart(readout))
    for row in table.rows:
        page.says(" ".join(cell for cell in row if cell))
    assert readout.personalization is not None
    page.says(readout.personalization.sentence)


def test_the_sixth_explains_the_same_verdict(pages, app):
    page, readout = pages[0]["06_explainability"], app.results.readout(FINISHED)
    page.says(conclusion_title(readout.conclusion), "Association, not cause")
    for test in readout.heterogeneity:
        p = test.p_adjusted
        said = "not known" if p is None else "below 0.001" if p < 0.001 else f"{p:.3f}"
        assert re.search(rf"{test.metric} {test.column} \S.*?{said}", page.text)
    found = app.reporting.attribution(FINISHED)
    chart, table = attribution_chart(found, readout), attribution_table(found, readout)
    assert table is not None
    page.shows(chart, app.reporting.png(chart))
    page.says(*(cell for row in table.rows for cell in row))
    page.says(*found.left_out)
    page.says("unsupported_percentage", "90 percent")


def test_a_rehearsal_is_simulated_at_the_top_and_in_every_figure_of_it(app, written):
    page = Page(app.notebooks.exported("05_experiment_report", campaign_id=written))
    assert 'class="simulated">SIMULATED' in page.source
    readout = app.results.readout(written)
    assert readout.health.simulated
    chart = app.reporting.lift_chart(readout)
    assert chart.simulated
    page.shows(chart, app.reporting.png(chart))
    assert SIMULATED.search(page.source)


def test_whoever_asks_from_within_a_loop_gets_a_notebook_too(app):
    async def asked():
        return app.notebooks.exported("03_retrieval")

    # In a thread, as another test may have left a loop running in this one.
    with ThreadPoolExecutor(1) as alone:
        assert alone.submit(lambda: asyncio.run(asked())).result().endswith(b"</html>\n")


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_kept_without_output_in_short_cells(name):
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    prose = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    assert [c.id for c in code if c.outputs or c.execution_count is not None] == []
    assert [c.id for c in code if len(c.source.split("\n")) > 24] == []
    assert len(prose) >= 5
    assert [c.id for c in notebook.cells if "winner" in c.source.lower()] == []


def test_the_folder_holds_the_notebooks_that_are_offered():
    assert sorted(path.stem for path in FOLDER.glob("*.ipynb")) == NAMES


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("07_hope", "--out", "x.html"), 2, "Known are: 01_exploration"),
        (("../../x", "--out", "x.html"), 2, "There is no notebook '../../x'"),
        (("01_exploration",), 2, "--out FILE.html"),
        (("03_retrieval", "--campaign", FINISHED, "--out", "x.html"), 2, "tells of no campaign"),
        (
            ("05_experiment_report", "--campaign", "no", "--out", "x.html"),
            2,
            "There is no campaign",
        ),
        (("04_generation", "--out", "x.html"), 1, "generate them on the page Messages"),
        (("04_generation", "--campaign", FINISHED, "--out", "x.html"), 1, "has no messages"),
    ],
)
def test_what_cannot_be_told_is_one_sentence(demo, tmp_path, monkeypatch, words, code, said):
    monkeypatch.chdir(tmp_path)
    ran = run(demo, "notebook", *words)
    assert (ran.code, ran.out, ran.err.count("\n")) == (code, "", 1)
    assert said in ran.err
    assert not list(tmp_path.iterdir())


def test_the_command_lists_them(demo):
    ran = run(demo, "notebook", "--json")
    assert [n["name"] for n in ran.document["notebooks"]] == NAMES


def test_without_the_extra_it_says_what_to_install(app, monkeypatch):
    monkeypatch.setattr(notebooks, "PACKAGES", ("nbclient", "no_such_package"))
    said = "Exporting notebooks needs no_such_package; install requirements-notebooks.lock."
    assert app.notebooks.missing() == said
    with pytest.raises(ConfigInvalid, match="no_such_package"):
        app.notebooks.exported("03_retrieval")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import os; os._exit(3)", "its process died"),
    ],
)
def test_a_notebook_that_stops_is_a_sentence_and_leaves_no_process(
    app, monkeypatch, tmp_path, source, said
):
    cell = nbformat.v4.new_code_cell(source)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "03_retrieval.ipynb")
    monkeypatch.setattr(notebooks, "FOLDER", tmp_path)
    before = children()
    # In a thread, as pages do.
    with ThreadPoolExecutor(1) as pool, pytest.raises(Refused, match=said):
        pool.submit(app.notebooks.exported, "03_retrieval").result()
    assert children() <= before


def children():
    """The processes that this one has started, by id."""
    return {
        number
        for path in Path("/proc/self/task").glob("*/children")
        for number in path.read_text().split()
    }


def test_unknown_things_are_told_apart(app):
    with pytest.raises(NotFound):
        app.notebooks.exported("nothing")
    with pytest.raises(BadInput):
        app.notebooks.exported("03_retrieval", campaign_id=FINISHED)


def test_the_verdict_of_each_page_is_of_the_closed_vocabulary(pages, app):
    title = conclusion_title(app.results.readout(FINISHED).conclusion)
    assert title.startswith(tuple(DECISIONS.values()))
    for name in ("05_experiment_report", "06_explainability"):
        pages[0][name].says(title)
