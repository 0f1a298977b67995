"""A small campaign with awkward readers, the same every time, and its export for a sender."""

from datetime import UTC, datetime
from pathlib import Path

from core.content.sender_profiles import PROFILES
from core.models.campaign import Brief, Campaign, CampaignState, Tone
from core.models.customers import (
    Column,
    ColumnKind,
    ColumnRole,
    Dataset,
    ImportReport,
    Segmentation,
    SegmentationMethod,
)
from core.models.merge_fields import usable
from core.models.messages import Generation, Message, Variant, VariantState
from core.models.send import ArmCount, ArmPlan, DecisionCard, Experiment
from core.orchestrator.config import CONFIG
from core.orchestrator.letterhead import read_shell
from core.orchestrator.service.assigning import Plan
from core.orchestrator.service.export_templates import handover
from core.orchestrator.service.exporting import Materials, write_files
from core.storage.duck import copy_parquet, session
from core.storage.suppression_tokens import Suppressed

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SHELL = read_shell(CONFIG)
LINK = "https://www.tolmanrow.example/offers/layers?a=1&b=2"
NAMES = (
    "Ann", None, "O'Brien", "Zoë", "李小龍", "عبد الرحمن", "MARGARET", "<b>Bo</b>", "*|FNAME|*",
    "{{ tier }}", "{% if x %}", "AT&T", 'Jo "Q" Lee', "100 %", "ß", "x" * 80, "x" * 81,
    "=HYPERLINK(1)", "Tom &amp; Jo", "www.evil.example", " Mary  Ann ", "Łukasz", "😀" * 60,
)  # fmt: skip
MESSAGES = {
    "loyal-friendly": Message(
        'For {{ first_name | capitalize | default: "you" }}'
        "{% if orders >= 3 %}, once more{% endif %}",
        "Wool & linen, 100 % 'plain'",
        'Hello {{ first_name | capitalize | default: "you & yours" }},\n\n'
        '{% if tier == "Gold" %}As a Gold member you see it first.{% endif %}\n\n'
        "{% if orders >= 3 %}Thank you for {{ orders }} orders.\n\nYou know the way.{% else %}"
        'Have a look around, {{ first_name | default: "friend" }}.{% endif %}\n\n'
        'Two lines\nof "wool" & 100 % linen for <you>.',
    ),
    "everyone-urgent": Message(
        "This week only",
        'Until Friday, {{ first_name | upcase | default: "READER" }}',
        'Hi {{ first_name | default: "there" }},\n\nA plain line.'
        '{% if tier != "Gold" %} Join the Gold tier.{% endif %}',
    ),
}
COLUMNS = (
    Column("customer_id", ColumnRole.ID, ColumnKind.TEXT),
    Column("first_name", ColumnRole.PERSONAL, ColumnKind.TEXT),
    Column("email", ColumnRole.PERSONAL, ColumnKind.TEXT),
    Column("tier", ColumnRole.ATTRIBUTE, ColumnKind.TEXT, mentionable=True),
    Column("orders", ColumnRole.ATTRIBUTE, ColumnKind.NUMBER, mentionable=True),
)
ARMS = (
    ArmPlan("friendly", 0.4, "friendly"),
    ArmPlan("Same message for everyone", 0.4, "urgent", everyone=True),
    ArmPlan("Not contacted", 0.2, None),
)
CUSTOMERS = tuple(
    (
        f"C{n:03}",
        name,
        f"c{n:03}@customers.example",
        (None, "Gold", "Silver")[n % 3],
        n % 5,
        ARMS[2 if n % 5 == 4 else n % 2].name,
        None if n % 5 == 4 else tuple(MESSAGES)[n % 2],
    )
    for n, name in enumerate(NAMES * 2, start=1)
)


def values_of(customer):
    """What a message may show of a customer, as the preview has it."""
    return {
        "first_name": usable(customer[1]),
        "tier": usable(customer[3]),
        "orders": str(customer[4]),
    }


def plan(columns=COLUMNS, messages=MESSAGES) -> Plan:
    report = ImportReport("small.csv", 46, 46, 0, 0, 0)
    dataset = Dataset("ds-small", "Small", "0" * 64, 46, columns, report, AT, "marketer")
    brief = Brief(name="Spring / Ünïque sale", goal="Visits", url=LINK, hypothesis="It sells.")
    campaign = Campaign(
        "spring-unique-sale",
        brief,
        "ds-small",
        "seg-small",
        CampaignState.APPROVED,
        1,
        AT,
        "marketer",
    )
    generation = Generation("local", "local", "", "")
    variants = tuple(
        Variant(
            variant_id=f"spring-unique-sale-{name}",
            campaign_id=campaign.campaign_id,
            segment_id="loyal",
            segment="Loyal",
            tone=Tone(name.split("-")[1]),
            revision=2,
            state=VariantState.APPROVED,
            message=message,
            citations=(),
            screened=None,
            generation=generation,
            authors=frozenset(),
            updated_at=AT,
        )
        for name, message in messages.items()
    )
    segmentation = Segmentation(
        "seg-small", "ds-small", SegmentationMethod.RULES, (), AT, "marketer"
    )
    return Plan(campaign, dataset, segmentation, variants)


def experiment() -> Experiment:
    card = DecisionCard("visit:proportion", (), (), 0.1, 0.05, "Not contacted", "It sells.")
    counts = tuple(ArmCount("loyal", "Loyal", arm.name, 15) for arm in ARMS)
    return Experiment(
        "spring-unique-sale", "salt", ARMS, card, counts, (), "1" * 64, AT, "marketer"
    )


def tables(folder: Path, customers=CUSTOMERS) -> tuple[Path, Path]:
    """The assignments and the data set, as a workspace would hold them."""
    folder.mkdir(parents=True, exist_ok=True)
    assigned, dataset = folder / "assigned.parquet", folder / "dataset.parquet"
    names = ("customer_id", "first_name", "email", "tier", "orders", "arm", "variant")
    with session() as connection:
        listed = ", ".join(f"unnest(${n + 1}) AS {name}" for n, name in enumerate(names))
        connection.execute(
            f"CREATE TABLE c AS SELECT {listed}",
            [list(column) for column in zip(*customers, strict=True)],
        )
        copy_parquet(connection, "SELECT * EXCLUDE (arm, variant) FROM c", dataset)
        copy_parquet(
            connection,
            "SELECT customer_id, 'loyal' AS segment_id, 'Loyal' AS segment, arm, "
            "'spring-unique-sale-' || variant AS variant_id FROM c ORDER BY customer_id",
            assigned,
        )
    return assigned, dataset


def exported(
    profile: str, folder: Path, *, customers=CUSTOMERS, columns=COLUMNS, messages=MESSAGES
):
    """The export of the small campaign for a sender, in `folder`/out."""
    assigned, dataset = tables(folder / "tables", customers)
    out = folder / "out"
    out.mkdir()
    materials = Materials(assigned, dataset, SHELL, Suppressed(), "", AT, folder / "tables")
    handed = handover(plan(columns, messages), PROFILES[profile])
    filled = write_files(materials, handed, experiment(), out)
    return out, handed, filled
