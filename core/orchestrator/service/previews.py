"""A message as one reader gets it: values filled in, in the brand's e-mail and as plain text."""

from dataclasses import dataclass

from core.content.merge_fields import rendered_message
from core.models.campaign import Brief
from core.models.merge_fields import MergeField
from core.models.messages import Message, Variant
from core.orchestrator.service.context import Context
from core.orchestrator.service.merging import SampleReader, fields_of, sample_readers
from core.storage import campaigns


@dataclass(frozen=True, slots=True)
class Preview:
    """One message for one reader: what stands in the inbox, the HTML, and the plain text."""

    message: Message
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class Previews:
    """Shows messages before they go out; nothing here is stored or sent."""

    context: Context

    def fields(self, variant: Variant) -> tuple[MergeField, ...]:
        """The merge fields the readers of a message have, counted."""
        with self.context.read() as connection:
            campaign = campaigns.get(connection, variant.campaign_id)
        return fields_of(self.context, campaign, variant.segment_id)

    def readers(self, variant: Variant) -> tuple[SampleReader, ...]:
        """A few customers who would get a message, and readers as they break messages."""
        with self.context.read() as connection:
            campaign = campaigns.get(connection, variant.campaign_id)
        return sample_readers(self.context, campaign, variant.segment_id)

    def of(self, variant: Variant, reader: SampleReader) -> Preview:
        """The message as this reader gets it."""
        with self.context.read() as connection:
            brief: Brief = campaigns.get(connection, variant.campaign_id).brief
        message = rendered_message(variant.message, reader.values)
        return framed(self.context, brief, message)


def framed(context: Context, brief: Brief, message: Message) -> Preview:
    """A message whose fields are filled in, in the brand's e-mail."""
    shell = context.settings.shell
    return Preview(
        message,
        shell.shown(message, link=brief.url, language=brief.language),
        shell.shown_text(message, link=brief.url),
    )
