"""`power`: how many customers a test needs, or what it can show with those there are."""

import argparse

from core.cli.console import Console
from core.errors import BadInput
from core.orchestrator.service.analysis import (
    PowerPlan,
    detectable,
    sample_size,
    sample_size_for_margin,
)
from core.statistics.power import Design, equal
from core.statistics.sequential import inflation


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser("power", help="sample size and detectable effect of a test")
    add = parser.add_argument
    add("--baseline", type=float, required=True, help="the control mean or share, such as 0.106")
    add("--sd", type=float, help="standard deviation of a customer, for means")
    add("--lift", type=float, help="relative lift to be shown; 0.1 is +10 %%")
    add("--n", type=float, help="customers an arm, on average over the arms, instead of --lift")
    add(
        "--margin",
        type=float,
        metavar="ABS",
        help="largest harm accepted of a guardrail, such as 0.0005, instead of --lift; "
        "alpha is then one-sided",
    )
    add("--arms", type=int, help="arms, control included (default: 2)")
    add("--allocation", metavar="W,W,...", help="planned shares, control first (default: equal)")
    add("--power", type=float, default=0.8, help="chance to show the lift (default: 0.8)")
    add("--alpha", type=float, default=0.05, help="two-sided, shared by the arms (default: 0.05)")
    add(
        "--correlation",
        type=float,
        default=0.0,
        metavar="R",
        help="of a mean with a covariate known before, by which it is adjusted (CUPED)",
    )
    add(
        "--looks",
        type=int,
        default=1,
        metavar="N",
        help="read at N equally spaced looks by group-sequential bounds; sizes are the largest",
    )
    add(
        "--growing-spread",
        action="store_true",
        help="a lift multiplies amounts, and so the deviation of a mean (default: it stays the "
        "same, as in textbooks)",
    )
    add("--json", action="store_true", help="one JSON document and nothing else")
    parser.set_defaults(handler=_power)


def _power(args: argparse.Namespace, console: Console) -> int:
    design = Design(
        args.baseline,
        args.sd,
        _allocation(args),
        args.power,
        args.alpha,
        proportional_spread=args.growing_spread,
        correlation=args.correlation,
        looks=args.looks,
    )
    if sum(asked is not None for asked in (args.lift, args.n, args.margin)) != 1:
        raise BadInput(
            "Give one of --lift (how many customers?), --n (what can they show?) and --margin "
            "(how many rule out harm?)."
        )
    if args.margin is not None:
        if design.looks > 1:
            raise BadInput("A margin is planned for one reading; leave --looks out.")
        plan = sample_size_for_margin(design, args.margin)
        found = {**_sizes(plan), "margin": args.margin, "one_sided": True}
        console.result(found, _margin_text(plan))
        return 0
    if args.lift is not None:
        plan, found = sample_size(design, args.lift), {}
    else:
        plan = detectable(design, args.n)
        found = {"detectable_lift": plan.lift, "detectable_difference": plan.difference}
    text = " ".join([_text(plan), *_assumptions(design, plan)])
    console.result({**found, **_sizes(plan), **_rules(design)}, text)
    return 0


def _allocation(args: argparse.Namespace) -> tuple[float, ...]:
    if args.allocation is None:
        return equal(2 if args.arms is None else args.arms)
    try:
        shares = tuple(float(part) for part in args.allocation.split(","))
    except ValueError as error:
        raise BadInput(
            f"Allocation '{args.allocation}' cannot be read; write shares such as 0.5,0.25,0.25."
        ) from error
    if args.arms is not None and args.arms != len(shares):
        raise BadInput(f"The allocation has {len(shares)} shares, but --arms says {args.arms}.")
    return shares


def _sizes(plan: PowerPlan) -> dict[str, object]:
    """`n_per_arm` is one number where all arms are equal, else one an arm, control first."""
    same = len(set(plan.n_by_arm)) == 1
    return {
        "n_per_arm": plan.n_by_arm[0] if same else list(plan.n_by_arm),
        "n_total": plan.n_total,
        "n_by_arm": list(plan.n_by_arm),
        "lift": plan.lift,
        "difference": plan.difference,
        "power": plan.power,
        "alpha": plan.alpha,
        "alpha_per_arm": plan.alpha_per_arm,
    }


def _rules(design: Design) -> dict[str, object]:
    """What was assumed beyond textbook rules; `inflation` is what the looks cost."""
    return {
        "looks": design.looks,
        "inflation": inflation(design.looks, design.comparison_alpha, design.power),
        "correlation": design.correlation,
        "proportional_spread": design.deviation is not None and design.proportional_spread,
    }


def _assumptions(design: Design, plan: PowerPlan) -> list[str]:
    sentences = []
    if design.deviation is not None:
        grows = "grows with the lift" if design.proportional_spread else "stays the same"
        other = "" if design.proportional_spread else " (--growing-spread: a lift multiplies it)"
        sentences.append(f"The deviation {grows}{other}.")
    if design.correlation:
        saved = design.correlation**2
        sentences.append(f"The covariate explains {saved:.0%} of the variance.")
    if design.looks > 1:
        cost = inflation(design.looks, design.comparison_alpha, design.power) - 1
        sentences.append(
            f"Read at {design.looks} equally spaced looks this takes at most {cost:.1%} more than "
            f"one look; read it with --sequential --planned-n {plan.n_total}."
        )
    return sentences


def _margin_text(plan: PowerPlan) -> str:
    sizes = ", ".join(f"{n:,}" for n in plan.n_by_arm)
    return (
        f"{plan.n_total:,} customers ({sizes}; control first) rule out harm beyond "
        f"{plan.difference:.4g} with a chance of {plan.power:.0%} where there is none, "
        f"one-sided at alpha {plan.alpha:g}."
    )


def _text(plan: PowerPlan) -> str:
    sizes = ", ".join(f"{n:,}" for n in plan.n_by_arm)
    return (
        f"{plan.n_total:,} customers ({sizes}; control first) show a lift of {plan.lift:+.4g} "
        f"relative ({plan.difference:.4g} absolute) with a chance of {plan.power:.1%} at alpha "
        f"{plan.alpha:g}, {plan.alpha_per_arm:.4g} a comparison."
    )
