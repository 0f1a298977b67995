"""Settings of the workspace: an admin changes them, everybody sees them, each change is kept."""

import json

import pytest

from core.errors import BadInput, NotAllowed
from core.models.workspace import WorkspaceChoices
from core.orchestrator import config
from core.orchestrator.wiring import opened
from tests.pages.reading import sound, words
from tests.servers.openai_server import OpenAIServer
from tests.servers.replies import Reply


@pytest.fixture
def app(loaded, workspace):
    with opened(config.load(workspace(loaded), environment={})) as application:
        yield application


def test_an_admin_changes_the_settings_and_everybody_sees_them(visit, loaded, tmp_path):
    visitor = visit("settings", loaded, "admin")
    sound(visitor)
    assert visitor.text_input(key="settings.symbol").value == "$"
    visitor.selectbox(key="settings.time_zone").select("Europe/Berlin")
    visitor.selectbox(key="settings.currency").select("EUR")
    visitor.text_input(key="settings.symbol").set_value("€")
    visitor.selectbox(key="settings.language").select("de")
    visitor.number_input(key="settings.retention_days").set_value(365)
    visitor.button(key="settings.save").click().run()
    sound(visitor)
    assert "Kept: Europe/Berlin, EUR, 365 days" in visitor.success[0].value
    with opened(config.load(tmp_path / "workspace", environment={})) as app:
        assert app.workspace.choices() == WorkspaceChoices("Europe/Berlin", "EUR", "€", "de", 365)
        entry = app.audit.latest(1)[0]
    assert (entry.action, entry.actor) == ("change settings", "admin")
    assert json.loads(entry.detail)["currency"] == {"from": "USD", "to": "EUR"}


def test_nobody_but_an_admin_can_change_them(visit, loaded):
    visitor = visit("settings", loaded, "marketer")
    sound(visitor)
    assert visitor.button(key="settings.save").disabled
    assert "ask somebody who is admin" in words(visitor)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (WorkspaceChoices(time_zone="Europe/Atlantis"), "no time zone 'Europe/Atlantis'"),
        (WorkspaceChoices(currency="euro"), "three capitals"),
        (WorkspaceChoices(symbol="dollars"), "1 to 4 characters"),
        (WorkspaceChoices(language="xx"), "no language 'xx'"),
        (WorkspaceChoices(retention_days=0), "from 1 to 3,650 days, not 0"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(wanted, said, app):
    with pytest.raises(BadInput, match=said):
        app.workspace.change(wanted, by=app.people.get("admin"))
    assert app.workspace.choices() == WorkspaceChoices()


def test_the_right_to_change_them_is_checked_where_they_are_kept(app):
    with pytest.raises(NotAllowed, match="may not change the settings"):
        app.workspace.change(WorkspaceChoices(currency="EUR"), by=app.people.get("approver"))


def test_the_same_settings_again_are_no_change(app):
    before = app.audit.latest(1)[0].sequence
    app.workspace.change(WorkspaceChoices(), by=app.people.get("admin"))
    assert app.audit.latest(1)[0].sequence == before


def test_health_is_looked_at_on_request_and_says_where_each_engine_is(visit, loaded):
    visitor = visit("settings", loaded, "analyst")
    sound(visitor)
    assert not visitor.table
    visitor.button(key="settings.check").click().run()
    sound(visitor)
    assert "Everything that is needed works." in visitor.success[0].value
    shown = visitor.table[0].value
    assert {"writer", "safety screen", "content index", "embedder"} <= set(shown["What"])
    assert set(shown["Where"]) == {"this machine"}


def test_an_engine_that_does_not_work_is_named(visit, loaded, monkeypatch):
    with OpenAIServer(azure=True, script=lambda _: Reply(status=503)) as server:
        monkeypatch.setenv("CPO_CHAT_MODEL", "azure")
        monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", server.address)
        monkeypatch.setenv("AZURE_OPENAI_API_KEY", server.key)
        monkeypatch.setenv("AZURE_OPENAI_DEPLOYMENT", server.models[0])
        visitor = visit("settings", loaded, "admin")
        visitor.button(key="settings.check").click().run()
        sound(visitor)
    assert "Does not work: writer." in visitor.error[0].value
    row = visitor.table[0].value.set_index("What").loc["writer"]
    assert (row["Where"], row["State"]) == ("over the network", "does not work")
    assert server.key not in words(visitor)
