"""Links as senders wrap them: seen through where the target is inside, said to be unseen if not."""

import random

import pytest

from core.content.tracking_links import LinkState, seen_through, targets, works_as_way_out
from tests.sender_mails import wrapped

CHANCE = random.Random(3)  # noqa: S311 - only for the tokens of links
SHOP = "https://www.shop.example/offers/a?size=m"
SAME, UNSEEN, DIFFERS = LinkState.SAME, LinkState.UNSEEN, LinkState.DIFFERS

SEEN_THROUGH = (
    "none", "mandrill", "sparkpost", "customerio", "ses", "url", "url_b64", "safelinks",
    "proofpoint",
)  # fmt: skip
OPAQUE = ("mailchimp", "sendgrid", "sendgrid_universal", "klaviyo")


@pytest.mark.parametrize("way", SEEN_THROUGH)
def test_a_wrapped_link_leads_where_the_address_inside_leads(way):
    rng = CHANCE
    assert seen_through(SHOP, wrapped(way, SHOP, rng)).state is SAME
    elsewhere = SHOP.replace("/a", "/b")
    found = seen_through(SHOP, wrapped(way, elsewhere, rng))
    assert (found.state, found.target, found.why) == (DIFFERS, elsewhere, "another path")


@pytest.mark.parametrize("way", OPAQUE)
def test_a_link_whose_target_is_not_inside_is_never_called_the_same(way):
    found = seen_through(SHOP, wrapped(way, SHOP, CHANCE))
    assert found.state is UNSEEN
    assert found.through


# Links as they stand in public repositories, 2026-11-23, and where they lead.
PUBLIC = [
    (
        (
            "https://clicks.kickstarter.com/f/a/tkHp7b-QTkKgs07EBNX69w~~/AAQRxQA~/RgRnG6LxP0SNaHR0cHM6Ly"
            "93d3cua2lja3N0YXJ0ZXIuY29tL3Byb2plY3RzL2x1bmFyMTYyMi90aGUtbmFzYS1hcHByb3ZlZC10ZWNoLXdhdGNoL"
            "XdpdGgtbW9vbi1kdXN0P2xpZD13cW13NHc5anpwdjUmcmVmPWtzcl9lbWFpbF9ta3RnX3B3bF8yMDIzLTEwLTI1VwNz"
            "cGNCCmU48R05Zac7H7RSGWIuc2FuZ3dpbkBraWNrc3RhcnRlci5jb21YBAAAAFQ~"
        ),
        (
            "https://www.kickstarter.com/projects/lunar1622/the-nasa-approved-tech-watch-with-moon-dust"
            "?lid=wqmw4w9jzpv5&ref=ksr_email_mktg_pwl_2023-10-25"
        ),
    ),
    (
        (
            "http://et.amena.com/f/a/JLxScZjLgQblcuWQRCp7pw~~/AAGzbgA~/RgRmIvamP0QVaHR0cHM6Ly93d3cuZXhwYX"
            "QuY29tVwNzcGNCCmQ-pnFAZP5vnclSGGF5bWVuem91YW91aTk3QGdtYWlsLmNvbVgEAAAAAA~~"
        ),
        "https://www.expat.com",
    ),
    (
        (
            "https://e.customeriomail.com/e/c/eyJlbWFpbF9pZCI6ImRnU1JpQWNCQU9xaWZlbWlmUUdKQUVBLTNIbVFGaVVz"
            "VXFRU2NfQT0iLCJocmVmIjoiaHR0cHM6Ly9jb250YXRlLm1lL2VtaWxpZS1iYW5rbyIsImludGVybmFsIjoiOTE4ODA3"
            "NDRhOTYxZWFhMjdkIiwibGlua19pZCI6MjR9/07115b1fd7a19811050d0899a5766c709ca365d348046d3446a"
        ),
        "https://contate.me/emilie-banko",
    ),
    (
        (
            "http://go.planapple.com/track/click/11003603/www.planapple.com?p=eyJzIjoiZGk1ZDNtM2tHaFBjaXJvR"
            "WZKU2w3LXhqRnBzIiwidiI6MSwicCI6IntcInVcIjoxMTAwMzYwMyxcInZcIjoxLFwidXJsXCI6XCJodHRwczpcXFwvXF"
            "xcL3d3dy5wbGFuYXBwbGUuY29tXFxcL3N1cHBvcnRcXFwvXCJ9In0"
        ),
        "https://www.planapple.com/support/",
    ),
]


@pytest.mark.parametrize(("link", "target"), PUBLIC)
def test_links_of_real_mails_are_seen_through(link, target):
    assert targets(link) == (target,)


CHANGED = [
    ("https://www.shop.example/offers/b?size=m", "another path"),
    ("https://shop.example/offers/a?size=m", "another host"),
    ("https://www.sh\u043e\u0440.example/offers/a?size=m", "another host"),  # two Cyrillic letters
    ("https://www.shop.example@evil.example/offers/a?size=m", "another host"),
    ("http://www.shop.example/offers/a?size=m", "http instead of https"),
    ("https://www.shop.example:8443/offers/a?size=m", "another port"),
    ("https://www.shop.example/offers/a?size=l", "another or no parameter 'size'"),
    ("https://www.shop.example/offers/a", "another or no parameter 'size'"),
    ("https://www.shop.example/offers/a?size=m&coupon=FREE", "the parameter 'coupon'"),
    ("https://www.shop.example/offers/a?size=m&size=l", "the parameter 'size'"),
    ("https://www.shop.example/offers/a?size=m#more", "another place"),
    ("https://www.shop.example/offers/A?size=m", "another path"),
    ("https://www.shop.example:port/offers/a?size=m", "no address"),
    ("javascript:alert(1)", "no address"),
    ("{{ link }}", "no address"),
    # A page with a long name is a page and no tracker.
    ("https://other.example/autumn-offers-for-the-whole-family-2026", "another host"),
]


@pytest.mark.parametrize(("link", "why"), CHANGED)
def test_a_changed_address_says_in_what_it_differs(link, why):
    found = seen_through(SHOP, link)
    assert found.state is DIFFERS
    assert why in found.why


UNCHANGED = [
    "https://www.shop.example/offers/a?size=m&utm_source=x&utm_campaign=y",
    "https://WWW.SHOP.EXAMPLE:443/offers/a?utm_medium=email&size=m",
    "https://www.shop.example/offers/%61?size=m&_kx=Px4L.SfDmgw&mc_cid=1&mc_eid=2",
    "https://www.shop.example./offers/a?size=m&lid=w&_cio_id=9",
]


@pytest.mark.parametrize("link", UNCHANGED)
def test_parameters_of_the_sender_are_listed_and_no_alarm(link):
    found = seen_through(SHOP, link)
    assert (found.state, found.why) == (SAME, "")
    assert "size" not in found.added


WAYS_OUT = [
    ("https://shop.us21.list-manage.com/unsubscribe?u=1&id=2", True),
    ("mailto:leave@shop.example?subject=no", True),
    ("mailto:leave@shop.example", True),
    ("#", False),
    ("", False),
    ("https://", False),
    ("http://unsubscribe", False),
    ("{{ unsubscribe_url }}", False),
    ("https://x.example/%7B%7B%20unsubscribe_url%20%7D%7D", False),
    ("*|UNSUB|*", False),
    ("javascript:void(0)", False),
]


@pytest.mark.parametrize(("link", "works"), WAYS_OUT)
def test_a_way_out_has_to_have_the_shape_of_a_link(link, works):
    assert works_as_way_out(link) is works


HOSTILE = [
    "https://a.example/?u=" + "https%3A%2F%2Fa.example%2F%3Fu%3D" * 50,
    "https://a.example/e/c/" + "e30" * 5000,
    "https://a.example/?p=eyJhIjp" + "bW1tb" * 400,
    "https://[::1/?url=https://b.example",
    "https://a.example/v3/__https:/b.example__;!!",
]


@pytest.mark.parametrize("link", HOSTILE)
def test_a_hostile_link_is_never_called_the_same_and_never_breaks(link):
    assert seen_through(SHOP, link).state is not SAME
