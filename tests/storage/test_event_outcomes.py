"""Events become one row a customer: refunds, windows and repetitions against a second opinion."""

import random
from datetime import timedelta

import pytest

from core.errors import FileInvalid
from tests.storage.event_files import EXPORTED, EventShop, event
from tests.storage.event_oracle import recomputed

SENT = event(0, "C1", "sent", "2026-03-02T10:00:00Z")
ORDER = event(1, "C1", "ordered", "2026-03-05T10:00:00Z", "80.00", "o1")


@pytest.fixture
def shop(tmp_path):
    return EventShop(tmp_path)


def refund(number, time, amount, order="o1"):
    return event(number, "C1", "refunded", time, amount, order)


@pytest.mark.parametrize(
    ("files", "orders", "revenue"),
    [
        ([[SENT, ORDER]], 1, 80.0),
        # In part, in two parts, and all of it; without an amount all of it.
        ([[SENT, ORDER, refund(2, "2026-03-06T10:00:00Z", "30.00")]], 1, 50.0),
        (
            [
                [
                    SENT,
                    ORDER,
                    refund(2, "2026-03-06T10:00:00Z", "30.00"),
                    refund(3, "2026-03-07T10:00:00Z", "20.5"),
                ]
            ],
            1,
            29.5,
        ),
        ([[SENT, ORDER, refund(2, "2026-03-06T10:00:00Z", "80.00")]], 0, 0.0),
        ([[SENT, ORDER, refund(2, "2026-03-06T10:00:00Z", "")]], 0, 0.0),
        # It comes in a file of its own, later or before its order.
        ([[SENT, ORDER], [refund(2, "2026-03-06T10:00:00Z", "30.00")]], 1, 50.0),
        ([[refund(2, "2026-03-06T10:00:00Z", "30.00")], [SENT, ORDER]], 1, 50.0),
        # Twice in one file and in two: one event.
        (
            [
                [
                    SENT,
                    ORDER,
                    refund(2, "2026-03-06T10:00:00Z", "30.00"),
                    refund(2, "2026-03-06T10:00:00Z", "30.00"),
                ]
            ],
            1,
            50.0,
        ),
        (
            [
                [SENT, ORDER, refund(2, "2026-03-06T10:00:00Z", "30.00")],
                [refund(2, "2026-03-06T10:00:00Z", "30.00")],
            ],
            1,
            50.0,
        ),
        # Of an unknown order, and of more than was paid.
        ([[SENT, ORDER, refund(2, "2026-03-06T10:00:00Z", "30.00", "o9")]], 1, 80.0),
        ([[SENT, ORDER, refund(2, "2026-03-06T10:00:00Z", "99.00")]], 0, 0.0),
        # After the window, within the days of refunds; and one second before and at their end.
        ([[SENT, ORDER, refund(2, "2026-03-25T10:00:00Z", "30.00")]], 1, 50.0),
        ([[SENT, ORDER, refund(2, "2026-04-04T09:59:59Z", "30.00")]], 1, 50.0),
        ([[SENT, ORDER, refund(2, "2026-04-04T10:00:00Z", "30.00")]], 1, 80.0),
        # The order is outside the window, so that neither counts.
        (
            [
                [
                    SENT,
                    event(1, "C1", "ordered", "2026-03-16T10:00:00Z", "80.00", "o1"),
                    refund(2, "2026-03-17T10:00:00Z", "30.00"),
                ]
            ],
            0,
            0.0,
        ),
    ],
)
def test_a_refund_lowers_what_its_order_brought(shop, files, orders, revenue):
    for rows in files:
        shop.take(rows)
    row = shop.rows()["C1"]
    assert (row["orders"], row["revenue"], row["conversion"]) == (
        orders,
        revenue,
        float(orders > 0),
    )
    events = [line for rows in files for line in rows]
    again = recomputed(events, ["C1"], exported=EXPORTED, days=14, refund_days=30)["C1"]
    assert again[:2] == (orders, revenue)


def test_what_is_set_apart_is_counted(shop):
    rows = [
        SENT,
        ORDER,
        event(2, "C1", "ordered", "2026-03-01T10:00:00Z", "9", "o2"),
        event(3, "C1", "ordered", "2026-03-30T10:00:00Z", "9", "o3"),
        event(4, "C1", "clicked", "2026-03-03T10:00:00Z", bot="1"),
        event(5, "C1", "clicked", "2026-03-03T10:00:00Z", bot="0"),
        event(6, "C1", "opened", "2026-03-03T10:00:00Z"),
        refund(7, "2026-03-06T10:00:00Z", "5", "o9"),
        refund(8, "2026-06-06T10:00:00Z", "5"),
        refund(9, "2026-03-31T10:00:00Z", "50", "o3"),
    ]
    _, taken = shop.take(rows)
    assert (taken.before, taken.late, taken.bots) == (1, 1, 1)
    assert (taken.refunds_unknown, taken.refunds_late, taken.refunds_over) == (1, 1, 1)
    assert taken.kinds == {"sent": 1, "ordered": 3, "clicked": 2, "opened": 1, "refunded": 3}
    row = shop.rows()["C1"]
    assert (row["clicks"], row["bot_clicks"], row["opens"]) == (1, 1, 1)
    assert (row["orders"], row["revenue"]) == (1, 80.0)


def test_who_was_not_sent_to_begins_with_the_first_send_and_all_orders_count_alike(shop):
    rows = [
        SENT,
        event(1, "C2", "sent", "2026-03-04T10:00:00Z"),
        # C9 is not contacted: from the first send of the campaign, 14 days of 24 hours.
        event(2, "C9", "ordered", "2026-03-02T10:00:00Z", "1", "o1"),
        event(3, "C9", "ordered", "2026-03-16T09:59:59Z", "2", "o2"),
        event(4, "C9", "ordered", "2026-03-16T10:00:00Z", "4", "o3"),
        event(5, "C2", "ordered", "2026-03-18T09:59:59Z", "8", "o4"),
        event(6, "C2", "ordered", "2026-03-03T10:00:00Z", "16", "o5"),
    ]
    shop.take(rows)
    found = {c: r["revenue"] for c, r in shop.rows().items() if r["revenue"]}
    assert found == {"C9": 3.0, "C2": 8.0}


def test_without_a_send_the_days_begin_with_the_export_and_delivery_is_not_known(shop):
    shop.take([ORDER, event(2, "C2", "ordered", "2026-02-28T23:59:59Z", "5", "o2")])
    rows = shop.rows()
    assert (rows["C1"]["revenue"], rows["C2"]["revenue"]) == (80.0, 0.0)
    assert not {"sent", "delivered", "sent_on"} & set(rows["C1"])


def test_a_customer_without_events_is_0_and_known_not_to_be_sent_to(shop):
    shop.take([SENT, ORDER])
    row = shop.rows()["C7"]
    assert (row["orders"], row["revenue"], row["sent"], row["matched"]) == (0, 0, False, False)


@pytest.mark.parametrize(
    ("kinds", "delivered"),
    [
        (["sent", "delivered"], True),
        (["sent"], False),
        (["sent", "hard_bounced"], False),
        (["sent", "soft_bounced", "delivered"], True),
        # Taken first and sent back afterwards.
        (["sent", "delivered", "hard_bounced"], False),
    ],
)
def test_delivered_is_what_was_taken_and_not_sent_back_for_good(shop, kinds, delivered):
    rows = [event(n, "C1", kind, "2026-03-02T10:00:00Z") for n, kind in enumerate(kinds)]
    shop.take([*rows, event(99, "C2", "delivered", "2026-03-02T10:00:00Z")])
    assert shop.rows()["C1"]["delivered"] is delivered


def test_a_sender_that_tells_bounces_only_delivered_the_rest(shop):
    rows = [SENT, event(1, "C2", "sent", SENT["time"]), event(2, "C2", "bounced", SENT["time"])]
    shop.take(rows)
    assert (shop.rows()["C1"]["delivered"], shop.rows()["C2"]["delivered"]) == (True, False)


def test_the_margin_of_an_order_shrinks_as_it_is_given_back(shop):
    columns = {
        n: n for n in ("event_id", "customer_id", "event", "time", "amount", "currency", "order_id")
    }
    lines = [
        ORDER | {"cost": "50.00"},
        event(2, "C1", "ordered", "2026-03-06T10:00:00Z", "10.00", "o2") | {"cost": "12.00"},
        refund(3, "2026-03-07T10:00:00Z", "20.00") | {"cost": ""},
    ]  # fmt: skip
    shop.take(lines, columns=columns | {"cost": "cost"})
    # 30 earned, a quarter given back; 2 lost on the other.
    assert shop.rows()["C1"]["net_margin"] == 30.0 * 0.75 - 2.0


def many(seed=7, number=600):
    """Events of every kind at random moments, some ids of orders refunded, late, early or never."""
    rng = random.Random(seed)  # noqa: S311 - for a test
    rows = []
    for n in range(number):
        kind = rng.choice(["sent", "delivered", "opened", "clicked", "ordered", "refunded"])
        moment = (EXPORTED + timedelta(seconds=rng.randrange(-3 * 86400, 60 * 86400))).isoformat()
        customer = f"C{rng.randrange(1, 11)}"
        if kind == "sent" and rng.random() < 0.9:
            kind = "opened"
        order = f"o{n}" if kind == "ordered" else ""
        amount = f"{rng.randrange(100, 9000) / 100:.2f}" if kind in {"ordered", "refunded"} else ""
        if kind == "refunded":
            order = f"o{rng.randrange(number)}"
        bot = str(rng.randrange(2)) if kind == "clicked" else ""
        rows.append(event(n, customer, kind, moment, amount, order, bot=bot))
    return rows


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_a_mix_of_everything_is_as_plain_python_has_it(shop, seed):
    rows = many(seed)
    shop.take(rows)
    again = recomputed(rows, shop.customers, exported=EXPORTED, days=14, refund_days=30)
    assert shop.summed() == again


def test_one_file_three_times_in_any_order_with_a_second_gives_the_same_bytes(tmp_path):
    rows = many()
    first, second = rows[:400], rows[300:]
    shuffled = sorted(first, key=lambda row: row["event_id"][::-1])
    states, shops = set(), []
    for place in range(4):
        order = [first, shuffled, first[::-1]]
        order.insert(place, second)
        folder = tmp_path / str(place)
        folder.mkdir()
        shop = EventShop(folder)
        brought = [shop.take(file)[0] for file in order]
        assert sum(merged.new for merged in brought) == len(rows)
        assert sum(merged.known for merged in brought) == 3 * 400 + 300 - len(rows)
        states.add(shop.state())
        shops.append(shop)
    assert len(states) == 1
    again = recomputed(rows, shops[-1].customers, exported=EXPORTED, days=14, refund_days=30)
    assert shops[-1].summed() == again


def test_the_same_events_without_ids_are_known_by_their_content(shop):
    columns = {
        n: n for n in ("customer_id", "event", "time", "amount", "currency", "order_id", "bot")
    }
    rows = [{k: v for k, v in row.items() if k != "event_id"} for row in many(5, 80)]
    said = {"columns": columns, "id_from_content": True}
    shop.take(rows, **said)
    before = shop.state()
    merged, _ = shop.take(rows[::-1], **said)
    assert (merged.new, shop.state()) == (0, before)


LINE = "events.csv line 3: "


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            ORDER | {"amount": "81.00"},
            "the event 'e1' is already on line 2 with the amount 80.0000, here it is 81.0000",
        ),
        (
            ORDER | {"event_id": "e5"},
            "the order 'o1' comes with two event ids and would count twice",
        ),
        (
            event(2, "C1", "ordered", "2026-03-05T10:00:00Z", "5", "o2", currency="USD"),
            "the currency is USD, but EUR on line 2",
        ),
        (
            event(2, "C1", "ordered", "2026-03-05T10:00:00Z", "5", "o2", currency=""),
            "'' is no currency code",
        ),
        (
            event(2, "C1", "ordered", "2026-03-05T10:00:00Z", "", "o2"),
            "'' in amount is not an amount",
        ),
        (
            event(2, "C1", "ordered", "2026-03-05T10:00:00Z", "-5", "o2"),
            "'-5' in amount is not an amount of 0 or more",
        ),
        (
            event(2, "C1", "ordered", "2026-03-05T10:00:00Z", "5,20", "o2"),
            "'5,20' in amount is not an amount",
        ),
        (refund(2, "2026-03-05T10:00:00Z", "5", ""), "a refund has to name its order"),
        (
            event(2, "C1", "Placed Order", "2026-03-05T10:00:00Z"),
            "'Placed Order' in event is no event that is known",
        ),
        (event(2, "C1", "", "2026-03-05T10:00:00Z"), "'' in event is no event that is known"),
        (event(2, "", "sent", "2026-03-05T10:00:00Z"), "there is no customer id"),
        (
            event(2, "C1", "clicked", "2026-03-05T10:00:00Z", bot="perhaps"),
            "'perhaps' in bot is not 0 or 1",
        ),
        (ORDER | {"event_id": ""}, "there is no event id"),
        (
            event(2, "X9", "sent", "2026-03-05T10:00:00Z"),
            "the customer 'X9' was not part of 'Spring'; 1 of 3 rows",
        ),
    ],
)
def test_a_row_that_cannot_be_used_is_named_and_nothing_is_kept(shop, row, said):
    with pytest.raises(FileInvalid) as refused:
        shop.take([ORDER, row, SENT])
    assert str(refused.value).startswith(LINE + said)
    assert str(refused.value).endswith("Nothing was stored.")
    assert not shop.kept.exists()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            ORDER | {"customer_id": "C2"},
            "the event 'e1' is already kept with the customer_id C1, here it is C2",
        ),
        (
            ORDER | {"time": "2026-03-05T10:00:01Z"},
            "the event 'e1' is already kept with the happened_at",
        ),
        (ORDER | {"event_id": "e5"}, "the order 'o1' is already kept as the event 'e1'"),
        (
            event(2, "C1", "ordered", "2026-03-05T10:00:00Z", "5", "o2", currency="USD"),
            "the currency is USD, but the campaign's amounts are in EUR",
        ),
    ],
)
def test_what_contradicts_the_kept_events_is_refused_and_changes_nothing(shop, row, said):
    shop.take([SENT, ORDER])
    before = shop.state()
    with pytest.raises(FileInvalid) as refused:
        shop.take([SENT, row])
    assert str(refused.value).startswith(LINE + said)
    assert shop.state() == before


def test_others_are_left_out_when_that_is_said(shop):
    stranger = event(2, "X9", "ordered", "2026-03-05T10:00:00Z", "500", "o2")
    merged, taken = shop.take([SENT, ORDER, stranger], leave_out_others=True)
    assert (merged.new, taken.kinds) == (2, {"sent": 1, "ordered": 1})


def test_their_words_stand_for_ours_and_what_is_of_no_interest_is_passed_over(shop):
    rows = [
        SENT | {"event": "Email Sent"},
        ORDER | {"event": "placed order"},
        event(3, "C1", "Viewed Product", "whenever"),
    ]
    values = {"email sent": "sent", "Placed Order": "ordered", "Viewed Product": "ignore"}
    merged, taken = shop.take(rows, values=values)
    assert (merged.new, taken.kinds) == (2, {"sent": 1, "ordered": 1})
