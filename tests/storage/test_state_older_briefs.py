"""What was stored before a field existed keeps meaning what it meant."""

from sqlalchemy import select, update

from core.models.campaign import Tone
from core.storage import campaigns, datasets, segmentations
from core.storage.database import Database
from core.storage.schema import CAMPAIGNS
from tests.storage import nouns


def test_a_brief_from_before_the_group_of_everyone_has_no_such_group(database: Database) -> None:
    campaign = nouns.campaign()
    with database.begin() as tx:
        datasets.add(tx, nouns.dataset())
        segmentations.add(tx, nouns.segmentation())
        campaigns.add(tx, campaign)
        assert campaigns.get(tx, "c1").brief.same_message is Tone.INFORMATIONAL
        payload = tx.execute(select(CAMPAIGNS.c.payload)).scalar_one()
        del payload["brief"]["same_message"]
        tx.execute(update(CAMPAIGNS).values(payload=payload))
        assert campaigns.get(tx, "c1").brief.same_message is None
        assert campaigns.everything(tx)[0].brief.tones == campaign.brief.tones
