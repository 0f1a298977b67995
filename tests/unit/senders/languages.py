"""What each sender makes of a template, by engines that are not ours, or strict ones of ours.

Braze and Customer.io run Liquid (python-liquid here), Klaviyo Django's templates (Django itself),
Mailchimp its merge tags (a strict reader below). `unsubscribe` and the postal address are filled in
by the sender: here by `#` and by what was approved.
"""

import re
from collections.abc import Callable, Mapping

from django.template import Context, Engine, Library
from liquid import Environment, Mode, StrictUndefined

Row = Mapping[str, str]

UNSUBSCRIBED = "#"


def liquid(template: str, names: Mapping[str, object]) -> str:
    environment = Environment(tolerance=Mode.STRICT, undefined=StrictUndefined)
    return environment.from_string(template).render(**names)


def generic(template: str, row: Row, _address: str, *, html: bool) -> str:
    return liquid(template, {**row, "unsubscribe_url": UNSUBSCRIBED})


def braze(template: str, row: Row, _address: str, *, html: bool) -> str:
    """Braze's `{{ custom_attribute.${name} }}` is Liquid once the name is taken out of `${}`.

    braze.com/docs: Supported personalization tags, read 2026-11-23.
    """
    plain = template.replace("{{${set_user_to_unsubscribed_url}}}", UNSUBSCRIBED)
    plain, found = re.subn(
        r"custom_attribute\.\$\{([a-z0-9_]+)\}", r"custom_attribute['\1']", plain
    )
    assert "${" not in plain
    return liquid(plain, {"custom_attribute": dict(row)} if found else {})


def customerio(template: str, row: Row, _address: str, *, html: bool) -> str:
    plain = template.replace("{% unsubscribe_url %}", UNSUBSCRIBED)
    return liquid(plain, {"customer": dict(row)})


KLAVIYO = Library()


def lookup(person: Row, name: str) -> object:
    return person.get(name)


def unsubscribe_link() -> str:
    return UNSUBSCRIBED


KLAVIYO.filter("lookup", lookup)
KLAVIYO.simple_tag(unsubscribe_link)


def klaviyo(template: str, row: Row, _address: str, *, html: bool, escapes: bool = True) -> str:
    """Django's own engine; Klaviyo escapes in HTML, and whether in plain text too is not said."""
    engine = Engine(autoescape=escapes)
    engine.template_builtins.append(KLAVIYO)
    return str(engine.from_string(template).render(Context({"person": dict(row)}, escapes)))


def klaviyo_unescaped(template: str, row: Row, address: str, *, html: bool) -> str:
    return klaviyo(template, row, address, html=html, escapes=False)


_TAG = re.compile(r"\*\|(.*?)\|\*", re.DOTALL)


def mailchimp(template: str, row: Row, address: str, *, html: bool) -> str:
    """Merge tags, strictly: a tag that is not known, or left open, is an error.

    mailchimp.com/developer/transactional/docs/templates-dynamic-content, read 2026-11-23.
    """
    known = {**row, "UNSUB": UNSUBSCRIBED, "LIST:ADDRESS": address}
    shown, said, at = [True], [], 0
    branches: list[bool] = []
    for match in _TAG.finditer(template):
        said.append(template[at : match.start()] if all(shown) else "")
        at, tag = match.end(), match[1]
        if condition := re.fullmatch(r"IF:([A-Z0-9_]{1,10})=([^|]*)", tag):
            holds = known[condition[1]] == condition[2]
            shown.append(holds)
            branches.append(holds)
        elif tag == "ELSE:":
            shown[-1] = not branches[-1]
        elif tag == "END:IF":
            shown.pop()
            branches.pop()
        elif all(shown):
            said.append(known[tag])
        else:
            assert tag in known, tag
    assert shown == [True]
    assert not branches
    rest = template[at:]
    assert "*|" not in rest
    return "".join(said) + rest


Renderer = Callable[..., str]
LANGUAGES: Mapping[str, Mapping[str, Renderer]] = {
    "generic": {"liquid": generic},
    "braze": {"liquid": braze},
    "customerio": {"liquid": customerio},
    "klaviyo": {"escaping": klaviyo, "not escaping": klaviyo_unescaped},
    "mailchimp": {"merge tags": mailchimp},
}
