"""One writes, the other approves: the journey from the brief to the lift, in a real browser."""

import io
import re
import zipfile
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.desk import Desk

MESSAGES = 16


def test_a_deep_link_to_a_cold_server_brings_the_whole_app(chromium: Browser, served: str) -> None:
    desk = Desk(chromium, served, "")
    desk.open("results")
    desk.said("Who are you?")
    desk.choose("frame.person", "analyst")
    expect(desk.page.locator("h1")).to_have_text("Results")
    expect(desk.page.locator("[data-testid=stTopNavSection]").first).to_be_visible()
    # The finished mailing of the demo shows its true lift at first sight.
    expect(desk.key("results.chart").locator(".js-plotly-plot")).to_be_visible()
    desk.said("18.29 % against 10.53 %")


def test_one_writes_the_other_approves_and_the_lift_is_seen(
    chromium: Browser, served: str, tmp_path: Path
) -> None:
    marketer = Desk(chromium, served, "marketer")
    _writes(marketer)
    _cannot_approve_her_own(marketer)
    approver = Desk(chromium, served, "approver")
    _approves_everything(approver)
    _sends(marketer, tmp_path)
    _measures(marketer)
    assert marketer.outside == []
    assert approver.outside == []


def _writes(marketer: Desk) -> None:
    marketer.go("Campaign", "Messages")
    marketer.button("messages.generate").click()
    marketer.said("messages written and checked")
    marketer.button("messages.generate").click()  # joins the run
    # The page is reloaded in the middle: the run goes on and is found again.
    marketer.open("messages?campaign=dress-for-the-week")
    marketer.choose("frame.person", "marketer")
    expect(marketer.page.get_by_text("Needs review")).to_have_count(MESSAGES, timeout=60_000)
    expect(marketer.page.get_by_text("messages written and checked")).to_have_count(0)


def _cannot_approve_her_own(marketer: Desk) -> None:
    marketer.go("Campaign", "Approvals")
    marketer.said("somebody else has to decide about it")
    expect(marketer.button("approvals.approve")).to_be_disabled()
    expect(marketer.button("approvals.reject")).to_be_disabled()


def _approves_everything(approver: Desk) -> None:
    approver.go("Campaign", "Approvals")
    for left in range(MESSAGES, 0, -1):
        approver.said(f"{left} of {left} message")
        approver.settled()  # a click before the next message is drawn decides nothing
        approver.button("approvals.approve").click()
        after = f"{left - 1} of {left - 1} message" if left > 1 else "Nothing to review."
        approver.said(after)
    approver.said("every message is approved".capitalize())


def _sends(marketer: Desk, folder: Path) -> None:
    marketer.go("Campaign", "Send")
    marketer.fill("send.confirm", "Dress for the month")
    marketer.click("send.prepare")
    marketer.said("Type the name of the campaign to confirm")
    marketer.fill("send.confirm", "Dress for the week")
    marketer.click("send.prepare")
    marketer.said("Nothing has been sent")
    marketer.click("send.export")
    marketer.said("Nothing is sent by us")
    with marketer.page.expect_download() as waiting:
        marketer.button("send.zip_0").click()
    waiting.value.save_as(folder / "export.zip")
    with zipfile.ZipFile(io.BytesIO((folder / "export.zip").read_bytes())) as archive:
        names = archive.namelist()
    for kind in (".txt", ".html"):
        assert sum(n.startswith("templates/") and n.endswith(kind) for n in names) == MESSAGES
    assert "manifest.json" in names


def _measures(marketer: Desk) -> None:
    marketer.go("Results", "Results")
    marketer.said("No outcomes yet")
    marketer.click("results.simulate")
    marketer.said("SIMULATED")
    expect(marketer.key("results.chart").locator(".js-plotly-plot")).to_be_visible()
    marketer.said("group sizes as planned")
    marketer.fill("results.reason", "Rehearsed with invented outcomes")
    marketer.click("results.decide")
    marketer.said("Rehearsed with invented outcomes")
    expect(marketer.page.get_by_text(re.compile("winner", re.IGNORECASE))).to_have_count(0)
