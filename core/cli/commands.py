"""All commands, in the order in which help shows them."""

from core.cli import (
    analyze,
    approvals,
    campaigns,
    customers,
    library,
    messages,
    people,
    pipeline,
    power,
    results,
    screening,
    send,
    serving,
)

COMMANDS = tuple(
    module.register
    for module in (
        pipeline,
        serving,
        people,
        customers,
        library,
        campaigns,
        messages,
        screening,
        approvals,
        send,
        results,
        analyze,
        power,
    )
)
