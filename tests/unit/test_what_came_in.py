"""What the Results page says of a file of outcomes it has taken in."""

import pytest

from core.models.send import OutcomesImport
from ui.bringing_in import words


@pytest.mark.parametrize(
    ("left", "said"),
    [
        ({}, "Outcomes of 5 customers are stored."),
        ({"passed_over": 1}, "1 row was of customers who were erased or left out, and passed over"),
        ({"others": 3}, "3 rows were of customers who are not in this test, and left out"),
    ],
)
def test_rows_that_were_not_taken_in_are_counted(left, said):
    made = OutcomesImport("c", "f.csv", 9, 5, repeated=False, simulated=False, **left)
    assert said in words(made)
