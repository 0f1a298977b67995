"""Notebooks leave from a page: made on request, or said why not."""

import nbformat
import pytest
from streamlit.testing.v1 import AppTest

from core.orchestrator.service import notebooks

FINISHED = "mens-and-womens-mailing"


def page():
    from ui import actions, notebook_export  # noqa: PLC0415 - runs as a script of its own

    actions.show_outcomes()
    notebook_export.section("mens-and-womens-mailing")


@pytest.fixture
def visitor(workspace, loaded):
    workspace(loaded)
    return AppTest.from_function(page, default_timeout=60)


def test_a_notebook_is_made_and_can_be_taken_away(visitor, monkeypatch, tmp_path):
    cell = nbformat.v4.new_code_cell('CAMPAIGN = "?"\nCAMPAIGN')
    cell.metadata["tags"] = ["parameters"]
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "01_exploration.ipynb")
    monkeypatch.setattr(notebooks, "FOLDER", tmp_path)
    visitor.run()
    visitor.button(key="reports.notebook_make").click().run()
    assert [said.value for said in visitor.success] == ["Who our customers are: ready to download."]
    held = visitor.session_state[f"reports.held_01_exploration_{FINISHED}"]
    assert FINISHED in held.decode()
    assert "&#39;?&#39;" not in held.decode()


def test_a_notebook_without_a_story_says_so(visitor):
    visitor.run()
    visitor.selectbox(key="reports.notebook").select("04_generation").run()
    visitor.button(key="reports.notebook_make").click().run()
    (said,) = visitor.error
    assert "has no messages yet" in said.value


def test_without_the_extra_the_page_says_what_to_install(visitor, monkeypatch):
    monkeypatch.setattr(notebooks, "PACKAGES", ("no_such_package",))
    visitor.run()
    assert "install requirements-notebooks.lock" in visitor.caption[0].value
    assert not visitor.button
