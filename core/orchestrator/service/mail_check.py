"""Whether every e-mail of a send says who sends it and lets its reader leave."""

from dataclasses import replace

from core.content.mail import MailRules, mail_faults
from core.content.merge_dialects import DIALECTS
from core.models.send import Check
from core.orchestrator.service.assigning import Plan
from core.orchestrator.service.context import Context

_NAME = "Every e-mail says who sends it and how to leave"


def mail_check(context: Context, plan: Plan) -> Check:
    """The line of the checklist, read off the rendered e-mails: HTML and plain text."""
    shell, brief = context.settings.shell, plan.campaign.brief
    dialect, rules = DIALECTS["generic"], _rules(context)
    for variant in plan.variants:
        if not variant.message.body:
            continue
        html = shell.html(variant.message, dialect, link=brief.url, language=brief.language)
        text = shell.text(variant.message, dialect, link=brief.url)
        faults = mail_faults(html, text, rules)
        if faults:
            why = f"{variant.segment} / {variant.tone}: {faults[0].explanation}"
            return Check(_NAME, passed=False, explanation=why)
    said = "A link to unsubscribe, the shop and its postal address stand in HTML and plain text."
    return Check(_NAME, passed=True, explanation=said)


def _rules(context: Context) -> MailRules:
    """The brand's rules; where they name no sender, the one of the letterhead."""
    rules, head = context.policy().brand.mail, context.settings.shell.letterhead
    return replace(
        rules,
        sender_name=rules.sender_name or head.shop,
        postal_address=rules.postal_address or head.postal_address,
    )
