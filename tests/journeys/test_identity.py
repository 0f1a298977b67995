"""From what a sign-in proves to a person; whatever is odd, old or unknown lets nobody in."""

import dataclasses
from datetime import timedelta

import pytest

from core.errors import ConfigInvalid, NotAllowed
from core.models.people import Role
from core.orchestrator import config
from core.orchestrator.sign_in import SignInConfig, check_at_this_machine, check_bound, proxy_from
from core.orchestrator.wiring import opened

ISSUER = "https://login.example.com"
MAPPED = SignInConfig(roles={"Approvers": Role.APPROVER, "Writers": Role.MARKETER})
SECRET = "k" * 32


@pytest.fixture
def app(tmp_path):
    with opened(config.load(tmp_path, environment={})) as made:
        admin = made.people.add("Ada", [Role.ADMIN], by=None)
        made.people.add("Ann", [Role.APPROVER], by=admin, email="ann@example.com")
        yield made


def claims(app, **changes):
    now = app.identity.context.now().timestamp()
    usual = {
        "iss": ISSUER,
        "sub": "a1",
        "iat": now,
        "email": "ann@example.com",
        "email_verified": True,
        "name": "Ann Lee",
    }
    return {k: v for k, v in (usual | changes).items() if v is not None}


def under(app, sign_in):
    settings = app.settings
    settings = dataclasses.replace(settings, app=dataclasses.replace(settings.app, sign_in=sign_in))
    return dataclasses.replace(
        app.identity, context=dataclasses.replace(app.identity.context, settings=settings)
    )


def behind(app, **variables):
    settings = dataclasses.replace(app.settings, proxy=proxy_from(variables))
    return dataclasses.replace(
        app.identity, context=dataclasses.replace(app.identity.context, settings=settings)
    )


def test_the_first_verified_sign_in_takes_the_account_an_admin_expects(app):
    ann = app.identity.by_claims(claims(app))
    assert (ann.name, ann.verified, ann.roles) == ("Ann", True, {Role.APPROVER})
    # From then on the subject counts, whatever the address says.
    again = app.identity.by_claims(claims(app, email="other@example.com", email_verified=False))
    assert again.name == "Ann"
    with pytest.raises(NotAllowed, match=f"issuer {ISSUER}, subject a2"):
        app.identity.by_claims(claims(app, sub="a2"))
    with pytest.raises(NotAllowed, match="Nobody was added"):
        app.identity.by_claims(claims(app, iss="https://other.example.com"))
    entry = app.audit.latest(1)[0]
    assert (entry.action, entry.subject, entry.actor) == ("link account", "Ann", "system")


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": None},
        {"iss": ""},
        {"iss": 7},
        {"sub": None},
        {"sub": ""},
        {"sub": ["a1"]},
        {"sub": "a\n1"},
        {"sub": "a" * 256},
        {"iat": None},
        {"iat": True},
        {"iat": "now"},
        {"iat": 0},
        {"iat": 1e30},
        {"email_verified": None},
        {"email_verified": "true"},
        {"email_verified": 1},
        {"email": "eve@example.com"},
        {"email": ["ann@example.com"]},
    ],
)
def test_an_odd_sign_in_lets_nobody_in(app, changes):
    with pytest.raises(NotAllowed):
        app.identity.by_claims(claims(app, **changes))
    assert all(not m.accounts for m in app.people.members())


@pytest.mark.parametrize(
    ("age", "let_in"), [(-1, True), (11.9, True), (12.1, False), (-1.5, False)]
)
def test_a_sign_in_lasts_as_long_as_the_settings_say(app, age, let_in):
    hours = age if age > 0 else age / 60  # minutes ahead: clocks differ a little
    ahead = timedelta(hours=hours) if age > 0 else timedelta(minutes=age * 1.9)
    issued = (app.identity.context.now() - ahead).timestamp()
    if let_in:
        assert app.identity.by_claims(claims(app, iat=issued)).name == "Ann"
    else:
        with pytest.raises(NotAllowed):
            app.identity.by_claims(claims(app, iat=issued))


def test_who_was_removed_is_not_let_in_by_an_account(app):
    app.identity.by_claims(claims(app))
    app.people.remove("Ann", by=app.people.get("Ada"))
    with pytest.raises(NotAllowed, match="no longer"):
        app.identity.by_claims(claims(app))


def test_an_account_an_admin_linked_is_let_in_without_an_address(app):
    app.people.link("Ann", ISSUER, "a9", by=app.people.get("Ada"))
    assert app.identity.by_claims(claims(app, sub="a9", email=None)).name == "Ann"


@pytest.mark.parametrize(
    ("said", "roles"),
    [
        (["Approvers"], {Role.APPROVER}),
        ("Writers", {Role.MARKETER}),
        (["Writers", "Approvers", "Else"], {Role.MARKETER, Role.APPROVER}),
    ],
)
def test_roles_can_come_from_a_claim(app, said, roles):
    person = under(app, MAPPED).by_claims(claims(app, sub="n1", email=None, roles=said))
    assert (person.name, person.roles) == ("Ann Lee", roles)


@pytest.mark.parametrize("said", [[], ["Else"], None, 7, {"Approvers": True}, [["Approvers"]]])
def test_a_claim_that_names_no_role_lets_nobody_in(app, said):
    with pytest.raises(NotAllowed):
        under(app, MAPPED).by_claims(claims(app, roles=said))
    assert len(app.people.everyone()) == 2


def test_roles_follow_the_claim_at_every_sign_in(app):
    identity = under(app, MAPPED)
    identity.by_claims(claims(app, roles=["Approvers", "Writers"]))
    assert identity.by_claims(claims(app, roles=["Writers"])).roles == {Role.MARKETER}
    assert app.people.get("Ann").roles == {Role.MARKETER}
    with pytest.raises(NotAllowed):
        identity.by_claims(claims(app, roles=[]))


def test_a_name_somebody_has_is_not_given_twice(app):
    identity = under(app, MAPPED)
    taken = claims(app, sub="n1", name="Ada", email="n1@example.com", roles=["Writers"])
    assert identity.by_claims(taken).name == "n1@example.com"
    bare = claims(app, sub="n2", name="Ada", email=None, roles=["Writers"])
    with pytest.raises(NotAllowed, match="has your name"):
        identity.by_claims(bare)


@pytest.mark.parametrize(
    ("named", "secrets", "address", "let_in"),
    [
        (["ann@example.com"], [SECRET], "0.0.0.0", True),  # noqa: S104
        (["Ann@Example.com"], [SECRET], "127.0.0.1", True),
        (["ann@example.com"], [], "127.0.0.1", False),
        (["ann@example.com"], ["x" * 32], "127.0.0.1", False),
        (["ann@example.com"], [SECRET, SECRET], "127.0.0.1", False),
        (["ann@example.com", "eve@example.com"], [SECRET], "127.0.0.1", False),
        ([], [SECRET], "127.0.0.1", False),
        ([""], [SECRET], "127.0.0.1", False),
        (["eve@example.com"], [SECRET], "127.0.0.1", False),
        (["é" * 32], ["é" * 32], "127.0.0.1", False),
    ],
)
def test_a_proxy_with_a_secret_names_one_known_person(app, named, secrets, address, let_in):
    identity = behind(app, CPO_AUTH_HEADER="X-User", CPO_AUTH_SECRET=SECRET)
    if let_in:
        person = identity.by_header(named, secrets, address=address)
        assert (person.name, person.verified) == ("Ann", True)
    else:
        with pytest.raises(NotAllowed):
            identity.by_header(named, secrets, address=address)


@pytest.mark.parametrize(
    ("address", "let_in"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False),  # noqa: S104
     ("10.1.2.3", False), ("", False), (None, False)],
)  # fmt: skip
def test_a_proxy_without_a_secret_is_believed_on_this_machine_only(app, address, let_in):
    identity = behind(app, CPO_AUTH_HEADER="X-User")
    if let_in:
        assert identity.by_header(["ann@example.com"], [], address=address).name == "Ann"
    else:
        with pytest.raises(NotAllowed, match="CPO_AUTH_SECRET"):
            identity.by_header(["ann@example.com"], [], address=address)


def test_without_a_configured_header_nobody_is_let_in(app):
    with pytest.raises(NotAllowed, match="CPO_AUTH_HEADER names none"):
        behind(app).by_header(["ann@example.com"], [], address="127.0.0.1")


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"CPO_AUTH_HEADER": "X User"}, "CPO_AUTH_HEADER is no name"),
        ({"CPO_AUTH_SECRET_HEADER": "a:b"}, "CPO_AUTH_SECRET_HEADER is no name"),
        ({"CPO_AUTH_SECRET": "short"}, "shorter than 32"),
    ],
)
def test_settings_of_a_proxy_that_cannot_be_are_named(variables, said, tmp_path):
    with pytest.raises(ConfigInvalid, match=said):
        config.load(tmp_path, environment=variables)


def test_a_secret_is_never_printed(tmp_path):
    assert SECRET not in repr(config.load(tmp_path, environment={"CPO_AUTH_SECRET": SECRET}))


@pytest.mark.parametrize(
    ("hosts", "headers", "here"),
    [
        (["localhost:8501"], ["Host", "Cookie"], True),
        (["127.0.0.1:8501"], [], True),
        (["[::1]:8501"], [], True),
        (["intranet.example.com"], [], False),
        (["localhost:8501"], ["X-Forwarded-For"], False),
        (["localhost:8501"], ["via"], False),
    ],
)
def test_local_names_are_for_browsers_on_this_machine(hosts, headers, here):
    if here:
        check_at_this_machine(hosts, headers)
    else:
        with pytest.raises(NotAllowed, match="Nobody is let in"):
            check_at_this_machine(hosts, headers)


def test_an_account_may_be_served_anywhere(app):
    check_bound("oidc", "0.0.0.0", app.settings.proxy)  # noqa: S104


def test_a_name_on_the_command_line_decides_nothing_where_people_sign_in(tmp_path):
    with opened(config.load(tmp_path, environment={"CPO_AUTH": "oidc"})) as made:
        made.people.add("Ann", [Role.APPROVER], by=None)
        with pytest.raises(NotAllowed, match="decide in the browser"):
            made.people.named("Ann")
