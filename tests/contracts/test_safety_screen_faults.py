"""Every way in which Azure's content safety does not answer: each is said, and none is a pass."""

import json
import logging
import re

import pytest

from core.content.harm import harm, shielded, ungrounded
from core.errors import FailureKind, PatienceOver, ProviderFailed, ProviderRejected
from core.errors import ProviderUnavailable as Unavailable
from core.protocols.safety_screen import WordLists
from tests.contracts.azure_screens import HASTY, LIMITS, Clock, screen_at
from tests.servers.content_safety import KEY, ContentSafetyServer, Reply

TEXT = "A warm coat for cold mornings, by Marigold Fennimore."
Kind = FailureKind
Rejected = ProviderRejected


def told(status, code="", **headers):
    body = json.dumps({"error": {"code": code or str(status), "message": f"No: {TEXT}"}}).encode()
    return Reply(status, body, headers)


def page(status=200):
    return Reply(
        status, b"<html>Sign in to the guest network</html>", {"Content-Type": "text/html"}
    )


def whole(**severities):
    every = {"Hate": 0, "SelfHarm": 0, "Sexual": 0, "Violence": 0} | severities
    return [{"category": name, "severity": value} for name, value in every.items()]


def said(document, **headers):
    return Reply(200, json.dumps(document).encode(), headers)


def scores(rows, **more):
    return said({"categoriesAnalysis": rows} | more)


# What happened to any request; the error, its name, and what its words must hold.
FAULTS = {
    "400": (told(400, "InvalidRequestBody"), Rejected, Kind.NOT_UNDERSTOOD, "InvalidRequestBody"),
    "401": (told(401), Rejected, Kind.NOT_SIGNED_IN, "AZURE_CONTENT_SAFETY_API_KEY"),
    "403": (told(403), Rejected, Kind.NOT_ALLOWED, "Cognitive Services User"),
    "404": (told(404), Rejected, Kind.NOT_FOUND, "AZURE_CONTENT_SAFETY_ENDPOINT"),
    "408": (told(408), Unavailable, Kind.TIMED_OUT, "took too long"),
    "409": (told(409), Rejected, Kind.OTHER, "status 409"),
    "429": (told(429), Unavailable, Kind.RATE_LIMITED, "pricing tier"),
    "429 later": (told(429, **{"Retry-After": "7"}), Unavailable, Kind.RATE_LIMITED, "status 429"),
    "500": (told(500), Unavailable, Kind.OUT_OF_ORDER, "out of order"),
    "503": (told(503), Unavailable, Kind.OUT_OF_ORDER, "status 503"),
    "redirect": (
        Reply(302, headers={"Location": "https://elsewhere.example/"}),
        Rejected,
        Kind.OTHER,
        "points elsewhere",
    ),
    "reset": (Reply(how="reset"), Unavailable, Kind.BROKEN_OFF, "broke off"),
    "hang": (Reply(how="hang"), Unavailable, Kind.TIMED_OUT, "did not answer in time"),
    "truncated": (
        Reply(body=b'{"categoriesAnalysis": [', how="truncated"),
        Unavailable,
        Kind.BROKEN_OFF,
        "broke off",
    ),
    "HTML": (page(), Rejected, Kind.MALFORMED, "proxy"),
    "HTML 502": (page(502), Unavailable, Kind.OUT_OF_ORDER, "status 502"),
    "half a JSON": (Reply(body=b'{"categories'), Rejected, Kind.MALFORMED, "no JSON"),
    "nothing": (Reply(), Rejected, Kind.MALFORMED, "cannot be used"),
    "null": (said(None), Rejected, Kind.MALFORMED, "cannot be used"),
    "a list": (said([]), Rejected, Kind.MALFORMED, "cannot be used"),
    "an empty object": (said({}), Rejected, Kind.MALFORMED, "cannot be used"),
}

# Whole answers to text:analyze that are not what the service is specified to give.
SCHEMA = {
    "no categories": scores([]),
    "null for categories": scores(None),
    "a category is missing": scores(whole()[:3]),
    "a category twice": scores([*whole()[:3], whole()[0]]),
    "a category more": scores([*whole(), whole()[0]]),
    "an unknown category": scores([*whole()[:3], {"category": "Spam", "severity": 0}]),
    "no severity": scores([*whole()[:3], {"category": "Violence"}]),
    "a null severity": scores(whole(Hate=None)),
    "a word for a severity": scores(whole(Hate="0")),
    "true for a severity": scores(whole(Hate=True)),
    "half a severity": scores(whole(Hate=0.5)),
    "a severity below the scale": scores(whole(Hate=-1)),
    "a severity above the scale": scores(whole(Hate=8)),
    "a severity between four levels": scores(whole(Hate=3)),
    "a list it was not asked about": scores(
        whole(),
        blocklistsMatch=[
            {"blocklistName": "another", "blocklistItemId": "1", "blocklistItemText": "coat"}
        ],
    ),
    "a match without its word": scores(whole(), blocklistsMatch=[{"blocklistName": "another"}]),
    "halted by a list": scores([], blocklistsMatch=[]),
}


@pytest.fixture(scope="module")
def server():
    with ContentSafetyServer() as one:
        yield one


@pytest.fixture(autouse=True)
def _fresh(server):
    server.asked.clear()
    server.fault = lambda _: None


ASKING = {
    "score": lambda screen: harm(screen, TEXT),
    "shield": lambda screen: shielded(screen, "Write about coats.", ["Wool."]),
    "compare": lambda screen: ungrounded(screen, TEXT, ["Wool."]),
    "lists": lambda screen: screen.keep_lists(),
}
STEPS_DOWN = {("404", "compare")}  # a region without it: said on Health, no failure


@pytest.mark.parametrize("what", ASKING)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_request_that_gets_no_answer_ends_in_its_own_error(server, fault, what):
    reply, error, kind, words = FAULTS[fault]
    server.fault = lambda _: reply
    limits = HASTY if reply.how == "hang" else LIMITS
    words_of_lists = WordLists(("cheap",))
    screen = screen_at(server, words=words_of_lists, limits=limits, blocklists=what == "lists")
    if (fault, what) in STEPS_DOWN:
        assert ASKING[what](screen) == ()
        return
    with pytest.raises(error) as caught:
        ASKING[what](screen)
    problem = caught.value
    assert (type(problem), problem.kind) == (error, kind)
    assert words in str(problem)
    assert str(problem).startswith("Azure AI Content Safety could not ")
    assert "Marigold" not in str(problem)
    assert KEY not in str(problem)
    assert len(server.asked) == 1


@pytest.mark.parametrize("shape", SCHEMA)
def test_half_an_answer_is_none(server, shape):
    server.fault = lambda _: SCHEMA[shape]
    with pytest.raises(ProviderRejected, match="cannot be used") as caught:
        harm(screen_at(server, blocklists=False), TEXT)
    assert caught.value.kind is Kind.MALFORMED


@pytest.mark.parametrize(
    "document",
    [
        {"userPromptAnalysis": {"attackDetected": False}},
        {"userPromptAnalysis": {"attackDetected": False}, "documentsAnalysis": []},
        {"documentsAnalysis": [{"attackDetected": False}]},
        {"userPromptAnalysis": {"attackDetected": None}, "documentsAnalysis": [{}]},
        {"userPromptAnalysis": {"attackDetected": "no"}, "documentsAnalysis": None},
    ],
)
def test_a_shield_that_leaves_something_out_has_not_answered(server, document):
    server.fault = lambda _: said(document)
    with pytest.raises(ProviderRejected, match="cannot be used"):
        shielded(screen_at(server), "Write about coats.", ["Wool."])


@pytest.mark.parametrize(
    "document",
    [
        {"ungroundedPercentage": 0},
        {"ungroundedDetected": None},
        {"ungroundedDetected": False, "ungroundedDetails": [{"offset": {"codePoint": -1}}]},
    ],
)
def test_a_comparison_that_says_nothing_is_a_failure(server, document):
    server.fault = lambda _: said(document)
    with pytest.raises(ProviderRejected, match="cannot be used"):
        ungrounded(screen_at(server), TEXT, ["Wool."])


def test_one_part_of_a_long_text_without_an_answer_fails_all_of_it(server):
    ending = "The last of the sentences."
    server.fault = lambda asked: told(500) if ending in asked.body["text"] else None
    with pytest.raises(Unavailable):
        harm(screen_at(server, blocklists=False), "Soft wool for winter. " * 1200 + ending)
    assert len(server.asked) == 3


def test_lists_that_cannot_be_put_up_leave_every_text_unscreened(server):
    server.fault = lambda asked: told(403) if "blocklists" in asked.path else None
    screen = screen_at(server, words=WordLists(("cheap",)))
    for _ in range(2):
        with pytest.raises(ProviderRejected, match="keep the lists of words"):
            harm(screen, TEXT)
    assert server.of("/contentsafety/text:analyze") == []


def test_nobody_at_the_address_is_said_so(server):
    gone = {**server.environment, "AZURE_CONTENT_SAFETY_ENDPOINT": "http://127.0.0.1:9"}
    with pytest.raises(Unavailable, match="cannot be reached") as caught:
        harm(screen_at(server, environment=gone, blocklists=False), TEXT)
    assert caught.value.kind is Kind.NO_CONNECTION


@pytest.mark.parametrize(
    ("reply", "tries"),
    [(told(429), 3), (told(503), 3), (Reply(how="reset"), 3), (told(400), 1), (page(), 1)],
)
def test_only_what_may_help_is_tried_again_and_only_as_often_as_configured(server, reply, tries):
    server.fault = lambda _: reply
    clock = Clock()
    with pytest.raises(ProviderFailed) as caught:
        harm(screen_at(server, clock=clock, blocklists=False), TEXT)
    assert isinstance(caught.value, PatienceOver) == (tries > 1)
    if reply.status == 429:  # being busy is borne until patience is over
        assert clock.now <= LIMITS.patience_s
        assert len(server.asked) > 1
    else:
        assert len(server.asked) == tries


def test_an_engine_that_is_back_is_heard(server):
    failing = iter([told(503), Reply(how="reset"), None])
    server.fault = lambda _: next(failing)
    clock = Clock()
    assert harm(screen_at(server, clock=clock, blocklists=False), TEXT).severity.worst == 0
    assert len(clock.waits) == 2


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        ({"Retry-After": "7"}, 7, 8),
        ({"retry-after-ms": "2500"}, 2.5, 2.8),
        ({"Retry-After": "600"}, 30, 30),
        ({"Retry-After": "soon"}, 0, 1),
        ({"Retry-After": "9" * 400}, 30, 30),
        (
            {
                "Date": "Mon, 23 Nov 2026 10:00:00 GMT",
                "Retry-After": "Mon, 23 Nov 2026 10:00:05 GMT",
            },
            5,
            6,
        ),
    ],
)
def test_the_wish_of_the_service_is_kept_but_never_beyond_the_cap(server, headers, least, most):
    answers = iter([told(429, **headers), None])
    server.fault = lambda _: next(answers)
    clock = Clock()
    harm(screen_at(server, clock=clock, blocklists=False), TEXT)
    assert least <= clock.waits[0] <= most


def test_a_redirect_takes_neither_key_nor_text_along(server):
    server.fault = lambda asked: (
        Reply(307, headers={"Location": f"{server.endpoint}/elsewhere"})
        if asked.path != "/elsewhere"
        else None
    )
    with pytest.raises(ProviderRejected, match="points elsewhere"):
        harm(screen_at(server, blocklists=False), TEXT)
    assert server.of("/elsewhere") == []


@pytest.mark.parametrize("fault", ["whole", "400", "500", "HTML", "half a JSON"])
def test_our_log_names_the_request_and_holds_neither_text_nor_key(server, caplog, fault):
    caplog.set_level(logging.DEBUG)
    server.fault = lambda _: FAULTS[fault][0] if fault in FAULTS else None
    screen = screen_at(server, blocklists=False)
    try:
        harm(screen, TEXT)
    except ProviderFailed as problem:
        logging.getLogger("core").warning("not screened: %s", problem)
    ours = [r.getMessage() for r in caplog.records if r.name.startswith("core.")]
    answered = re.compile(r"\(POST /contentsafety/text:analyze\) answered \d+, request request-")
    assert any(answered.search(line) for line in ours)
    every = caplog.text
    assert "Marigold" not in every
    assert KEY not in every
