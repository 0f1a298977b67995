"""Twenty people at twenty sessions of one server decide about the same twelve messages."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from core.models.approval import ReviewDecision
from core.models.campaign import Brief, Tone
from core.models.customers import SegmentationMethod, SegmentRule
from core.models.messages import VariantState
from core.models.people import Role
from core.models.segmentation import SegmentationRequest
from core.orchestrator import config
from core.orchestrator.wiring import opened
from tests.browser.conftest import serving
from tests.sessions import Session

PEOPLE, MESSAGES = 20, 12
CAMPAIGN = "twenty"
SPEND = (180,)


def rules() -> tuple[SegmentRule, ...]:
    """More segments than there are messages: each month by two bands of spend, and the rest."""
    bands = [*(f" and past_year_spend < {most}" for most in SPEND), ""]
    parts = [f"recency_months = {month}{band}" for month in range(1, 13) for band in bands]
    made = [SegmentRule(f"part-{n}", f"Part {n}", rule) for n, rule in enumerate(parts, start=1)]
    return (*made, SegmentRule("rest", "The rest", ""))


@pytest.fixture
def crowd(demo: Path) -> Path:
    """A workspace with twelve messages in review and twenty approvers."""
    with opened(config.load(demo, environment={}), execute=True) as app:
        marketer, admin = app.people.get("marketer"), app.people.get("admin")
        for number in range(PEOPLE):
            app.people.add(f"approver {number:02}", [Role.APPROVER], by=admin)
        request = SegmentationRequest(SegmentationMethod.RULES, rules=rules())
        parts = app.segments.compute(None, request, by=marketer)
        app.campaigns.create(
            Brief(
                "Twenty", "Bring people back", tones=(Tone.FRIENDLY,), same_message=Tone.FRIENDLY
            ),
            by=marketer,
            segmentation_id=parts.segmentation_id,
            campaign_id=CAMPAIGN,
        )
        app.messages.wait(app.messages.generate(CAMPAIGN, by=marketer).run_id)
        for spare in app.approvals.queue(CAMPAIGN)[MESSAGES:]:
            app.approvals.decide(
                spare.variant_id,
                ReviewDecision.REQUEST_CHANGES,
                revision=spare.revision,
                reason="One too many",
                by=app.people.get("approver"),
            )
        assert len(app.approvals.queue(CAMPAIGN)) == MESSAGES
    return demo


class Approver(threading.Thread):
    """One person who decides about whatever the page shows until nothing is left."""

    def __init__(self, address: str, name: str, gate: threading.Barrier) -> None:
        super().__init__(name=name)
        self.address, self.gate = address, gate
        self.done: list[str] = []
        self.lost: list[str] = []
        self.problem: BaseException | None = None

    def run(self) -> None:
        try:
            with Session(self.address, "approvals", f"campaign={CAMPAIGN}") as session:
                session.choose("frame.person", self.name)
                self.gate.wait(timeout=300)  # the first press of all is about the same message
                self._decide(session)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test shows it
            self.problem = error

    def _decide(self, session: Session) -> None:
        chance = random.Random(self.name)  # noqa: S311 - only to walk different ways
        while session.id_of("approvals.approve") is not None:
            session.tick("approvals.seen_")
            session.press("approvals.approve")
            said = session.alerts()[0]
            assert "Say that you looked at" not in said
            (self.done if said.startswith("Approved") else self.lost).append(said)
            if session.id_of("approvals.variant") is not None:
                options = list(session.widget("approvals.variant").options)
                session.choose("approvals.variant", chance.choice(options))


@pytest.fixture
def decided(crowd: Path) -> tuple[Path, list[Approver], float]:
    """The workspace after everybody decided, the people, and the seconds it took."""
    gate = threading.Barrier(PEOPLE)
    with serving(crowd) as address:
        people = [Approver(address, f"approver {n:02}", gate) for n in range(PEOPLE)]
        begun = time.monotonic()
        for person in people:
            person.start()
        for person in people:
            person.join(timeout=900)
        taken = time.monotonic() - begun
    return crowd, people, taken


@pytest.mark.timeout(1500)
def test_every_decision_is_made_none_lost_and_none_twice(
    decided: tuple[Path, list[Approver], float], record_property: Callable[[str, object], None]
) -> None:
    folder, people, taken = decided
    assert [p.problem for p in people if p.problem] == []
    told = [said for person in people for said in person.done]
    refused = [said for person in people for said in person.lost]
    with opened(config.load(folder, environment={})) as app:
        variants = [
            v
            for v in app.messages.variants(CAMPAIGN)
            if v.state is not VariantState.CHANGES_REQUESTED
            and (app.approvals.decisions(v.variant_id) or v.state is VariantState.NEEDS_REVIEW)
        ]
        made = [r for v in variants for r in app.approvals.decisions(v.variant_id)]
        audited = [e for e in app.audit.latest(100_000) if e.action == ReviewDecision.APPROVE]
        assert app.audit.verify().intact
    assert len(variants) == MESSAGES
    assert {v.state for v in variants} == {VariantState.APPROVED}
    assert Counter(r.variant_id for r in made) == dict.fromkeys((v.variant_id for v in variants), 1)
    # What people were told is what was recorded: nobody's decision was lost on the way.
    assert len(told) == len(made) == len(audited) == MESSAGES
    assert Counter(r.by for r in made) == Counter({p.name: len(p.done) for p in people if p.done})
    assert refused
    assert {said for said in refused if "Nothing was recorded" not in said} == set()
    record_property("seconds", round(taken, 1))
    record_property("refused", len(refused))
    print(f"{len(told)} decisions, {len(refused)} refused, {taken:.1f} s")  # noqa: T201
