"""The report of the demo's finished mailing, and of a campaign with SIMULATED outcomes."""

import html
import io
import re
import shutil
from itertools import product

import duckdb
import pytest
import statsmodels.api as sm  # type: ignore[import-untyped]
from PIL import Image
from pypdf import PdfReader

from core.charts.units import MINUS
from tests.journeys.commands import application, run

FINISHED = "mens-and-womens-mailing"
FIGURES = {"lift", "lift_by_segment", "feature_importance"}


def paper(folder):
    pages = PdfReader(io.BytesIO((folder / "experiment_report.pdf").read_bytes())).pages
    return [" ".join(page.extract_text().split()) for page in pages]


def screen(folder):
    page = (folder / "experiment_report.html").read_text(encoding="utf-8")
    bare = re.sub(r"<style>.*?</style>|<[^>]*>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(bare).split())


def tight(text):
    """The text without white space, as a line on paper may end at any place."""
    return re.sub(r"\s", "", text)


@pytest.fixture(scope="module")
def finished(demo, tmp_path_factory):
    """The folder of reports after `report` on the finished mailing."""
    folder = shutil.copytree(demo, tmp_path_factory.mktemp("finished") / "workspace")
    made = run(folder, "report", FINISHED, "--json").document
    return folder, made


@pytest.fixture(scope="module")
def own(sent, tmp_path_factory):
    """The campaign of `run`, reported before its outcomes and after SIMULATED ones."""
    folder = shutil.copytree(sent, tmp_path_factory.mktemp("own") / "workspace")
    campaign = next(
        c["campaign_id"]
        for c in run(folder, "campaign", "list", "--json").document["campaigns"]
        if c["campaign_id"].startswith("run-")
    )
    assert run(folder, "report", campaign).code == 0
    before = paper(folder / "reports"), screen(folder / "reports")
    out = folder.parent / "out"
    assert run(folder, "export", campaign, "--for", "generic", "--out", out).code == 0
    assert run(folder, "simulate-outcomes", campaign, "--lift", 0.4, "--seed", 3).code == 0
    assert run(folder, "report", campaign).code == 0
    return folder, campaign, before


def test_a_report_is_pdf_and_html_with_every_figure_as_png_and_svg(finished):
    folder, made = finished
    reports = folder / "reports"
    named = {name.removeprefix(f"{reports}/") for name in made["files"]}
    figures = {f"visualizations/{n}.{e}" for n, e in product(FIGURES, ("png", "svg"))}
    assert {"experiment_report.pdf", "experiment_report.html", *figures} <= named
    kept = reports / "campaigns" / FINISHED
    for name in ("experiment_report.pdf", "experiment_report.html", *figures):
        assert (kept / name).read_bytes() == (reports / name).read_bytes()
    for name in FIGURES:
        with Image.open(reports / f"visualizations/{name}.png") as picture:
            assert picture.width > 1000
        assert (reports / f"visualizations/{name}.svg").read_text().count("<svg") == 1


def test_the_first_page_has_question_verdict_and_limits(finished):
    first = paper(finished[0] / "reports")[0]
    places = [
        first.index(words)
        for words in ("Question", "Use Mens E-Mail", "What to do", "What this result does not say")
    ]
    assert places == sorted(places)


def test_every_number_of_analyze_stands_in_the_pdf_and_the_html(finished):
    folder, _ = finished
    document = run(folder, "results", FINISHED, "--json").document
    texts = (" ".join(paper(folder / "reports")), screen(folder / "reports"))
    assert len(document["estimates"]) == 36
    for row in document["estimates"]:
        factor = 1 if row["metric"] == "spend" else 100
        low, high = (shown(factor * end, 2) for end in row["difference_interval"])
        difference = f"{shown(factor * row['difference'], 2)} ({low} to {high})"
        low, high = (shown(100 * end, 1) for end in row["lift_interval"])
        lift = f"{shown(100 * row['lift'], 1)} % ({low} to {high})"
        assert all(difference in text and lift in text for text in texts)


def shown(number, decimals):
    return f"{number:+,.{decimals}f}".replace("-", MINUS)


@pytest.mark.parametrize(
    ("trait", "column", "step"),
    [
        ("new customer", "(new_customer = 'yes')::int", 1),
        ("area: Rural", "(area = 'Rural')::int", 1),
        ("past year spend", "past_year_spend", 2),
    ],
)
def test_what_goes_with_response_is_what_statsmodels_says_of_the_files(
    finished, trait, column, step
):
    query = (
        f"SELECT e.arm, e.visit, {column} AS x "  # noqa: S608 - of this file
        "FROM 'data/raw/historical_engagement.csv' AS e "
        "JOIN 'data/raw/customers.csv' AS c USING (customer_id)"
    )
    with duckdb.connect() as connection:
        rows = connection.execute(query).df()
    x = rows["x"].astype(float) - rows.groupby("arm")["x"].transform("mean")
    deviation = ((x**2).sum() / (len(rows) - 3)) ** 0.5 if step == 2 else 1 / step
    groups = sm.add_constant(rows["arm"].astype("category").cat.codes.eq(0).astype(float))
    design = groups.assign(second=rows["arm"].eq("No E-Mail").astype(float), x=rows["x"])
    fit = sm.OLS(rows["visit"], design.astype(float)).fit(cov_type="HC1", use_t=True)
    low, high = fit.conf_int(alpha=0.05 / 11).loc["x"]
    unit = 100 * step * deviation
    ends = f"({shown(unit * low, 2)} to {shown(unit * high, 2)})"
    said = f"{shown(unit * fit.params['x'], 2)} {ends}"
    text = " ".join(paper(finished[0] / "reports"))
    assert re.search(rf"{trait} [\w ,.]*? 31,999 {re.escape(said)}", text)
    assert said in screen(finished[0] / "reports")


def test_before_outcomes_the_report_says_not_measured_yet(own):
    pages, page = own[2]
    assert all("Not measured yet" in text for text in pages)
    assert "Not measured yet" in page
    assert not re.search(rf"[+{MINUS}]\d+\.\d+ \(", " ".join(pages))


def test_figures_of_another_campaign_do_not_stay_beside_a_report(demo, tmp_path):
    folder = shutil.copytree(demo, tmp_path / "workspace")
    drawn = folder / "reports/visualizations"
    drawn.mkdir(parents=True)
    for name in ("lift.png", "lift.svg", "feature_importance.png"):
        (drawn / name).write_bytes(b"of before")
    assert run(folder, "report", "dress-for-the-week").code == 0
    # Segments draw this one, and have no SVG.
    assert [path.name for path in drawn.iterdir()] == ["feature_importance.png"]


def test_simulated_stands_on_every_page_and_figure(own):
    folder, _, _ = own
    for text in paper(folder / "reports"):
        assert "SIMULATED outcomes" in text
    page = (folder / "reports/experiment_report.html").read_text(encoding="utf-8")
    alts = re.findall(r'<img alt="([^"]*)"', page)
    assert len(alts) == 4
    # What the content checks found is no outcome.
    assert sum("SIMULATED outcomes" in alt for alt in alts) == 3
    drawn = [folder / f"reports/visualizations/{name}.svg" for name in FIGURES]
    assert all("<desc>SIMULATED outcomes." in path.read_text() for path in drawn)


def test_every_message_is_there_word_by_word_with_who_approved_it(own):
    folder, campaign, _ = own
    text, page = tight(" ".join(paper(folder / "reports"))), screen(folder / "reports")
    with application(folder) as app:
        variants = app.messages.variants(campaign)
        passages = {c.document_id for v in variants for c in v.citations}
    assert len(variants) == 15
    for variant in variants:
        lines = (variant.message.subject, *variant.message.body.splitlines())
        for line in filter(None, (line.strip() for line in lines)):
            assert " ".join(line.split()) in page
            assert tight(line)[:40] in text
    approved = re.findall(r"Approved by approver on \d+ \w+ \d{4}, \d\d:\d\d UTC", page)
    assert len(approved) == 15
    for document_id in passages:
        assert f"({document_id}, version 1, passage" in page


def test_the_safety_page_agrees_with_the_file_beside_it(own):
    folder, campaign, _ = own
    kept = folder / "reports/campaigns" / campaign / "safety_audit_report.csv"
    rows = duckdb.read_csv(str(kept), all_varchar=True).df()
    page = screen(folder / "reports")
    assert f"Screened {len(rows)} Passed {(rows.checks == 'pass').sum()}" in page
    for row in rows.itertuples():
        said = f"{row.segment}, {row.tone}, revision {row.revision} {row.checks}"
        assert said in page


def test_hashes_name_what_the_numbers_rest_on(own):
    folder, campaign, _ = own
    page = screen(folder / "reports")
    with application(folder) as app:
        experiment = app.send.experiment(campaign)
        (seal, *_) = (
            r.seal
            for v in app.messages.variants(campaign)
            for r in app.approvals.decisions(v.variant_id)
        )
    for name in (experiment.salt, experiment.assignments_sha256, seal.policy, seal.prompt):
        assert name in page


def test_nobody_is_called_a_winner(own):
    folder, _, _ = own
    assert "winner" not in screen(folder / "reports").lower()
    assert "winner" not in " ".join(paper(folder / "reports")).lower()
