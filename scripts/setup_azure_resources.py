"""Make everything the product needs in Azure, for use without keys; safe to repeat.

Usage: python scripts/setup_azure_resources.py [--dry-run | --destroy] [--with PART]

`--dry-run` asks nobody: it prints the plan and what a month costs at least. A second run compares
and changes nothing. `.env` is given the addresses; `python -m core doctor` then tries them.
"""

import argparse
import secrets
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from azure.core.credentials import TokenCredential

from core.errors import BadInput, OrchestratorError, Refused
from core.integrations.azure_credential import azure_credential
from core.orchestrator import config
from core.orchestrator.env_file import variables
from scripts.azure_setup import applying, dotenv, management, wishes
from scripts.azure_setup.nouns import Part, Plan
from scripts.azure_setup.plan import Facts, planned
from scripts.azure_setup.wishes import Wishes

_SUBSCRIPTION = "AZURE_SUBSCRIPTION_ID"
_NOBODY = "00000000-0000-0000-0000-000000000000"
_URL = "CPO_DATABASE_URL"


def main(
    arguments: Sequence[str],
    *,
    credential: TokenCredential | None = None,
    typed: Callable[[], str] = lambda: input("Type its name to go on: "),
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Set up, or show, or take away; the exit code."""
    asked = _parser().parse_args(arguments)
    try:
        wished = _wished(asked)
        if asked.dry_run:
            _show(_plan(wished, asked, Facts(asked.subscription or _NOBODY, _NOBODY, "…")), wished)
            return 0
        who = credential or _identity()
        claims = management.claims(who, asked.management_url)
        subscription = _subscription(asked)
        facts = Facts(subscription, claims.get("tid", _NOBODY), secrets.token_urlsafe(24) + "aA1-")
        plan = _plan(wished, asked, facts)
        azure = management.connected(who, subscription, asked.management_url, sleep=sleep)
        if asked.destroy:
            applying.destroyed(azure, plan, lambda: _typed(typed), _say)
            return 0
        _set_up(azure, plan, _principal(asked, claims), asked.env_file)
    except OrchestratorError as error:
        sys.stderr.write(f"setup_azure_resources: {error}\n")
        return error.exit_code
    return 0


def _set_up(
    azure: management.Management, plan: Plan, principal: applying.Principal, file: Path
) -> None:
    done = applying.applied(azure, plan, principal, _say)
    values = {**plan.environment, **applying.told_by_azure(azure, plan)}
    if _URL in values and not any("PostgreSQL server" in each for each in done.created):
        # The password was told to the server when it was made, and to nobody since.
        del values[_URL]
        if not variables(file).get(_URL):
            _say(f"note: set {_URL} yourself; the server was there before, with its own password")
    written = dotenv.written(file, values)
    _say(
        f"{len(done.created)} created, {len(done.changed)} changed, {done.unchanged} unchanged; "
        f"{file}: {', '.join(written) + ' set' if written else 'unchanged'}"
    )
    for name in ("AZURE_OPENAI_API_KEY", "AZURE_SEARCH_API_KEY", "AZURE_CONTENT_SAFETY_API_KEY"):
        if variables(file).get(name):
            _say(f"note: {file} has {name}; these resources take no keys, so remove that line")
    _say("A role may take five minutes to hold. Then: python -m core doctor")


def _show(plan: Plan, wished: Wishes) -> None:
    prices = wished.prices
    _say(f"Plan for the resource group {plan.group} in {plan.location}. Nothing was asked or made.")
    if plan.subscription == _NOBODY:
        _say("  (no subscription was named: names will end in six other characters)")
    for each in plan.resources:
        floor = f"{each.monthly_usd:9.2f} USD a month" if each.monthly_usd else ""
        _say(f"  {each.label + ': ' + each.name:<75}{floor}")
    for grant in plan.grants:
        _say(f"  role {grant.role} on {grant.on.name}")
    told = [name for each in plan.resources for name in each.tells]
    _say(f"  .env: {', '.join([*plan.environment, *told])}")
    _say(
        f"Floor: {plan.monthly_usd:.2f} USD a month when nobody uses it, at list prices noted on "
        f"{prices.noted_on} ({prices.source}); yours may differ. Tokens, checks of texts and "
        "stored traces are paid by use."
    )


def _plan(wished: Wishes, asked: argparse.Namespace, facts: Facts) -> Plan:
    return planned(wished, facts, frozenset(Part(each) for each in asked.parts))


def _wished(asked: argparse.Namespace) -> Wishes:
    wished = wishes.read(asked.config)
    return replace(
        wished,
        resource_group=asked.group or wished.resource_group,
        location=asked.location or wished.location,
    )


def _subscription(asked: argparse.Namespace) -> str:
    named = asked.subscription or config.load().environment.get(_SUBSCRIPTION, "")
    if not named:
        raise BadInput(
            f"No subscription is named; use --subscription ID or set {_SUBSCRIPTION} "
            "(`az account show` prints it)."
        )
    return str(named)


def _principal(asked: argparse.Namespace, claims: Mapping[str, str]) -> applying.Principal:
    if asked.principal:
        return applying.Principal(asked.principal, asked.principal_type)
    if "oid" not in claims:
        raise BadInput(
            "Your token does not say who you are; name who runs the product: --principal."
        )
    machine = claims.get("idtyp") == "app"
    return applying.Principal(claims["oid"], "ServicePrincipal" if machine else "User")


def _identity() -> TokenCredential:
    found = azure_credential("")
    if not hasattr(found, "get_token"):
        raise BadInput("An identity is needed; run `az login`.")
    return found


def _typed(ask: Callable[[], str]) -> str:
    try:
        return ask()
    except EOFError as error:
        raise Refused("Nobody typed the name; nothing was deleted.") from error


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--dry-run", action="store_true", help="print the plan and its floor cost")
    what.add_argument("--destroy", action="store_true", help="delete everything, after asking")
    parser.add_argument("--config", type=Path, default=wishes.FILE, help="what is wanted")
    parser.add_argument("--with", dest="parts", action="append", default=[], choices=list(Part))
    parser.add_argument("--subscription", metavar="ID")
    parser.add_argument("--group", metavar="NAME", help="the resource group")
    parser.add_argument("--location", metavar="REGION")
    parser.add_argument("--principal", metavar="ID", help="who runs the product; else you")
    parser.add_argument(
        "--principal-type",
        default="ServicePrincipal",
        choices=["ServicePrincipal", "User", "Group"],
    )
    parser.add_argument("--env-file", type=Path, default=ROOT / ".env")
    parser.add_argument("--management-url", default=management.PUBLIC, metavar="URL")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
