import csv
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

Document = dict[str, Any]

DATA = Path(__file__).resolve().parents[2] / "data"
TRAPS = {"expired", "audience", "instruction"}
FIELDS = {
    "document_id", "title", "category", "content", "audience", "keywords",
    "approval_date", "expiry", "source_url", "metadata",
}  # fmt: skip
OFFER_FIELDS = {
    "name", "code", "discount", "scope", "minimum_spend", "starts", "ends", "terms",
}  # fmt: skip
FORBIDDEN = ("[", "**", "{{", "!", "Source:")
CALENDAR_YEAR = re.compile(r"\b(19|20)\d\d\b")
DATE_TOKEN = re.compile(r"\{(\w+)\}")
# Words that lean on a sentence the reader has not seen.
LEANING = re.compile(r"(It|They|This|These|That|Those|Also|But|And|So|Their|Its)\b")
OVERSTATED = re.compile(r"(?i)\b(best|perfect|ultimate|finest|greatest|unique|effortless\w*)\b")


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / "raw" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def paragraphs(document: Document) -> list[str]:
    return str(document["content"]).split("\n\n")


def sentences(document: Document) -> list[str]:
    return [
        sentence
        for paragraph in paragraphs(document)
        for sentence in re.split(r"(?<=[.!?])\s+", paragraph)
    ]


def columns_of(rule: str) -> set[str]:
    names = re.findall(r"[a-z_]+", re.sub(r"'[^']*'", "", rule))
    return set(names) - {"and", "or", "not", "in"}


def days(relative: str) -> int:
    assert re.fullmatch(r"[+-]\d+d", relative), relative
    return int(relative[:-1])


CUSTOMERS = rows("customers.csv")
ENGAGEMENT = rows("historical_engagement.csv")
FILES = {
    path: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((DATA / "content" / "approved_content").glob("*.json"))
}
DOCUMENTS = list(FILES.values())
SOUND = [document for document in DOCUMENTS if "trap" not in document["metadata"]]
PROMOTIONS = [document for document in DOCUMENTS if document["category"] == "promotion"]
each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d["document_id"])
each_sound_document = pytest.mark.parametrize("document", SOUND, ids=lambda d: d["document_id"])
each_promotion = pytest.mark.parametrize("document", PROMOTIONS, ids=lambda d: d["document_id"])


def test_both_tables_hold_the_same_customers_in_the_same_order():
    ids = [row["customer_id"] for row in CUSTOMERS]
    assert len(set(ids)) == len(ids) == 31_999
    assert [row["customer_id"] for row in ENGAGEMENT] == ids


@pytest.mark.parametrize(
    ("arm", "visit_rate"),
    [("Mens E-Mail", 0.1829), ("Womens E-Mail", 0.1522), ("No E-Mail", 0.1053)],
)
def test_the_visit_rate_of_an_arm_is_the_published_one(arm, visit_rate):
    visits = [int(row["visit"]) for row in ENGAGEMENT if row["arm"] == arm]
    assert round(sum(visits) / len(visits), 4) == visit_rate


def test_only_a_buyer_spends():
    assert all((row["conversion"] == "1") == (float(row["spend"]) > 0) for row in ENGAGEMENT)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("email_permission", {"yes", "no"}),
        ("recency_months", {str(month) for month in range(1, 13)}),
        ("bought_mens", {"yes", "no"}),
        ("bought_womens", {"yes", "no"}),
        ("area", {"Urban", "Suburban", "Rural"}),
        ("new_customer", {"yes", "no"}),
        ("channel", {"Phone", "Web", "Multichannel"}),
    ],
)
def test_a_column_holds_exactly_the_documented_values(column, values):
    assert {row[column] for row in CUSTOMERS} == values


def test_about_one_customer_in_twenty_five_gave_no_permission_in_every_arm():
    refused: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    for customer, outcome in zip(CUSTOMERS, ENGAGEMENT, strict=True):
        sizes[outcome["arm"]] += 1
        refused[outcome["arm"]] += customer["email_permission"] == "no"
    assert all(0.03 < refused[arm] / sizes[arm] < 0.05 for arm in sizes)


@pytest.mark.parametrize("column", ["bought_mens", "bought_womens"])
def test_a_first_name_says_nothing_about_purchases(column):
    share = sum(row[column] == "yes" for row in CUSTOMERS) / len(CUSTOMERS)
    names = Counter(row["first_name"] for row in CUSTOMERS)
    buyers = Counter(row["first_name"] for row in CUSTOMERS if row[column] == "yes")
    squares = [(buyers[n] - share * size) ** 2 / (share * (1 - share) * size)
               for n, size in names.items()]  # fmt: skip
    assert sum(squares) < 180  # chi-square with about 126 degrees of freedom, 99.9 %


def test_first_names_include_the_awkward_and_the_empty():
    names = Counter(row["first_name"] for row in CUSTOMERS)
    assert {"D'Arcy", "Zoë", "José", "Anne-Marie", "李娜", "Nguyễn"} <= set(names)
    assert 0.02 < names[""] / len(CUSTOMERS) < 0.04
    assert max(map(len, names)) >= 25


def test_there_are_enough_documents_of_every_kind_without_the_traps():
    assert len(SOUND) >= 40
    counts = Counter(document["category"] for document in SOUND)
    floors = {"product": 18, "promotion": 7, "service": 7, "policy": 5, "brand": 2}
    assert set(counts) == set(floors)
    assert all(counts[category] >= floor for category, floor in floors.items())


@pytest.mark.parametrize("department", ["menswear", "womenswear"])
def test_each_department_has_at_least_nine_products(department):
    assert sum(d["metadata"].get("department") == department for d in SOUND) >= 9


def test_ids_titles_and_addresses_are_unique():
    for field in ("document_id", "title", "source_url"):
        assert len({document[field] for document in DOCUMENTS}) == len(DOCUMENTS)


def test_every_kind_of_trap_is_set_and_explained():
    traps = [document["metadata"] for document in DOCUMENTS if "trap" in document["metadata"]]
    assert {metadata["trap"] for metadata in traps} == TRAPS
    assert all(metadata["note"] for metadata in traps)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_is_named_after_its_document_and_has_the_fields_of_the_schema(path):
    document = FILES[path]
    assert path.stem == document["document_id"].lower()
    assert set(document) == FIELDS
    assert 5 <= len(document["keywords"]) <= 12
    assert all(word == word.lower() for word in document["keywords"])
    assert document["source_url"].startswith("https://www.tolmanrow.example/")


@each_document
def test_a_document_carries_no_absolute_date_and_no_forbidden_sign(document):
    text = document["content"] + document["title"]
    assert not CALENDAR_YEAR.search(text)
    assert not [sign for sign in FORBIDDEN if sign in text]


@each_document
def test_a_document_is_approved_in_the_past_and_names_a_last_day_only_when_it_has_one(document):
    assert days(document["approval_date"]) < 0
    evergreen = document["expiry"] == "evergreen"
    tokens = set(DATE_TOKEN.findall(document["content"]))
    assert tokens <= {"expiry", "start"}
    assert evergreen or days(document["expiry"])
    assert bool(tokens) != evergreen


@each_sound_document
def test_a_sound_document_is_still_valid_and_its_audience_uses_known_columns(document):
    assert document["expiry"] == "evergreen" or days(document["expiry"]) > 0
    assert document["audience"] == "everyone" or columns_of(document["audience"]) <= set(
        CUSTOMERS[0]
    )


@each_sound_document
def test_a_paragraph_is_short_enough_to_cite(document):
    assert 2 <= len(paragraphs(document)) <= 4
    for paragraph in paragraphs(document):
        assert 35 <= len(paragraph.split()) <= 80, paragraph


@each_sound_document
def test_every_sentence_can_be_quoted_alone(document):
    for sentence in sentences(document):
        assert sentence.endswith("."), sentence
        assert 10 <= len(sentence.split()) <= 26, sentence
        assert not LEANING.match(sentence), sentence
        assert not OVERSTATED.search(sentence), sentence


@each_sound_document
def test_only_a_policy_says_free(document):
    assert document["category"] == "policy" or not re.search(r"\bfree\b", document["content"])


@each_promotion
def test_a_promotion_agrees_with_its_offer(document):
    offer = document["metadata"]["offer"]
    assert OFFER_FIELDS <= set(offer) <= OFFER_FIELDS | {"prior_prices"}
    prices = {d["document_id"]: d["metadata"].get("price_usd") for d in DOCUMENTS}
    for product, price in offer.get("prior_prices", {}).items():
        assert prices.get(product, price) == price
    assert offer["ends"] == document["expiry"]
    assert days(document["approval_date"]) <= days(offer["starts"]) < days(offer["ends"])
    assert "{expiry}" in paragraphs(document)[0]
    assert (offer["code"] or "needs no code") in document["content"]
    assert offer["minimum_spend"] is None or f"${offer['minimum_spend']}" in document["content"]


@pytest.mark.parametrize(
    "document",
    [document for document in SOUND if document["category"] == "product"],
    ids=lambda d: d["document_id"],
)
def test_a_product_states_its_price(document):
    assert f"${document['metadata']['price_usd']}" in document["content"]
