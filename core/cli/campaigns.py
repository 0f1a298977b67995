"""`campaign create|list|show|check|stop|archive`."""

import argparse
from dataclasses import asdict
from pathlib import Path

from core.cli import planning
from core.cli.console import Console, table
from core.cli.session import acting, application
from core.models.campaign import Campaign
from core.orchestrator.service.briefs import read_brief


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command and its actions."""
    campaign = commands.add_parser("campaign", help="briefs and how far they have come")
    actions = campaign.add_subparsers(
        dest="action", required=True, metavar="create|list|show|check|stop|archive"
    )
    create = actions.add_parser("create", help="a brief (YAML) becomes a campaign")
    create.add_argument("file", type=Path, metavar="FILE")
    create.add_argument("--segmentation", help="id of a segmentation (default: the newest)")
    create.set_defaults(handler=_create)
    actions.add_parser("list", help="all campaigns and their states").set_defaults(handler=_list)
    for name, words, handler in (
        ("show", "one campaign", _show),
        ("check", "can its test answer its question?", planning.check),
        ("stop", "end it before it is sent", _stop),
        ("archive", "put it away, for the record", _archive),
    ):
        action = actions.add_parser(name, help=words)
        action.add_argument("campaign", metavar="ID")
        action.set_defaults(handler=handler)


def _create(args: argparse.Namespace, console: Console) -> int:
    brief = read_brief(args.file)
    with application(args) as app:
        campaign = app.campaigns.create(
            brief, by=acting(app, args), segmentation_id=args.segmentation
        )
    _tell(console, campaign)
    return 0


def _list(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        every = app.campaigns.everything()
    document = {
        "campaigns": [
            {"campaign_id": c.campaign_id, "name": c.name, "state": c.state} for c in every
        ]
    }
    rows = [(c.campaign_id, c.name, c.state) for c in every]
    console.result(document, table(("campaign", "name", "state"), rows))
    return 0


def _show(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        campaign = app.campaigns.get(args.campaign)
    _tell(console, campaign)
    return 0


def _stop(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        campaign = app.campaigns.stop(args.campaign, by=acting(app, args))
    _tell(console, campaign)
    return 0


def _archive(args: argparse.Namespace, console: Console) -> int:
    with application(args) as app:
        campaign = app.campaigns.archive(args.campaign, by=acting(app, args))
    _tell(console, campaign)
    return 0


def _tell(console: Console, campaign: Campaign) -> None:
    document = {
        "campaign_id": campaign.campaign_id,
        "name": campaign.name,
        "state": campaign.state,
        "simulated": campaign.simulated,
        "dataset_id": campaign.dataset_id,
        "segmentation_id": campaign.segmentation_id,
        "control": campaign.control,
        "arms": [asdict(arm) for arm in campaign.imported_arms],
        "brief": asdict(campaign.brief),
        "created_at": campaign.created_at.isoformat(),
        "created_by": campaign.created_by,
        "revision": campaign.revision,
    }
    rows = [(key, str(document[key])) for key in ("campaign_id", "name", "state", "dataset_id")]
    rows += [(arm.name, arm.description) for arm in campaign.imported_arms]
    console.result(document, table(("campaign", ""), [*rows, ("goal", campaign.brief.goal)]))
