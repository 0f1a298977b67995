"""Purchases become customers: sums that anybody can check, and a word on every row left out."""

from datetime import date

import duckdb
import pytest

from core.errors import BadInput, FileInvalid
from core.models.customer_file import Choices, Reading, Transactions
from core.models.customers import ColumnKind, ColumnRole
from core.storage.customer_import import ImportRequest, read_customers
from core.storage.customer_look import look
from tests.storage import files

RETAIL = """Invoice,StockCode,Quantity,InvoiceDate,Price,Customer ID,Country
489434,85048,12,2009-12-01 07:45:00,6.95,13085.0,United Kingdom
489434,79323P,2,2009-12-01 07:45:00,6.75,13085.0,United Kingdom
489500,22041,1,2010-03-05 09:00:00,10.00,13085.0,France
C489449,22087,-2,2010-03-06 10:33:00,6.75,13085.0,United Kingdom
489501,22041,3,2010-05-01 09:00:00,2.00,13086.0,Norway
489502,22041,1,2010-05-02 09:00:00,0.00,13086.0,Norway
489503,22041,1,2010-05-03 09:00:00,4.00,,Norway
489504,22041,-5,2010-05-04 09:00:00,0.00,,Norway
C489505,22041,-1,2010-05-05 09:00:00,3.00,13087.0,Spain
489506,22041,1,soon,3.00,13088.0,Spain
489507,22041,many,2010-05-05 09:00:00,3.00,13088.0,Spain
489501,22041,3,2010-05-01 09:00:00,2.00,13086.0,Norway
"""
BOUGHT = Transactions(date="InvoiceDate", quantity="Quantity", price="Price", order="Invoice")


@pytest.fixture
def roll(tmp_path):
    def read(content, id_column, bought, name="purchases.csv", **chosen):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        choices = Choices(transactions=bought, **chosen)
        request = ImportRequest(id_column, "test", choices=choices)
        return read_customers(path, request, tmp_path / "staging")

    return read


def customers(staged):
    with duckdb.connect() as connection:
        found = connection.execute("FROM read_parquet($1)", [str(staged.path)])
        names = [d[0] for d in found.description]
        return {row[0]: dict(zip(names, row, strict=True)) for row in found.fetchall()}


def test_customers_are_added_up_and_cancellations_netted_out(roll):
    found = customers(roll(RETAIL, "Customer ID", BOUGHT))
    assert list(found) == ["13085", "13086", "13087"]
    first = found["13085"]
    assert (first["orders"], first["cancelled_orders"]) == (2, 1)
    assert first["total_spend"] == pytest.approx(12 * 6.95 + 2 * 6.75 + 10 - 2 * 6.75)
    assert first["average_order"] == pytest.approx(first["total_spend"] / 2)
    assert (first["first_order"], first["last_order"]) == (date(2009, 12, 1), date(2010, 3, 5))
    assert first["recency_days"] == (date(2010, 5, 5) - date(2010, 3, 5)).days
    assert first["Country"] == "United Kingdom"
    only = found["13087"]
    assert (only["orders"], only["total_spend"], only["last_order"]) == (0, -3.0, None)
    assert only["average_order"] is None


def test_every_row_is_accounted_for_and_what_matters_is_said(roll):
    report = roll(RETAIL, "Customer ID", BOUGHT).report
    assert (report.read, report.kept, report.rejected, report.customers) == (12, 8, 4, 3)
    assert [(r.line, r.reason) for r in report.rejects] == [
        (8, "it has no id"),
        (9, "it has no id"),
        (11, "its date cannot be read"),
        (12, "its amount cannot be read"),
    ]
    said = "\n".join(report.notes)
    for part in (
        "8 purchases of 3 customers",
        "recency_days counts to 2010-05-05",
        "2 rows have no customer id",
        "2 rows of 2 cancelled orders were netted out: they take 16.50 from total_spend",
        "1 more cancelled rows are among those that were left out",
        "1 purchases have the amount 0",
        "1 rows repeat another one",
        "1 customers have nothing but cancellations",
    ):
        assert part in said


def test_the_columns_are_those_of_customers(roll):
    columns = roll(RETAIL, "Customer ID", BOUGHT).columns
    roles = {c.name: c.role for c in columns}
    assert roles["orders"] is roles["total_spend"] is ColumnRole.COVARIATE
    assert {c.name for c in columns if c.kind is ColumnKind.DATE} == {"first_order", "last_order"}
    assert [c.name for c in columns if c.mentionable] == ["StockCode", "Country"]


def test_the_order_of_the_rows_does_not_matter(roll):
    header, *lines = RETAIL.splitlines()
    turned = "\n".join([header, *reversed(lines)])
    assert roll(RETAIL, "Customer ID", BOUGHT).sha256 == roll(turned, "Customer ID", BOUGHT).sha256


def test_without_an_order_a_day_is_an_order(roll):
    content = "c;day;paid\nA;31.12.2025;1,50\nA;31.12.2025;2,50\nA;30.12.2025;1,00\n"
    staged = roll(content, "c", Transactions(date="day", amount="paid"))
    assert customers(staged)["A"]["orders"] == 2
    assert customers(staged)["A"]["total_spend"] == 5.0
    assert "on one day count as one order" in "\n".join(staged.report.notes)


def test_negative_amounts_are_cancellations(roll):
    content = "c,day,paid\nA,2025-12-31,10\nA,2025-12-30,-4\n"
    found = customers(roll(content, "c", Transactions(date="day", amount="paid")))
    assert (found["A"]["orders"], found["A"]["cancelled_orders"]) == (1, 1)
    assert found["A"]["total_spend"] == 6


def test_permission_and_personal_facts_are_the_newest(roll):
    content = (
        "c,day,paid,email_permission,email\nA,2025-01-01,1,yes,old@x.org\n"
        "A,2025-02-01,1,no,new@x.org\n"
    )
    staged = roll(content, "c", Transactions(date="day", amount="paid"))
    assert customers(staged)["A"]["email_permission"] == "no"
    assert customers(staged)["A"]["email"] == "new@x.org"
    assert staged.report.without_permission == 1


def test_a_column_named_like_ours_keeps_out_of_the_way(roll):
    content = "c,day,paid,orders\nA,2025-01-01,1,web\nA,2025-02-01,1,web\nB,2025-02-01,1,shop\n"
    found = customers(roll(content, "c", Transactions(date="day", amount="paid")))
    assert (found["A"]["orders"], found["A"]["orders_in_file"]) == (2, "web")


@pytest.mark.parametrize(
    ("content", "header", "id_column", "expected"),
    [
        (RETAIL + RETAIL.partition("\n")[2], None, "Customer ID", BOUGHT),
        (
            "".join(
                f" 0000{i % 3} 0001 1997010{1 + i % 9}  2   {i}.33\n" for i in range(12)
            ),
            None,
            "column_1",
            Transactions(date="column_3", amount="column_5"),
        ),
        ("user_id,at,amount\n" + "A,2025-01-01,5\nA,2025-01-02,5\n" * 5, None, "user_id",
         Transactions(date="at", amount="amount")),
    ],
    ids=["retail", "cdnow", "events"],
)  # fmt: skip
def test_purchases_are_recognised(content, header, id_column, expected, tmp_path):
    path = tmp_path / "purchases.csv"
    path.write_text(content.replace("soon", "2010-05-05").replace("many", "1"))
    found = look(path, Reading(header=header), tmp_path)
    assert (found.likely_id, found.transactions) == (id_column, expected)


@pytest.mark.parametrize(
    "content", ["id,day,spend\n1,2025-01-01,5\n2,2025-01-01,5\n", "id,a\n1,2\n1,3\n", "a\nx\n"]
)
def test_a_table_of_customers_is_not_taken_for_purchases(content, tmp_path):
    path = tmp_path / "customers.csv"
    path.write_text(content)
    assert look(path, Reading(), tmp_path).transactions is None


@pytest.mark.parametrize(
    ("bought", "said"),
    [
        ({"date": "Country", "amount": "Price"}, "Country holds no dates"),
        ({"date": "InvoiceDate", "amount": "Country"}, "Country holds no numbers"),
        ({"date": "Absent", "amount": "Price"}, "no column 'Absent'"),
    ],
)
def test_columns_that_cannot_be_are_refused(bought, said, roll):
    with pytest.raises(BadInput, match=said):
        roll(RETAIL, "Customer ID", Transactions(**bought))


@pytest.mark.parametrize("named", [{}, {"amount": "a", "price": "b", "quantity": "c"}])
def test_an_amount_is_named_in_one_way(named):
    with pytest.raises(BadInput, match="an amount, or a quantity and a price"):
        Transactions(date="d", **named)


def test_no_row_that_can_be_used_is_said(roll):
    with pytest.raises(FileInvalid, match="line 2: none of its 1 rows can be used; here it has no"):
        roll("c,d,a\n,2025-01-01,5\n", "c", Transactions(date="d", amount="a"))


def test_purchases_of_a_workbook(roll):
    book = files.workbook(
        [("c", "d", "a"), ("A", date(2025, 1, 1), 2.5), ("A", date(2025, 1, 9), 3)]
    )
    found = customers(roll(book, "c", Transactions(date="d", amount="a"), "p.xlsx"))
    assert (found["A"]["orders"], found["A"]["total_spend"]) == (2, 5.5)
