"""Who somebody is: an account at a provider, a proxy's word, or a name at this machine."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from streamlit.proto.WidgetStates_pb2 import WidgetState

from core.cli.main import main
from core.models.people import Role
from core.orchestrator import config
from core.orchestrator.wiring import opened
from tests.browser.conftest import free_port, serving
from tests.browser.desk import WAIT_MS
from tests.oidc_provider import CLIENT, SECRET, Provider, provider
from tests.sessions import Session

CAMPAIGN = "dress-for-the-week"
PROXY = {
    "CPO_AUTH": "header",
    "CPO_AUTH_HEADER": "X-Forwarded-Email",
    "CPO_AUTH_SECRET": "s" * 32,
}
LINK = ("approvals", f"campaign={CAMPAIGN}")
SECRET_HEADER = ("X-Proxy-Secret", "s" * 32)


@pytest.fixture(scope="module")
def company(written: Path) -> Path:
    """The demo with messages in review, and people whom an admin added by their address."""
    with opened(config.load(written, environment={})) as app:
        admin = app.people.get("admin")
        app.people.add("Ann", [Role.APPROVER], by=admin, email="ann@example.com")
        app.people.add("Ada", [Role.APPROVER], by=admin, email="ada@example.com")
        app.people.add("Max", [Role.MARKETER], by=admin, email="max@example.com")
    return written


@pytest.fixture(scope="module")
def signed(
    company: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Provider]]:
    """The app that lets accounts of a provider in, and the provider."""
    port = free_port()
    with provider() as made:
        home = tmp_path_factory.mktemp("home") / ".streamlit"
        home.mkdir(parents=True)
        (home / "secrets.toml").write_text(
            f"""[auth]
redirect_uri = "http://127.0.0.1:{port}/oauth2callback"
cookie_secret = "{"c" * 40}"
client_id = "{CLIENT}"
client_secret = "{SECRET}"
server_metadata_url = "{made.issuer}/.well-known/openid-configuration"
"""
        )
        environment = {"CPO_AUTH": "oidc", "HOME": str(home.parent)}
        with serving(company, environment, port=port) as address:
            yield address, made


expect.set_options(timeout=WAIT_MS)  # the machine of a test run may be busy


def visit(browser: Browser, address: str) -> Page:
    page = browser.new_context(viewport={"width": 1400, "height": 1000}).new_page()
    page.set_default_timeout(WAIT_MS)
    page.goto(f"{address}/approvals?campaign={CAMPAIGN}")
    return page


def sign_in(page: Page) -> None:
    # To the provider and back; before that the page is still the one without anybody.
    with page.expect_navigation(url=re.compile(r"^http://127\.0\.0\.1:\d+/(\?.*)?$")):
        page.locator(".st-key-frame-sign_in button").click()


def test_a_proxy_names_people_only_with_its_secret(company: Path) -> None:
    named = ("X-Forwarded-Email", "ada@example.com")
    with serving(company, PROXY) as address:
        for headers in (
            [],
            [named],
            [named, ("X-Proxy-Secret", "x" * 32)],
            [named, SECRET_HEADER, SECRET_HEADER],
            [named, named, SECRET_HEADER],
            [("X-Forwarded-Email", "eve@example.com"), SECRET_HEADER],
        ):
            with Session(address, *LINK, headers=list(headers)) as stranger:
                assert stranger.id_of("approvals.approve") is None, headers
                assert "Dress for the week" not in stranger.said()
        with Session(address, *LINK, headers=[named, SECRET_HEADER]) as ada:
            assert "Ada" in ada.said()
            assert "not verified" not in ada.said()
            button = str(ada.id_of("approvals.approve"))
        marketer = [("X-Forwarded-Email", "max@example.com"), SECRET_HEADER]
        with Session(address, *LINK, headers=marketer) as forger:
            # A name in the state of the page means nothing, and a closed button stays closed.
            forger.values["$$ID-x-frame.person"] = WidgetState(
                id="$$ID-x-frame.person", string_value="Ada"
            )
            forger.run(button)
            assert "Approved" not in "".join(forger.alerts())
    with opened(config.load(company, environment={})) as app:
        assert app.approvals.decisions(f"{CAMPAIGN}-high-spenders-urgent") == ()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"forged": True}, ""),  # signed by another key
        ({"aud": "another-client"}, ""),
        ({"iss": "https://evil.example"}, ""),
        ({"nonce": "replayed"}, ""),
        ({"exp": 1_000_000_000}, ""),
        ({"iat": 1_000_000_000}, "A sign-in lasts 12 hours"),
        ({"email_verified": False}, "Nobody was added here for this account"),
        ({"email_verified": "true"}, "Nobody was added here for this account"),
        ({"sub": ""}, "no usable claim 'sub'"),
    ],
)
def test_a_token_that_proves_nothing_lets_nobody_in(
    wrong: dict[str, object], said: str, chromium: Browser, signed: tuple[str, Provider]
) -> None:
    address, accounts = signed
    page = visit(chromium, address)
    usual = {"subject": "ann-0", "email": "ann@example.com", "email_verified": True}
    subject = wrong.get("sub", usual["subject"])
    claims = {k: v for k, v in (usual | wrong).items() if k not in {"subject", "sub"}}
    accounts.sign_in_as(str(subject), **claims)  # type: ignore[arg-type]
    sign_in(page)
    if said:
        expect(page.get_by_text(said)).to_be_visible()
    else:
        expect(page.locator(".st-key-frame-sign_in button")).to_be_visible()
    expect(page.locator(".st-key-frame-campaign")).to_have_count(0)
    expect(page.get_by_text("Dress for the week")).to_have_count(0)


def test_an_account_is_a_person_only_where_an_admin_expects_it(
    chromium: Browser, signed: tuple[str, Provider], company: Path
) -> None:
    address, accounts = signed
    page = visit(chromium, address)
    # Nobody signed in: nothing of the workspace is told, not even the names of campaigns.
    expect(page.get_by_text("Sign in", exact=True).first).to_be_visible()
    expect(page.get_by_text("Dress for the week")).to_have_count(0)
    accounts.sign_in_as("stranger-1", email="eve@example.com", email_verified=True)
    sign_in(page)
    expect(page.get_by_text("Nobody was added here for this account")).to_be_visible()
    expect(page.get_by_text("stranger-1")).to_be_visible()
    page.locator(".st-key-frame-sign_out button").click()
    expect(page.locator(".st-key-frame-sign_in button")).to_be_visible()
    accounts.sign_in_as("ann-1", email="ann@example.com", email_verified=True)
    sign_in(page)
    expect(page.get_by_text("Ann", exact=True).first).to_be_visible()
    expect(page.get_by_text("not verified")).to_have_count(0)
    page.goto(f"{address}/approvals?campaign={CAMPAIGN}")
    page.locator(".st-key-approvals-approve button").click()
    expect(page.get_by_text("by Ann.")).to_be_visible()
    # The same address with another subject is another account.
    other = visit(chromium, address)
    accounts.sign_in_as("ann-2", email="ann@example.com", email_verified=True)
    sign_in(other)
    expect(other.get_by_text("Nobody was added here for this account")).to_be_visible()
    with opened(config.load(company, environment={})) as app:
        decisions = app.approvals.decisions(f"{CAMPAIGN}-high-spenders-urgent")
        assert [(r.by, r.verified) for r in decisions] == [("Ann", True)]
        assert {p.name for p in app.people.everyone()} == {
            "admin", "marketer", "approver", "analyst", "Ada", "Ann", "Max",
        }  # fmt: skip


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, "knows people by local names"),
        ({"CPO_AUTH": "header", "CPO_AUTH_HEADER": "X-User"}, "set CPO_AUTH_SECRET"),
    ],
)
def test_names_nobody_checks_are_served_to_this_machine_only(
    variables: dict[str, str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    code = main(["--workspace", str(tmp_path), "serve", "--address", "0.0.0.0"])  # noqa: S104
    assert code == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "passed_on",
    [("X-Forwarded-For", "203.0.113.9"), ("Forwarded", "for=203.0.113.9"), ("Via", "1.1 proxy")],
)
def test_local_names_are_not_believed_through_a_proxy(
    passed_on: tuple[str, str], served: str
) -> None:
    with Session(served, "approvals", headers=[passed_on]) as stranger:
        assert "Nobody is let in" in "".join(stranger.alerts())
        assert stranger.id_of("frame.person") is None
    with Session(served, "approvals") as here:
        assert here.id_of("frame.person") is not None
