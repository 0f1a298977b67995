"""Times of events: with a zone or not at all, on the days the clocks change, and at midnight."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.errors import FileInvalid
from core.models.outcome_events import Ambiguous, TimeUnit
from tests.storage.event_files import EventShop, event

FIRST, SECOND = Ambiguous.FIRST, Ambiguous.SECOND
BERLIN, NEW_YORK, LORD_HOWE = "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"


@pytest.fixture
def shop(tmp_path):
    return EventShop(tmp_path)


@pytest.mark.parametrize(
    ("text", "utc", "said"),
    [
        ("2026-03-01T18:05:00Z", "2026-03-01 18:05:00", {}),
        ("2026-03-01 18:05:00 UTC", "2026-03-01 18:05:00", {}),
        ("2026-03-01T18:05", None, {}),
        ("2026-03-01T18:05+01:00", "2026-03-01 17:05:00", {}),
        ("2026-03-01T18:05:00.25-0530", "2026-03-01 23:35:00.250000", {}),
        ("2026-03-01T18:05:00+02", "2026-03-01 16:05:00", {}),
        # An offset that is written holds, whatever zone the file has.
        ("2026-03-01T18:05:00+02:00", "2026-03-01 16:05:00", {"zone": BERLIN}),
        ("2026-03-01 00:00:00", "2026-02-28 23:00:00", {"zone": BERLIN}),
        # Berlin, 29 March 2026: after 01:59:59 comes 03:00.
        ("2026-03-29 01:59:59", "2026-03-29 00:59:59", {"zone": BERLIN}),
        ("2026-03-29 03:00:00", "2026-03-29 01:00:00", {"zone": BERLIN}),
        # Berlin, 25 October 2026: from 02:00 to 03:00 comes twice.
        ("2026-10-25 01:59:59", "2026-10-24 23:59:59", {"zone": BERLIN}),
        ("2026-10-25 02:30:00", "2026-10-25 00:30:00", {"zone": BERLIN, "ambiguous": FIRST}),
        ("2026-10-25 02:30:00", "2026-10-25 01:30:00", {"zone": BERLIN, "ambiguous": SECOND}),
        ("2026-10-25T02:30:00+01:00", "2026-10-25 01:30:00", {"zone": BERLIN}),
        ("2026-10-25 03:00:00", "2026-10-25 02:00:00", {"zone": BERLIN}),
        ("2026-11-01 01:30:00", "2026-11-01 06:30:00", {"zone": NEW_YORK, "ambiguous": SECOND}),
        # Half an hour is put forward on Lord Howe.
        ("2026-10-04 02:30:00", "2026-10-03 15:30:00", {"zone": LORD_HOWE}),
        ("1772388300", "2026-03-01 18:05:00", {"time_unit": TimeUnit.SECONDS}),
        ("1772388300250", "2026-03-01 18:05:00.250000", {"time_unit": TimeUnit.MILLISECONDS}),
    ],
)
def test_a_time_is_kept_as_its_moment_in_utc(shop, text, utc, said):
    rows = [event(1, "C1", "sent", text)]
    if utc is None:
        with pytest.raises(FileInvalid, match="'2026-03-01T18:05' has no time zone"):
            shop.take(rows, **said)
        return
    shop.take(rows, **said)
    assert str(shop.moments()["e1"]) == utc


@pytest.mark.parametrize(
    ("text", "said", "words"),
    [
        ("2026-03-29 02:30:00", {"zone": BERLIN}, "does not exist in Europe/Berlin"),
        ("2026-03-29 02:00:00", {"zone": BERLIN}, "does not exist in Europe/Berlin"),
        # Choosing one of two moments makes no moment where there is none.
        ("2026-03-29 02:59:59", {"zone": BERLIN, "ambiguous": Ambiguous.FIRST}, "does not exist"),
        ("2026-10-25 02:00:00", {"zone": BERLIN}, "comes twice in Europe/Berlin"),
        ("2026-11-01 01:59:59", {"zone": NEW_YORK}, "comes twice in America/New_York"),
        ("2026-10-04 02:15:00", {"zone": LORD_HOWE}, "does not exist in Australia/Lord_Howe"),
        ("2026-03-01 24:00:00", {"zone": BERLIN}, "is no time such as"),
        ("2026-02-29 10:00:00Z", {}, "is no time such as"),
        ("2026-03-01", {"zone": BERLIN}, "is no time such as"),
        ("01/03/2026 10:00", {"zone": BERLIN}, "is no time such as"),
        ("0026-03-01T10:00:00Z", {}, "is no time such as"),
        ("1772388300", {}, "is no time such as"),
        ("17723", {"time_unit": TimeUnit.SECONDS}, "is no time such as"),
        ("", {}, "is no time such as"),
    ],
)
def test_a_time_that_is_no_moment_is_refused_with_its_line(shop, text, said, words):
    good = "1772388000" if "time_unit" in said else "2026-03-01T10:00:00Z"
    rows = [event(1, "C1", "sent", good), event(2, "C2", "sent", text)]
    with pytest.raises(FileInvalid) as refused:
        shop.take(rows, **said)
    assert str(refused.value).startswith("events.csv line 3: ")
    assert words in str(refused.value)
    assert str(refused.value).endswith("Nothing was stored.")
    assert not shop.kept.exists()


def test_every_quarter_of_an_hour_of_two_changes_is_as_the_standard_library_has_it(shop):
    wanted: dict[str, datetime] = {}
    rows: list[dict[str, str]] = []
    for evening in ("2026-03-28 22:00:00", "2026-10-24 22:00:00"):
        for quarter in range(28):
            local = datetime.fromisoformat(evening) + timedelta(minutes=15 * quarter)
            moment = local.replace(tzinfo=ZoneInfo(BERLIN)).astimezone(UTC)
            if moment.astimezone(ZoneInfo(BERLIN)).replace(tzinfo=None) != local:
                continue  # it does not exist
            wanted[f"e{len(rows)}"] = moment.replace(tzinfo=None)
            rows.append(event(len(rows), "C1", "opened", str(local)))
    shop.take(rows, zone=BERLIN, ambiguous=Ambiguous.FIRST)
    assert shop.moments() == wanted


@pytest.mark.parametrize(
    ("sent", "ordered", "counts"),
    [
        # Exactly 24-hour days: a day with 23 or 25 hours on the clock does not move the end.
        ("2026-03-28T12:00:00+01:00", "2026-03-29T12:59:59+02:00", True),
        ("2026-03-28T12:00:00+01:00", "2026-03-29T13:00:00+02:00", False),
        ("2026-10-24T12:00:00+02:00", "2026-10-25T10:59:59+01:00", True),
        ("2026-10-24T12:00:00+02:00", "2026-10-25T11:00:00+01:00", False),
        # Midnight is a moment like any other; the send's own is in, the end is not.
        ("2026-03-10T00:00:00Z", "2026-03-10T00:00:00Z", True),
        ("2026-03-10T00:00:00Z", "2026-03-10T23:59:59.999Z", True),
        ("2026-03-10T00:00:00Z", "2026-03-11T00:00:00Z", False),
        ("2026-03-10T00:00:00Z", "2026-03-09T23:59:59Z", False),
        ("2026-03-10T23:59:59Z", "2026-03-11T00:00:00+00:00", True),
        # The same moment in two ways of writing.
        ("2026-03-10T00:30:00+01:00", "2026-03-09T23:30:00Z", True),
    ],
)
def test_outcomes_count_for_whole_days_of_24_hours_from_the_customers_own_send(
    tmp_path, sent, ordered, counts
):
    shop = EventShop(tmp_path, days=1)
    shop.take([event(1, "C1", "sent", sent), event(2, "C1", "ordered", ordered, "10.00", "o1")])
    assert shop.rows()["C1"]["orders"] == float(counts)
