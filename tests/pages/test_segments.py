"""Segments in the browser: methods, the job, names, and why somebody is where they are."""

import shutil
import time

import pytest

from core.models.customers import SegmentationMethod
from core.models.segmentation import SegmentationRequest
from core.orchestrator import config
from core.orchestrator.wiring import opened
from tests.pages.reading import sound, words


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
