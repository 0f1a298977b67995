"""Segments in the browser: methods, the job, names, and why somebody is where they are."""

import json
import shutil
import time

import pytest

from core.models.customers import SegmentationMethod
from core.models.segmentation import SegmentationRequest
from core.orchestrator import config
from core.orchestrator.wiring import opened
from tests.pages.reading import sound, words
from tests.servers.openai_server import OpenAIServer
from tests.servers.replies import Reply


@pytest.fixture(scope="module")
def clustered(loaded, tmp_path_factory):
    """The demo with measured clusters; nobody may change it."""
    folder = tmp_path_factory.mktemp("clustered") / "workspace"
    shutil.copytree(loaded, folder)
    request = SegmentationRequest(SegmentationMethod.KMEANS, k=3)
    with opened(config.load(folder, environment={})) as app:
        app.segments.compute(None, request, by=app.people.get("marketer"), measure=True)
    return folder


def test_a_version_of_clusters_says_what_lasts_what_decides_and_whom_it_holds(visit, clustered):
    visitor = visit("segments", clustered, "analyst")
    sound(visitor)
    seen = words(visitor)
    assert "stay when customers are drawn again" in seen
    assert "Agrees for" in seen
    assert "On its own it can show a change of" in seen
    assert "What decides" in seen
    assert "run into each other" in seen
    assert "Nearer to the centre of this segment" in seen


def test_any_customer_can_be_asked_for_and_an_unknown_one_is_named(visit, clustered):
    visitor = visit("segments", clustered, "analyst")
    visitor.text_input(key="segments.customer").set_value("C00003").run()
    sound(visitor)
    assert "C00003:" in words(visitor)
    visitor.text_input(key="segments.customer").set_value("C99999").run()
    assert "There is no customer 'C99999'" in words(visitor)


def test_segments_can_be_renamed(visit, clustered):
    visitor = visit("segments", clustered, "marketer")
    first = next(t for t in visitor.text_input if t.label == "Name of segment 1")
    first.set_value("Core customers")
    visitor.button(key="segments.rename").click().run()
    sound(visitor)
    assert "The names are saved" in visitor.success[0].value
    assert "Core customers" in words(visitor)


def test_a_click_starts_a_job_and_the_page_shows_what_it_made(visit, loaded):
    visitor = visit("segments", loaded, "marketer")
    visitor.segmented_control(key="segments.method").set_value(SegmentationMethod.KMEANS).run()
    visitor.selectbox(key="segments.k").set_value(2).run()
    visitor.button(key="segments.compute").click().run()
    sound(visitor)
    assert "The clusters are being made" in visitor.success[0].value
    for _ in range(300):
        visitor.run()
        if "is made and measured" in words(visitor):
            break
        time.sleep(1)
    sound(visitor)
    assert str(visitor.selectbox(key="segments.version").value).startswith("kmeans-")


def test_the_versions_can_be_compared(visit, clustered):
    visitor = visit("segments", clustered, "analyst")
    visitor.session_state["segments.compare"] = True
    visitor.run()
    sound(visitor)
    assert "31,999 customers are in both" in words(visitor)


@pytest.fixture
def names_server(monkeypatch):
    """The pages' writing engine, at a known price; it names groups by their letters."""

    def answer(asked):
        schema = asked.body["response_format"]["json_schema"]["schema"]
        found = {each: f"Proposed {each}" for each in schema["required"]}
        return Reply(json.dumps(found), completion_tokens=30)

    with OpenAIServer(script=answer, models=("gpt-5-mini",)) as server:
        for name, value in {**server.environment, "CPO_CHAT_MODEL": "openai_compatible"}.items():
            monkeypatch.setenv(name, value)
        yield server


def fields(visitor):
    """In the order of the segments; the page puts them into two columns."""
    every = [t for t in visitor.text_input if t.label.startswith("Name of segment")]
    return sorted(every, key=lambda each: each.label)


def stored(tmp_path, visitor):
    with opened(config.load(tmp_path / "workspace", environment={})) as app:
        version = app.segments.get(str(visitor.selectbox(key="segments.version").value))
    return [s.name for s in version.segments]


def test_proposals_stand_in_the_fields_until_somebody_saves(
    visit, clustered, names_server, tmp_path
):
    visitor = visit("segments", clustered, "marketer")
    before = stored(tmp_path, visitor)
    assert "averages and shares that stand on at least 30 customers" in words(visitor)
    visitor.button(key="segments.propose_names").click().run()
    sound(visitor)
    assert [f.value for f in fields(visitor)] == ["Proposed A", "Proposed B", "Proposed C"]
    assert f"now {before[0]}" in fields(visitor)[0].label
    assert "3 names proposed; the call cost $0.000" in words(visitor)
    assert stored(tmp_path, visitor) == before
    fields(visitor)[0].set_value("My own name")
    visitor.button(key="segments.rename").click().run()
    sound(visitor)
    assert stored(tmp_path, visitor) == ["My own name", "Proposed B", "Proposed C"]
    assert [f.label for f in fields(visitor)] == [f"Name of segment {n}" for n in (1, 2, 3)]
    assert len(names_server.asked) == 1


def test_proposals_can_be_discarded(visit, clustered, names_server, tmp_path):
    visitor = visit("segments", clustered, "analyst")
    before = stored(tmp_path, visitor)
    visitor.button(key="segments.propose_names").click().run()
    visitor.button(key="segments.discard_names").click().run()
    sound(visitor)
    assert [f.value for f in fields(visitor)] == before
    assert "segments.discard_names" not in [b.key for b in visitor.button]


def test_what_is_sent_is_shown_word_for_word(visit, clustered, names_server):
    visitor = visit("segments", clustered, "marketer")
    visitor.toggle(key="segments.show_sent").set_value(True).run()
    sound(visitor)
    (shown,) = [c.value for c in visitor.code if c.value.startswith("Segment A: about")]
    assert names_server.asked == []
    visitor.button(key="segments.propose_names").click().run()
    assert names_server.asked[0].user == shown


def test_a_failed_proposal_is_one_sentence_and_leaves_the_fields(
    visit, clustered, names_server, tmp_path
):
    names_server.script = lambda _: Reply(status=401, error={"message": "No.", "code": None})
    visitor = visit("segments", clustered, "marketer")
    before = stored(tmp_path, visitor)
    visitor.button(key="segments.propose_names").click().run()
    sound(visitor)
    assert "could not name the segments" in visitor.error[0].value
    assert "check OPENAI" in visitor.error[0].value
    assert [f.value for f in fields(visitor)] == before


def test_who_may_not_make_segments_sees_no_button_and_a_forged_press_asks_nothing(
    visit, clustered, names_server
):
    visitor = visit("segments", clustered, "marketer")
    button = visitor.button(key="segments.propose_names")
    visitor.session_state["frame.person"] = "approver"
    button.click().run()
    sound(visitor)
    assert "segments.propose_names" not in [b.key for b in visitor.button]
    assert "may not make segments" in words(visitor)
    assert names_server.asked == []


def test_the_local_engine_is_not_offered(visit, clustered):
    visitor = visit("segments", clustered, "marketer")
    assert "segments.propose_names" not in [b.key for b in visitor.button]
    assert fields(visitor)
