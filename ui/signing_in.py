"""Who sits at this browser: a chosen local name, an account that signed in, or a proxy's word.

Keys: `frame.sign_in`, `frame.sign_in_<provider>`, `frame.sign_out`.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

import streamlit as st
from streamlit.errors import StreamlitAPIException

from core.errors import NotAllowed
from core.models.people import Person
from core.orchestrator.application import Application
from core.orchestrator.sign_in import (
    SECRET_MIN,
    check_at_this_machine,
    check_bound,
    loopback,
)
from ui.words import plain

_CALLBACK = "/oauth2callback"
_NEEDED = ("client_id", "client_secret", "server_metadata_url")


def present(app: Application, chosen: object) -> Person | None:
    """The person in this session, or None before they signed in or chose a name.

    Raises:
        NotAllowed: whoever it is may not come in, with the reason.
    """
    auth = app.settings.auth
    if auth == "oidc":
        return _by_account(app)
    if auth == "header":
        return _by_proxy(app)
    _refuse_elsewhere(app)
    return next((p for p in app.people.everyone() if p.name == chosen), None)


def offer(app: Application) -> None:
    """The way in for somebody who has not signed in yet."""
    st.header("Sign in", anchor=False)
    st.text("What you do is recorded under your name, as your company's sign-in knows it.")
    if app.settings.auth != "oidc":
        return
    section = _section()
    named = [key for key, value in section.items() if isinstance(value, Mapping)]
    if all(section.get(key) for key in _NEEDED):
        st.button("Sign in", key="frame.sign_in", type="primary", on_click=st.login)
    for provider in named:
        if provider != "client_kwargs":
            st.button(
                f"Sign in with {plain(provider)}",
                key=f"frame.sign_in_{provider}",
                on_click=st.login,
                args=(provider,),
            )


def leave() -> None:
    """The way out for somebody who signed in with an account."""
    if _logged_in():
        st.button("Sign out", key="frame.sign_out", icon=":material/logout:", on_click=st.logout)


def _refuse_elsewhere(app: Application) -> None:
    """Refuse local names wherever somebody else could choose them."""
    headers = st.context.headers.to_dict() if hasattr(st.context.headers, "to_dict") else {}
    if not headers:
        return  # no browser: a page that is run by itself
    check_bound("local", st.get_option("server.address"), app.settings.proxy)
    check_at_this_machine(st.context.headers.get_all("Host"), headers)


def _by_account(app: Application) -> Person | None:
    _section()
    if not _logged_in():
        return None
    return app.identity.by_claims(st.user.to_dict())


def _by_proxy(app: Application) -> Person:
    proxy = app.settings.proxy
    headers = st.context.headers
    return app.identity.by_header(
        headers.get_all(proxy.header) if proxy.header else (),
        headers.get_all(proxy.secret_header),
        address=st.get_option("server.address"),
    )


def _logged_in() -> bool:
    # The attribute is absent while no provider is configured.
    return getattr(st.user, "is_logged_in", False) is True


def _section() -> Mapping[str, object]:
    """The `[auth]` section of secrets.toml.

    Raises:
        NotAllowed: it is missing or so incomplete that a sign-in would prove nothing.
    """
    try:
        found = st.secrets.get("auth", {}) if st.secrets.load_if_toml_exists() else {}
    except (StreamlitAPIException, OSError, ValueError) as error:
        raise NotAllowed(f"secrets.toml cannot be read ({error}). Nobody is let in.") from error
    section: Mapping[str, object] = found if isinstance(found, Mapping) else {}
    problem = _problem(section)
    if problem:
        raise NotAllowed(f"CPO_AUTH is oidc, and {problem} Nobody is let in.")
    return section


def _problem(section: Mapping[str, object]) -> str:
    address = urlsplit(str(section.get("redirect_uri", "")))
    providers = [v for v in section.values() if isinstance(v, Mapping)]
    complete = any(all(each.get(k) for k in _NEEDED) for each in (section, *providers))
    checks = (
        (not section, "secrets.toml has no section [auth]."),
        (not complete, f"[auth] in secrets.toml lacks one of {', '.join(_NEEDED)}."),
        (
            not address.path.endswith(_CALLBACK),
            f"redirect_uri in secrets.toml does not end with {_CALLBACK}.",
        ),
        (
            address.scheme != "https" and not loopback(address.hostname),
            "redirect_uri in secrets.toml is not https.",
        ),
        (
            len(str(section.get("cookie_secret", ""))) < SECRET_MIN,
            f"cookie_secret in secrets.toml is shorter than {SECRET_MIN} characters.",
        ),
        (
            bool(st.get_option("server.trustedUserHeaders")),
            "server.trustedUserHeaders would let a header name anybody.",
        ),
    )
    return next((words for wrong, words in checks if wrong), "")
