"""Setting Azure up: whole, once, for use without keys; and taking it away again."""

import stat
import sys

import pytest

from core.orchestrator.env_file import variables
from scripts import setup_azure_resources
from scripts.azure_setup.nouns import Names
from scripts.azure_setup.wishes import read
from tests.servers.azure_management import PERSON, SUBSCRIPTION, AzureManagement, Person

EVERYTHING = ("--with", "postgresql", "--with", "ml-workspace", "--with", "monitoring")
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourcegroups/cpo-production"


@pytest.fixture
def azure():
    with AzureManagement() as running:
        yield running


@pytest.fixture
def setup(azure, tmp_path):
    """Run the script against the server; gives its exit code."""

    def run(*words, typed=lambda: "", credential=None):
        return setup_azure_resources.main(
            (
                *("--subscription", SUBSCRIPTION, "--management-url", azure.url),
                *("--env-file", str(tmp_path / ".env"), *words),
            ),
            credential=credential or Person(),
            typed=typed,
            sleep=lambda _: None,
        )

    return run


def things(azure, ending):
    return {n: t for n, t in azure.things.items() if ending in n}


def test_a_first_run_makes_everything_and_a_second_changes_nothing(azure, setup, tmp_path, capsys):
    assert setup(*EVERYTHING) == 0
    first = capsys.readouterr().out
    assert "19 created, 0 changed, 0 unchanged" in first
    assert {
        t["properties"]["provisioningState"]
        for n, t in azure.things.items()
        if "/roleassignments/" not in n
    } == {"Succeeded"}
    before, file = len(azure.changes), (tmp_path / ".env").read_bytes()
    assert setup(*EVERYTHING) == 0
    assert azure.changes[before:] == []
    assert "0 created, 0 changed, 19 unchanged" in capsys.readouterr().out
    assert (tmp_path / ".env").read_bytes() == file


def test_every_service_is_reached_by_identity_alone(azure, setup):
    assert setup() == 0
    closed = [
        t["properties"]["disableLocalAuth"]
        for n, t in azure.things.items()
        if n.count("/") == 8 and "providers" in n
    ]
    assert closed == [True, True, True]
    roles = {
        t["properties"]["roleDefinitionId"].rpartition("/")[2]: t["properties"]
        for t in things(azure, "/roleassignments/").values()
    }
    assert {each["principalId"] for each in roles.values()} == {PERSON}
    assert {each["principalType"] for each in roles.values()} == {"User"}
    assert roles.keys() == {
        "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd",
        "8ebe5a00-799e-43f5-93ac-243d3dce84a7",
        "7ca78c08-252a-4471-8644-bb5ff32d4ba0",
        "a97b65f3-24c7-4388-baec-2e87135dc908",
    }


def test_the_env_file_keeps_every_other_line_and_is_for_its_owner_only(setup, tmp_path):
    file = tmp_path / ".env"
    file.write_text("# ours\nCPO_WORKSPACE=/srv/cpo\nAZURE_SEARCH_ENDPOINT=\nOPENAI_MODEL=x # y\n")
    assert setup("--with", "postgresql") == 0
    lines = file.read_text().splitlines()
    assert lines[:2] == ["# ours", "CPO_WORKSPACE=/srv/cpo"]
    assert lines[2].startswith("AZURE_SEARCH_ENDPOINT=https://cpo-search-")
    assert lines[3] == "OPENAI_MODEL=x # y"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    found = variables(file)
    assert found["CPO_DATABASE_URL"].startswith("postgresql+psycopg://cpo:")
    assert found["AZURE_OPENAI_DEPLOYMENT"] == "writer"
    assert not [name for name in found if name.endswith("_API_KEY")]


def test_what_only_azure_knows_is_written_too(setup, tmp_path):
    assert setup(*EVERYTHING) == 0
    found = variables(tmp_path / ".env")
    assert found["APPLICATIONINSIGHTS_CONNECTION_STRING"].startswith("InstrumentationKey=1;")
    assert found["MLFLOW_TRACKING_URI"].startswith("azureml://")


def test_no_password_is_ever_said(setup, tmp_path, capsys):
    assert setup("--with", "postgresql") == 0
    url = variables(tmp_path / ".env")["CPO_DATABASE_URL"]
    password = url.partition("://")[2].partition("@")[0].partition(":")[2]
    said = capsys.readouterr()
    assert len(password) > 20
    assert password not in said.out + said.err


def test_a_dry_run_prints_plan_and_floor_and_asks_nobody(azure, setup, tmp_path, capsys):
    assert setup("--dry-run", "--with", "postgresql") == 0
    said = capsys.readouterr().out
    assert "search service (basic): cpo-search-" in said
    assert "73.73 USD a month" in said
    assert "Floor: 127.05 USD a month when nobody uses it, at list prices noted on" in said
    assert azure.asked == []
    assert not (tmp_path / ".env").exists()


def test_what_was_changed_by_hand_is_set_right_and_nothing_else(azure, setup, capsys):
    assert setup() == 0
    search = next(
        t for n, t in azure.things.items() if "searchservices/" in n and n.count("/") == 8
    )
    search["properties"]["disableLocalAuth"] = False
    search["tags"]["cost-centre"] = "42"
    before = len(azure.changes)
    assert setup() == 0
    assert [change.rpartition("/")[0] for change in azure.changes[before:]] == [
        "PUT " + search["id"].rpartition("/")[0]
    ]
    found = azure.things[search["id"].lower()]
    assert found["properties"]["disableLocalAuth"] is True
    assert found["tags"]["cost-centre"] == "42"
    assert "0 created, 1 changed" in capsys.readouterr().out


def test_a_run_that_was_interrupted_is_gone_on_with(azure, setup):
    assert setup() == 0
    gone = [n for n in azure.things if "/deployments/embedder" in n or "roleassignments" in n]
    for name in gone:
        del azure.things[name]
    assert setup() == 0
    assert all(name in azure.things for name in gone)


def test_a_role_that_somebody_else_assigned_is_not_assigned_again(azure, setup):
    assert setup() == 0
    name = next(n for n in azure.things if "roleassignments" in n)
    other = name.rpartition("/")[0] + "/12345678-1234-1234-1234-123456789abc"
    azure.things[other] = azure.things.pop(name)
    before = len(azure.changes)
    assert setup() == 0
    assert azure.changes[before:] == []


def test_while_azure_is_busy_it_is_asked_again(azure, setup):
    azure.busy = 3
    assert setup() == 0
    assert azure.busy == 0


REFUSALS = {
    "a name that is taken": (
        lambda a: a.taken.update(_names("ai")),
        "is taken (CustomDomainInUse)",
    ),
    "a stranger's group": (
        lambda a: a.things.update({GROUP: {"location": "x", "tags": {"product": "other"}}}),
        "is tagged product=other",
    ),
}


def _names(kind):
    return {Names(SUBSCRIPTION, read()).of(kind)}


@pytest.mark.parametrize("what", REFUSALS)
def test_a_refusal_is_one_line_and_no_env_file_is_written(azure, setup, tmp_path, capsys, what):
    prepare, words = REFUSALS[what]
    prepare(azure)
    assert setup() == 1
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
    assert not (tmp_path / ".env").exists()


def test_a_wrong_token_is_said_in_one_line(setup, capsys):
    class Stranger(Person):
        def get_token(self, *scopes, **_):
            found = Person.get_token(self, *scopes)
            return type(found)(found.token + "x", found.expires_on)

    assert setup(credential=Stranger()) == 1
    assert "no valid token (AuthenticationFailed)" in capsys.readouterr().err


def test_destroying_asks_for_the_name_and_takes_everything_away(azure, setup, capsys):
    assert setup() == 0
    assert setup("--destroy", typed=lambda: "yes") == 1
    assert GROUP in azure.things
    assert "nothing was deleted" in capsys.readouterr().err
    assert setup("--destroy", typed=lambda: "cpo-production") == 0
    assert azure.things == {}
    assert azure.deleted == {}


def test_only_our_own_group_can_be_destroyed(azure, setup, capsys):
    azure.things[GROUP] = {"location": "x", "tags": {}}
    assert setup("--destroy", typed=lambda: "cpo-production") == 1
    assert "may hold what is not ours" in capsys.readouterr().err
    assert GROUP in azure.things


def test_what_azure_keeps_after_a_delete_is_restored(azure, setup):
    assert setup() == 0
    accounts = {n: t for n, t in azure.things.items() if "/accounts/" in n and n.count("/") == 8}
    assert setup("--destroy", typed=lambda: "cpo-production") == 0
    # As after a delete in the portal, which purges nothing.
    azure.deleted.update(accounts)
    assert setup() == 0
    assert azure.deleted == {}


def test_without_the_packages_a_sentence_says_what_to_install(setup, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "azure.mgmt.resource.resources", None)
    assert setup() == 2
    assert (
        "pip install --require-hashes -r requirements-azure-setup.lock" in capsys.readouterr().err
    )
