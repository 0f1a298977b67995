"""The documents say what the code does: each fact that can be asked of the code is asked."""

import importlib
import inspect
import re
from pathlib import Path

import pytest

from core.cli.commands import MODULES
from core.integrations.content_index import search_service
from core.integrations.safety_screen import azure as content_safety
from core.reports.words import DECISIONS
from core.storage import schema
from core.workflow import PERMISSIONS
from scripts import write_data_models
from scripts.azure_setup.nouns import Part
from scripts.azure_setup.plan import Facts, planned
from scripts.azure_setup.wishes import read
from scripts.data_model_words import TABLES

ROOT = Path(__file__).parents[2]
DOCS = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}
SECURITY, AZURE = DOCS["security-and-privacy.md"], DOCS["azure-services.md"]
STATISTICS = DOCS["statistics.md"]


def rows(text, heading):
    """The rows of the first table under a heading, as lists of cells."""
    section = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.split("\n") if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def plan(*parts):
    return planned(read(), Facts("s", "t", "p"), frozenset(parts))


def test_the_data_models_are_those_of_the_code():
    assert write_data_models.main(["--check"]) == 0, "run scripts/write_data_models.py"


def test_a_stale_document_of_data_models_is_refused(tmp_path, monkeypatch, capsys):
    stale = tmp_path / "data-models.md"
    stale.write_text(DOCS["data-models.md"].replace("`campaign_id`", "`campaign`", 1))
    monkeypatch.setattr(write_data_models, "DOCUMENT", stale)
    assert write_data_models.main(["--check"]) == 1
    assert "is not what the code says" in capsys.readouterr().err


def test_every_table_of_the_database_is_described_and_no_other():
    assert set(TABLES) == set(schema.METADATA.tables)


def test_the_permissions_are_those_that_are_asked():
    said = {name: set(roles.split(", ")) for name, roles in rows(SECURITY, "Who may do what")}
    assert said == {p.value: {r.value for r in roles} for p, roles in PERMISSIONS.items()}


def test_every_variable_and_table_the_security_page_names_exists():
    known = (ROOT / ".env.example").read_text(encoding="utf-8")
    for name in re.findall(r"`((?:CPO|OTEL|APPLICATIONINSIGHTS)_[A-Z_]+)", SECURITY + AZURE):
        assert name in known, name
    for name in re.findall(r"database, `(\w+)`", SECURITY):
        assert name in schema.METADATA.tables, name


@pytest.mark.parametrize("setting", ["CHAT_MODEL", "CONTENT_INDEX", "EMBEDDER", "SAFETY_SCREEN"])
def test_every_engine_over_the_network_says_what_goes_out(setting):
    leaving = rows(SECURITY, "What leaves the company")
    assert [r for r in leaving if f"CPO_{setting}" in r[1] and r[2] and r[3]]


def test_the_floor_of_each_service_is_that_of_the_plan():
    table = rows(AZURE, "What is made")
    said = [float(row[4]) for row in table]
    assert sum(said) == pytest.approx(plan(*Part).monthly_usd, abs=0.01)
    always = [float(row[4]) for row in table if row[2] == "always"]
    assert sum(always) == pytest.approx(plan().monthly_usd, abs=0.01)
    totals = (f"{plan().monthly_usd:.2f} always", f"{plan(*Part).monthly_usd:.2f} with PostgreSQL")
    assert all(total in AZURE for total in totals)
    assert f"noted on {read().prices.noted_on}" in AZURE


@pytest.mark.parametrize("part", [None, *Part])
def test_the_versions_of_the_setup_are_those_of_the_plan(part):
    marks = ["always"] if part is None else [f"`--with {part}`"]
    table = [row for row in rows(AZURE, "What is made") if row[2] in marks]
    said = {version for row in table for version in row[3].split(", ")}
    known = {r.api_version for r in plan(*([part] if part else [])).resources}
    before = set() if part is None else {r.api_version for r in plan().resources}
    shared = {r.api_version for r in plan(Part.MONITORING).resources} - {
        r.api_version for r in plan().resources
    }
    assert said == known - before - (shared if part is Part.ML_WORKSPACE else set())


def test_models_and_sizes_are_those_that_are_wanted():
    wished, text = read(), " ".join(row[0] for row in rows(AZURE, "What is made"))
    sizes = (wished.search.sku, wished.content_safety.sku, wished.postgresql.sku)
    for said in (wished.chat.model, wished.embedding.model, *sizes):
        assert said in text, said
    assert f"{wished.postgresql.storage_gb} GB" in text


def test_the_roles_are_those_of_the_plan():
    said = {row[0] for row in rows(AZURE, "Roles")}
    assert said == {grant.role for grant in plan(*Part).grants}


def test_the_versions_that_are_spoken_are_those_of_the_code():
    said = {row[0]: row[1] for row in rows(AZURE, "What the product speaks")}
    assert said["Azure AI Search"] == search_service.API_VERSION
    assert said["Azure AI Content Safety"].partition(";")[0] == content_safety.API_VERSION
    assert content_safety.GROUNDEDNESS_VERSION in said["Azure AI Content Safety"]


METHODS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in STATISTICS.split("\n")
    if line.startswith("|") and "core/statistics/" in line
]


@pytest.mark.parametrize("method", METHODS, ids=lambda row: row[0])
def test_a_method_stands_where_it_is_said_with_its_source_and_its_test(method):
    _, _, sources, code, tests = method
    modules = re.findall(r"`([\w/]+\.py)`", code)
    named = [importlib.import_module(p.removesuffix(".py").replace("/", ".")) for p in modules]
    cited = " ".join(" ".join(inspect.getsource(module).split()) for module in named)
    for source in sources.split("; "):
        author, year = re.split(r"[ ,]", source)[0], source[-5:-1]
        assert re.search(rf"{author}\b[^.]*?\({year}\)|{author}\b.*?{year}", cited), source
    checked = re.findall(r"`([\w/]+\.py)`", tests)
    assert modules
    assert checked
    for module in modules:
        stem = module.rpartition("/")[2].removesuffix(".py")
        assert any(stem in (ROOT / path).read_text(encoding="utf-8") for path in checked), stem


def test_the_words_of_the_verdict_are_the_closed_vocabulary():
    verdict = STATISTICS.partition("## The verdict")[2].partition("## ")[0]
    said = {" ".join(words.split()) for words in re.findall(r"\*([^*]+)\*", verdict)}
    assert said == set(DECISIONS.values())


@pytest.mark.parametrize("name", sorted(set(DOCS) - {"data-models.md"}))
def test_a_document_names_files_and_commands_that_exist(name):
    text = DOCS[name]
    for path in re.findall(r"`((?:core|scripts|config|tests|benchmarks)/[\w/.-]+\.\w+)", text):
        assert (ROOT / path).exists(), path
    for linked in re.findall(r"\]\(([\w./-]+)\)", text):
        assert (ROOT / "docs" / linked).exists(), linked
    commands = set(re.findall(r"python -m core ([a-z-]+)", text))
    assert commands <= {c for names in MODULES.values() for c in names}


def test_the_readme_links_every_document():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in DOCS if f"(docs/{name})" not in readme] == []
