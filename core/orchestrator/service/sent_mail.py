"""Sent = approved: the mail of the seed inbox held against what was exported under the lock."""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from core.content.approved_mail import ApprovedMail, approved_mails
from core.content.merge_fields import rendered_message
from core.content.received_mail import read_mail
from core.content.sent_mail import ReceivedWords, agreement, compared, received_words
from core.errors import BadInput, NotFound, Refused, SealBroken
from core.models.campaign import Campaign
from core.models.merge_fields import merge_fields
from core.models.messages import Variant, VariantState
from core.models.people import Person
from core.models.sent_mail import Comparison, SentCheck
from core.orchestrator.service.approvals import Approvals
from core.orchestrator.service.context import Context
from core.orchestrator.service.needed import needed
from core.orchestrator.service.suppression import suppressed
from core.storage import campaigns, datasets, experiments, merge_values, sent_checks
from core.storage import variants as stored
from core.storage.database import Connection
from core.workflow import Permission, require

logger = logging.getLogger(__name__)

_LEAST = 0.4
_NEAR = 0.15
_MOST = 3


@dataclass(frozen=True, slots=True)
class Standing:
    """An exported message and the last comparison of it as it is now, if there was one."""

    variant: Variant
    last: SentCheck | None


@dataclass(frozen=True, slots=True)
class SentMail:
    """Holds received mails against what was approved and exported."""

    context: Context
    approvals: Approvals

    def standing(self, campaign_id: str) -> tuple[Standing, ...]:
        """Every exported message of a campaign, each with its last comparison."""
        with self.context.read() as connection:
            checks = sent_checks.of_campaign(connection, campaign_id)
            exported = _exported(connection, campaigns.get(connection, campaign_id))
        last: dict[tuple[str, int], SentCheck] = {}
        for check in checks:
            last.setdefault((check.variant_id, check.revision), check)
        return tuple(Standing(v, last.get((v.variant_id, v.revision))) for v in exported)

    def check(
        self,
        campaign_id: str,
        content: bytes,
        *,
        file_name: str,
        by: Person,
        variant_id: str | None = None,
        customer_id: str | None = None,
    ) -> Comparison:
        """A received mail beside the message it was made from; that it was compared is recorded.

        Args:
            campaign_id: whose send it is.
            content: the received mail, as it was saved (.eml); it is not kept.
            file_name: what the file is called, for sentences about it.
            by: who compares.
            variant_id: of the message; None to find the one that agrees best.
            customer_id: whose values the mail has to hold exactly; None to accept any value.

        Raises:
            FileInvalid: the file is no e-mail that can be read.
            BadInput: it is no mail of this campaign.
            NotFound: there is no such message or customer here.
            Refused: nothing was exported yet.
            SealBroken: the approval of the message no longer holds.
        """
        require(by, Permission.EXPORT)
        with self.context.read() as connection:
            campaign = campaigns.get(connection, campaign_id)
            exported = _exported(connection, campaign)
        if not exported:
            raise Refused(f"Nothing of campaign {campaign_id} was exported yet; export it first.")
        received = received_words(read_mail(content, name=file_name))
        values = self._values(campaign, customer_id)
        chosen = exported if variant_id is None else _named(exported, variant_id)
        found = self._likeliest(campaign, received, chosen, values)
        if variant_id is None and found.agreement < _LEAST:
            raise BadInput(
                f"{file_name}: none of the {len(exported)} exported messages of this campaign "
                f"stands in this mail; the nearest, {found.variant_id}, agrees in "
                f"{found.agreement:.0%} of its words. Choose the mail of the seed inbox."
            )
        variant = next(v for v in exported if v.variant_id == found.variant_id)
        self._refuse_broken(variant)
        self._record(variant, found, hashlib.sha256(content).hexdigest(), customer_id, by)
        return found

    def _likeliest(
        self,
        campaign: Campaign,
        received: ReceivedWords,
        chosen: tuple[Variant, ...],
        values: Mapping[str, str | None] | None,
    ) -> Comparison:
        """The comparison with the message that differs least among those that agree best."""
        mails = {v.variant_id: self._mails(campaign, v, values) for v in chosen}
        agreed = {name: max(agreement(received, m) for m in each) for name, each in mails.items()}
        best = max(agreed.values())
        near = sorted((n for n in agreed if agreed[n] > best - _NEAR), key=lambda n: -agreed[n])
        every = [compared(name, received, mails[name]) for name in near[:_MOST]]
        return min(every, key=lambda found: len(found.differences))

    def _mails(
        self, campaign: Campaign, variant: Variant, values: Mapping[str, str | None] | None
    ) -> tuple[ApprovedMail, ...]:
        message = variant.message if values is None else rendered_message(variant.message, values)
        brief = campaign.brief
        return approved_mails(
            message, self.context.settings.shell, link=brief.url, language=brief.language
        )

    def _values(
        self, campaign: Campaign, customer_id: str | None
    ) -> Mapping[str, str | None] | None:
        """What the merge fields are for the customer, None where nobody is named."""
        if customer_id is None or not customer_id.strip():
            return None
        with self.context.read() as connection:
            dataset = datasets.get(connection, campaign.dataset_id)
            hidden = suppressed(connection)
        table, name = self.context.table(dataset.dataset_id), customer_id.strip()
        found = merge_values.of_customer(table, name, merge_fields(dataset.columns), hidden)
        if found is None:
            raise NotFound("customer", name, "Leave the customer out to accept any value.")
        return found

    def _refuse_broken(self, variant: Variant) -> None:
        with self.context.read() as connection:
            part = self.approvals.broken_part(connection, variant)
        if part is not None:
            raise SealBroken(
                f"The approval of {variant.variant_id} no longer holds ({part}), so there is "
                "nothing to hold the mail against; approve and export the message again."
            )

    def _record(
        self, variant: Variant, found: Comparison, sha256: str, customer: str | None, by: Person
    ) -> None:
        with self.context.write(by) as write:
            check = SentCheck(
                campaign_id=variant.campaign_id,
                variant_id=variant.variant_id,
                revision=variant.revision,
                file_sha256=sha256,
                result=found.result,
                differences=len(found.differences),
                unseen=len(found.unseen),
                by=by.name,
                verified=by.verified,
                at=write.at,
                named=bool(customer and customer.strip()),
            )
            sent_checks.add(write.connection, check)
            write.record(
                "check sent mail",
                variant.variant_id,
                campaign=variant.campaign_id,
                revision=check.revision,
                file_sha256=sha256,
                result=check.result,
                differences=check.differences,
                unseen=check.unseen,
                customer_named=check.named,
            )
        logger.info(
            "compared a received mail: %s, %d differences",
            found.result,
            len(found.differences),
            extra={"variant_id": variant.variant_id},
        )


def _exported(connection: Connection, campaign: Campaign) -> tuple[Variant, ...]:
    if not experiments.exports_of(connection, campaign.campaign_id):
        return ()
    every = needed(campaign.brief, stored.of_campaign(connection, campaign.campaign_id))
    return tuple(v for v in every if v.state is VariantState.EXPORTED)


def _named(exported: tuple[Variant, ...], variant_id: str) -> tuple[Variant, ...]:
    found = tuple(v for v in exported if v.variant_id == variant_id)
    if not found:
        names = ", ".join(v.variant_id for v in exported[:3])
        more = " …" if len(exported) > 3 else ""
        raise NotFound("exported message", variant_id, f"There are: {names}{more}")
    return found
