"""What customers did, worked out from raw events in plain Python, as a second opinion."""

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal


def recomputed(events, customers, *, exported, days, refund_days):
    """customer: (orders, revenue, clicks, bot clicks), from dicts with the texts of a file.

    Times are read by the standard library; an event is what its id first said.
    """
    once: dict[str, dict[str, str]] = {}
    for event in events:
        once.setdefault(event["event_id"], event)
    events = [e | {"at": datetime.fromisoformat(e["time"])} for e in once.values()]
    sends = defaultdict(list)
    for event in events:
        if event["event"] == "sent":
            sends[event["customer_id"]].append(event["at"])
    first = min((min(times) for times in sends.values()), default=exported)
    orders = {e["order_id"]: e for e in events if e["event"] == "ordered"}
    back: dict[str, Decimal] = defaultdict(Decimal)
    for refund in (e for e in events if e["event"] == "refunded"):
        order = orders.get(refund["order_id"])
        if order and refund["at"] - order["at"] < timedelta(days=refund_days):
            back[refund["order_id"]] += Decimal(refund["amount"] or order["amount"])
    found = {}
    for customer in customers:
        start = min(sends[customer]) if sends.get(customer) else first
        inside = [
            e
            for e in events
            if e["customer_id"] == customer and start <= e["at"] < start + timedelta(days=days)
        ]
        number, revenue = 0, Decimal()
        for order in (e for e in inside if e["event"] == "ordered"):
            paid, refunded = Decimal(order["amount"]), back[order["order_id"]]
            revenue += max(paid - refunded, Decimal())
            number += not (order["order_id"] in back and refunded >= paid and refunded)
        clicks = [e for e in inside if e["event"] == "clicked"]
        bots = sum(e["bot"] == "1" for e in clicks)
        found[customer] = (number, float(revenue), len(clicks) - bots, bots)
    return found
