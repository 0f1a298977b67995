"""What each system that sends takes in: one row of a table a sender.

Every name in a file bears the campaign, so that what an earlier campaign left at the sender cannot
be taken for this one's: most senders leave a value as it was where a file has none.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

_MB = 1_000_000
_SHORT = 8

_GENERIC = """
Read recipients.csv with every column as text: an id may look like a number.

The templates are Liquid over the columns of recipients.csv; {{ unsubscribe_url }} is filled in
by the sender.
"""
_BRAZE = """
Audiences > Import Users > Attributes: upload recipients.csv. external_id is the customer_id
of the data set; the other columns become custom attributes.

Data Settings > Custom Attributes: each new attribute has the data type String.

Make one campaign for each template, to the segment of those whose attribute {variant} is the
name of the template; the HTML goes into the HTML editor, the text into Plaintext, subject and
preheader into Sending Settings.

Do not let Braze add its own custom footer: the templates hold the footer that was approved.
"""
_KLAVIYO = """
Audience > Lists & Segments: upload recipients.csv to a list of this campaign; give every
column but the e-mail address the data type Text.

Make a segment of those whose property {variant} is the name of the template, and one campaign
to each segment; the HTML goes into a template of your own code, the text into its plain text.
"""
_MAILCHIMP = """
Audience > Import contacts: upload recipients.csv; every column but the e-mail address is a
field of the type Text.

Audience fields and *|MERGE|* tags: the tag of each new field is the name of its column, letter
by letter; manifest.json says what each column holds.

Make a segment of those whose field {variant} is the name of the template, and one campaign to
each; the HTML goes into Code your own, the text into the plain-text e-mail.

*|LIST:ADDRESS|* is the address of the audience: Required e-mail footer content in its settings
has to say what was approved: {address}.
"""
_CUSTOMERIO = """
People > Add People > Import a CSV > People: upload recipients.csv, new and existing people
by id; id is the customer_id of the data set.

Make a segment of those whose attribute {variant} is the name of the template, and one
newsletter to each; the HTML goes into the code editor with an empty layout, the text into its
plain text.
"""


def _steps(text: str) -> tuple[str, ...]:
    return tuple(" ".join(step.split()) for step in text.split("\n\n"))


@dataclass(frozen=True, slots=True)
class SenderProfile:
    """A sender: how the columns of its files are called and what may stand in them.

    `email_column` is empty where people are found by our id. `value_column` is a form with
    `{campaign}` and `{name}`, or `{short}` and `{number}` where names must be short; `group_column`
    and `variant_column` are forms with the first of each. A sender that is `guessing` takes a
    text for a number, a date or a yes where it looks like one. `most_bytes` of a value and
    `most_file_bytes` of a file are taken in, the rest is cut or refused there. `source` says where
    and as of when this is documented; `upload` what to do with the files,
    step by step.
    """

    name: str
    title: str
    source: str
    id_column: str
    group_column: str
    variant_column: str
    value_column: str
    upload: tuple[str, ...]
    email_column: str = ""
    name_pattern: str = r"[a-z][a-z0-9_]*"
    longest_name: int = 150
    most_columns: int = 100
    guessing: bool = True
    most_bytes: int = 1000
    most_file_bytes: int = 100 * _MB


#: The senders an export can be made for; the syntax of each is a row of `merge_dialects.DIALECTS`.
PROFILES: Mapping[str, SenderProfile] = MappingProxyType(
    {
        "generic": SenderProfile(
            name="generic",
            title="any sender",
            source="our own form: RFC 4180, UTF-8, Liquid",
            id_column="customer_id",
            group_column="cpo_{campaign}_group",
            variant_column="variant_id",
            value_column="{name}",
            guessing=False,
            most_file_bytes=10_000 * _MB,
            upload=_steps(_GENERIC),
        ),
        "braze": SenderProfile(
            name="braze",
            title="Braze",
            source="braze.com/docs: CSV import (user attributes), read 2026-11-23",
            id_column="external_id",
            group_column="cpo_{campaign}_group",
            variant_column="cpo_{campaign}_variant",
            value_column="cpo_{campaign}_{name}",
            longest_name=255,
            most_file_bytes=500 * _MB,
            upload=_steps(_BRAZE),
        ),
        "klaviyo": SenderProfile(
            name="klaviyo",
            title="Klaviyo",
            source="help.klaviyo.com 115005078967 (Create a list, requirements for CSVs) and "
            "115005078807 (no e-mail address twice), read 2026-11-23",
            id_column="cpo_customer_id",
            email_column="Email Address",
            group_column="cpo_{campaign}_group",
            variant_column="cpo_{campaign}_variant",
            value_column="cpo_{campaign}_{name}",
            most_file_bytes=50 * _MB,
            upload=_steps(_KLAVIYO),
        ),
        "mailchimp": SenderProfile(
            name="mailchimp",
            title="Mailchimp",
            source="mailchimp.com/help: Format guidelines for your import file; "
            "mailchimp.com/developer/marketing/docs/merge-fields, read 2026-11-23",
            id_column="CUSTOMERID",
            email_column="Email Address",
            group_column="{short}_G",
            variant_column="{short}_V",
            value_column="{short}_{number}",
            name_pattern=r"[A-Z][A-Z0-9_]*",
            longest_name=10,
            most_columns=30,
            guessing=False,
            most_bytes=255,
            upload=_steps(_MAILCHIMP),
        ),
        "customerio": SenderProfile(
            name="customerio",
            title="Customer.io",
            source="docs.customer.io/journeys/uploading-people (CSV requirements), read 2026-11-23",
            id_column="id",
            group_column="cpo_{campaign}_group",
            variant_column="cpo_{campaign}_variant",
            value_column="cpo_{campaign}_{name}",
            upload=_steps(_CUSTOMERIO),
        ),
    }
)


@dataclass(frozen=True, slots=True)
class ColumnNames:
    """The names of the columns of a campaign's files; `values` by the name of the slot."""

    customer_id: str
    email: str
    group: str
    variant: str
    values: Mapping[str, str]


def column_names(profile: SenderProfile, campaign_id: str, slots: Iterable[str]) -> ColumnNames:
    """How the columns of a campaign are called at a sender, whatever the order of the slots.

    Examples:
        >>> column_names(PROFILES["braze"], "big-sale", ["first_name"]).values["first_name"]
        'cpo_big_sale_first_name'
        >>> column_names(PROFILES["mailchimp"], "big-sale", ["first_name"]).values["first_name"]
        'CCB4CA_1'
    """
    digest = hashlib.sha256(campaign_id.encode()).hexdigest()
    campaign = re.sub(r"[^a-z0-9]+", "_", campaign_id.lower()).strip("_")
    short = f"C{digest[:5].upper()}"

    def named(form: str, name: str, number: int) -> str:
        made = form.format(campaign=campaign, short=short, name=name, number=number)
        return _cut(made, profile.longest_name)

    group, variant = (named(f, "", 0) for f in (profile.group_column, profile.variant_column))
    taken = {profile.id_column, profile.email_column, group, variant}
    values = {}
    for number, slot in enumerate(sorted(set(slots)), start=1):
        name = named(profile.value_column, slot, number)
        values[slot] = f"value_{name}" if name in taken else name
    return ColumnNames(profile.id_column, profile.email_column, group, variant, values)


def _cut(name: str, longest: int) -> str:
    """The name, or a shorter one that no other name is cut to."""
    if len(name) <= longest:
        return name
    mark = hashlib.sha256(name.encode()).hexdigest()[:_SHORT]
    return f"{name[: longest - _SHORT - 1]}_{mark}"
