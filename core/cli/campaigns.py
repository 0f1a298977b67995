"""`campaign create|list|show|check|narrow|stop|archive`."""

import argparse
import json
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
        dest="action", required=True, metavar="create|list|show|check|narrow|stop|archive"
    )
    create = actions.add_parser("create", help="a brief (YAML) becomes a campaign")
    create.add_argument("file", type=Path, metavar="FILE")
    create.add_argument("--segmentation", help="id of a segmentation (default: the newest)")
    create.set_defaults(handler=_create)
    narrow = actions.add_parser("narrow", help="keep only customers with a rule, in every group")
    narrow.add_argument("campaign", metavar="ID")
    wanted = narrow.add_mutually_exclusive_group(required=True)
    wanted.add_argument("--rule", metavar="R", help="such as \"tier = 'Gold'\"")
    wanted.add_argument("--everyone", action="store_true", help="take the narrowing away")
    narrow.add_argument("--preview", action="store_true", help="the sizes only, nothing changes")
    narrow.set_defaults(handler=_narrow)
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


def _narrow(args: argparse.Namespace, console: Console) -> int:
    rule = "" if args.everyone else args.rule
    with application(args) as app:
        if args.preview:
            found = app.audience_truth.narrowing(args.campaign, rule)
        else:
            found = app.audience_truth.narrow(
                args.campaign,
                rule,
                expected_revision=app.campaigns.get(args.campaign).revision,
                by=acting(app, args),
            )
    changed = "Nothing was changed." if args.preview else "What was approved needs approval again."
    document = {"campaign_id": args.campaign, "adopted": not args.preview} | asdict(found)
    console.result(document, f"{found.rule or 'everyone'}\n{found.words}\n{changed}")
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
        "brief": json.loads(json.dumps(asdict(campaign.brief), default=str)),
        "created_at": campaign.created_at.isoformat(),
        "created_by": campaign.created_by,
        "revision": campaign.revision,
    }
    rows = [(key, str(document[key])) for key in ("campaign_id", "name", "state", "dataset_id")]
    rows += [(arm.name, arm.description) for arm in campaign.imported_arms]
    console.result(document, table(("campaign", ""), [*rows, ("goal", campaign.brief.goal)]))
